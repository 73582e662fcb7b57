#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/constants.hpp"
#include "base/log.hpp"
#include "build/chain.hpp"
#include "build/monte_carlo.hpp"
#include "build/random_turn.hpp"

namespace vitrion {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);
constexpr double no_weight = -std::numeric_limits<double>::infinity();

// Adds ln of the mean Boltzmann weight, and draws one place by weight; `none` where all overlap.
std::size_t draw_by_weight(const std::vector<double>& energies, double kT, RandomStream& random,
                           double& log_weight) {
  const double lowest = *std::min_element(energies.begin(), energies.end());
  if (lowest >= PairEnergy::overlap / 2) {
    log_weight = no_weight;
    return none;
  }
  double sum = 0;
  for (const double e : energies) sum += std::exp(-(e - lowest) / kT);
  double pick = random.uniform() * sum;
  std::size_t chosen = 0;
  while (chosen + 1 < energies.size() && (pick -= std::exp(-(energies[chosen] - lowest) / kT)) > 0)
    ++chosen;
  log_weight += std::log(sum / static_cast<double>(energies.size())) - lowest / kT;
  return energies[chosen] >= PairEnergy::overlap / 2 ? none : chosen;
}

std::vector<Vec3> positions_of(const Vec3& centre, const Eigen::Quaterniond& turn,
                               const std::vector<Vec3>& shape) {
  std::vector<Vec3> out;
  out.reserve(shape.size());
  for (const Vec3& r : shape) out.push_back(centre + turn * r);
  return out;
}

// Atoms up to four bonds away, by a walk along the tree of bonds, with those bonds' middle one.
void list_far_pairs(const Unit& unit, std::vector<std::vector<std::uint32_t>>& far) {
  std::vector<std::vector<std::uint32_t>> bonded(unit.size());
  for (std::uint32_t k = 1; k < unit.size(); ++k) {
    const auto p = static_cast<std::uint32_t>(unit.parent[k]);
    bonded[k].push_back(p);
    bonded[p].push_back(k);
  }
  std::set<std::pair<std::uint32_t, std::uint32_t>> described;  // bonds with a torsional energy
  for (const auto& t : unit.torsions) {
    if (!t.energies_eV.empty()) described.insert(std::minmax(t.from, t.to));
  }
  far.resize(unit.size());
  for (std::uint32_t k = 0; k < unit.size(); ++k) {
    std::vector<char> near(unit.size(), 0);
    near[k] = 1;
    for (const auto a : bonded[k]) {
      near[a] = 1;
      for (const auto b : bonded[a]) {
        near[b] = 1;
        if (b == k || !described.contains(std::minmax(a, b))) continue;
        for (const auto c : bonded[b]) near[c] = 1;
      }
    }
    for (std::uint32_t j = 0; j < k; ++j) {
      if (near[j] == 0) far[k].push_back(j);
    }
  }
}

}  // namespace

void UnitEnsemble::add_form(const Unit& unit) {
  Form form{unit.position, unit.torsions, unit.parent, {}};
  if (!unit.torsions.empty()) {
    list_far_pairs(unit, form.far);
  }
  forms_.push_back(std::move(form));
}

// Of atoms [from, to) with earlier ones of the same chain, over the nearest images.
double UnitEnsemble::own_energy(std::size_t body, const std::vector<Vec3>& at, std::size_t from,
                                std::size_t to) const {
  const Body& b = bodies_[body];
  if (!is_chain(b)) return 0;
  double e = 0;
  for (std::size_t k = from; k < to; ++k) {
    for (const std::uint32_t j : forms_[b.kind].far[k]) {
      Vec3 d = at[j] - at[k];
      d -= Vec3(std::nearbyint(d[0]), std::nearbyint(d[1]), std::nearbyint(d[2]));
      e += (*energy_)(pair_kind_[b.first + k], pair_kind_[b.first + j], (h_ * d).squaredNorm());
    }
    if (e >= PairEnergy::overlap / 2) return PairEnergy::overlap;
  }
  return e;
}

double UnitEnsemble::torsion_energy(const Body& body) const {
  double e = 0;
  for (std::size_t g = 0; g < body.torsion.size(); ++g)
    e += forms_[body.kind].torsions[g].energy_eV(body.torsion[g]);
  return e;
}

double UnitEnsemble::energy_of(std::size_t body, const std::vector<Vec3>& at) const {
  const double e = energy_with_others(body, at, 0, bodies_[body].size);
  return e >= PairEnergy::overlap / 2 ? e : e + own_energy(body, at, 0, bodies_[body].size);
}

// The shorter side of the bond moves, which is the same torsion; the centre is then the mean again.
void UnitEnsemble::turn_torsion(Body& body, std::size_t which, double angle) const {
  const Unit::Torsion& t = forms_[body.kind].torsions[which];
  auto& r = body.shape;
  const Vec3 from = r[t.from];
  const Vec3 to = r[t.to];
  if (2 * t.first >= body.size) {
    turn_about(r, t.first, body.size, from, to, angle);
  } else {
    turn_about(r, 0, t.first, from, to, -angle);
  }
  Vec3 mean = Vec3::Zero();
  for (const Vec3& x : r) mean += x / static_cast<double>(r.size());
  for (Vec3& x : r) x -= mean;
  body.centre += body.turn * mean;
  body.torsion[which] = std::remainder(body.torsion[which] + angle, 2 * constants::pi);
}

void UnitEnsemble::pivot(double kT, RandomStream& random) {
  if (chains_.empty()) return;
  const std::size_t b = chains_[random.below(chains_.size())];
  Body trial = bodies_[b];
  const std::size_t which = random.below(trial.torsion.size());
  // Now and then by any angle, for the barriers.
  const double most = random.below(4) == 0 ? constants::pi : pivot_;
  turn_torsion(trial, which, most * random.uniform(-1, 1));
  ++pivots.tried;
  const double turned = torsion_energy(trial) - torsion_energy(bodies_[b]);
  const std::vector<Vec3> before(fraction_.begin() + trial.first,
                                 fraction_.begin() + trial.first + trial.size);
  atoms_of(trial, scratch_);
  const double e = energy_of(b, scratch_);
  if (e >= PairEnergy::overlap / 2) return;
  const double change = e - energy_of(b, before) + turned;
  if (!accept(change, kT, random)) return;
  total_ += change;
  take(b, trial);
  ++pivots.taken;
}

void UnitEnsemble::place_first(Growth& growth, std::size_t b, double kT, long trials, bool retrace,
                               RandomStream& random) const {
  Body& body = growth.body;
  const auto& torsions = forms_[body.kind].torsions;
  const std::size_t end = torsions.empty() ? body.size : torsions[0].first;
  std::vector<std::pair<Vec3, Eigen::Quaterniond>> places;
  std::vector<double> energies;
  std::vector<Vec3> at;
  for (long t = 0; t < trials; ++t) {
    Body trial = body;
    if (!retrace || t > 0) {
      const double x = random.uniform();
      const double y = random.uniform();
      trial.centre = cell_.to_cartesian({x, y, random.uniform()});
      if (trial.size > 1) trial.turn = random_turn(random);
    }
    atoms_of(trial, at);
    places.emplace_back(trial.centre, trial.turn);
    energies.push_back(energy_with_others(b, at, 0, end));
  }
  std::size_t chosen = draw_by_weight(energies, kT, random, growth.log_weight);
  if (retrace) chosen = 0;
  if (chosen == none) return;
  body.centre = places[chosen].first;
  body.turn = places[chosen].second;
  growth.energy += energies[chosen];
  growth.free = true;
}

// Stage 0 places the first piece; stage g ≥ 1 keeps all before torsion g − 1. `retrace` weighs the
// body as it stands, among fresh trials.
UnitEnsemble::Growth UnitEnsemble::grow(std::size_t b, std::size_t stage, double kT, long trials,
                                        bool retrace, RandomStream& random) const {
  Growth out;
  out.body = bodies_[b];
  out.free = true;
  const Body& body = out.body;
  const auto& torsions = forms_[body.kind].torsions;
  if (stage == 0) {
    out.free = false;
    place_first(out, b, kT, trials, retrace, random);
    if (!out.free || torsions.empty()) return out;
  }
  std::vector<Vec3> r = positions_of(body.centre, body.turn, body.shape);
  std::vector<Vec3> at(r.size());
  for (std::size_t k = 0; k < r.size(); ++k) at[k] = cell_.to_fractional(r[k]);
  std::vector<double> angles(static_cast<std::size_t>(trials));
  std::vector<double> energies(angles.size());
  std::vector<Vec3> piece;
  for (std::size_t g = stage == 0 ? 0 : stage - 1; g < torsions.size(); ++g) {
    const Unit::Torsion& t = torsions[g];
    const std::size_t end = g + 1 < torsions.size() ? torsions[g + 1].first : r.size();
    for (std::size_t k = 0; k < angles.size(); ++k) {
      angles[k] = retrace && k == 0 ? 0 : random.uniform(-constants::pi, constants::pi);
      piece = r;
      turn_about(piece, t.first, end, r[t.from], r[t.to], angles[k]);
      for (std::size_t i = t.first; i < end; ++i) at[i] = cell_.to_fractional(piece[i]);
      energies[k] = energy_with_others(b, at, t.first, end) + own_energy(b, at, t.first, end);
      if (energies[k] < PairEnergy::overlap / 2)
        energies[k] += t.energy_eV(body.torsion[g] + angles[k]);
    }
    std::size_t chosen = draw_by_weight(energies, kT, random, out.log_weight);
    if (retrace) chosen = 0;
    if (chosen == none) {
      out.free = false;
      return out;
    }
    turn_about(r, t.first, r.size(), r[t.from], r[t.to], angles[chosen]);
    for (std::size_t i = t.first; i < r.size(); ++i) at[i] = cell_.to_fractional(r[i]);
    out.body.torsion[g] = std::remainder(body.torsion[g] + angles[chosen], 2 * constants::pi);
    out.energy += energies[chosen];
  }
  Vec3 mean = Vec3::Zero();
  for (const Vec3& x : r) mean += x / static_cast<double>(r.size());
  for (Vec3& x : r) x -= mean;
  out.body.centre = mean;
  out.body.turn = Eigen::Quaterniond::Identity();
  out.body.shape = std::move(r);
  return out;
}

void UnitEnsemble::take(std::size_t b, const Body& made) {
  Body& body = bodies_[b];
  body.centre = made.centre;
  body.turn = made.turn;
  body.shape = made.shape;
  body.torsion = made.torsion;
  atoms_of(body, scratch_);
  put(b, scratch_);
}

// One of several whole growths, by Rosenbluth's weight; a rigid ion needs just one.
bool UnitEnsemble::insert(std::size_t b, double kT, long trials, RandomStream& random) {
  const int rounds = is_chain(bodies_[b]) ? 40 : 200;
  const int wanted = is_chain(bodies_[b]) ? 8 : 1;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Growth> made;
    std::vector<double> weights;
    for (int k = 0; k < wanted; ++k) {
      Growth growth = grow(b, 0, kT, trials, false, random);
      if (!growth.free) continue;
      weights.push_back(-growth.log_weight);  // as energies in units of kT
      made.push_back(std::move(growth));
    }
    if (made.empty()) continue;
    double unused = 0;
    const std::size_t chosen = made.size() == 1 ? 0 : draw_by_weight(weights, 1.0, random, unused);
    total_ += made[chosen].energy;
    take(b, made[chosen].body);
    return true;
  }
  return false;
}

void UnitEnsemble::remove(std::size_t b) {
  Body& body = bodies_[b];
  for (std::uint32_t k = 0; k < body.size; ++k) {
    auto& bin = in_bin_[bin_[body.first + k]];
    *std::find(bin.begin(), bin.end(), body.first + k) = bin.back();
    bin.pop_back();
  }
  body.placed = false;
}

bool UnitEnsemble::insert_chains(double kT, long trials, RandomStream& random) {
  constexpr int most_failures = 4;
  constexpr std::size_t taken_out = 3;
  std::vector<std::size_t> open = chains_;
  std::stable_sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
    return bodies_[a].size < bodies_[b].size;  // the last comes first
  });
  std::vector<std::size_t> standing;
  for (int failures = 0; !open.empty();) {
    if (insert(open.back(), kT, trials, random)) {
      standing.push_back(open.back());
      open.pop_back();
      continue;
    }
    if (++failures > most_failures) return false;
    for (std::size_t k = 0; k < taken_out && !standing.empty(); ++k) {
      const std::size_t which = random.below(standing.size());
      remove(standing[which]);
      open.insert(open.begin(), standing[which]);
      standing[which] = standing.back();
      standing.pop_back();
    }
    log_detail(
        fmt::format("a chain found no room: {} of {} stand", standing.size(), chains_.size()));
  }
  total_ = recount();
  return true;
}

void UnitEnsemble::regrow(double kT, long trials, RandomStream& random) {
  if (chains_.empty()) return;
  const std::size_t b = chains_[random.below(chains_.size())];
  const std::size_t stage = random.below(bodies_[b].torsion.size() + 1);
  ++regrowths.tried;
  const Growth made = grow(b, stage, kT, trials, false, random);
  if (!made.free) return;
  const Growth was = grow(b, stage, kT, trials, true, random);
  if (!accept(was.log_weight - made.log_weight, 1.0, random)) return;
  total_ += made.energy - was.energy;
  take(b, made.body);
  ++regrowths.taken;
}

// The atoms of a chain may be cut by a face: each is taken next to the one it is bonded to.
void UnitEnsemble::adopt_chain(Body& body, const Structure& s) const {
  const Form& form = forms_[body.kind];
  std::vector<Vec3> r(body.size);
  for (std::size_t k = 0; k < r.size(); ++k) {
    const Vec3& here = s.position[body.first + k];
    const int p = form.parent[k];
    r[k] = p < 0 ? here
                 : Vec3(r[static_cast<std::size_t>(p)] +
                        cell_.minimum_image(here - r[static_cast<std::size_t>(p)]));
  }
  body.centre = Vec3::Zero();
  for (const Vec3& x : r) body.centre += x / static_cast<double>(r.size());
  for (Vec3& x : r) x -= body.centre;
  body.turn = Eigen::Quaterniond::Identity();
  for (std::size_t g = 0; g < body.torsion.size(); ++g) {
    const Unit::Torsion& t = form.torsions[g];
    body.torsion[g] = dihedral(r[t.before], r[t.from], r[t.to], r[t.first]);
  }
  body.shape = std::move(r);
}

std::vector<Vec3> UnitEnsemble::chain_shape(std::size_t chain) const {
  const Body& body = bodies_[chains_[chain]];
  return positions_of(Vec3::Zero(), body.turn, body.shape);
}

std::vector<std::vector<double>> UnitEnsemble::torsions() const {
  std::vector<std::vector<double>> out;
  for (const std::size_t b : chains_) out.push_back(bodies_[b].torsion);
  return out;
}

}  // namespace vitrion
