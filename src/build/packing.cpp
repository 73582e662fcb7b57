#include "build/packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "build/rigid_bodies.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

// Spheres pack at random up to 0.64 of space and in crystals up to 0.74; no random packing of small
// units is known beyond that.
constexpr double densest = 0.72;
constexpr double comfortable = 0.50;  // what packs without a struggle
constexpr double accepted = 1.0002;   // so that rounding in a file does not break a distance
constexpr int attempts = 2;

// Volume of the union of spheres about the atoms of a unit, on a grid, to about 1 %.
double union_volume(const Unit& unit, const std::map<std::string, double>& radius) {
  Vec3 low = Vec3::Constant(1e300);
  Vec3 high = Vec3::Constant(-1e300);
  double smallest = 1e300;
  for (std::size_t k = 0; k < unit.size(); ++k) {
    const double r = radius.at(unit.elements[k]);
    low = low.cwiseMin(unit.position[k] - Vec3::Constant(r));
    high = high.cwiseMax(unit.position[k] + Vec3::Constant(r));
    smallest = std::min(smallest, r);
  }
  if (unit.size() == 1) return 4.0 / 3.0 * constants::pi * smallest * smallest * smallest;
  const Vec3 edge = high - low;
  const double h = std::max(smallest / 8, std::cbrt(edge.prod() / 2e5));
  long inside = 0;
  for (double x = low[0] + h / 2; x < high[0]; x += h) {
    for (double y = low[1] + h / 2; y < high[1]; y += h) {
      for (double z = low[2] + h / 2; z < high[2]; z += h) {
        for (std::size_t k = 0; k < unit.size(); ++k) {
          const double r = radius.at(unit.elements[k]);
          if ((unit.position[k] - Vec3(x, y, z)).squaredNorm() < r * r) {
            ++inside;
            break;
          }
        }
      }
    }
  }
  return static_cast<double>(inside) * h * h * h;
}

void check_own_images(const PreparedSystem& system, const MinimumDistances& distances) {
  Structure one;
  one.cell = system.cell;
  one.add("H", Vec3::Zero());
  for (const auto& [pair, d] : distances) {
    if (pair.first != pair.second) continue;
    const auto images = build_neighbor_list(one, d);
    if (images.pairs() == 0) continue;
    throw InputError(
        fmt::format("each {} atom would be {:.3g} Å from its own image, less than the minimum "
                    "distance of {:.3g} Å: ask for more "
                    "atoms, a lower density or a less skewed cell",
                    pair.first, images.of(0)[0].distance, d));
  }
}

// FIRE's state (Bitzek et al. 2006), with the usual constants.
class Fire {
 public:
  void step(RigidBodies& bodies) {
    const double power = bodies.force.dot(bodies.velocity);
    if (power > 0) {
      const double scale = bodies.velocity.norm() / std::max(bodies.force.norm(), 1e-300);
      bodies.velocity = (1 - alpha_) * bodies.velocity + alpha_ * scale * bodies.force;
      if (++downhill_ > 5) {
        dt_ = std::min(dt_ * 1.1, 0.6);
        alpha_ *= 0.99;
      }
    } else {
      bodies.velocity.setZero();
      dt_ = std::max(dt_ * 0.5, 0.02);
      alpha_ = 0.1;
      downhill_ = 0;
    }
    bodies.velocity += dt_ * bodies.force;
    bodies.advance(dt_, 0.3);
  }

 private:
  double dt_ = 0.1;
  double alpha_ = 0.1;
  int downhill_ = 0;
};

// The state in which the closest pair was farthest apart, relative to what it should keep.
struct Best {
  RigidBodies::Closest closest{0, 0, 0, 0};
  Structure structure;
};

// Whether the units came apart. Where the overlap stops shrinking, a few caught units are moved
// elsewhere; a cell in which many of them are is too full.
bool separate(RigidBodies& bodies, RandomStream& random, Best& best) {
  Fire fire;
  double milestone = 1e300;
  int patience = 40;
  for (int step = 0; step < 40000; ++step) {
    const double energy = bodies.evaluate();
    const auto& closest = bodies.closest();
    const bool inside = bodies.out_of_region_A() <= 1e-9;
    if (closest.ratio >= accepted && inside) return true;
    if (step % 10 == 0 && closest.ratio > best.closest.ratio) best = {closest, bodies.structure()};
    if (step % 50 == 49) {
      check_interrupt();
      if (energy > 0.8 * milestone) {
        const std::size_t moved = bodies.scatter_caught(random);
        patience -= 20 * moved > bodies.bodies() ? 10 : 1;
        if (patience <= 0) return false;
        fire = Fire();
        milestone = 1e300;
        continue;
      }
      milestone = energy;
    }
    fire.step(bodies);
  }
  return false;
}

}  // namespace

MinimumDistances minimum_distances(const SystemSettings& settings,
                                   const std::map<std::string, long>& atoms) {
  if (!(settings.minimum_distance_A > 0) || !std::isfinite(settings.minimum_distance_A)) {
    throw InputError(fmt::format("minimum_distance is {} Å: it must be more than 0",
                                 settings.minimum_distance_A));
  }
  MinimumDistances out;
  std::vector<std::string> present;
  for (const auto& [a, n] : atoms) {
    present.push_back(a);
    for (const auto& [b, m] : atoms) out[std::minmax(a, b)] = settings.minimum_distance_A;
  }
  for (const auto& [name, d] : settings.minimum_distances_A) {
    const auto pair = split(name, '-');
    if (pair.size() != 2) {
      throw InputError(fmt::format(
          "minimum_distances has the key \"{}\": write a pair of elements, as in \"Li-S\"", name));
    }
    for (const auto& symbol : pair) {
      if (atoms.count(symbol) == 0) {
        throw InputError(fmt::format(
            "minimum_distances.{} names \"{}\", which is not in the system: it holds {}", name,
            symbol, join(present, ", ")));
      }
    }
    if (!(d > 0) || !std::isfinite(d))
      throw InputError(
          fmt::format("minimum_distances.{} is {} Å: it must be more than 0", name, d));
    out[std::minmax(pair[0], pair[1])] = d;
  }
  return out;
}

void check_packing(const PreparedSystem& system, const MinimumDistances& distances) {
  std::map<std::string, double>
      radius;  // half the shortest distance the element keeps to any other
  double shortest = 1e300;
  for (const auto& [pair, d] : distances) {
    shortest = std::min(shortest, d);
    for (const auto& symbol : {pair.first, pair.second}) {
      const auto it = radius.emplace(symbol, d / 2).first;
      it->second = std::min(it->second, d / 2);
    }
  }
  double filled = 0;
  for (const auto& [unit, n] : system.units)
    filled += static_cast<double>(n) * union_volume(unit, radius);
  const double share = filled / system.cell.volume();
  if (share > densest) {
    throw InputError(
        fmt::format("the density of {:.4g} g/cm3 ({}) is impossible: atoms {:.3g} Å apart would "
                    "fill {:.2f} of the cell, more "
                    "than any random packing ({:.2f}): "
                    "ask for less than {:.3g} g/cm3, or for a minimum distance below {:.2g} Å",
                    system.plan.density_g_cm3, system.plan.density_source, shortest, share, densest,
                    system.plan.density_g_cm3 * comfortable / share,
                    shortest * std::cbrt(comfortable / share)));
  }
  check_own_images(system, distances);
}

Structure pack_units(const PreparedSystem& system, const MinimumDistances& distances,
                     RandomStream& random) {
  RigidBodies bodies(system, distances);
  Best best;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    bodies.scatter(random);
    if (separate(bodies, random, best)) {
      Structure out = bodies.structure();
      for (std::size_t i = system.fixed.size(); i < out.size(); ++i)
        out.position[i] = out.cell.wrap(out.position[i]);
      return out;
    }
  }
  Structure s = std::move(best.structure);
  for (Vec3& r : s.position) r = s.cell.wrap(r);
  const auto& pair = best.closest;
  const std::string regions =
      system.regions.empty() ? "" : fmt::format(" in {} region(s)", system.regions.size());
  const std::string message = fmt::format(
      "the units could not be brought apart at {:.4g} g/cm3{}: the closest pair, {} "
      "and {}, stayed at {:.3g} Å where {:.3g} Å "
      "is asked, after {} attempts; lower the minimum distance or the density, or ask "
      "for more atoms",
      system.plan.density_g_cm3, regions, s.species_of(pair.i).name, s.species_of(pair.j).name,
      pair.distance_A, pair.distance_A / pair.ratio, attempts);
  throw PackingFailure(message, std::move(s));
}

}  // namespace vitrion
