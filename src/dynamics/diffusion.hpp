// From a mean square displacement to a diffusivity with an honest error.
//
// Window. It begins at the first lag t from which the motion is diffusive: the local exponent of
// MSD(2t) − MSD(t) against MSD(4t) − MSD(2t), which a constant (vibration in the cage) does not
// disturb, is near 1, and the plain exponent not far below; it ends at half the run at the latest.
// Slope. Generalised least squares of MSD = c + 2dDt over lags of the window, with the covariance
// of overlapping origins of a Gaussian walker of this MSD: Bullerjahn, von Bülow & Hummer, J. Chem.
// Phys. 153, 024116 (2020), DOI 10.1063/5.0008312; McCluskey, Coles & Morgan, DOI
// 10.1021/acs.jctc.4c01249. Short lags get most of the weight, as they hold most information.
// Error. The variance for one walker, times the scatter over ions and over Fourier modes of the
// real ions (two-way clustered: by mode + by ion − by entry; Cameron, Gelbach & Miller, DOI
// 10.1198/jbes.2010.07136). Unlike a count of independent ions it holds where ions move together,
// where they differ, and where they hop seldom. Coverage is checked in tests/physics.
// Not covered: rare bursts in which many ions hop at once; replicas tell those.
// Beside it, found in other ways and never quoted as the error: the scatter of the slopes of up to
// eight stretches of the run, and the empirical law of He, Zhu, Epstein & Mo, npj Comput. Mater. 4,
// 18 (2018), DOI 10.1038/s41524-018-0074-y, Eqs. 8 and 9: s_D/D = A/√N_eff + B with A = 3.43 and
// B = 0.04, N_eff = max over lags of the total MSD / a² (a: the length of a hop). It was fitted to
// D from straight lines of plain least squares through the MSD of AIMD runs with N_eff of 10 to
// 300, so it is wider than the error of the slope found here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dynamics/mean_square.hpp"

namespace vitrion {

struct WindowOptions {
  std::optional<double> from_ps;  ///< unset: found
  std::optional<double> to_ps;    ///< unset: half the run
  double hop_length_A = 2.5;      ///< an MSD below its square is no diffusion; a of N_eff
  long memory_MB = 1000;          ///< of paths; a longer run is thinned
  [[nodiscard]] std::size_t most_bytes() const { return static_cast<std::size_t>(memory_MB) << 20; }
};

struct Window {
  std::size_t from = 0;  ///< lags in frames
  std::size_t to = 0;
  bool found = false;  ///< the motion is diffusive from `from` on (or the user says so)
};

/// `msd` by lag; `walkers` is the number of independent ones, for the noise to be expected.
Window find_window(const std::vector<double>& msd, double dt_ps, double walkers,
                   const WindowOptions& options);

/// Covariance of MSD along one axis at `lags`, averaged over all origins of `frames` frames, of a
/// Gaussian process with structure function ⟨(x(t+m) − x(t))²⟩ = structure(m). O(lags² · lag).
std::vector<std::vector<double>> overlap_covariance(
    const std::vector<std::size_t>& lags, std::size_t frames,
    const std::function<double(std::size_t)>& structure);

/// A fixed linear combination of MSD values that gives the slope.
struct SlopeEstimator {
  std::vector<std::size_t> lags;
  std::vector<double> weights;      ///< slope per frame = Σ weights · MSD(lags)
  double relative_variance = 0;     ///< of the slope of one walker along one axis
  std::vector<double> log_weights;  ///< exponent = Σ log_weights · ln MSD(lags)
  double log_variance = 0;          ///< of the exponent, for one walker along one axis
  [[nodiscard]] double slope(const std::vector<double>& msd) const;
  [[nodiscard]] double exponent(const std::vector<double>& msd) const;
};

/// The best weights for a walker with this MSD over this window (at least 3 lags).
SlopeEstimator make_slope_estimator(const std::vector<double>& msd, const Window& window);

struct DiffusionFit {
  double D_cm2_s = 0;  ///< NaN where the run is too short for any fit
  double D_error_cm2_s = 0;
  double effective_hops = 0;     ///< N_eff of He, Zhu, Epstein & Mo
  double hzm_error_cm2_s = 0;    ///< by their law
  double block_error_cm2_s = 0;  ///< from stretches of the run; NaN where they would be too short
  std::size_t blocks = 0;
  double alpha = 0;  ///< d ln MSD / d ln t over the window
  double alpha_error = 0;
  double from_ps = 0;
  double to_ps = 0;
  bool diffusive = false;
  std::string reason;  ///< why not, in words
  Window window;
  SlopeEstimator estimator;
  ModeScatter scatter;
  double relative_variance = 0;  ///< of D
  /// Of D along an axis alone (0, 1, 2), from its own modes.
  [[nodiscard]] double relative_variance_along(std::size_t axis) const;
  double shared_variance = 0;  ///< the part of it from few hops and unlike ions
};

/// Self-diffusion of ions [begin, end) of the store, whose MSD is `msd`. Where the motion is not
/// diffusive, D is the upper estimate MSD/(2dt) at the end of the window.
DiffusionFit fit_diffusion(const DisplacementStore& store, std::size_t begin, std::size_t end,
                           const std::vector<double>& msd, const WindowOptions& options);

}  // namespace vitrion
