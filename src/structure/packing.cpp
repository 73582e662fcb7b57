#include "structure/packing.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <limits>

#include "structure/polyhedra.hpp"

namespace vitrion {
namespace {

constexpr std::size_t most = 14;
using Bonds = std::array<std::bitset<most>, most>;

Bonds bonds_within(std::span<const Vec3> points, double cutoff) {
  Bonds bonds;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      if ((points[i] - points[j]).norm() > cutoff) continue;
      bonds[i][j] = true;
      bonds[j][i] = true;
    }
  }
  return bonds;
}

// Bonds in the largest connected piece of a set: the chain of common neighbour analysis.
int longest_chain(const Bonds& bonds, const std::bitset<most>& set) {
  int longest = 0;
  std::bitset<most> left = set;
  for (std::size_t i = 0; i < most; ++i) {
    if (!left[i]) continue;
    std::bitset<most> piece;
    piece[i] = true;
    for (bool grew = true; grew;) {
      grew = false;
      for (std::size_t j = 0; j < most; ++j) {
        if (!piece[j]) continue;
        const auto more = bonds[j] & set & ~piece;
        if (more.any()) {
          piece |= more;
          grew = true;
        }
      }
    }
    int ends = 0;
    for (std::size_t j = 0; j < most; ++j) {
      if (piece[j]) ends += static_cast<int>((bonds[j] & set).count());
    }
    longest = std::max(longest, ends / 2);
    left &= ~piece;
  }
  return longest;
}

// How many of the neighbours have the signature (common, bonds, chain).
int count_signature(const Bonds& bonds, std::size_t n, const Int3& wanted) {
  int found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& common = bonds[i];
    int among = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if (common[j]) among += static_cast<int>((bonds[j] & common).count());
    }
    const Int3 signature{static_cast<int>(common.count()), among / 2, longest_chain(bonds, common)};
    if (signature == wanted) ++found;
  }
  return found;
}

const double half_way = 0.5 * (1 + std::sqrt(2.0));  // between the first shell and the second

struct Template {
  Packing packing;
  IdealShape shape;
  double rms;  // √(Σ|p|²/(n+1)), for a mean distance of 1
};

Template make_template(Packing packing, std::vector<Vec3> points) {
  double mean = 0;
  for (const auto& p : points) mean += p.norm() / static_cast<double>(points.size());
  double square = 0;
  for (auto& p : points) {
    p /= mean;
    square += p.squaredNorm();
  }
  const double rms = std::sqrt(square / static_cast<double>(points.size() + 1));
  return {packing, IdealShape(std::move(points)), rms};
}

const std::vector<Template>& templates() {
  static const std::vector<Template> list = [] {
    std::vector<Vec3> body;
    for (const double x : {-1.0, 1.0}) {
      for (int k = 0; k < 3; ++k) {
        Vec3 p = Vec3::Zero();
        p[k] = 2 * x;
        body.push_back(p);
      }
      for (const double y : {-1.0, 1.0}) {
        for (const double z : {-1.0, 1.0}) body.emplace_back(x, y, z);
      }
    }
    return std::vector<Template>{
        make_template(Packing::fcc, find_polyhedron("C:12")->shape.vertices()),
        make_template(Packing::hcp, find_polyhedron("AC:12")->shape.vertices()),
        make_template(Packing::bcc, body)};
  }();
  return list;
}

}  // namespace

Packing common_neighbour_packing(std::span<const Vec3> neighbours) {
  if (neighbours.size() < most) return Packing::other;
  const auto twelve = neighbours.first(12);
  double mean = 0;
  for (const auto& r : twelve) mean += r.norm() / 12;
  const Bonds close = bonds_within(twelve, half_way * mean);
  const int cubic = count_signature(close, 12, {4, 2, 1});
  const int hexagonal = count_signature(close, 12, {4, 2, 2});
  if (cubic == 12) return Packing::fcc;
  if (cubic == 6 && hexagonal == 6) return Packing::hcp;
  const auto fourteen = neighbours.first(14);
  double edge = 0;  // of the cube, from the eight near and the six far ones
  for (std::size_t k = 0; k < 14; ++k) {
    edge += fourteen[k].norm() * (k < 8 ? 2 / std::sqrt(3.0) : 1) / 14;
  }
  const Bonds body = bonds_within(fourteen, half_way * edge);
  if (count_signature(body, 14, {6, 6, 6}) == 8 && count_signature(body, 14, {4, 4, 4}) == 6) {
    return Packing::bcc;
  }
  return Packing::other;
}

TemplateMatch match_packing(std::span<const Vec3> neighbours, double worst) {
  TemplateMatch best{Packing::other, std::numeric_limits<double>::infinity()};
  Packing nearest = Packing::other;
  for (const auto& t : templates()) {
    if (neighbours.size() < t.shape.size()) continue;
    const double rmsd =
        t.rms * std::sqrt(t.shape.measure(neighbours.first(t.shape.size()), 0.2) / 100);
    if (rmsd >= best.rmsd) continue;
    best.rmsd = rmsd;
    nearest = t.packing;
  }
  if (best.rmsd <= worst) best.packing = nearest;
  return best;
}

}  // namespace vitrion
