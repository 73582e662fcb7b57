// Arrhenius fits: activation energy, prefactor and extrapolation, with errors.
//
//   ln D = ln D₀ − E_a/(k_B T), weighted with the relative errors of D;
//   σ(T) = (N q²/V) D(T)/(k_B T), with the carrier density of the points.
// Error: the covariance of the fit, times χ²/(n−2) where points scatter more than their errors say.
// Points of one replica share its glass: with two or more replicas of two or more temperatures
// each, a bootstrap over whole replicas (with Bessel's and Student's factors) takes the place of
// that scaling, and for each quantity the larger of bootstrap and plain fit counts.
// Pure functions on results. O(points × bootstrap).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/result.hpp"

namespace vitrion {

/// Transport at one temperature in one replica.
struct TransportPoint {
  double temperature_K = 0;
  double D_cm2_s = 0;
  double D_error_cm2_s = 0;  ///< one standard error; NaN where it is not known
  int replica = 0;
  double n_q2_e2_A3 = 0;  ///< carriers × charge² per volume; 0: no conductivity is given
  bool diffusive = true;  ///< false: kept out of the fit
};

struct ArrheniusOptions {
  double target_K = 300;        ///< an extrapolation beside the one to 300 K
  std::string quantity = "D*";  ///< what D is: "D*" (single ions) or "D_c" (collective)
  int bootstrap = 400;
  std::uint64_t seed = 1;
};

/// Name "arrhenius": scalars E_a (eV), D_0 (cm²/s), D_300K (cm²/s), sigma_300K (mS/cm) and, where
/// another target is asked for, D_<T>K and sigma_<T>K; D_ref and T_ref (K), where the errors of
/// D and of E_a are independent, so that cov(E_a, ln D₀) = Var(E_a)/(k_B T_ref); tables points (T,
/// D, error), excluded, and line (T, 1000/T, D, low, high: the 68 % band). Errors of D and σ are
/// half the width of the 68 % interval, which is even in ln D. With fewer than two usable
/// temperatures all scalars are NaN and a warning says why; an input that makes no sense (T ≤ 0)
/// throws InputError.
Result fit_arrhenius(std::span<const TransportPoint> points, const ArrheniusOptions& options = {});

/// The point that a result of `conductivity` stands for: of single ions (D_star), or collective
/// (D_c). Throws InputError where the result is not one of `conductivity`.
TransportPoint transport_point(const Result& conductivity, int replica, bool collective = false);

}  // namespace vitrion
