#include "build/rigid_bodies.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "build/composition.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double stretch = 1.01;  // the minimum distances are aimed at with this much to spare
constexpr double skin_A = 2.0;

// Uniform over all rotations: Shoemake, Graphics Gems III (1992), p. 124.
Eigen::Quaterniond random_turn(RandomStream& random) {
  const double u = random.uniform();
  const double a = 2 * constants::pi * random.uniform();
  const double b = 2 * constants::pi * random.uniform();
  return {std::sqrt(u) * std::cos(b), std::sqrt(1 - u) * std::sin(a),
          std::sqrt(1 - u) * std::cos(a), std::sqrt(u) * std::sin(b)};
}

}  // namespace

RigidBodies::RigidBodies(const PreparedSystem& system, const MinimumDistances& distances) {
  structure_.cell = system.cell;
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : system.plan.atoms_by_element) symbols.push_back(symbol);
  for (const auto& symbol : order_by_electropositivity(symbols)) structure_.species_index(symbol);
  for (const auto& [unit, count] : system.units) {
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
      body.root_mass = std::sqrt(static_cast<double>(unit.size()));
      body.root_inertia = std::sqrt(squares * 2.0 / 3.0);
      body.reach = reach;
      for (std::size_t k = 0; k < unit.size(); ++k) {
        local_.push_back(unit.position[k]);
        body_of_.push_back(static_cast<std::uint32_t>(bodies_.size()));
        structure_.add(unit.elements[k], Vec3::Zero());
      }
      bodies_.push_back(body);
    }
  }
  for (const auto& a : structure_.species) {
    auto& row = distance_.emplace_back();
    for (const auto& b : structure_.species) {
      row.push_back(distances.at(std::minmax(a.name, b.name)));
      longest_ = std::max(longest_, row.back());
    }
  }
  const auto n = static_cast<Eigen::Index>(6 * bodies_.size());
  velocity = Generalised::Zero(n);
  force = Generalised::Zero(n);
  atom_force_.resize(local_.size());
}

void RigidBodies::scatter(Body& body, RandomStream& random) {
  const double a = random.uniform();
  const double b = random.uniform();
  const double c = random.uniform();
  body.centre = structure_.cell.to_cartesian({a, b, c});
  if (body.size > 1) body.turn = random_turn(random);
}

void RigidBodies::scatter(RandomStream& random) {
  for (Body& body : bodies_) scatter(body, random);
  velocity.setZero();
  place_atoms();
  listed_at_.clear();
}

std::size_t RigidBodies::scatter_caught(RandomStream& random) {
  std::vector<char> caught(bodies_.size(), 0);
  for (const Pair& p : pairs_) {
    const Vec3 r = structure_.position[p.j] + p.shift - structure_.position[p.i];
    if (r.squaredNorm() >= p.distance * p.distance) continue;
    const std::uint32_t a = body_of_[p.i];
    const std::uint32_t b = body_of_[p.j];
    if (caught[a] == 0 && caught[b] == 0) caught[bodies_[a].size <= bodies_[b].size ? a : b] = 1;
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

void RigidBodies::place_atoms() {
  for (const Body& body : bodies_) {
    const Mat3 turn = body.turn.toRotationMatrix();
    for (std::uint32_t k = body.first; k < body.first + body.size; ++k) {
      structure_.position[k] = body.centre + turn * local_[k];
    }
  }
}

bool RigidBodies::pairs_are_stale() const {
  if (listed_at_.empty()) return true;
  const double most = 0.25 * skin_A * skin_A;
  for (std::size_t i = 0; i < listed_at_.size(); ++i) {
    if ((structure_.position[i] - listed_at_[i]).squaredNorm() > most) return true;
  }
  return false;
}

void RigidBodies::find_pairs() {
  const NeighborList list = build_neighbor_list(structure_, stretch * longest_ + skin_A);
  pairs_.clear();
  for (std::uint32_t i = 0; i < local_.size(); ++i) {
    for (const Neighbor& n : list.of(i)) {
      if (n.atom <= i) continue;  // an atom and its own image keep their distance
      const double d = distance_[structure_.kind[i]][structure_.kind[n.atom]];
      if (n.distance > stretch * d + skin_A) continue;
      const Vec3 shift = n.vector - (structure_.position[n.atom] - structure_.position[i]);
      const bool same_unit = body_of_[i] == body_of_[n.atom] && shift.squaredNorm() < 1e-6;
      if (!same_unit) pairs_.push_back({i, n.atom, d, shift});
    }
  }
  listed_at_ = structure_.position;
}

double RigidBodies::evaluate() {
  if (pairs_are_stale()) find_pairs();
  std::fill(atom_force_.begin(), atom_force_.end(), Vec3::Zero());
  closest_ = {};
  double energy = 0;
  for (const Pair& p : pairs_) {
    const Vec3 r = structure_.position[p.j] + p.shift - structure_.position[p.i];
    const double r2 = r.squaredNorm();
    const double wanted = stretch * p.distance;
    if (r2 >= wanted * wanted) continue;
    const double length = std::sqrt(r2);
    if (length < closest_.ratio * p.distance) closest_ = {length / p.distance, length, p.i, p.j};
    const double overlap = wanted - length;
    energy += 0.5 * overlap * overlap;
    const Vec3 f = length > 1e-9 ? Vec3(r * (overlap / length)) : Vec3(overlap, 0, 0);
    atom_force_[p.j] += f;
    atom_force_[p.i] -= f;
  }
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    const Body& body = bodies_[b];
    Vec3 sum = Vec3::Zero();
    Vec3 torque = Vec3::Zero();
    for (std::uint32_t k = body.first; k < body.first + body.size; ++k) {
      sum += atom_force_[k];
      if (body.size > 1) torque += (structure_.position[k] - body.centre).cross(atom_force_[k]);
    }
    const auto at = static_cast<Eigen::Index>(6 * b);
    force.segment<3>(at) = sum / body.root_mass;
    if (body.size > 1) force.segment<3>(at + 3) = torque / body.root_inertia;
  }
  return energy;
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
    body.centre += velocity.segment<3>(at) * (step / body.root_mass);
    if (body.size == 1) continue;
    const Vec3 rotation = velocity.segment<3>(at + 3) * (step / body.root_inertia);
    const double angle = rotation.norm();
    if (angle > 0) {
      body.turn = Eigen::Quaterniond(Eigen::AngleAxisd(angle, rotation / angle)) * body.turn;
      body.turn.normalize();
    }
  }
  place_atoms();
}

}  // namespace vitrion
