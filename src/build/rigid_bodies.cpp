#include "build/rigid_bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "build/composition.hpp"
#include "build/random_turn.hpp"

namespace vitrion {
namespace {

constexpr double stretch = 1.01;      // the minimum distances are aimed at with this much to spare
constexpr int trials = 2000;          // for a place inside a region
constexpr std::size_t large = 50000;  // atoms from which memory's order is felt
constexpr int key_span = 32;          // lattice vectors −16 … 15 along each axis
constexpr std::uint16_t no_shift = UINT16_MAX;

}  // namespace

RigidBodies::RigidBodies(const PreparedSystem& system, const MinimumDistances& distances) {
  structure_.cell = system.cell;
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : system.plan.atoms_by_element) symbols.push_back(symbol);
  for (const auto& symbol : order_by_electropositivity(symbols)) structure_.species_index(symbol);
  for (std::size_t i = 0; i < system.fixed.size(); ++i) {
    structure_.add(system.fixed.species_of(i).name, system.fixed.position[i]);
    local_.push_back(Vec3::Zero());
    body_of_.push_back(fixed_body);
  }
  fixed_ = static_cast<std::uint32_t>(system.fixed.size());
  for (const auto& [unit, count] : system.units) {
    const auto kind = static_cast<std::uint32_t>(regions_.size());
    auto& regions = regions_.emplace_back();
    for (const Region& region : system.regions) {
      if (region.holds_for(unit.name)) regions.push_back(region);
    }
    has_regions_ = has_regions_ || !regions.empty();
    add_bodies(unit, kind, count);
  }
  set_distances(distances);
  const auto n = static_cast<Eigen::Index>(6 * bodies_.size());
  velocity = Generalised::Zero(n);
  force = Generalised::Zero(n);
  atom_force_.resize(local_.size());
  shift_of_key_.assign(key_span * key_span * key_span, no_shift);
}

void RigidBodies::add_bodies(const Unit& unit, std::uint32_t kind, long count) {
  double squares = 0;
  double reach = 0;
  for (const Vec3& r : unit.position) {
    squares += r.squaredNorm();
    reach = std::max(reach, r.norm());
  }
  for (long n = 0; n < count; ++n) {
    Body body;
    body.first = static_cast<std::uint32_t>(local_.size());
    body.size = static_cast<std::uint32_t>(unit.size());
    body.kind = kind;
    body.root_mass = std::sqrt(static_cast<double>(unit.size()));
    body.root_inertia = std::sqrt(std::max(squares, 1e-6) * 2.0 / 3.0);
    body.reach = reach;
    for (std::size_t k = 0; k < unit.size(); ++k) {
      local_.push_back(unit.position[k]);
      body_of_.push_back(static_cast<std::uint32_t>(bodies_.size()));
      structure_.add(unit.elements[k], Vec3::Zero());
    }
    bodies_.push_back(body);
  }
}

void RigidBodies::set_distances(const MinimumDistances& distances) {
  const std::size_t kinds = structure_.species.size();
  for (const auto& a : structure_.species) {
    for (const auto& b : structure_.species) {
      distances_.push_back(stretch * distances.at(std::minmax(a.name, b.name)));
      longest_ = std::max(longest_, distances_.back());
    }
  }
  // Wide skins cost time in every step, narrow ones in lists: half of the distance is near the
  // best.
  skin_ = std::clamp(0.5 * longest_, 0.5, 1.5);
  listed_.resize(kinds * kinds);
  for (std::size_t k = 0; k < listed_.size(); ++k) {
    listed_[k] = (distances_[k] + skin_) * (distances_[k] + skin_);
  }
}

void RigidBodies::place_centre(Body& body, RandomStream& random) {
  const double a = random.uniform();
  const double b = random.uniform();
  const double c = random.uniform();
  body.centre = structure_.cell.to_cartesian({a, b, c});
}

void RigidBodies::scatter(Body& body, RandomStream& random) {
  const auto& regions = regions_[body.kind];
  for (int trial = 0;; ++trial) {
    place_centre(body, random);
    const bool inside = std::all_of(regions.begin(), regions.end(), [&](const Region& region) {
      return region.push(body.centre).depth_A <= 0;
    });
    if (inside) break;
    if (trial == trials) {
      throw InputError(
          fmt::format("the regions leave no place for a unit ({}): {} random places were all "
                      "outside; make the region larger",
                      regions.front().text(), trials));
    }
  }
  if (body.size > 1) body.turn = random_turn(random);
}

void RigidBodies::scatter(RandomStream& random) {
  for (Body& body : bodies_) scatter(body, random);
  if (local_.size() > large) sort_in_space();
  velocity.setZero();
  place_atoms();
  listed_at_.clear();
}

// Units of one kind are alike: which of them stands where is free to choose.
void RigidBodies::sort_in_space() {
  const auto key = [&](const Body& body) {
    const Vec3 f = structure_.cell.to_fractional(body.centre);
    long out = 0;
    for (int bit = 7; bit >= 0; --bit) {
      for (int k = 0; k < 3; ++k)
        out = 2 * out + ((static_cast<long>(f[k] * 256) >> bit) & 1);  // Morton's order
    }
    return out;
  };
  for (std::size_t begin = 0; begin < bodies_.size();) {
    std::size_t end = begin;
    while (end < bodies_.size() && bodies_[end].kind == bodies_[begin].kind) ++end;
    std::vector<std::pair<long, std::size_t>> order;
    for (std::size_t b = begin; b < end; ++b) order.emplace_back(key(bodies_[b]), b);
    std::sort(order.begin(), order.end());
    std::vector<Body> sorted;
    for (const auto& [morton, b] : order) sorted.push_back(bodies_[b]);
    for (std::size_t b = begin; b < end; ++b) {
      sorted[b - begin].first = bodies_[b].first;
      bodies_[b] = sorted[b - begin];
    }
    begin = end;
  }
}

std::size_t RigidBodies::scatter_caught(RandomStream& random) {
  std::vector<char> caught(bodies_.size(), 0);
  for (std::size_t i = 0; i < local_.size(); ++i) {
    for (std::size_t p = pairs_start_[i]; p < pairs_start_[i + 1]; ++p) {
      const Pair& pair = pairs_[p];
      const Vec3 r = structure_.position[pair.j] + shifts_[pair.shift] - structure_.position[i];
      const double d = distances_[pair.distance] / stretch;
      if (r.squaredNorm() >= d * d) continue;
      const std::uint32_t a = body_of_[i];
      const std::uint32_t b = body_of_[pair.j];
      if (a == fixed_body || b == fixed_body) {
        caught[a == fixed_body ? b : a] = 1;
      } else if (caught[a] == 0 && caught[b] == 0) {
        caught[bodies_[a].size <= bodies_[b].size ? a : b] = 1;
      }
    }
  }
  std::size_t moved = 0;
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    if (caught[b] == 0) continue;
    scatter(bodies_[b], random);
    ++moved;
  }
  velocity.setZero();
  place_atoms();
  listed_at_.clear();
  return moved;
}

void RigidBodies::place_atoms(const Body& body) {
  if (body.size == 1) {
    structure_.position[body.first] = body.centre;
    return;
  }
  const Mat3 turn = body.turn.toRotationMatrix();
  for (std::uint32_t k = body.first; k < body.first + body.size; ++k)
    structure_.position[k] = body.centre + turn * local_[k];
}

void RigidBodies::place_atoms() {
  for (const Body& body : bodies_) place_atoms(body);
}

bool RigidBodies::pairs_are_stale() const {
  if (listed_at_.empty()) return true;
  const double most = 0.25 * skin_ * skin_;
  for (std::size_t i = fixed_; i < listed_at_.size(); ++i) {
    if ((structure_.position[i] - listed_at_[i]).squaredNorm() > most) return true;
  }
  return false;
}

std::uint16_t RigidBodies::shift_index(const Vec3& lattice_vector) {
  const Vec3 n = structure_.cell.inverse() * lattice_vector;
  std::size_t key = 0;
  for (int k = 0; k < 3; ++k) {
    const auto whole = static_cast<long>(std::lround(n[k])) + key_span / 2;
    if (whole < 0 || whole >= key_span) {
      throw InputError("the cell is too thin for these distances: ask for more atoms");
    }
    key = key * key_span + static_cast<std::size_t>(whole);
  }
  if (shift_of_key_[key] == no_shift) {
    shift_of_key_[key] = static_cast<std::uint16_t>(shifts_.size());
    const Vec3 whole(std::round(n[0]), std::round(n[1]), std::round(n[2]));
    shifts_.push_back(structure_.cell.vectors() * whole);
  }
  return shift_of_key_[key];
}

void RigidBodies::list_pairs_of(const GhostGrid& grid, std::size_t entry, const Int3& bin) {
  const std::uint32_t i = grid.atom[entry];
  const Vec3 at(grid.x[entry], grid.y[entry], grid.z[entry]);
  const std::size_t row = structure_.kind[i] * structure_.species.size();
  const double farthest = (longest_ + skin_) * (longest_ + skin_);
  for (int a = bin[0] - grid.reach[0]; a <= bin[0] + grid.reach[0]; ++a) {
    for (int b = bin[1] - grid.reach[1]; b <= bin[1] + grid.reach[1]; ++b) {
      const auto [first, last] = grid.run(a, b, bin[2]);
      for (std::size_t e = first; e < last; ++e) {
        const double dx = grid.x[e] - at[0];
        const double dy = grid.y[e] - at[1];
        const double dz = grid.z[e] - at[2];
        const double r2 = dx * dx + dy * dy + dz * dz;
        const std::uint32_t j = grid.atom[e];
        if (r2 > farthest || j <= i) continue;  // an atom and its own image keep their distance
        const std::size_t distance = row + structure_.kind[j];
        if (r2 > listed_[distance]) continue;
        if (body_of_[i] == fixed_body && body_of_[j] == fixed_body) continue;
        const Vec3 shift = Vec3(dx, dy, dz) - (structure_.position[j] - structure_.position[i]);
        if (body_of_[i] == body_of_[j] && shift.squaredNorm() < 1e-6) continue;
        pairs_owner_.push_back(i);
        pairs_.push_back({j, shift_index(shift), static_cast<std::uint16_t>(distance)});
      }
    }
  }
}

void RigidBodies::find_pairs() {
  for (Body& body : bodies_) {
    const Vec3 home = structure_.cell.wrap(body.centre);
    if ((home - body.centre).squaredNorm() < 1e-12) continue;
    body.centre = home;
    place_atoms(body);
  }
  const GhostGrid grid = make_ghost_grid(structure_, longest_ + skin_);
  pairs_.clear();
  pairs_owner_.clear();
  for (int a = 0; a < grid.count[0]; ++a) {
    for (int b = 0; b < grid.count[1]; ++b) {
      for (int c = 0; c < grid.count[2]; ++c) {
        const std::size_t bin = grid.bin(a, b, c);
        for (std::size_t e = grid.start[bin]; e < grid.start[bin + 1]; ++e)
          list_pairs_of(grid, e, {a, b, c});
      }
    }
  }
  // By atom: a counting sort, so that sums do not depend on the bins.
  pairs_start_.assign(local_.size() + 1, 0);
  for (const auto i : pairs_owner_) ++pairs_start_[i + 1];
  std::partial_sum(pairs_start_.begin(), pairs_start_.end(), pairs_start_.begin());
  std::vector<Pair> sorted(pairs_.size());
  std::vector<std::size_t> next(pairs_start_.begin(), pairs_start_.end() - 1);
  for (std::size_t p = 0; p < pairs_.size(); ++p) sorted[next[pairs_owner_[p]]++] = pairs_[p];
  pairs_ = std::move(sorted);
  listed_at_ = structure_.position;
}

double RigidBodies::evaluate() {
  if (pairs_are_stale()) find_pairs();
  std::fill(atom_force_.begin(), atom_force_.end(), Vec3::Zero());
  closest_ = {};
  double energy = 0;
  for (std::uint32_t i = 0; i < local_.size(); ++i) {
    const Vec3 at = structure_.position[i];
    for (std::size_t p = pairs_start_[i]; p < pairs_start_[i + 1]; ++p) {
      const Pair& pair = pairs_[p];
      const Vec3 r = structure_.position[pair.j] + shifts_[pair.shift] - at;
      const double r2 = r.squaredNorm();
      const double wanted = distances_[pair.distance];
      if (r2 >= wanted * wanted) continue;
      const double length = std::sqrt(r2);
      if (length * stretch < closest_.ratio * wanted)
        closest_ = {length * stretch / wanted, length, i, pair.j};
      const double overlap = wanted - length;
      energy += 0.5 * overlap * overlap;
      const Vec3 f = length > 1e-9 ? Vec3(r * (overlap / length)) : Vec3(overlap, 0, 0);
      atom_force_[pair.j] += f;
      atom_force_[i] -= f;
    }
  }
  if (has_regions_) energy += push_into_regions();
  sum_forces();
  return energy;
}

double RigidBodies::push_into_regions() {
  double energy = 0;
  out_of_region_ = 0;
  for (const Body& body : bodies_) {
    for (const Region& region : regions_[body.kind]) {
      for (std::uint32_t k = body.first; k < body.first + body.size; ++k) {
        const Region::Push push = region.push(structure_.position[k]);
        if (push.depth_A <= 0) continue;
        // A little deeper than the boundary, so that it is crossed after finitely many steps.
        const double depth = push.depth_A + 0.02;
        out_of_region_ = std::max(out_of_region_, push.depth_A);
        energy += 0.5 * depth * depth;
        atom_force_[k] += depth * push.direction;
      }
    }
  }
  return energy;
}

void RigidBodies::sum_forces() {
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    const Body& body = bodies_[b];
    const auto at = static_cast<Eigen::Index>(6 * b);
    if (body.size == 1) {
      force.segment<3>(at) = atom_force_[body.first];
      continue;
    }
    Vec3 sum = Vec3::Zero();
    Vec3 torque = Vec3::Zero();
    for (std::uint32_t k = body.first; k < body.first + body.size; ++k) {
      sum += atom_force_[k];
      torque += (structure_.position[k] - body.centre).cross(atom_force_[k]);
    }
    force.segment<3>(at) = sum / body.root_mass;
    force.segment<3>(at + 3) = torque / body.root_inertia;
  }
}

void RigidBodies::advance(double dt, double most) {
  double fastest = 0;
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    const Body& body = bodies_[b];
    const auto at = static_cast<Eigen::Index>(6 * b);
    double speed = velocity.segment<3>(at).norm() / body.root_mass;
    if (body.size > 1) speed += velocity.segment<3>(at + 3).norm() / body.root_inertia * body.reach;
    fastest = std::max(fastest, speed);
  }
  const double step = fastest * dt > most ? most / fastest : dt;
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    Body& body = bodies_[b];
    const auto at = static_cast<Eigen::Index>(6 * b);
    const Vec3 shift = velocity.segment<3>(at) * (step / body.root_mass);
    if (body.size == 1) {
      body.centre += shift;
      structure_.position[body.first] = body.centre;
      continue;
    }
    const Vec3 rotation = velocity.segment<3>(at + 3) * (step / body.root_inertia);
    const double angle = rotation.norm();
    if (angle + shift.norm() < 1e-14) continue;
    body.centre += shift;
    if (angle > 0) {
      body.turn = Eigen::Quaterniond(Eigen::AngleAxisd(angle, rotation / angle)) * body.turn;
      body.turn.normalize();
    }
    place_atoms(body);
  }
}

}  // namespace vitrion
