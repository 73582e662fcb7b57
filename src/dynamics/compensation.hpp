// The compensation law of Meyer and Neldel over systems, told apart from that of the errors.
//
//   ln D₀ = ln D₀₀ + E_a/E_MN,   E_MN = k_B T_iso (at T_iso all systems have one D)
// E_a and ln D₀ of one system come from one fit and their errors are all but proportional, with
// the slope 1/(k_B T_ref), T_ref near the harmonic mean of the temperatures: points of one and the
// same system, measured again and again, lie on such a line. So each system enters as E_a and
// ln D(T_ref), whose errors are independent by the choice of T_ref (Krug, Hunter & Grieger, J.
// Phys. Chem. 80, 2335 (1976), DOI 10.1021/j100562a006), and the line is that of least
//   χ²(a, b) = Σ (ln D₀ − a − b E_a)² / [Var ln D(T_ref) + (1/(k_B T_ref) − b)² Var E_a]
// (York et al., Am. J. Phys. 72, 367 (2004), DOI 10.1119/1.1632486). Error: where χ² rises by one,
// times √(χ²/freedom) where systems scatter more. Two nulls are reported: that all systems are one
// point (`p_one_system`), and that the slope is the errors' own. Pure functions. O(systems × 4000).
#pragma once

#include <span>
#include <string>

#include "analysis/result.hpp"

namespace vitrion {

/// A system as its Arrhenius fit leaves it.
struct CompensationPoint {
  std::string system;
  double E_a_eV = 0;
  double E_a_error_eV = 0;
  double log_D_ref = 0;  ///< of D in cm²/s at T_ref, where it and E_a are independent
  double log_D_ref_error = 0;
  double T_ref_K = 0;
  [[nodiscard]] double log_D0() const;
  [[nodiscard]] double log_D0_error() const;
  /// Between the errors of E_a and ln D₀.
  [[nodiscard]] double correlation() const;
};

/// From a result of `arrhenius`; InputError where it is none, or without errors.
CompensationPoint compensation_point(const Result& arrhenius, const std::string& system);

/// Name "compensation": scalars E_MN (eV), T_iso (K), D_00 (cm²/s), p_one_system, T_errors (K);
/// tables systems, line and ellipses (one standard error; a column a system). NaN with fewer than
/// three systems.
Result fit_compensation(std::span<const CompensationPoint> points);

}  // namespace vitrion
