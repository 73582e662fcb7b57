#include <algorithm>
#include <cmath>

#include "build/monte_carlo.hpp"
#include "build/random_turn.hpp"

namespace vitrion {
namespace {

constexpr long regrowth_trials = 16;

void tune(UnitEnsemble::Counts& counts, double& step, double least, double most) {
  if (counts.tried < 200) return;
  const double rate = static_cast<double>(counts.taken) / static_cast<double>(counts.tried);
  step = std::clamp(step * (rate > 0.33 ? 1.1 : 0.9), least, most);
  counts = {};
}

}  // namespace

bool UnitEnsemble::accept(double change, double kT, RandomStream& random) const {
  return change <= 0 || random.uniform() < std::exp(-change / kT);
}

bool UnitEnsemble::try_place(std::size_t b, const Body& trial, double kT, RandomStream& random) {
  const Body& old = bodies_[b];
  std::vector<Vec3> before(fraction_.begin() + old.first, fraction_.begin() + old.first + old.size);
  atoms_of(trial, scratch_);
  const double e = energy_of(b, scratch_);
  if (e >= PairEnergy::overlap / 2) return false;
  const double change = e - energy_of(b, before);
  if (!accept(change, kT, random)) return false;
  bodies_[b].centre = trial.centre;
  bodies_[b].turn = trial.turn;
  put(b, scratch_);
  total_ += change;
  return true;
}

void UnitEnsemble::try_translation(double kT, RandomStream& random) {
  const std::size_t b = random.below(bodies_.size());
  Body trial = bodies_[b];
  const double x = random.uniform(-1, 1);
  const double y = random.uniform(-1, 1);
  trial.centre += step_A_ * Vec3(x, y, random.uniform(-1, 1));
  ++translations.tried;
  if (try_place(b, trial, kT, random)) ++translations.taken;
}

void UnitEnsemble::try_rotation(double kT, RandomStream& random) {
  const std::size_t b = random.below(bodies_.size());
  if (bodies_[b].size == 1) return;
  Body trial = bodies_[b];
  const Vec3 axis = random_turn(random) * Vec3::UnitZ();
  trial.turn =
      (Eigen::Quaterniond(Eigen::AngleAxisd(angle_ * random.uniform(-1, 1), axis)) * trial.turn)
          .normalized();
  ++rotations.tried;
  if (try_place(b, trial, kT, random)) ++rotations.taken;
}

// Two ions of different kinds change places; the second keeps the first's energy out of its own by
// being moved while the first is already there.
void UnitEnsemble::try_swap(double kT, RandomStream& random) {
  const std::size_t a = random.below(bodies_.size());
  const std::size_t b = random.below(bodies_.size());
  if (bodies_[a].kind == bodies_[b].kind) return;
  ++swaps.tried;
  const Body old_a = bodies_[a];
  const Body old_b = bodies_[b];
  const auto atoms = [&](const Body& body) {
    return std::vector<Vec3>(fraction_.begin() + body.first,
                             fraction_.begin() + body.first + body.size);
  };
  const auto before_a = atoms(old_a);
  const auto before_b = atoms(old_b);
  const double before = recount_pair(a, b);
  std::swap(bodies_[a].centre, bodies_[b].centre);
  atoms_of(bodies_[a], scratch_);
  put(a, scratch_);
  atoms_of(bodies_[b], scratch_);
  put(b, scratch_);
  const double after = recount_pair(a, b);
  if (after < PairEnergy::overlap / 2 && accept(after - before, kT, random)) {
    total_ += after - before;
    ++swaps.taken;
    return;
  }
  bodies_[a].centre = old_a.centre;
  bodies_[b].centre = old_b.centre;
  put(a, before_a);
  put(b, before_b);
}

// The energies of two ions with all others, their own counted once.
double UnitEnsemble::recount_pair(std::size_t a, std::size_t b) const {
  const auto atoms = [&](const Body& body) {
    return std::vector<Vec3>(fraction_.begin() + body.first,
                             fraction_.begin() + body.first + body.size);
  };
  const auto at_a = atoms(bodies_[a]);
  const auto at_b = atoms(bodies_[b]);
  double own = 0;
  for (std::uint32_t k = 0; k < bodies_[a].size; ++k) {
    for (std::uint32_t m = 0; m < bodies_[b].size; ++m) {
      Vec3 d = at_b[m] - at_a[k];
      d -= Vec3(std::nearbyint(d[0]), std::nearbyint(d[1]), std::nearbyint(d[2]));
      own += (*energy_)(pair_kind_[bodies_[a].first + k], pair_kind_[bodies_[b].first + m],
                        (h_ * d).squaredNorm());
    }
  }
  if (own >= PairEnergy::overlap / 2) return PairEnergy::overlap;
  const double e = energy_of(a, at_a);
  if (e >= PairEnergy::overlap / 2) return e;
  return e + energy_of(b, at_b) - own;
}

// Centres scale with the cell, shapes do not: N ions count in the Jacobian.
void UnitEnsemble::try_volume(double kT, double pressure, RandomStream& random) {
  ++volumes.tried;
  const double ln_ratio = scale_ * random.uniform(-1, 1);
  const double ratio = std::exp(ln_ratio);
  const Cell old_cell = cell_;
  const auto old_bodies = bodies_;
  const auto old_fraction = fraction_;
  const double old_total = total_;
  const Cell made(old_cell.vectors() * std::cbrt(ratio), old_cell.origin());
  if (made.heights().minCoeff() < 2 * energy_->cutoff_A()) return;
  for (Body& body : bodies_) body.centre = made.to_cartesian(old_cell.to_fractional(body.centre));
  cell_ = made;
  for (const Body& body : bodies_) {
    atoms_of(body, scratch_);
    for (std::uint32_t k = 0; k < body.size; ++k) fraction_[body.first + k] = scratch_[k];
  }
  set_cell(made);
  total_ = recount();
  const auto n = static_cast<double>(bodies_.size());
  const double work = pressure * old_cell.volume() * (ratio - 1);
  // A step uniform in ln V has V^(N+1) as its weight.
  const double change = total_ - old_total + work - (n + 1) * kT * ln_ratio;
  if (total_ < PairEnergy::overlap / 2 && accept(change, kT, random)) {
    ++volumes.taken;
    return;
  }
  bodies_ = old_bodies;
  fraction_ = old_fraction;
  total_ = old_total;
  set_cell(old_cell);
}

void UnitEnsemble::sweep(double kT, const std::optional<double>& pressure, RandomStream& random) {
  for (std::size_t k = 0; k < bodies_.size(); ++k) {
    const std::uint64_t which = random.below(20);
    if (which < 12) {
      try_translation(kT, random);
    } else if (which < 19) {
      try_rotation(kT, random);
    } else {
      try_swap(kT, random);
    }
  }
  std::size_t torsions = 0;
  for (const std::size_t b : chains_) torsions += bodies_[b].torsion.size();
  for (std::size_t k = 0; k < torsions; ++k) pivot(kT, random);
  for (std::size_t k = 0; k < chains_.size(); ++k) regrow(kT, regrowth_trials, random);
  if (pressure) {
    for (int k = 0; k < 3; ++k) try_volume(kT, *pressure, random);
    tune(volumes, scale_, 1e-4, 0.1);
  }
  tune(translations, step_A_, 0.02, 3.0);
  tune(rotations, angle_, 0.02, 3.0);
  tune(pivots, pivot_, 0.02, 3.0);
}

}  // namespace vitrion
