// Shared by the tests of structural analyses: runs one through the driver, builds small systems.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "analysis/driver.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "structure/register.hpp"

namespace vitrion::testing_structure {

using Settings = std::vector<std::pair<std::string, std::string>>;

inline Result analyse(const std::string& name, std::vector<Frame> frames, const Settings& set = {},
                      const DriverOptions& options = {}) {
  AnalysisRegistry registry;
  register_structure_analyses(registry);
  std::vector<std::unique_ptr<Analysis>> analyses;
  analyses.push_back(registry.make(name));
  Schema schema = analyses[0]->parameters();
  for (const auto& [key, value] : set) schema.set(key, value, {});
  MemorySource source(std::move(frames));
  run_analyses(source, analyses, options);
  return analyses[0]->result();
}

inline std::string failure(const std::string& name, std::vector<Frame> frames,
                           const Settings& set = {}) {
  try {
    analyse(name, std::move(frames), set);
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}

inline double value(const Result& result, const std::string& key) {
  const Scalar* scalar = result.find_scalar(key);
  if (scalar == nullptr) {
    ADD_FAILURE() << "no scalar " << key;
    return NAN;
  }
  return scalar->value;
}

inline std::vector<double> data(const Result& result, const std::string& table,
                                const std::string& name) {
  const Table* t = result.find_table(table);
  const Column* c = t == nullptr ? nullptr : t->find(name);
  if (c == nullptr) {
    ADD_FAILURE() << "no column " << name << " in " << table;
    return {};
  }
  return c->data;
}

/// `counts` of each element at random places, also outside the cell.
inline Frame random_frame(const Cell& cell, const std::vector<std::pair<std::string, int>>& counts,
                          std::uint64_t seed) {
  RandomStream random(seed, "structure");
  Frame frame;
  frame.structure.cell = cell;
  for (const auto& [name, n] : counts) {
    for (int i = 0; i < n; ++i) {
      frame.structure.add(name, cell.to_cartesian({random.uniform(-1, 2), random.uniform(-1, 2),
                                                   random.uniform(-1, 2)}));
    }
  }
  return frame;
}

/// Antifluorite Li2S: S on an fcc lattice of edge a, Li in all its tetrahedral holes.
inline Frame li2s(double a, int repeat = 1) {
  Frame frame;
  frame.structure.cell = Cell::cubic(a * repeat);
  const double fcc[4][3] = {{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
  for (int i = 0; i < repeat; ++i) {
    for (int j = 0; j < repeat; ++j) {
      for (int k = 0; k < repeat; ++k) {
        const Vec3 corner(i, j, k);
        for (const auto& f : fcc) {
          const Vec3 site = corner + Vec3(f[0], f[1], f[2]);
          frame.structure.add("S", site * a);
          frame.structure.add("Li", (site + Vec3(.25, .25, .25)) * a);
          frame.structure.add("Li", (site + Vec3(.25, .25, .75)) * a);
        }
      }
    }
  }
  return frame;
}

inline Cell skewed() { return Cell::from_parameters({9.07, 10.03, 11.11}, {65, 105, 112}); }

}  // namespace vitrion::testing_structure
