#include "structure/peaks.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "structure/pair_distribution.hpp"

namespace vitrion {
namespace {

constexpr double not_there = std::numeric_limits<double>::quiet_NaN();
constexpr double lowest_peak = 0.3;  // of g: defects make smaller ones
constexpr double z_needed = 4;

// A curve smoothed, with the pairs expected at each point where g is 1.
struct Smooth {
  Smooth(const Curve& c, double sigma_A)
      : g(broaden(c.value, c.width_A, sigma_A)), expected(c.expected) {
    // 1/Σw²: so many bins are joined.
    const double joined = std::max(1.0, 2 * std::sqrt(constants::pi) * sigma_A / c.width_A);
    for (double& n : expected) n *= joined;
  }
  // Standard errors between two values; square roots make counts equally uncertain.
  [[nodiscard]] double significance(std::size_t a, std::size_t b) const {
    return (std::sqrt(g[a]) - std::sqrt(g[b])) / std::sqrt(0.25 / expected[a] + 0.25 / expected[b]);
  }

  std::vector<double> g;
  std::vector<double> expected;
};

// Vertex of the least-squares parabola through bins [from, to]; NaN where it opens the wrong way
// or its vertex lies outside.
double vertex_A(const std::vector<double>& g, double width, std::size_t from, std::size_t to,
                double sign) {
  const auto n = static_cast<Eigen::Index>(to - from + 1);
  if (n < 3) return not_there;
  Eigen::MatrixXd basis(n, 3);
  Eigen::VectorXd value(n);
  const double middle = 0.5 * static_cast<double>(from + to);
  for (Eigen::Index k = 0; k < n; ++k) {
    const double x = static_cast<double>(from) + static_cast<double>(k) - middle;
    basis.row(k) << 1, x, x * x;
    value[k] = g[from + static_cast<std::size_t>(k)];
  }
  const Eigen::Vector3d c = (basis.transpose() * basis).ldlt().solve(basis.transpose() * value);
  if (!(sign * c[2] > 0)) return not_there;
  const double x = -0.5 * c[1] / c[2];
  if (std::abs(x) > 0.5 * static_cast<double>(n)) return not_there;
  return (middle + x + 0.5) * width;
}

std::size_t bins_in(double length_A, double width_A) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::round(length_A / width_A)));
}

// From the bin `start` on.
FirstShell search(const Curve& c, double sigma_A, std::size_t start) {
  FirstShell shell;
  shell.smoothing_A = sigma_A;
  const Smooth smooth(c, sigma_A);
  const auto& g = smooth.g;
  std::size_t best = 0;
  std::size_t k = start;
  for (; k < g.size() && !shell.has_peak; ++k) {
    // A stray pair at a short distance can make g huge: only what is counted often is a peak.
    const bool counted = g[k] * smooth.expected[k] > 0.5 * z_needed * z_needed;
    if (counted && (g[k] > g[best] || best == 0)) best = k;
    shell.has_peak = best > 0 && g[best] >= lowest_peak && g[best] - g[k] > 0.1 * g[best] &&
                     smooth.significance(best, k) > z_needed;
  }
  if (!shell.has_peak) return shell;
  shell.peak = best;
  shell.peak_value = g[best];
  std::size_t low = --k;
  for (; k < g.size() && !shell.has_minimum; ++k) {
    if (g[k] < g[low]) low = k;
    shell.has_minimum = g[k] - g[low] > 0.05 && smooth.significance(k, low) > z_needed;
    shell.rise = k;
  }
  shell.minimum = low;
  shell.minimum_value = g[low];
  return shell;
}

}  // namespace

FirstShell find_first_shell(const Curve& c) {
  FirstShell best;
  for (const double sigma : {0.05, 0.1, 0.2}) {
    // A peak once seen stays; more smoothing only looks for the minimum after it.
    const std::size_t back = bins_in(sigma, c.width_A);
    const std::size_t start = best.has_peak && best.peak > back ? best.peak - back : 0;
    const FirstShell found = search(c, std::max(sigma, c.width_A), start);
    if (found.has_minimum) return found;
    if (!best.has_peak) best = found;
  }
  return best;
}

double first_peak_A(const FirstShell& shell, const Curve& c) {
  if (!shell.has_peak) return not_there;
  const std::vector<double> g = broaden(c.value, c.width_A, shell.smoothing_A);
  const std::size_t around = bins_in(0.2, c.width_A);
  const std::size_t from = shell.peak > around ? shell.peak - around : 0;
  const std::size_t to = std::min(g.size() - 1, shell.peak + around);
  const auto at =
      static_cast<std::size_t>(std::max_element(g.begin() + static_cast<std::ptrdiff_t>(from),
                                                g.begin() + static_cast<std::ptrdiff_t>(to) + 1) -
                               g.begin());
  const std::size_t half = bins_in(0.04, c.width_A);
  const double x =
      vertex_A(g, c.width_A, at > half ? at - half : 0, std::min(g.size() - 1, at + half), -1);
  return std::isfinite(x) ? x : (static_cast<double>(at) + 0.5) * c.width_A;
}

double first_minimum_A(const FirstShell& shell, const Curve& c) {
  if (!shell.has_minimum) return not_there;
  const std::vector<double> g = broaden(c.value, c.width_A, shell.smoothing_A);
  const auto at = static_cast<std::size_t>(
      std::min_element(g.begin() + static_cast<std::ptrdiff_t>(shell.peak),
                       g.begin() + static_cast<std::ptrdiff_t>(shell.rise) + 1) -
      g.begin());
  // A flat valley: its middle.
  std::size_t from = at;
  std::size_t to = at;
  const double level = g[at] + 0.005 * (shell.peak_value - g[at]);
  while (from > shell.peak && g[from - 1] <= level) --from;
  while (to < shell.rise && g[to + 1] <= level) ++to;
  const double middle = 0.5 * static_cast<double>(from + to + 1) * c.width_A;
  if (g[at] < 0.02 * shell.peak_value) return middle;
  const std::size_t half = bins_in(0.2, c.width_A);
  const double x = vertex_A(g, c.width_A, std::max(shell.peak, at > half ? at - half : 0),
                            std::min(shell.rise, at + half), 1);
  return std::isfinite(x) ? x : (static_cast<double>(at) + 0.5) * c.width_A;
}

std::string doubt_about_minimum(const FirstShell& shell) {
  if (!shell.has_peak) return "g(r) has no first peak that stands out of its noise up to r_max";
  if (!shell.has_minimum) return "g(r) does not rise again after its first peak up to r_max";
  const double depth = shell.minimum_value / shell.peak_value;
  if (depth > 0.7) {
    return fmt::format("the first minimum is shallow ({:.0f} % of the peak's height)", 100 * depth);
  }
  return "";
}

}  // namespace vitrion
