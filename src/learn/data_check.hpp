// Bad data, found and named before anything is trained on it.
//
// What a frame alone shows: wrong lengths, values that are not finite, missing labels, atoms on
// top of each other (nearer than half the sum of the covalent radii), huge forces, forces that do
// not sum to zero. What frames show together: duplicates; energies of another reference (by
// composition, and against a robust fit of reference energies, DOI 10.1002/0471725382, least
// absolute deviations by reweighting); and labels that contradict one another. The last holds the
// work done between neighbouring frames against their energies,
//   ΔE = −½(F₁ + F₂)·Δu + ½(V₁σ₁ + V₂σ₂):ε,
// (u: displacement at fixed cell, ε: strain), which tells forces or stresses of wrong sign or unit
// wherever steps are small. O(atoms · neighbours).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "learn/dataset.hpp"

namespace vitrion {

enum class Severity { warning, error };

struct Finding {
  Severity severity = Severity::warning;
  std::string kind;          ///< "close-pair", "duplicate", "energy-reference" … (stable)
  std::string file;          ///< as in Dataset::files
  std::int64_t frame = 0;    ///< the worst frame, 0-based in its file
  std::size_t frames = 1;    ///< how many frames of the file are like it
  std::string message;       ///< one sentence with what to do
  std::vector<std::size_t> samples;  ///< indices into Dataset::samples of all of them

  /// "Li2S.extxyz, frame 3 (and 12 more): …"
  [[nodiscard]] std::string text() const;
};

struct DataCheckOptions {
  double huge_force_eV_A = 50;
  double close_pair = 0.5;             ///< of the sum of two covalent radii; an error below half
  double net_force_eV_A = 2e-3;        ///< |ΣF|/N that is still rounding
  double energy_spread_eV_atom = 1;    ///< among frames of one composition
  double energy_residual_eV_atom = 3;  ///< from the fit over compositions
  double large_stress_GPa = 50;        ///< median of a file; an error from three times as much
};

struct DataReport {
  std::vector<Finding> findings;  ///< errors first, then by file
  std::size_t frames = 0;

  [[nodiscard]] std::size_t errors() const;
  /// The result "data_check", with a table of the findings.
  [[nodiscard]] Result result() const;
};

DataReport check_data(const Dataset& data, const DataCheckOptions& options = {});

}  // namespace vitrion
