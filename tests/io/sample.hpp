// Frames and folders for the tests of the formats.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "core/stream.hpp"
#include "io/formats.hpp"

namespace vitrion::testing {

/// A folder of its own for each test, removed at the end.
class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    // In memory where that can be: thousands of small files are written.
    const std::filesystem::path memory = "/dev/shm";
    folder_ =
        (::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path()) /
        ("vitrion-io-" + std::to_string(::getpid()) + "-" + info->test_suite_name() + "." +
         info->name());
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  std::filesystem::path put(const std::string& name, const std::string& text) const {
    // Removed first: some file systems wait for the disk where a file is overwritten.
    std::filesystem::remove(path(name));
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  static std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  std::filesystem::path folder_;
};

inline std::vector<Frame> read_all(const std::filesystem::path& file,
                                   const ReadOptions& options = {}) {
  const auto source = open_source(file, options);
  std::vector<Frame> out;
  Frame frame;
  while (source->next(frame)) out.push_back(frame);
  return out;
}

inline void write_all(const std::filesystem::path& file, const std::vector<Frame>& frames,
                      const WriteOptions& options = {}) {
  const auto sink = open_sink(file, options);
  for (const auto& frame : frames) sink->write(frame);
  sink->close();
}

/// The message of the InputError that reading the whole file gives; "" where it gives none.
inline std::string error_of(const std::filesystem::path& file, const ReadOptions& options = {}) {
  try {
    read_all(file, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

struct Having {
  bool tilted = true;
  bool rotated = false;  ///< a not along x
  bool everything = true;
};

/// Frames of 12 atoms Li, P, S with all that a frame can have, atoms grouped by species.
inline std::vector<Frame> sample_frames(const Having& having, std::size_t count = 3) {
  RandomStream random(7, "frames");
  const auto vector = [&](double size) {
    return Vec3(random.uniform(-size, size), random.uniform(-size, size),
                random.uniform(-size, size));
  };
  std::vector<Frame> out;
  for (std::size_t f = 0; f < count; ++f) {
    Mat3 h = Vec3(8.1, 9.2, 10.3 + 0.1 * static_cast<double>(f)).asDiagonal().toDenseMatrix();
    if (having.tilted) {
      h(0, 1) = 1.7;
      h(0, 2) = -2.3;
      h(1, 2) = 0.9;
    }
    if (having.rotated) {
      h(1, 0) = 0.31;
      h(2, 0) = -0.2;
      h(2, 1) = 0.4;
    }
    Frame frame;
    frame.structure.cell = Cell(h);
    frame.step = 1000 + 50 * static_cast<std::int64_t>(f);
    frame.time_ps = 0.1 * static_cast<double>(f) + 1.0 / 3.0;
    frame.wrapping = Wrapping::wrapped;
    for (int i = 0; i < 12; ++i) {
      const Vec3 s(random.uniform(), random.uniform(), random.uniform());
      frame.structure.add(i < 5 ? "Li" : i < 7 ? "P" : "S", frame.structure.cell.to_cartesian(s));
      if (!having.everything) continue;
      frame.velocities.push_back(vector(10));
      frame.forces.push_back(vector(3));
      frame.images.push_back({i, -static_cast<int>(f), 3 - i});
      frame.charges.push_back(random.uniform(-1, 1));
    }
    if (having.everything) {
      frame.energy_eV = -43.21 / 7 + static_cast<double>(f);
      frame.temperature_K = 300.0 / 7;
      Mat3 sigma;
      sigma << 0.01, 0.002, -0.003, 0.002, -0.04, 0.0005, -0.003, 0.0005, 0.07 / 3;
      frame.stress_eV_A3 = sigma;
    }
    out.push_back(frame);
  }
  return out;
}

inline void expect_near(const std::vector<Vec3>& a, const std::vector<Vec3>& b, double tolerance,
                        const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_LE((a[i] - b[i]).cwiseAbs().maxCoeff(), tolerance) << what << " of atom " << i;
  }
}

/// Atoms, cell and positions are the same.
inline void expect_same_structure(const Structure& a, const Structure& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a.species_of(i), b.species_of(i)) << i;
  EXPECT_LE((a.cell.vectors() - b.cell.vectors()).cwiseAbs().maxCoeff(), tolerance);
  EXPECT_LE((a.cell.origin() - b.cell.origin()).cwiseAbs().maxCoeff(), tolerance);
  EXPECT_EQ(a.cell.periodic(), b.cell.periodic());
  expect_near(a.position, b.position, tolerance, "position");
}

inline bool says(const std::string& message, const std::string& words) {
  return message.find(words) != std::string::npos;
}

}  // namespace vitrion::testing
