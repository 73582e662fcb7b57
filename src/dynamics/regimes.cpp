#include "dynamics/regimes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"

namespace vitrion {
namespace {

constexpr double flight = 1.5;   // an exponent above it is ballistic
constexpr double cage = 0.8;     // below it, caged
constexpr double clearly = 0.9;  // the least exponent and two errors stay below it

// f at those lags of which all[k] is not beyond `longest`, given its values on all of them.
std::size_t lags_up_to(const std::vector<std::size_t>& all, std::size_t longest) {
  return static_cast<std::size_t>(std::upper_bound(all.begin(), all.end(), longest) - all.begin());
}

// Where the curve passes `level` between points k − 1 and k, in the logarithm of the lag.
double crossing(const LagCurve& c, std::size_t k, double level) {
  const double a = c.value[k - 1].value;
  const double b = c.value[k].value;
  const double share = (level - a) / (b - a);
  return c.lag[k - 1] * std::pow(c.lag[k] / c.lag[k - 1], std::clamp(share, 0.0, 1.0));
}

}  // namespace

LagCurve local_exponent(const DisplacementMoments& moments, std::size_t begin, std::size_t end) {
  const auto all = moments.lags();
  LagCurve out;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  // of lags m and 2m
  for (std::size_t k = 0; k < lags_up_to(all, moments.frames() / 4); ++k) {
    const auto twice = std::lower_bound(all.begin(), all.end(), 2 * all[k]);
    if (twice == all.end() || *twice != 2 * all[k]) continue;
    pairs.emplace_back(k, static_cast<std::size_t>(twice - all.begin()));
    out.lag.push_back(static_cast<double>(all[k]) * std::sqrt(2.0));
  }
  if (pairs.empty()) return out;
  out.value = moments.jackknife(begin, end, [&](const Moments& m) {
    std::vector<double> beta;
    for (const auto& [once, twice] : pairs) {
      beta.push_back(std::log2(m.square[twice] / m.square[once]));
    }
    return beta;
  });
  return out;
}

LagCurve non_gaussian(const DisplacementMoments& moments, std::size_t begin, std::size_t end) {
  const auto all = moments.lags();
  const std::size_t n = lags_up_to(all, moments.frames() / 2);
  LagCurve out;
  for (std::size_t k = 0; k < n; ++k) out.lag.push_back(static_cast<double>(all[k]));
  if (n == 0) return out;
  out.value = moments.jackknife(begin, end, [&](const Moments& m) {
    std::vector<double> a2;
    for (std::size_t k = 0; k < n; ++k) {
      a2.push_back(3 * m.fourth[k] / (5 * m.square[k] * m.square[k]) - 1);
    }
    return a2;
  });
  return out;
}

Regimes find_regimes(const LagCurve& exponent) {
  Regimes out;
  const auto& v = exponent.value;
  // A jackknife over few ions says nothing of the error: those exponents are taken as they are.
  const auto error = [&](std::size_t k) { return std::isfinite(v[k].error) ? v[k].error : 0.0; };
  if (v.empty()) return out;
  std::size_t k = 0;
  while (k < v.size() && v[k].value > flight) ++k;
  if (k > 0) {
    out.ballistic_until = k < v.size() ? crossing(exponent, k, flight) : exponent.lag.back();
  }
  std::size_t least = v.size();
  for (std::size_t i = 0; i < v.size(); ++i) {
    const double upper = v[i].value + 2 * error(i);
    if (!(v[i].value < cage) || !(upper < clearly)) continue;
    if (least == v.size() || v[i].value < v[least].value) least = i;
  }
  if (least == v.size()) return out;
  out.caged = true;
  out.least = v[least];
  out.cage_lag = exponent.lag[least];
  std::size_t first = least;
  while (first > 0 && v[first - 1].value < cage) --first;
  out.caged_from = first > 0 ? crossing(exponent, first, cage) : exponent.lag[0];
  std::size_t last = least;
  while (last + 1 < v.size() && v[last + 1].value < cage) ++last;
  if (last + 1 < v.size()) out.caged_until = crossing(exponent, last + 1, cage);
  return out;
}

Peak highest(const LagCurve& curve) {
  Peak out{not_known, {not_known, not_known}};
  for (std::size_t k = 0; k < curve.value.size(); ++k) {
    // A few ions at long lags: a peak that is its own noise is none, as long as there is another.
    const Estimate& e = curve.value[k];
    if (!std::isfinite(e.value) || e.error > 0.5 * (1 + std::abs(e.value))) continue;
    if (std::isnan(out.lag) || e.value > out.value.value) out = {curve.lag[k], e};
  }
  return out;
}

}  // namespace vitrion
