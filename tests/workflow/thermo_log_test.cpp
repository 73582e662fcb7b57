#include "workflow/thermo_log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/files.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("vitrion-thermo-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

ThermoRecord record(int i) {
  ThermoRecord r;
  r.step = i;
  r.time_ps = 0.5 * i;
  r.temperature_K = 300 + i;
  r.volume_A3 = 1000;
  return r;
}

TEST(ThermoLog, GoesOnBehindACheckpoint) {
  const Folder folder;
  const fs::path file = folder.path / "thermo.csv";
  {
    ThermoLog log(file, 0, {});
    for (int i = 0; i < 10; ++i) log.thermo(record(i));
    log.flush();  // killed here
  }
  EXPECT_FALSE(fs::exists(file));
  ThermoLog log(file, 6, {});
  for (int i = 6; i < 12; ++i) log.thermo(record(i));
  log.close();
  const auto records = read_thermo(file);
  ASSERT_EQ(records.size(), 12U);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(records[static_cast<std::size_t>(i)].step, i);
    EXPECT_DOUBLE_EQ(records[static_cast<std::size_t>(i)].temperature_K, 300 + i);
  }
}

TEST(ThermoLog, SaysWhichLineIsBroken) {
  const Folder folder;
  const fs::path file = folder.path / "thermo.csv";
  write_file_atomically(file, "# x\nstep\n1,2,3\n");
  try {
    read_thermo(file);
    FAIL();
  } catch (const InputError& e) {
    EXPECT_NE(std::string(e.what()).find("thermo.csv:3"), std::string::npos);
  }
}

}  // namespace
}  // namespace vitrion
