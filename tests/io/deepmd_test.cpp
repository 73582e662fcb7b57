#include <cstring>

#include "base/files.hpp"
#include "io/npy.hpp"
#include "sample.hpp"

namespace vitrion::testing {
namespace {

namespace fs = std::filesystem;
using Deepmd = FileTest;

TEST_F(Deepmd, GoesRoundToTheLastDigit) {
  const auto frames = sample_frames({.rotated = true}, 4);
  write_all(path("a.deepmd"), frames);
  EXPECT_FALSE(fs::exists(unfinished_name(path("a.deepmd"))));
  const auto back = read_all(path("a.deepmd"));
  ASSERT_EQ(back.size(), 4U);
  for (std::size_t f = 0; f < 4; ++f) {
    expect_same_structure(back[f].structure, frames[f].structure, 0);
    expect_near(back[f].forces, frames[f].forces, 0, "force");
    EXPECT_EQ(back[f].energy_eV, frames[f].energy_eV);
    EXPECT_LT((*back[f].stress_eV_A3 - *frames[f].stress_eV_A3).cwiseAbs().maxCoeff(), 1e-15);
  }
  EXPECT_EQ(format_of_name(path("a.deepmd")), "deepmd");
  EXPECT_THROW(open_sink(path("a.deepmd")), InputError);
}

// Bytes of an array as NumPy 2 writes it, in another type and version than ours.
std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                char version = 1) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  while ((12 + header.size()) % 16 != 0) header += ' ';
  header.back() = '\n';
  std::string out = std::string("\x93NUMPY") + version + '\0';
  const auto n = header.size();
  out += static_cast<char>(n & 0xff);
  out += static_cast<char>(n >> 8);
  if (version > 1) out += std::string(2, '\0');
  return out + header + data;
}

template <class T>
std::string bytes(const std::vector<T>& values) {
  std::string out(values.size() * sizeof(T), '\0');
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

TEST_F(Deepmd, ReadsWhatOthersWrite) {
  fs::create_directories(path("d/set.000"));
  fs::create_directories(path("d/set.001"));
  put("d/type.raw", "1\n0\n");
  put("d/type_map.raw", "S\nLi\n");
  for (const std::string set : {"d/set.000/", "d/set.001/"}) {
    // Two frames of two atoms, in single precision.
    put(set + "coord.npy",
        npy("<f4", "(2, 6)", bytes<float>({0, 0, 0, 1, 2, 3, 0.5F, 0, 0, 1, 2, 3})));
    put(set + "box.npy",
        npy("<f8", "(2, 9)", bytes<double>({4, 0, 0, 1, 5, 0, 0, 0, 6, 4, 0, 0, 0, 5, 0, 0, 0, 6}),
            2));
    put(set + "energy.npy", npy("<f8", "(2,)", bytes<double>({-1.5, -2.5})));
    put(set + "virial.npy",
        npy("<f4", "(2, 9)",
            bytes<float>({120, 12, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
  }
  const auto frames = read_all(path("d"));
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].structure.species_of(0).name, "Li");
  EXPECT_EQ(frames[0].structure.species_of(1).name, "S");
  EXPECT_EQ(frames[0].structure.cell.vector(1), Vec3(1, 5, 0));
  EXPECT_EQ(frames[3].structure.position[0], Vec3(0.5, 0, 0));
  EXPECT_EQ(frames[3].energy_eV, -2.5);
  EXPECT_TRUE(frames[0].forces.empty());
  // W = −V σ with V = 120 Å³: a positive virial is a pressure.
  EXPECT_NEAR((*frames[0].stress_eV_A3)(0, 0), -1, 1e-12);
  EXPECT_NEAR((*frames[0].stress_eV_A3)(0, 1), -0.1, 1e-7);
  put("d/nopbc", "");
  EXPECT_FALSE(read_all(path("d"))[0].structure.cell.is_defined());
}

TEST_F(Deepmd, BrokenFoldersAreNamed) {
  write_all(path("a.deepmd"), sample_frames({}, 3));
  const auto whole = content(path("a.deepmd/set.000/coord.npy"));
  const auto error_with = [&](const std::string& text) {
    put("a.deepmd/set.000/coord.npy", text);
    return error_of(path("a.deepmd"));
  };
  EXPECT_TRUE(
      says(error_with(whole.substr(0, whole.size() - 1)), "coord.npy: the file is cut off"));
  EXPECT_TRUE(says(error_with("no numpy"), "no .npy file"));
  EXPECT_TRUE(says(error_with(npy("<f8", "(3, 6)", std::string(144, '\0'))), "12 atoms need 36"));
  EXPECT_TRUE(says(error_with(npy(">f8", "(3, 36)", std::string(864, '\0'))), "'>f8'"));
  EXPECT_TRUE(says(error_with(npy("<f8", "(99999999999999, 99999999)", "")), "makes no sense"));
  EXPECT_TRUE(says(error_with(npy("<f8", "(3, 36)", std::string(864, '\xff'))), "not finite"));
  for (std::size_t keep = 0; keep < whole.size(); keep += 7)
    EXPECT_TRUE(says(error_with(whole.substr(0, keep)), "coord.npy")) << keep;
  error_with(whole);
  EXPECT_EQ(read_all(path("a.deepmd")).size(), 3U);
  put("a.deepmd/type.raw", "0\n7\n");
  EXPECT_TRUE(says(error_of(path("a.deepmd")), "type 7 is not among"));
  fs::remove(path("a.deepmd/type_map.raw"));
  EXPECT_TRUE(says(error_of(path("a.deepmd")), "--types 0=SYMBOL"));
}

TEST_F(Deepmd, RefusesFramesOfOtherAtomsAndLeavesNothing) {
  auto frames = sample_frames({}, 2);
  frames[1].structure.position.pop_back();
  frames[1].structure.kind.pop_back();
  frames[1].forces.pop_back();
  frames[1].velocities.pop_back();
  frames[1].images.pop_back();
  EXPECT_THROW(write_all(path("b.deepmd"), frames), InputError);
  EXPECT_FALSE(fs::exists(path("b.deepmd")));
  EXPECT_FALSE(fs::exists(unfinished_name(path("b.deepmd"))));
  frames = sample_frames({}, 2);
  frames[1].energy_eV.reset();
  EXPECT_THROW(write_all(path("b.deepmd"), frames), InputError);
}

}  // namespace
}  // namespace vitrion::testing
