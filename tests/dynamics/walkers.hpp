// Walkers of known diffusivity, and an analysis fed with them.
#pragma once

#include <cmath>
#include <vector>

#include "analysis/driver.hpp"
#include "base/rng.hpp"

namespace vitrion::testing_walkers {

struct WalkOptions {
  std::size_t ions = 20;
  std::size_t frames = 200;
  Vec3 step{0.5, 0.5, 0.5};  ///< standard deviation of a step along each axis, Å
  double common_step = 0;    ///< added to all ions alike, along each axis
  double vibration = 0;      ///< white noise on each position
  double hop_rate = 0;       ///< > 0: hops of `step`·N(0,1)/√rate with this chance a frame
  double spread = 0;         ///< log-normal spread of the ions' own diffusivities
  double cell_A = 30;
  std::string species = "Li";
};

/// Unwrapped frames. One Li–Li… walker each; a fixed framework atom (P) is added where asked.
inline std::vector<Frame> walk(const WalkOptions& o, std::uint64_t seed, bool framework = false) {
  RandomStream random(seed, "walkers");
  std::vector<Vec3> r(o.ions, Vec3::Zero());
  std::vector<double> scale(o.ions, 1.0);
  const auto gauss = [&] { return Vec3(random.normal(), random.normal(), random.normal()); };
  for (double& s : scale) s = std::exp(0.5 * o.spread * random.normal() - o.spread * o.spread / 4);
  std::vector<Frame> frames(o.frames);
  for (auto& frame : frames) {
    frame.structure.cell = Cell::cubic(o.cell_A);
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < o.ions; ++i) {
      frame.structure.add(o.species, r[i] + o.vibration * gauss());
    }
    if (framework) frame.structure.add("P", Vec3(1, 2, 3));
    const Vec3 common = o.common_step * gauss();
    for (std::size_t i = 0; i < o.ions; ++i) {
      r[i] += common;
      if (o.hop_rate > 0) {
        if (random.uniform() < o.hop_rate) {
          r[i] += scale[i] * gauss().cwiseProduct(o.step) / std::sqrt(o.hop_rate);
        }
      } else {
        r[i] += scale[i] * gauss().cwiseProduct(o.step);
      }
    }
  }
  return frames;
}

template <class A>
Result analyse(A& analysis, std::vector<Frame> frames, double dt_ps = 1.0,
               std::optional<double> temperature_K = std::nullopt) {
  MemorySource source(std::move(frames));
  std::vector<std::unique_ptr<Analysis>> list;
  list.push_back(std::make_unique<A>(analysis));
  DriverOptions options;
  options.series = {dt_ps, temperature_K};
  run_analyses(source, list, options);
  return list[0]->result();
}

/// What a result says under `key`, or "".
inline std::string setting(const Result& r, const std::string& key) {
  for (const auto& [k, v] : r.settings) {
    if (k == key) return v;
  }
  return "";
}

}  // namespace vitrion::testing_walkers
