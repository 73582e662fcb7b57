// The seeds of grains, and their Voronoi polyhedra in a periodic cell.
#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/grains.hpp"
#include "build/random_turn.hpp"

namespace vitrion {
namespace {

constexpr int seed_candidates = 10;

std::vector<Vec3> random_seeds(const Cell& cell, long number, RandomStream& random) {
  std::vector<Vec3> out;
  while (static_cast<long>(out.size()) < number) {
    Vec3 best = Vec3::Zero();
    double best_distance = -1;
    for (int k = 0; k < seed_candidates; ++k) {
      const double x = random.uniform();
      const double y = random.uniform();
      const Vec3 r = cell.to_cartesian({x, y, random.uniform()});
      double nearest = 1e300;
      for (const Vec3& seed : out) nearest = std::min(nearest, cell.minimum_image(r - seed).norm());
      if (nearest > best_distance) {
        best_distance = nearest;
        best = r;
      }
    }
    out.push_back(best);
  }
  return out;
}

// From the seed to the farthest corner: the longest of many rays to the faces, and some more.
double reach_of(const Grain& grain, double most) {
  constexpr int rays = 2000;
  const double golden = constants::pi * (3 - std::sqrt(5.0));
  double out = 0;
  for (int k = 0; k < rays; ++k) {
    const double z = 1 - (2 * k + 1.0) / rays;
    const double r = std::sqrt(1 - z * z);
    const Vec3 ray(r * std::cos(golden * k), r * std::sin(golden * k), z);
    double shortest = most;
    for (const auto& face : grain.faces) {
      if (face.half_A >= shortest) break;
      const double along = ray.dot(face.normal);
      if (along > 1e-6) shortest = std::min(shortest, face.half_A / along);
    }
    out = std::max(out, shortest);
  }
  return std::min(most, 1.25 * out + 1);
}

}  // namespace

double Grain::depth_A(const Vec3& from_seed) const {
  const double far = from_seed.norm();
  double out = 1e300;
  for (const Face& face : faces) {
    if (face.half_A - far > out) break;
    out = std::min(out, face.half_A - from_seed.dot(face.normal));
    if (out < 0) break;
  }
  return out;
}

std::vector<Grain> voronoi_grains(const Cell& cell, long number, RandomStream& random) {
  if (number < 1) throw InputError("grains.number is less than 1: ask for one grain or more");
  std::vector<Grain> out;
  for (const Vec3& seed : random_seeds(cell, number, random)) {
    Grain grain;
    grain.seed = seed;
    grain.turn = random_turn(random);
    const double x = random.uniform();
    const double y = random.uniform();
    grain.origin = Vec3(x, y, random.uniform());
    out.push_back(grain);
  }
  // No place is farther from the nearest image of a seed than half the sum of the edges.
  const double most = 0.5 * cell.lengths().sum();
  Eigen::Vector3i n;
  for (int k = 0; k < 3; ++k) n[k] = static_cast<int>(std::ceil(2 * most / cell.heights()[k]));
  for (Grain& grain : out) {
    for (const Grain& other : out) {
      for (int a = -n[0]; a <= n[0]; ++a) {
        for (int b = -n[1]; b <= n[1]; ++b) {
          for (int c = -n[2]; c <= n[2]; ++c) {
            const Vec3 d = other.seed + cell.vectors() * Vec3(a, b, c) - grain.seed;
            const double length = d.norm();
            if (length > 1e-9 && length < 2 * most)
              grain.faces.push_back({d / length, 0.5 * length});
          }
        }
      }
    }
    std::sort(grain.faces.begin(), grain.faces.end(),
              [](const auto& a, const auto& b) { return a.half_A < b.half_A; });
    grain.reach_A = reach_of(grain, most);
    std::erase_if(grain.faces, [&](const auto& f) { return f.half_A > grain.reach_A; });
  }
  return out;
}

}  // namespace vitrion
