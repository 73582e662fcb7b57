// A measured curve from a text file, and how well a computed one agrees with it.
//
// Wright's factor (DOI 10.1016/0022-3093(93)90232-M): R_χ² = Σ (e − c)² / Σ e². The review by Xu &
// Xia prints Σ (e − c)² / (Σ e)² (their Eq. 2), which falls with the number of points; both are
// given.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace vitrion {

/// Points in rising x; `error` is empty where the file has two columns.
struct MeasuredCurve {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> error;
};

/// Two or three columns of numbers, separated by white space, commas or semicolons; lines before
/// the first of them, empty ones and those that begin with # are skipped. Throws InputError with
/// file and line for anything else, or where x does not rise.
MeasuredCurve read_measured_curve(const std::filesystem::path& file);

struct Agreement {
  double wright = 0;   ///< R_χ
  double printed = 0;  ///< R_χ with the denominator (Σ e)²
  std::size_t points = 0;
};
/// NaN without points.
Agreement agreement(std::span<const double> measured, std::span<const double> computed);

/// Linear in between; NaN outside, or where a neighbour is not a number.
double interpolate(std::span<const double> x, std::span<const double> y, double at);

}  // namespace vitrion
