#include "learn/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/constants.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "build/system.hpp"
#include "engine/mlp_provider.hpp"

namespace vitrion {
namespace {

constexpr double friction_per_ps = 5;
constexpr double runaway_eV_A = 40;

Vec3 gaussian(RandomStream& random) {
  const double x = random.normal(), y = random.normal(), z = random.normal();
  return {x, y, z};
}

double largest(const std::vector<Vec3>& forces) {
  double most = 0;
  for (const auto& f : forces) {
    const double size = f.norm();
    if (!(size <= most)) most = size;  // not a number counts as large
  }
  return most;
}

// Steps along the forces, none longer than 0.05 Å, until the largest is small: takes the contacts
// out of a packing.
void relax(MlpProvider& provider, Frame& frame) {
  for (int i = 0; i < 300; ++i) {
    provider.evaluate(frame);
    const double most = largest(frame.forces);
    if (most < 2) return;
    const double step = 0.05 / std::max(most, 5.0);
    for (std::size_t k = 0; k < frame.size(); ++k) {
      frame.structure.position[k] += step * frame.forces[k];
    }
  }
}

class Langevin {
 public:
  Langevin(MlpProvider& provider, Frame& frame, RandomStream& random, double dt_ps)
      : provider_(provider), frame_(frame), random_(random), dt_(dt_ps) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      inverse_mass_.push_back(1 / constants::amu_A2_ps2_in_eV /
                              frame.structure.species_of(i).mass_amu);
    }
    velocity_.assign(frame.size(), Vec3::Zero());
    provider_.evaluate(frame_);
  }

  void draw_velocities(double T) {
    for (std::size_t i = 0; i < velocity_.size(); ++i) {
      velocity_[i] =
          std::sqrt(constants::boltzmann_eV_K * T * inverse_mass_[i]) * gaussian(random_);
    }
  }

  void step(double T) {
    const double keep = std::exp(-friction_per_ps * dt_);
    kick();
    for (std::size_t i = 0; i < velocity_.size(); ++i) {
      const double heat =
          std::sqrt((1 - keep * keep) * constants::boltzmann_eV_K * T * inverse_mass_[i]);
      frame_.structure.position[i] += 0.5 * dt_ * velocity_[i];
      velocity_[i] = keep * velocity_[i] + heat * gaussian(random_);
      frame_.structure.position[i] += 0.5 * dt_ * velocity_[i];
    }
    provider_.evaluate(frame_);
    kick();
  }

 private:
  void kick() {
    for (std::size_t i = 0; i < velocity_.size(); ++i) {
      velocity_[i] += 0.5 * dt_ * inverse_mass_[i] * frame_.forces[i];
    }
  }
  MlpProvider& provider_;
  Frame& frame_;
  RandomStream& random_;
  double dt_;
  std::vector<double> inverse_mass_;
  std::vector<Vec3> velocity_;
};

void scale(Structure& s, double by) {
  s.cell = Cell(s.cell.vectors() * by, s.cell.origin() * by);
  for (auto& r : s.position) r *= by;
}

std::vector<Sample> run(const mlp::Model& model, const Walk& walk, const SamplingOptions& o,
                        RandomStream& random) {
  MlpProvider provider(model);
  Frame frame;
  frame.structure = walk.start;
  scale(frame.structure, std::exp(o.strain * random.normal()));
  relax(provider, frame);
  Langevin dynamics(provider, frame, random, o.timestep_ps);
  dynamics.draw_velocities(walk.begin_K);
  const long steps = std::lround(walk.time_ps / o.timestep_ps);
  const long every = std::max(1L, std::lround(o.frame_every_ps / o.timestep_ps));
  std::vector<Sample> out;
  for (long k = 1; k <= steps; ++k) {
    const double done = static_cast<double>(k) / static_cast<double>(steps);
    dynamics.step(walk.begin_K + (walk.end_K - walk.begin_K) * done);
    if (!(largest(frame.forces) < runaway_eV_A)) break;
    if (k % every != 0) continue;
    Sample sample;
    sample.phase = walk.phase;
    sample.frame.structure = frame.structure;
    sample.index = k;
    out.push_back(std::move(sample));
    if (interrupt_requested()) break;
  }
  return out;
}

}  // namespace

Schema SamplingOptions::schema() {
  Schema s("sampling");
  s.integer("every", every, "of so many training frames one starts a walk", Bounds{1, 1 << 30})
      .quantity("time", time_ps, Dimension::time, "of a walk", positive)
      .quantity("frame_every", frame_every_ps, Dimension::time, "between the frames kept", positive)
      .quantity("coldest", coldest_K, Dimension::temperature, "lowest temperature", positive)
      .quantity("hottest", hottest_K, Dimension::temperature, "highest temperature", positive)
      .quantity("strain", strain, Dimension::none,
                "standard deviation of the uniform scaling of the cell", Bounds{0, 0.2})
      .quantity("timestep", timestep_ps, Dimension::time, "of the walks", positive)
      .texts("compositions", compositions,
             "glasses to pack, melt and cool, such as 0.75Li2S-0.25P2S5")
      .integer("glass_atoms", glass_atoms, "atoms of such a glass", Bounds{20, 2000})
      .integer("glasses", glasses, "of each composition", Bounds{1, 1000})
      .quantity("glass_time", glass_time_ps, Dimension::time, "of the cooling of a glass",
                positive);
  return s;
}

std::vector<Walk> plan_walks(std::span<const Sample* const> starts, const SamplingOptions& o) {
  std::vector<Walk> out;
  RandomStream random(o.seed, "temperatures of walks");
  for (std::size_t i = 0; i < starts.size(); i += static_cast<std::size_t>(o.every)) {
    const double T = random.uniform(o.coldest_K, o.hottest_K);
    out.push_back({starts[i]->frame.structure, starts[i]->phase, T, T, o.time_ps});
  }
  for (const auto& composition : o.compositions) {
    SystemSettings system;
    system.composition = composition;
    system.atoms = o.glass_atoms;
    for (long k = 0; k < o.glasses; ++k) {
      const double hot = random.uniform(0.6 * o.hottest_K, o.hottest_K);
      out.push_back({build_system(system, o.seed, static_cast<std::uint64_t>(k)).structure,
                     composition, hot, o.coldest_K, o.glass_time_ps});
    }
  }
  return out;
}

std::vector<Sample> sample_walks(const mlp::Model& model, const std::vector<Walk>& walks,
                                 const SamplingOptions& options,
                                 const std::function<void(std::size_t)>& progress) {
  std::vector<std::vector<Sample>> parts(walks.size());
  std::mutex mutex;
  std::size_t done = 0;
  parallel_for(walks.size(), [&](std::size_t i) {
    if (interrupt_requested()) return;
    RandomStream random(options.seed, "walk", i);
    parts[i] = run(model, walks[i], options, random);
    const std::lock_guard lock(mutex);
    ++done;
    if (progress) progress(done);
  });
  check_interrupt();
  std::vector<Sample> out;
  for (auto& part : parts) {
    for (auto& sample : part) out.push_back(std::move(sample));
  }
  return out;
}

}  // namespace vitrion
