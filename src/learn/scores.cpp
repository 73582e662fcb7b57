#include "learn/scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

constexpr std::size_t parity_of_frame = 24;  // components of force kept of each frame

void require_finite(double value, const char* what, const Sample& label, const std::string& file) {
  if (std::isfinite(value)) return;
  throw WorkError(
      fmt::format("{}, frame {}: the predicted {} is not finite: the model fails on this "
                  "configuration",
                  file, label.index, what));
}

void add_forces(const Frame& label, const Frame& predicted, Scores::Record& out) {
  const Structure& s = label.structure;
  std::vector<Scores::Sum> sums(s.species.size());
  for (std::size_t i = 0; i < label.size(); ++i) {
    const Vec3 error = predicted.forces[i] - label.forces[i];
    for (int k = 0; k < 3; ++k) sums[s.kind[i]].add(error[k], label.forces[i][k]);
    if (error.norm() > out.worst_force) {
      out.worst_force = error.norm();
      out.worst_atom = i + 1;
    }
  }
  for (std::size_t k = 0; k < sums.size(); ++k)
    if (sums[k].count > 0) out.force[s.species[k].name].add(sums[k]);
}

// Components drawn by a stream of the frame's own, so that merging in any order keeps the same.
void keep_parity(const Frame& label, const Frame& predicted, Scores::Record& out) {
  RandomStream random(1, out.file, static_cast<std::uint64_t>(out.index));
  const std::size_t components = 3 * label.size();
  const std::size_t wanted = std::min(parity_of_frame, components);
  for (std::size_t n = 0; n < wanted; ++n) {
    const auto c = static_cast<std::size_t>(random.below(components));
    const auto k = static_cast<Eigen::Index>(c % 3);
    out.parity.emplace_back(static_cast<float>(label.forces[c / 3][k]),
                            static_cast<float>(predicted.forces[c / 3][k]));
  }
}

}  // namespace

void Scores::Sum::add(double error, double label) {
  square += error * error;
  absolute += std::abs(error);
  label_square += label * label;
  count += 1;
}

void Scores::Sum::add(const Sum& other) {
  square += other.square;
  absolute += other.absolute;
  label_square += other.label_square;
  count += other.count;
}

std::size_t Scores::Record::size() const {
  std::size_t out = 0;
  for (const auto& [name, count] : atoms) out += count;
  return out;
}

Scores::Sum Scores::Record::all_forces() const {
  Sum out;
  for (const auto& [name, sum] : force) out.add(sum);
  return out;
}

void Scores::add(const Sample& label, const Frame& predicted, const std::string& file) {
  const Frame& frame = label.frame;
  Record out;
  out.file = file;
  out.index = label.index;
  out.phase = label.phase;
  out.temperature_K = frame.temperature_K;
  out.atoms = composition_of(frame.structure);
  if (frame.energy_eV && predicted.energy_eV) {
    require_finite(*predicted.energy_eV, "energy", label, file);
    out.energy_label_eV = frame.energy_eV;
    out.energy_eV = predicted.energy_eV;
  }
  if (!frame.forces.empty() && !predicted.forces.empty()) {
    if (predicted.forces.size() != frame.size() || frame.forces.size() != frame.size())
      throw WorkError(fmt::format(
          "{}, frame {}: there are {} predicted and {} given forces for {} "
          "atoms",
          file, label.index, predicted.forces.size(), frame.forces.size(), frame.size()));
    for (const auto& f : predicted.forces) require_finite(f.sum(), "force", label, file);
    add_forces(frame, predicted, out);
    keep_parity(frame, predicted, out);
  }
  if (frame.stress_eV_A3 && predicted.stress_eV_A3) {
    require_finite(predicted.stress_eV_A3->sum(), "stress", label, file);
    for (const auto& [i, k] : {std::pair{0, 0}, {1, 1}, {2, 2}, {1, 2}, {0, 2}, {0, 1}}) {
      const double ours = 0.5 * ((*predicted.stress_eV_A3)(i, k) + (*predicted.stress_eV_A3)(k, i));
      const double theirs = 0.5 * ((*frame.stress_eV_A3)(i, k) + (*frame.stress_eV_A3)(k, i));
      out.stress.add(ours - theirs, theirs);
    }
  }
  records_.push_back(std::move(out));
}

void Scores::merge(const Scores& later) {
  records_.insert(records_.end(), later.records_.begin(), later.records_.end());
}

}  // namespace vitrion
