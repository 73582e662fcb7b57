#include "dynamics/displacements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

std::vector<std::string> species_names(const Structure& structure) {
  std::vector<std::string> names;
  for (const auto& species : structure.species) names.push_back(species.name);
  return names;
}

std::size_t require_species(const Structure& structure, const std::string& name) {
  if (const auto found = structure.find_species(name)) return *found;
  throw InputError(fmt::format("there is no species \"{}\" in {}{}", name, structure.formula(),
                               did_you_mean(name, species_names(structure))));
}

// Mass weights of the atoms for which `chosen` holds, or none where there is no such atom.
std::vector<double> mass_weights(const Structure& structure, const std::vector<bool>& chosen) {
  std::vector<double> weight(structure.size(), 0.0);
  const bool masses = std::all_of(structure.species.begin(), structure.species.end(),
                                  [](const Species& s) { return s.mass_amu > 0; });
  double total = 0;
  for (std::size_t i = 0; i < structure.size(); ++i) {
    if (!chosen[structure.kind[i]]) continue;
    weight[i] = masses ? structure.species_of(i).mass_amu : 1.0;
    total += weight[i];
  }
  if (!(total > 0)) return {};
  for (double& w : weight) w /= total;
  return weight;
}

}  // namespace

std::optional<double> formal_charge_of(const Species& species) {
  const int z =
      species.atomic_number > 0 ? species.atomic_number : element::atomic_number(species.name);
  return element::formal_charge(z);
}

std::vector<std::string> default_mobile_species(const Structure& structure) {
  const auto counts = structure.counts();
  std::vector<std::string> out;
  for (std::size_t i = 0; i < structure.species.size(); ++i) {
    const auto& species = structure.species[i];
    const int z =
        species.atomic_number > 0 ? species.atomic_number : element::atomic_number(species.name);
    // A proton is part of a molecule more often than it is a carrier.
    if (z > 1 && counts[i] > 0 && element::formal_charge(z) == 1.0) out.push_back(species.name);
  }
  return out;
}

DriftFrame choose_drift_frame(const std::string& choice, const Structure& structure,
                              const std::vector<std::string>& mobile) {
  DriftFrame out;
  std::vector<bool> chosen(structure.species.size(), true);
  if (choice == "none") {
    out.text = "laboratory (no drift removed)";
    return out;
  }
  if (choice == "cell") {
    out.text = "centre of mass of all atoms";
  } else if (choice == "framework") {
    for (const auto& name : mobile) chosen[require_species(structure, name)] = false;
    out.text = fmt::format("centre of mass of all atoms but {}",
                           mobile.empty() ? "none" : join(mobile, ", "));
  } else if (choice.starts_with("species:")) {
    const std::string name = choice.substr(8);
    std::fill(chosen.begin(), chosen.end(), false);
    chosen[require_species(structure, name)] = true;
    out.text = fmt::format("centre of mass of {}", name);
  } else {
    throw InputError(fmt::format("drift is none, cell, framework or species:X, not \"{}\"{}",
                                 choice, did_you_mean(choice, {"none", "cell", "framework"})));
  }
  out.weight = mass_weights(structure, chosen);
  if (out.weight.empty()) {
    out.text = "laboratory (no drift removed)";
    out.warning = fmt::format(
        "drift \"{}\" has no atoms to refer to in {}: displacements are in the laboratory frame",
        choice, structure.formula());
  }
  return out;
}

DisplacementStore::DisplacementStore(const Frame& first, const std::vector<std::string>& species,
                                     const DriftFrame& drift) {
  const Structure& structure = first.structure;
  auto plan = std::make_shared<Plan>();
  for (const auto& name : species) require_species(structure, name);
  for (std::size_t s = 0; s < structure.species.size(); ++s) {
    const std::string& name = structure.species[s].name;
    if (!species.empty() && std::find(species.begin(), species.end(), name) == species.end()) {
      continue;
    }
    const std::size_t begin = plan->atoms.size();
    for (std::size_t i = 0; i < structure.size(); ++i) {
      if (structure.kind[i] == s) plan->atoms.push_back(i);
    }
    if (plan->atoms.size() > begin) plan->ranges.push_back({name, begin, plan->atoms.size()});
  }
  plan->start = structure.position;
  if (!first.images.empty() && first.wrapping != Wrapping::unwrapped) {
    for (std::size_t i = 0; i < plan->start.size(); ++i) {
      const auto& n = first.images[i];
      plan->start[i] += structure.cell.vectors() * Vec3(n[0], n[1], n[2]);
    }
  }
  plan->drift_weight = drift.weight;
  plan_ = std::move(plan);
}

DisplacementStore DisplacementStore::fork() const {
  DisplacementStore out;
  out.plan_ = plan_;
  return out;
}

Vec3 DisplacementStore::drift_of(const std::vector<Vec3>& unwrapped) const {
  Vec3 drift = Vec3::Zero();
  for (std::size_t i = 0; i < plan_->drift_weight.size(); ++i) {
    drift += plan_->drift_weight[i] * (unwrapped[i] - plan_->start[i]);
  }
  return drift;
}

Vec3 DisplacementStore::drift_velocity_of(const std::vector<Vec3>& velocities) const {
  Vec3 drift = Vec3::Zero();
  for (std::size_t i = 0; i < plan_->drift_weight.size(); ++i) {
    drift += plan_->drift_weight[i] * velocities[i];
  }
  return drift;
}

void DisplacementStore::keep(const FrameView& view, const std::vector<Vec3>& now, const Vec3& drift,
                             bool paths) {
  std::vector<float> row(3 * plan_->atoms.size());
  for (std::size_t k = 0; k < plan_->atoms.size(); ++k) {
    const std::size_t i = plan_->atoms[k];
    Vec3 d = now[i] - drift;
    if (paths) d -= plan_->start[i];
    for (int axis = 0; axis < 3; ++axis) {
      row[3 * k + static_cast<std::size_t>(axis)] = static_cast<float>(d[axis]);
    }
  }
  for (const auto& range : plan_->ranges) {
    Vec3 sum = Vec3::Zero();
    for (std::size_t k = range.begin; k < range.end; ++k) {
      sum += Vec3(row[3 * k], row[3 * k + 1], row[3 * k + 2]);
    }
    common_.push_back(sum);
  }
  paths_.push_back(std::move(row));
  times_ps_.push_back(view.time_ps);
  volumes_A3_.push_back(view.frame.structure.cell.volume());
}

void DisplacementStore::consume(const FrameView& view) {
  keep(view, *view.unwrapped, drift_of(*view.unwrapped), true);
}

void DisplacementStore::consume_velocities(const FrameView& view) {
  keep(view, view.frame.velocities, drift_velocity_of(view.frame.velocities), false);
}

void DisplacementStore::merge(DisplacementStore& later) {
  std::size_t index = run_frames();
  for (auto& row : later.paths_) {
    if (stride_ > 1) running_.append(row.data());
    if (index++ % stride_ == 0) paths_.push_back(std::move(row));
  }
  common_.insert(common_.end(), later.common_.begin(), later.common_.end());
  times_ps_.insert(times_ps_.end(), later.times_ps_.begin(), later.times_ps_.end());
  volumes_A3_.insert(volumes_A3_.end(), later.volumes_A3_.begin(), later.volumes_A3_.end());
  const std::size_t row_bytes = 3 * atoms() * sizeof(float);
  if (paths_.size() > 64 && paths_.size() * row_bytes > most_bytes_) thin();
}

DisplacementMoments DisplacementStore::moments_so_far() const {
  std::vector<std::size_t> bounds = {0};
  for (const auto& range : plan_->ranges) bounds.push_back(range.end);
  DisplacementMoments out(bounds);
  for (const auto& row : paths_) out.append(row.data());
  return out;
}

DisplacementMoments DisplacementStore::moments() const {
  DisplacementMoments out = stride_ > 1 ? running_ : moments_so_far();
  out.flush();
  return out;
}

void DisplacementStore::thin() {
  if (stride_ == 1) running_ = moments_so_far();
  const std::size_t kept = (paths_.size() + 1) / 2;
  for (std::size_t t = 1; t < kept; ++t) paths_[t] = std::move(paths_[2 * t]);
  paths_.resize(kept);
  stride_ *= 2;
}

double DisplacementStore::dt_ps() const {
  if (times_ps_.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return (times_ps_.back() - times_ps_.front()) / static_cast<double>(times_ps_.size() - 1);
}

double DisplacementStore::mean_volume_A3() const {
  return std::accumulate(volumes_A3_.begin(), volumes_A3_.end(), 0.0) /
         static_cast<double>(volumes_A3_.size());
}

}  // namespace vitrion
