#include "potential/mlp/radial.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"

namespace vitrion::mlp {
namespace {

// x(s) and dx/ds.
ValueSlope scaled(const RadialBasis& basis, double cutoff, double s) {
  const double u = s / cutoff;
  switch (basis.scaling) {
    case Scaling::exponential: {
      const double end = std::exp(-basis.lambda);
      const double e = std::exp(-basis.lambda * u);
      return {2 * (e - end) / (1 - end) - 1, -2 * basis.lambda / cutoff * e / (1 - end)};
    }
    case Scaling::cosine: return {std::cos(M_PI * u), -M_PI / cutoff * std::sin(M_PI * u)};
    case Scaling::linear: break;
  }
  return {1 - 2 * u, -2 / cutoff};
}

// f(s) and df/ds.
ValueSlope envelope(const RadialBasis& basis, double cutoff, double s) {
  const double u = s / cutoff;
  if (basis.envelope == Envelope::cosine) {
    return {0.5 * (1 + std::cos(M_PI * u)), -0.5 * M_PI / cutoff * std::sin(M_PI * u)};
  }
  return {(1 - u * u) * (1 - u * u), -4 * u * (1 - u * u) / cutoff};
}

// 1 at t = 0, 0 at t = 1, with two vanishing derivatives at both ends.
ValueSlope smooth_step(double t) {
  if (t <= 0) return {1, 0};
  if (t >= 1) return {0, 0};
  return {1 - t * t * t * (10 - 15 * t + 6 * t * t), -30 * t * t * (1 - t) * (1 - t)};
}

}  // namespace

ValueSlope core_distance(const PairShape& pair, double r) {
  if (r >= pair.core_outer_A) return {r, 1};
  const double width = pair.core_outer_A - pair.core_inner_A;
  // s' rises from 0 to 1 as 3t² − 2t³: s is twice differentiable.
  const double rest = pair.core_outer_A - 0.5 * width;
  if (r <= pair.core_inner_A) return {rest, 0};
  const double t = (r - pair.core_inner_A) / width;
  return {rest + width * t * t * t * (1 - 0.5 * t), t * t * (3 - 2 * t)};
}

void radial_functions(const RadialBasis& basis, const PairShape& pair, double r,
                      std::span<double> value, std::span<double> derivative) {
  if (r >= pair.cutoff_A) {
    std::fill(value.begin(), value.end(), 0.0);
    std::fill(derivative.begin(), derivative.end(), 0.0);
    return;
  }
  const ValueSlope s = core_distance(pair, r);
  const ValueSlope x = scaled(basis, pair.cutoff_A, s.value);
  const double slope = x.slope * s.slope;
  const ValueSlope f = envelope(basis, pair.cutoff_A, s.value);
  const double cut = f.value;
  const double dcut = f.slope * s.slope;
  double t0 = 1, t1 = x.value, d0 = 0, d1 = 1;  // T_n, T_{n+1} and dT/dx
  for (std::size_t n = 0; n < value.size(); ++n) {
    value[n] = t0 * cut;
    derivative[n] = d0 * slope * cut + t0 * dcut;
    const double t2 = 2 * x.value * t1 - t0;
    const double d2 = 2 * t1 + 2 * x.value * d1 - d0;
    t0 = t1;
    t1 = t2;
    d0 = d1;
    d1 = d2;
  }
}

ValueSlope zbl(const PairShape& pair, int z1, int z2, double r) {
  if (r >= pair.core_outer_A) return {};
  static constexpr double share[]{0.18175, 0.50986, 0.28022, 0.02817};
  static constexpr double decay[]{3.1998, 0.94229, 0.4029, 0.20162};
  const double a = 0.46850 / (std::pow(z1, 0.23) + std::pow(z2, 0.23));
  double phi = 0, dphi = 0;
  for (int i = 0; i < 4; ++i) {
    const double e = share[i] * std::exp(-decay[i] * r / a);
    phi += e;
    dphi -= decay[i] / a * e;
  }
  const double q = constants::coulomb_eV_A * z1 * z2;
  const double width = pair.core_outer_A - pair.core_inner_A;
  const ValueSlope on = smooth_step((r - pair.core_inner_A) / width);
  const double energy = q * phi / r;
  const double slope = q * (dphi / r - phi / (r * r));
  return {energy * on.value, slope * on.value + energy * on.slope / width};
}

}  // namespace vitrion::mlp
