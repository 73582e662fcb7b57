#include "structure/environment_weights.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

namespace vitrion {
namespace {

// The constants of the paper and of ChemEnv's defaults.
constexpr double farthest_face = 2.0, flattest_face = 0.05;
constexpr double same_distance = 0.05, same_angle = 0.03;  // within a plateau
constexpr double nearest_area = 1.15, farthest_area = 2.0, least_angle = 0.05, most_angle = 0.75;
constexpr double worst_measure = 8;

// Values `from` to `to` of one plateau, and where the next one begins.
struct Plateau {
  double from = 0;
  double to = 0;
  double next = 0;
};

// Of values in ascending order, up to `last`.
std::vector<Plateau> plateaus_of(std::vector<double> values, double tolerance, double last) {
  std::sort(values.begin(), values.end());
  std::vector<Plateau> out;
  for (const double v : values) {
    if (v > last) break;
    if (!out.empty() && v - out.back().to <= tolerance) {
      out.back().to = v;
    } else {
      if (!out.empty()) out.back().next = v;
      out.push_back({v, v, last});
    }
  }
  return out;
}

// The quarter ellipses through (nearest, most) and (farthest, least).
double lower_edge(double d) {
  const double x = (d - farthest_area) / (farthest_area - nearest_area);
  return most_angle - (most_angle - least_angle) * std::sqrt(std::max(0.0, 1 - x * x));
}
double upper_edge(double d) {
  const double x = (d - nearest_area) / (farthest_area - nearest_area);
  return least_angle + (most_angle - least_angle) * std::sqrt(std::max(0.0, 1 - x * x));
}

// Do cut-offs between d1 and d2, a1 and a2 meet the area between the ellipses?
bool meets_area(double d1, double d2, double a1, double a2) {
  if (d2 <= nearest_area || d1 >= farthest_area) return false;
  const bool from_before = d1 <= nearest_area;
  const bool to_beyond = d2 >= farthest_area;
  if (from_before && to_beyond) return a2 > least_angle && a1 < most_angle;
  if (from_before) return a2 > lower_edge(d2) && a1 < most_angle;
  if (to_beyond) return a1 < upper_edge(d1) && a2 > least_angle;
  return a2 > std::min(lower_edge(d1), lower_edge(d2)) &&
         a1 < std::max(upper_edge(d1), upper_edge(d2));
}

double self_weight(double measure) {
  const double x = std::clamp(measure / worst_measure, 0.0, 1.0);
  return (1 - x) * (1 - x) * std::exp(-x);
}

// A set with `more` ligands more has a measure higher by `delta`.
double delta_weight(std::size_t more, double delta) {
  const double shift = 0.25 * static_cast<double>(std::min<std::size_t>(more, 12));
  const double x = std::clamp((delta - 0.25 - shift) / 4.75, 0.0, 1.0);
  return x * x * x * (x * (6 * x - 15) + 10);
}

// f(x) of each measure, normalised. A perfect shape takes all.
std::vector<double> shares(std::span<const double> measures, int power) {
  std::vector<double> out(measures.size(), 0.0);
  for (std::size_t k = 0; k < measures.size(); ++k) {
    if (measures[k] > 1e-10) continue;
    out[k] = 1;
    return out;
  }
  for (std::size_t k = 0; k < measures.size(); ++k) {
    const double x = std::min(1.0, measures[k] / worst_measure);
    out[k] = (1 - x) * (1 - x) / std::pow(x, power);
  }
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& f : out) f = sum > 0 ? f / sum : 0;
  return out;
}

}  // namespace

std::vector<LigandSet> ligand_sets(std::span<const FaceShare> faces) {
  std::vector<double> distances, angles;
  for (const auto& f : faces) {
    distances.push_back(f.distance);
    angles.push_back(-f.angle);  // from the largest down
  }
  const auto by_distance = plateaus_of(distances, same_distance, farthest_face);
  const auto by_angle = plateaus_of(angles, same_angle, -flattest_face);
  std::map<std::vector<std::size_t>, bool> found;
  for (const Plateau& d : by_distance) {
    for (const Plateau& a : by_angle) {
      std::vector<std::size_t> chosen;
      for (std::size_t k = 0; k < faces.size(); ++k) {
        if (faces[k].ligand && faces[k].distance <= d.to && -faces[k].angle <= a.to) {
          chosen.push_back(k);
        }
      }
      if (chosen.empty()) continue;
      bool& in_area = found[chosen];
      in_area = in_area || meets_area(d.from, d.next, -a.next, -a.from);
    }
  }
  std::vector<LigandSet> out;
  for (auto& [chosen, in_area] : found) out.push_back({chosen, in_area});
  return out;
}

double effective_measure(std::span<const double> measures) {
  std::vector<double> low;
  for (const double m : measures) {
    if (m <= worst_measure) low.push_back(m);
  }
  if (low.empty()) return 100;
  if (low.size() == 1) return low[0];
  const auto share = shares(low, 1);
  return std::inner_product(low.begin(), low.end(), share.begin(), 0.0);
}

std::vector<double> set_weights(std::span<const LigandSet> sets,
                                std::span<const double> effective_measures) {
  std::vector<double> out;
  for (std::size_t k = 0; k < sets.size(); ++k) {
    double weight = sets[k].in_area ? self_weight(effective_measures[k]) : 0;
    double least = 1;
    for (std::size_t j = 0; j < sets.size() && weight > 0; ++j) {
      if (sets[j].faces.size() <= sets[k].faces.size()) continue;
      least = std::min(least, delta_weight(sets[j].faces.size() - sets[k].faces.size(),
                                           effective_measures[j] - effective_measures[k]));
    }
    out.push_back(weight * least);
  }
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& w : out) w = sum > 0 ? w / sum : 0;
  return out;
}

std::vector<double> polyhedron_shares(std::span<const double> measures) {
  return shares(measures, 2);
}

}  // namespace vitrion
