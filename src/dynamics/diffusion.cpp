#include "dynamics/diffusion.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "numeric/fit.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {
namespace {

constexpr std::size_t fewest_frames = 16;
constexpr double dimensions = 3;

// Growing lags, about 20 % apart.
std::vector<std::size_t> lag_grid(std::size_t from, std::size_t to, double ratio) {
  std::vector<std::size_t> out;
  for (double x = static_cast<double>(from); x <= static_cast<double>(to) + 0.5;) {
    const auto lag = static_cast<std::size_t>(x + 0.5);
    if (out.empty() || lag > out.back()) out.push_back(lag);
    x = std::max(x * ratio, static_cast<double>(lag) + 1);
  }
  return out;
}

// Relative error of an MSD at lag m: overlapping origins of free walkers in three dimensions.
double expected_error(double m, double frames, double ions) {
  return std::sqrt(4.0 / 3.0 * m / frames / (dimensions * ions));
}

struct Tolerance {
  double slope_exponent;
  double plain_exponent;
};
// From strict to lenient: the first window that passes the strictest possible test is taken.
constexpr Tolerance tolerances[] = {{0.05, 0.25}, {0.1, 0.4}, {0.15, 0.6}};

bool looks_diffusive(const std::vector<double>& msd, std::size_t m, double error,
                     const Tolerance& tolerance) {
  const double first = msd[2 * m] - msd[m];
  const double second = msd[4 * m] - msd[2 * m];
  if (!(msd[m] > 0) || !(first > 0) || !(second > 0) || error > 0.9) return false;
  // Of c + A t^β this is β, whatever c.
  const double exponent = std::log2(second / first);
  const double plain = std::log2(msd[2 * m] / msd[m]);
  return std::abs(exponent - 1) <= std::max(tolerance.slope_exponent, error) &&
         std::abs(plain - 1) <= std::max(tolerance.plain_exponent, std::min(error, 0.3));
}

}  // namespace

Window find_window(const std::vector<double>& msd, double dt_ps, double walkers,
                   const WindowOptions& options) {
  Window window;
  const std::size_t last = msd.size() - 1;
  const auto lag_of = [&](double ps) {
    return static_cast<std::size_t>(std::max(1.0, std::round(ps / dt_ps)));
  };
  window.to = std::min(last, options.to_ps ? lag_of(*options.to_ps) : msd.size() / 2);
  if (options.from_ps) {
    window.from = lag_of(*options.from_ps);
    window.found = true;
    return window;
  }
  window.from = std::max<std::size_t>(1, window.to / 4);
  const auto frames = static_cast<double>(msd.size());
  for (const auto& tolerance : tolerances) {
    for (const std::size_t m : lag_grid(1, window.to / 4, 1.15)) {
      // 1.5 standard errors of the exponent, found on free walkers.
      const double error = 3.75 * expected_error(4.0 * static_cast<double>(m), frames, walkers);
      if (!looks_diffusive(msd, m, error, tolerance)) continue;
      window.from = m;
      window.found = true;
      return window;
    }
  }
  return window;
}

std::vector<std::vector<double>> overlap_covariance(
    const std::vector<std::size_t>& lags, std::size_t frames,
    const std::function<double(std::size_t)>& structure) {
  // Cov = 2/(n_i n_j) Σ_{s,s'} ⟨Δ_i(s) Δ_j(s')⟩², Wick's theorem; s' − s = u.
  const auto n = static_cast<long>(frames);
  std::vector<double> m(frames + lags.back() + 1);
  for (std::size_t t = 0; t < m.size(); ++t) m[t] = structure(t);
  const auto at = [&](long t) { return m[static_cast<std::size_t>(std::abs(t))]; };
  std::vector<std::vector<double>> out(lags.size(), std::vector<double>(lags.size()));
  for (std::size_t a = 0; a < lags.size(); ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      const auto i = static_cast<long>(lags[a]);
      const auto j = static_cast<long>(lags[b]);
      const long ni = n - i;
      const long nj = n - j;
      // Steps that do not overlap are taken as uncorrelated but for what the cage leaves behind,
      // which dies out within the shortest lag.
      const long reach = std::min<long>(n - 1, i + j + static_cast<long>(lags.front()));
      double sum = 0;
      for (long u = std::max(-(ni - 1), -reach); u <= std::min(nj - 1, reach); ++u) {
        const double c = 0.5 * (at(u + j) + at(u - i) - at(u) - at(u + j - i));
        const long pairs = std::min(ni, nj - u) - std::max(0L, -u);
        sum += static_cast<double>(pairs) * c * c;
      }
      out[a][b] = out[b][a] = 2 * sum / (static_cast<double>(ni) * static_cast<double>(nj));
    }
  }
  return out;
}

double SlopeEstimator::slope(const std::vector<double>& msd) const {
  double sum = 0;
  for (std::size_t i = 0; i < lags.size(); ++i) sum += weights[i] * msd[lags[i]];
  return sum;
}

double SlopeEstimator::exponent(const std::vector<double>& msd) const {
  double sum = 0;
  for (std::size_t i = 0; i < lags.size(); ++i) sum += log_weights[i] * std::log(msd[lags[i]]);
  return sum;
}

namespace {

struct Line {
  double offset;
  double slope;
};

// A first straight line through the window, weighted by the growth of the error with lag.
Line rough_line(const std::vector<double>& msd, const std::vector<std::size_t>& lags) {
  Eigen::VectorXd y(static_cast<Eigen::Index>(lags.size()));
  Eigen::VectorXd e(y.size());
  std::vector<double> x;
  for (std::size_t i = 0; i < lags.size(); ++i) {
    x.push_back(static_cast<double>(lags[i]));
    y[static_cast<Eigen::Index>(i)] = msd[lags[i]];
    e[static_cast<Eigen::Index>(i)] = std::pow(x.back(), 1.5);
  }
  const LinearFit fit = weighted_least_squares(polynomial_design(x, 1), y, e);
  return {fit.parameters[0], fit.parameters[1]};
}

// The model's covariance need not be one where a short run's curve crosses the line: eigenvalues of
// its correlation matrix are kept from falling to nothing.
Eigen::MatrixXd nearest_positive(const Eigen::MatrixXd& covariance) {
  constexpr double least = 1e-7;
  const Eigen::VectorXd scale = covariance.diagonal().cwiseSqrt();
  const Eigen::MatrixXd correlation =
      scale.cwiseInverse().asDiagonal() * covariance * scale.cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation);
  const Eigen::VectorXd kept = solver.eigenvalues().cwiseMax(least);
  const Eigen::MatrixXd mended =
      solver.eigenvectors() * kept.asDiagonal() * solver.eigenvectors().transpose();
  return scale.asDiagonal() * mended * scale.asDiagonal();
}

// A line that rises, however noisy the data.
Line made_safe(Line line, const std::vector<double>& msd, const std::vector<std::size_t>& lags) {
  const double end = msd[lags.back()] / static_cast<double>(lags.back());
  const double floor = 0.02 * std::max(end, 1e-12);
  if (line.slope < floor) line = {msd[lags.front()], floor};
  const double least = -0.5 * line.slope * static_cast<double>(lags.front());
  line.offset = std::max(line.offset, least);
  return line;
}

}  // namespace

SlopeEstimator make_slope_estimator(const std::vector<double>& msd, const Window& window) {
  SlopeEstimator out;
  out.lags = lag_grid(window.from, window.to, 1.2);
  const auto n = static_cast<Eigen::Index>(out.lags.size());
  std::vector<double> x;
  std::vector<double> log_x;
  for (const std::size_t lag : out.lags) {
    x.push_back(static_cast<double>(lag));
    log_x.push_back(std::log(x.back()));
  }
  Line line = made_safe(rough_line(msd, out.lags), msd, out.lags);
  Eigen::MatrixXd covariance(n, n);
  const Eigen::MatrixXd design = polynomial_design(x, 1);
  for (int iteration = 0; iteration < 3; ++iteration) {
    const auto structure = [&](std::size_t m) {
      if (m == 0) return 0.0;
      const double straight = line.offset + line.slope * static_cast<double>(m);
      // Below the window the measured curve, kept from crossing the line.
      return m < window.from ? std::min(msd[m], straight) : straight;
    };
    const auto c = overlap_covariance(out.lags, msd.size(), structure);
    for (Eigen::Index i = 0; i < n; ++i) {
      for (Eigen::Index j = 0; j < n; ++j) {
        covariance(i, j) = c[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
      }
    }
    covariance = nearest_positive(covariance);
    const Eigen::VectorXd y = Eigen::VectorXd::NullaryExpr(
        n, [&](Eigen::Index i) { return msd[out.lags[static_cast<std::size_t>(i)]]; });
    const LinearFit fit = generalised_least_squares(design, y, covariance);
    out.weights.assign(out.lags.size(), 0.0);
    for (Eigen::Index i = 0; i < n; ++i)
      out.weights[static_cast<std::size_t>(i)] = fit.weights(1, i);
    out.relative_variance = fit.covariance(1, 1) / (line.slope * line.slope);
    line = made_safe({fit.parameters[0], fit.parameters[1]}, msd, out.lags);
  }
  // The exponent over the whole window weighs lags evenly in ln t.
  const LinearFit log_fit = weighted_least_squares(
      polynomial_design(log_x, 1), Eigen::VectorXd::Zero(n), Eigen::VectorXd::Ones(n));
  Eigen::VectorXd w = log_fit.weights.row(1).transpose();
  out.log_weights.assign(w.data(), w.data() + n);
  for (Eigen::Index i = 0; i < n; ++i)
    w[i] /= line.offset + line.slope * x[static_cast<std::size_t>(i)];
  out.log_variance = w.dot(covariance * w);
  return out;
}

namespace {

// One standard error of a normal variable whose variance is known from `freedom` squares.
double student_factor(double freedom) { return 1 + 0.5 / std::max(1.0, freedom); }

double relative_variance(const ModeScatter& scatter, double walker) {
  const double moving_together = walker * scatter.by_mode;
  // Where ions are independent by_ion and by_entry agree but for noise, and cancel.
  const double seldom_or_unlike = scatter.ions > 1 ? scatter.by_ion - scatter.by_entry : 0.0;
  const double freedom = 3 * (static_cast<double>(scatter.modes) - 1);
  const double factor = student_factor(freedom);
  return factor * factor * (moving_together + std::max(seldom_or_unlike, -0.5 * moving_together));
}

double shared_variance(const ModeScatter& scatter) {
  return scatter.ions > 1 ? std::max(0.0, scatter.by_ion - scatter.by_entry) : 0.0;
}

// Independent walkers in three dimensions that would scatter as the ions do.
double effective_walkers(const ModeScatter& scatter) {
  return scatter.by_mode > 0 ? 1 / (3 * scatter.by_mode) : static_cast<double>(scatter.ions);
}

// What speaks against diffusion, or nothing.
std::string objection(const DiffusionFit& fit, double msd_end, double error, double slope,
                      const WindowOptions& options) {
  const double hop = options.hop_length_A * options.hop_length_A;
  if (fit.alpha - 2 * fit.alpha_error > 1.3) {
    return fmt::format("the exponent is {:.2f}: still ballistic, or a drift is left", fit.alpha);
  }
  if (msd_end < hop) {
    return fmt::format("the MSD reaches {:.2g} A^2 and a single hop is {:.2g} A^2", msd_end, hop);
  }
  if (!fit.window.found || fit.alpha + 2 * fit.alpha_error < 0.7) {
    return fmt::format("the exponent is {:.2f}, not yet near 1", fit.alpha);
  }
  if (!(slope > error)) return "the slope is not larger than its error";
  return "";
}

// Where a later start of the window gives another slope than noise allows, the difference counts
// as an error too.
double drift_of_slope(const std::vector<double>& msd, const DiffusionFit& fit, double slope,
                      double scale) {
  Window later = fit.window;
  later.from *= 2;
  if (later.from * 3 > later.to) return 0;
  const SlopeEstimator other = make_slope_estimator(msd, later);
  const double extra = other.relative_variance - fit.estimator.relative_variance;
  const double difference = other.slope(msd) / slope - 1;
  const double noise = std::max(0.0, extra) * scale;
  return difference * difference > 6 * noise ? difference * difference - noise : 0.0;
}

}  // namespace

namespace {

/// Relative standard deviation of D from the number of effective hops, Eq. 8 of He et al.
double he_zhu_mo(double effective_hops) { return 3.43 / std::sqrt(effective_hops) + 0.04; }

// Slopes of stretches of the run, each by an estimator of its own: their scatter over their number.
struct Stretches {
  std::size_t count = 0;
  double error_of_slope = not_known;  // Å² per frame of the run
};

Stretches slopes_of_stretches(const DisplacementStore& store, const IonSpan& ions,
                              const std::vector<double>& msd, const Window& window) {
  const std::size_t stride = store.stride();
  Window here;
  here.from = std::max<std::size_t>(1, (window.from + stride - 1) / stride);
  Stretches out;
  for (std::size_t count = 8; count >= 4 && out.count == 0; count /= 2) {
    // A stretch of 16 times the first lag holds two octaves of the window.
    if (store.frames() / count >= std::max(fewest_frames, 16 * here.from)) out.count = count;
  }
  if (out.count == 0) return out;
  const std::size_t length = store.frames() / out.count;
  here.to = std::clamp(window.to / stride, here.from + 3, length / 2);
  std::vector<double> curve;  // of the whole run, by kept frames, as long as a stretch
  for (std::size_t m = 0; m < length; ++m) curve.push_back(msd[m * stride]);
  const SlopeEstimator estimator = make_slope_estimator(curve, here);
  std::vector<double> slopes;
  for (std::size_t b = 0; b < out.count; ++b) {
    const std::size_t first = b * store.frames() / out.count;
    slopes.push_back(estimator.slope(mean_square_displacement(store, ions, first, first + length)));
  }
  out.error_of_slope = mean_and_error(slopes).error / static_cast<double>(stride);
  return out;
}

}  // namespace

double DiffusionFit::relative_variance_along(std::size_t axis) const {
  if (!(scatter.by_mode > 0)) return not_known;
  return (relative_variance - shared_variance) * scatter.by_axis[axis] / scatter.by_mode +
         shared_variance;
}

DiffusionFit fit_diffusion(const DisplacementStore& store, std::size_t begin, std::size_t end,
                           const std::vector<double>& msd, const WindowOptions& options) {
  DiffusionFit fit;
  const double dt = store.dt_ps();
  fit.D_cm2_s = fit.D_error_cm2_s = fit.hzm_error_cm2_s = fit.alpha = fit.alpha_error = not_known;
  fit.block_error_cm2_s = fit.effective_hops = not_known;
  fit.from_ps = fit.to_ps = not_known;
  if (msd.size() < fewest_frames || !(dt > 0)) {
    fit.reason =
        fmt::format("{} frames are too few for a fit ({} are needed)", msd.size(), fewest_frames);
    return fit;
  }
  const ModeScatter first_look =
      mode_scatter(store, begin, end, std::max<std::size_t>(5, msd.size() / 16));
  fit.window = find_window(msd, dt, effective_walkers(first_look), options);
  if (fit.window.to < fit.window.from + 2) {
    fit.reason = fmt::format("the window from {:.4g} to {:.4g} ps holds fewer than 3 lags",
                             static_cast<double>(fit.window.from) * dt,
                             static_cast<double>(fit.window.to) * dt);
    return fit;
  }
  fit.from_ps = static_cast<double>(fit.window.from) * dt;
  fit.to_ps = static_cast<double>(fit.window.to) * dt;
  const double msd_end = msd[fit.window.to];
  if (!(msd[fit.window.from] > 0)) {
    fit.reason = "the atoms do not move";
    fit.D_cm2_s = 0;
    return fit;
  }
  fit.estimator = make_slope_estimator(msd, fit.window);
  const std::size_t modes = std::max<std::size_t>(5, msd.size() / (4 * fit.window.from));
  fit.scatter = mode_scatter(store, begin, end, modes);
  fit.relative_variance = relative_variance(fit.scatter, fit.estimator.relative_variance);
  fit.shared_variance = shared_variance(fit.scatter);
  fit.alpha = fit.estimator.exponent(msd);
  fit.alpha_error = std::sqrt(fit.estimator.log_variance * fit.scatter.by_mode);

  const double per_frame = fit.estimator.slope(msd);
  fit.relative_variance += drift_of_slope(msd, fit, per_frame, fit.scatter.by_mode);
  const double error = std::abs(per_frame) * std::sqrt(fit.relative_variance);
  fit.reason = objection(fit, msd_end, error, per_frame, options);
  fit.diffusive = fit.reason.empty();
  const double apparent = msd_end / static_cast<double>(fit.window.to);
  const double unit = constants::A2_ps_in_cm2_s / (2 * dimensions * dt);
  fit.D_cm2_s = unit * (fit.diffusive ? per_frame : apparent);
  fit.D_error_cm2_s = fit.diffusive ? unit * error : fit.D_cm2_s;
  fit.effective_hops = static_cast<double>(end - begin) *
                       *std::max_element(msd.begin(), msd.end()) /
                       (options.hop_length_A * options.hop_length_A);
  fit.hzm_error_cm2_s = fit.D_cm2_s * he_zhu_mo(fit.effective_hops);
  const Stretches stretches = slopes_of_stretches(store, {begin, end}, msd, fit.window);
  fit.blocks = stretches.count;
  if (fit.diffusive) fit.block_error_cm2_s = unit * stretches.error_of_slope;
  return fit;
}

}  // namespace vitrion
