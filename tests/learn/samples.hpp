// Small labelled sets for the tests of learn/.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "learn/dataset.hpp"

namespace vitrion::learn_test {

namespace fs = std::filesystem;

/// A folder of its own for each test, removed at its end.
class FolderTest : public ::testing::Test {
 protected:
  FolderTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("vitrion-learn-" + std::string(info->name()) + "-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FolderTest() override { fs::remove_all(folder_); }

  fs::path put(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  fs::path folder_;
};

/// The message of the InputError that `f` gives; "" where it gives none.
template <class F>
std::string refused(F&& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// Li_a P_b S_c on a simple cubic lattice of 3 Å, with small random shifts; no labels.
inline Frame lattice_frame(std::size_t li, std::size_t p, std::size_t s, std::uint64_t seed = 1) {
  Frame frame;
  const std::size_t atoms = li + p + s;
  std::size_t side = 1;
  while (side * side * side < atoms) ++side;
  frame.structure.cell = Cell::cubic(3.0 * static_cast<double>(side));
  RandomStream random(seed, "lattice");
  for (std::size_t i = 0; i < atoms; ++i) {
    const Vec3 site(static_cast<double>(i % side), static_cast<double>(i / side % side),
                    static_cast<double>(i / side / side));
    const Vec3 shift(random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2),
                     random.uniform(-0.2, 0.2));
    frame.structure.add(i < li ? "Li" : i < li + p ? "P" : "S", 3.0 * site + shift);
  }
  return frame;
}

/// `frames` frames of one file and phase, each with an energy and forces of no sum.
inline void add_series(Dataset& data, const std::string& file, const std::string& phase,
                       std::size_t frames, std::size_t li = 3, std::size_t p = 1,
                       std::size_t s = 4) {
  std::size_t number = 0;
  while (number < data.files.size() && data.files[number] != file) ++number;
  if (number == data.files.size()) data.files.push_back(file);
  std::int64_t index = 0;
  for (const auto& sample : data.samples) index += sample.file == number ? 1 : 0;
  RandomStream random(7, file + phase);
  for (std::size_t f = 0; f < frames; ++f) {
    Frame frame = lattice_frame(li, p, s, 1000 * number + f + 1);
    frame.step = index;
    Vec3 sum = Vec3::Zero();
    for (std::size_t i = 0; i < frame.size(); ++i) {
      frame.forces.emplace_back(random.normal(), random.normal(), random.normal());
      sum += frame.forces.back();
    }
    for (auto& force : frame.forces) force -= sum / static_cast<double>(frame.size());
    frame.energy_eV = -203.0 * static_cast<double>(li) - 180.0 * static_cast<double>(p) -
                      275.0 * static_cast<double>(s) + 0.1 * random.normal();
    data.samples.push_back({std::move(frame), phase, number, index++});
  }
}

}  // namespace vitrion::learn_test
