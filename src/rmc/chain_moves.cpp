// How the moves of a chain are drawn, and what its rigid units are.
#include <Eigen/Geometry>
#include <cmath>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "rmc/chain.hpp"
#include "structure/bonds.hpp"

namespace vitrion::rmc {
namespace {

Vec3 random_direction(RandomStream& random) {
  const double z = random.uniform(-1, 1);
  const double angle = random.uniform(0, 2 * constants::pi);
  const double rho = std::sqrt(1 - z * z);
  return {rho * std::cos(angle), rho * std::sin(angle), z};
}

}  // namespace

const char* name_of(MoveKind kind) {
  constexpr const char* names[] = {"translate",   "swap",   "unit_translate",
                                   "unit_rotate", "volume", "jump"};
  return names[static_cast<std::size_t>(kind)];
}

// Units are what the given bonds connect in the starting model.
void Chain::find_units(const Structure& start) {
  const MoveSettings& m = setup_->moves;
  if (!(m.weight[2] > 0) && !(m.weight[3] > 0)) return;
  if (m.unit_bonds.empty()) {
    throw InputError("moves: unit moves have a weight and no bonds: give unit_bonds: {P-S: 2.6 A}");
  }
  PairDistances bonds(setup_->table.groups());
  for (const auto& [pair, distance] : m.unit_bonds) {
    const auto [a, b] = parse_pair(setup_->table, pair, "moves.unit_bonds");
    bonds.set(a, b, distance);
  }
  NearAtoms near(setup_->table.group_of(), PairDistances(setup_->table.groups()), bonds);
  near.reset(start.cell, counts_.sites());
  std::vector<std::uint8_t> seen(start.size(), 0);
  const std::set<std::uint32_t> movable(free_.begin(), free_.end());
  for (const auto i : free_) {
    if (seen[i]) continue;
    std::vector<std::uint32_t> unit{i};
    seen[i] = 1;
    bool whole = true;
    for (std::size_t k = 0; k < unit.size(); ++k) {
      for (const Near& x : near.of(unit[k])) {
        whole = whole && movable.contains(x.atom);
        if (seen[x.atom]) continue;
        seen[x.atom] = 1;
        unit.push_back(x.atom);
      }
    }
    if (whole && unit.size() > 1 && unit.size() <= 32) units_.push_back(std::move(unit));
  }
  if (units_.empty()) {
    throw InputError(
        "moves: the bonds of unit_bonds connect no units of 2 to 32 atoms in the "
        "starting model");
  }
}

MoveKind Chain::choose(RandomStream& random) const {
  const double at = random.uniform() * cumulative_.back();
  for (std::size_t k = 0; k < move_kinds; ++k) {
    if (at < cumulative_[k]) return static_cast<MoveKind>(k);
  }
  return MoveKind::translate;
}

bool Chain::propose_translate(RandomStream& random, double longest) {
  const std::uint32_t i = free_[random.below(free_.size())];
  const Vec3 d = random.uniform() * longest * random_direction(random);
  moves_.push_back({i, counts_.site(i) + displacement(cell_, d)});
  return true;
}

bool Chain::propose_swap(RandomStream& random) {
  const auto& [one, two] = swaps_[random.below(swaps_.size())];
  if (one.empty() || two.empty()) return false;
  const std::uint32_t i = one[random.below(one.size())];
  const std::uint32_t j = two[random.below(two.size())];
  if (i == j) return false;
  moves_.push_back({i, counts_.site(j)});
  moves_.push_back({j, counts_.site(i)});
  return true;
}

bool Chain::propose_unit(RandomStream& random, bool rotate) {
  const auto& unit = units_[random.below(units_.size())];
  if (!rotate) {
    const Vec3 d = random.uniform() * step_[2] * random_direction(random);
    const Site by = displacement(cell_, d);
    for (const auto i : unit) moves_.push_back({i, counts_.site(i) + by});
    return true;
  }
  // About the mean of its atoms as they stand around its first.
  const Site origin = counts_.site(unit.front());
  std::vector<Vec3> arm;
  Vec3 centre = Vec3::Zero();
  for (const auto i : unit) {
    arm.push_back(cell_.minimum_image(vector_of(cell_, counts_.site(i) - origin)));
    centre += arm.back() / static_cast<double>(unit.size());
  }
  const double angle = random.uniform() * step_[3] * constants::pi / 180;
  const Mat3 turn = Eigen::AngleAxisd(angle, random_direction(random)).toRotationMatrix();
  for (std::size_t k = 0; k < unit.size(); ++k) {
    const Vec3 d = centre + turn * (arm[k] - centre) - arm[k];
    moves_.push_back({unit[k], counts_.site(unit[k]) + displacement(cell_, d)});
  }
  return true;
}

}  // namespace vitrion::rmc
