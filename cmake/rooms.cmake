# One CMake target a folder of src/: vitrion_room(base SOURCES … ROOMS … PARTS …)
#   ROOMS: the rooms it stands on; PARTS: libraries from outside.
function(vitrion_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;PARTS;PRIVATE_PARTS" ${ARGN})
  add_library(vitrion_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(vitrion_${name} PUBLIC vitrion_options)
  foreach(room ${ARG_ROOMS})
    target_link_libraries(vitrion_${name} PUBLIC vitrion_${room})
  endforeach()
  target_link_libraries(vitrion_${name} PUBLIC ${ARG_PARTS} PRIVATE ${ARG_PRIVATE_PARTS})
  vitrion_precompiled(vitrion_${name})
  vitrion_unity(vitrion_${name})
endfunction()

# Headers and templates are read and made once for eight files; names in unnamed namespaces have to
# differ within a room.
function(vitrion_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${VITRION_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# Eigen and fmt are most of a file's compile time: parse them once for all targets.
function(vitrion_precompiled target)
  if(NOT VITRION_PRECOMPILE)
    return()
  endif()
  if(NOT TARGET vitrion_precompiled_headers)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
    add_library(vitrion_precompiled_headers OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(vitrion_precompiled_headers PRIVATE vitrion_options Eigen3::Eigen fmt::fmt)
    target_precompile_headers(vitrion_precompiled_headers PRIVATE
      <fmt/format.h> <Eigen/Core> <algorithm> <cmath> <filesystem> <functional> <map> <memory>
      <optional> <span> <string> <vector>)
  endif()
  target_precompile_headers(${target} REUSE_FROM vitrion_precompiled_headers)
endfunction()

# Files whose loops are worth the last of the optimiser.
function(vitrion_hot_files)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")
endfunction()
# vitrion_test(name SOURCES … ROOMS …): one GoogleTest program, each test its own CTest entry.
function(vitrion_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;ROOMS;PARTS;LABELS" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  foreach(room ${ARG_ROOMS})
    target_link_libraries(test_${name} PRIVATE vitrion_${room})
  endforeach()
  target_link_libraries(test_${name} PRIVATE ${ARG_PARTS} GTest::gmock_main)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE
    VITRION_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VITRION_BUILD_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  vitrion_precompiled(test_${name})
  vitrion_unity(test_${name})
  gtest_discover_tests(test_${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
