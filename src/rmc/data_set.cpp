#include "rmc/data_set.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "rmc/pair_kernels.hpp"
#include "structure/total_correlation.hpp"

namespace vitrion::rmc {
namespace {

constexpr double pi = constants::pi;

double shell(std::size_t k, double width) {
  const double low = static_cast<double>(k) * width;
  const double high = low + width;
  return 4 * pi / 3 * (high * high * high - low * low * low);
}

double sinc(double x) { return std::abs(x) < 1e-6 ? 1 - x * x / 6 : std::sin(x) / x; }

}  // namespace

DataMap::DataMap(const DataSettings& settings, const PairTable& table, double atoms, double width_A,
                 std::size_t bins)
    : settings_(settings), groups_(table.groups()), bins_(bins) {
  const double r_max = width_A * static_cast<double>(bins);
  read();
  if (!settings_.in_q() && x_.back() > r_max) {
    while (!x_.empty() && x_.back() > r_max) {
      x_.pop_back();
      measured_.pop_back();
      weight_.pop_back();
      if (!error_.empty()) error_.pop_back();
    }
    if (x_.size() < 2) {
      throw InputError(fmt::format("{}: nothing is left of it below {:.2f} A, the range of pairs",
                                   settings_.file, r_max));
    }
  }
  scatterers_ = make_scatterers(table, settings_.scattering);
  const bool neutron = settings_.probe == "neutron";
  if (neutron ? !scatterers_.has_neutron() : !scatterers_.has_xray()) {
    throw InputError(fmt::format("{}: {}", settings_.file, scatterers_.warnings.front()));
  }
  make_weights(table);
  make_kernel(table, atoms, width_A, bins);
}

void DataMap::read() {
  raw_ = read_measured_curve(settings_.file);
  double low = raw_.x.front();
  double high = raw_.x.back();
  if (!settings_.range.empty()) {
    if (settings_.range.size() != 2 || !(settings_.range[0] < settings_.range[1])) {
      throw InputError(
          fmt::format("{}: range should be the lowest and the highest x, like [0.6, "
                      "20]",
                      settings_.file));
    }
    low = settings_.range[0];
    high = settings_.range[1];
  }
  if (settings_.use_errors && raw_.error.empty()) {
    throw InputError(
        fmt::format("{}: use_errors needs a third column with errors, and there is "
                    "none: leave use_errors out",
                    settings_.file));
  }
  const double width = settings_.rebin.value_or(settings_.in_q() ? 0.05 : 0.0);
  std::vector<double> n;
  for (std::size_t k = 0; k < raw_.x.size(); ++k) {
    const double x = raw_.x[k];
    if (x < low || x > high || !(x > 0)) continue;
    const double error = raw_.error.empty() ? 0 : raw_.error[k];
    if (settings_.use_errors && !(error > 0)) {
      throw InputError(
          fmt::format("{}: the error at x = {} is not more than 0: choose a range "
                      "without such points, or leave use_errors out",
                      settings_.file, x));
    }
    const bool join = width > 0 && !x_.empty() &&
                      std::floor(x / width) == std::floor(x_.back() / n.back() / width);
    if (!join) {
      x_.push_back(0);
      measured_.push_back(0);
      error_.push_back(0);
      n.push_back(0);
    }
    x_.back() += x;
    measured_.back() += raw_.y[k];
    error_.back() += error * error;
    n.back() += 1;
  }
  for (std::size_t k = 0; k < x_.size(); ++k) {
    x_[k] /= n[k];
    measured_[k] /= n[k];
    error_[k] = std::sqrt(error_[k]) / n[k];
    weight_.push_back(settings_.use_errors ? 1 / (error_[k] * error_[k]) : 1);
  }
  if (raw_.error.empty()) error_.clear();
  if (x_.size() < 2) {
    throw InputError(fmt::format("{}: there are {} points between {} and {}: choose another range",
                                 settings_.file, x_.size(), low, high));
  }
}

Eigen::VectorXd DataMap::scattering(double x) const {
  if (settings_.probe == "neutron") return scatterers_.neutron_fm;
  return scatterers_.form_factors(settings_.in_q() ? x : 0);
}

double DataMap::norm_of(const Eigen::VectorXd& w) const {
  if (settings_.norm == "barn") return settings_.probe == "neutron" ? 100 : 1;
  return scattering_norm(scatterers_.c, w,
                         settings_.norm == "squared_average" ? ScatteringNorm::squared_average
                                                             : ScatteringNorm::average_squared);
}

double DataMap::mean_square_over_norm(double x) const {
  const Eigen::VectorXd w = scattering(x);
  return scattering_norm(scatterers_.c, w, ScatteringNorm::average_squared) / norm_of(w);
}

void DataMap::make_weights(const PairTable& table) {
  constant_ = settings_.probe == "neutron" || !settings_.in_q();
  const auto g = static_cast<Eigen::Index>(groups_);
  const auto rows = constant_ ? Eigen::Index{1} : static_cast<Eigen::Index>(x_.size());
  pair_weight_.resize(rows, g * g);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Eigen::VectorXd w = scattering(x_[static_cast<std::size_t>(i)]);
    const double norm = norm_of(w);
    for (Eigen::Index a = 0; a < g; ++a) {
      const double count = table.count(static_cast<std::size_t>(a));
      // g of like pairs is normalised by N − 1 partners.
      const double like = count > 1 ? count / (count - 1) : 1;
      for (Eigen::Index b = 0; b < g; ++b) {
        pair_weight_(i, a * g + b) = w[a] * w[b] / norm * (a == b ? like : 1);
      }
    }
  }
}

Eigen::MatrixXd DataMap::q_kernel(double width, std::size_t bins) const {
  const SineTransform transform(bins, width, Window::none, x_);
  Eigen::MatrixXd kernel = transform.kernel();
  for (Eigen::Index i = 0; i < kernel.rows(); ++i) {
    const double q = x_[static_cast<std::size_t>(i)];
    const double blur = std::exp(-0.5 * std::pow(settings_.sigma_A * q, 2));
    for (Eigen::Index k = 0; k < kernel.cols(); ++k) {
      const double r = (static_cast<double>(k) + 0.5) * width;
      kernel(i, k) *= blur * std::exp(-0.5 * std::pow(settings_.damping_A * r, 2));
    }
  }
  return kernel;
}

Eigen::MatrixXd DataMap::r_kernel(double width, std::size_t bins) const {
  Eigen::MatrixXd kernel =
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(x_.size()), static_cast<Eigen::Index>(bins));
  const double q_max = settings_.q_max_A.value_or(std::numeric_limits<double>::infinity());
  const bool broad = settings_.sigma_A > 0 || settings_.q_max_A;
  const Window window = window_from(settings_.window);
  for (Eigen::Index i = 0; i < kernel.rows(); ++i) {
    const double at = x_[static_cast<std::size_t>(i)];
    const double damp = std::exp(-0.5 * std::pow(settings_.damping_A * at, 2));
    if (!broad) {  // linear between the centres of bins
      const double place = std::clamp(at / width - 0.5, 0.0, static_cast<double>(bins) - 1.001);
      const auto k = static_cast<Eigen::Index>(place);
      const double part = place - std::floor(place);
      kernel(i, k) = damp * (1 - part);
      kernel(i, k + 1) = damp * part;
    }
    for (Eigen::Index k = 0; k < kernel.cols(); ++k) {
      const double r = (static_cast<double>(k) + 0.5) * width;
      if (broad) {
        kernel(i, k) = damp * width *
                       (peak_function(at - r, settings_.sigma_A, q_max, window) -
                        peak_function(at + r, settings_.sigma_A, q_max, window));
      }
      kernel(i, k) *= 4 * pi * r;
    }
  }
  return kernel;
}

void DataMap::make_kernel(const PairTable& table, double atoms, double width, std::size_t bins) {
  (void)table;
  const auto points = static_cast<Eigen::Index>(x_.size());
  const bool q = settings_.in_q();
  kernel_ = q ? q_kernel(width, bins) : r_kernel(width, bins);
  const Eigen::VectorXd mean = kernel_.rowwise().sum();  // of g = 1
  point_factor_ = Eigen::VectorXd::Ones(points);
  constant_part_ = Eigen::VectorXd::Zero(points);
  density_part_.resize(points);
  over_density_ = settings_.form == "g" || settings_.form == "G";
  for (Eigen::Index i = 0; i < points; ++i) {
    const double x = x_[static_cast<std::size_t>(i)];
    const double level = mean_square_over_norm(x);
    double& factor = point_factor_[i];
    if (settings_.form == "F") factor = x;
    if (over_density_) factor = 1 / (4 * pi * x);
    const double base = -factor * level * mean[i];
    density_part_[i] = over_density_ ? 0 : base;
    if (over_density_) constant_part_[i] = base;
    if (settings_.form == "S") constant_part_[i] = 1;
    if (settings_.form == "g") constant_part_[i] += level;
    if (settings_.form == "T") density_part_[i] += 4 * pi * x * level;
    for (Eigen::Index k = 0; k < kernel_.cols(); ++k) {
      double unit = 2 / (atoms * shell(static_cast<std::size_t>(k), width));
      // Counts are means over a bin, and so is the kernel: each dulls the curve by one sinc.
      if (q) unit /= std::pow(sinc(0.5 * x * width), 2);
      kernel_(i, k) *= unit * factor;
    }
  }
  padded_ = (x_.size() + tile_width - 1) / tile_width * tile_width;
  tiles_.assign(padded_ * bins, 0.0F);
  for (std::size_t i = 0; i < x_.size(); ++i) {
    for (std::size_t k = 0; k < bins; ++k) {
      tiles_[(i / tile_width * bins + k) * tile_width + i % tile_width] =
          static_cast<float>(kernel_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)));
    }
  }
  const std::size_t rows = constant_ ? 1 : padded_;
  point_weight_.assign(groups_ * groups_ * rows, 0.0F);
  for (Eigen::Index i = 0; i < pair_weight_.rows(); ++i) {
    for (Eigen::Index ab = 0; ab < pair_weight_.cols(); ++ab) {
      point_weight_[static_cast<std::size_t>(ab) * rows + static_cast<std::size_t>(i)] =
          static_cast<float>(pair_weight_(i, ab));
    }
  }
}

double DataMap::pair_factor(double density) const { return over_density_ ? 1 / density : 1; }

std::vector<double> DataMap::compute(const PairCounts& counts, double density) const {
  Eigen::VectorXd out = constant_part_ + density * density_part_;
  Eigen::VectorXd n(static_cast<Eigen::Index>(bins_));
  Eigen::VectorXd summed = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(bins_));
  const double factor = pair_factor(density);
  for (std::size_t a = 0; a < groups_; ++a) {
    for (std::size_t b = a; b < groups_; ++b) {
      const std::int64_t* row = counts.counts().data() + counts.pair(a, b) * bins_;
      for (std::size_t k = 0; k < bins_; ++k) {
        n[static_cast<Eigen::Index>(k)] = factor * static_cast<double>(row[k]);
      }
      const auto at = static_cast<Eigen::Index>(a * groups_ + b);
      if (constant_) {
        summed += pair_weight_(0, at) * n;
      } else {
        out += pair_weight_.col(at).cwiseProduct(kernel_ * n);
      }
    }
  }
  if (constant_) out += kernel_ * summed;
  return {out.data(), out.data() + out.size()};
}

void DataMap::add_change(std::size_t group, std::span<const float> difference, double density,
                         std::vector<double>& curve) const {
  thread_local std::vector<float> values;
  std::array<float, most_channels * tile_width> out;
  const PairKernels& kernels = pair_kernels();
  const auto factor = static_cast<float>(pair_factor(density));
  const std::size_t tiles = padded_ / tile_width;
  if (constant_) {
    values.assign(bins_, 0.0F);
    for (std::size_t b = 0; b < groups_; ++b) {
      const float w = factor * point_weight_[group * groups_ + b];
      const float* from = difference.data() + b * bins_;
      for (std::size_t k = 0; k < bins_; ++k) values[k] += w * from[k];
    }
    for (std::size_t t = 0; t < tiles; ++t) {
      kernels.transform(tiles_.data() + t * bins_ * tile_width, bins_, values.data(), 1,
                        out.data());
      double* at = curve.data() + t * tile_width;
      const std::size_t end = std::min(tile_width, x_.size() - t * tile_width);
      for (std::size_t p = 0; p < end; ++p) at[p] += static_cast<double>(out[p]);
    }
    return;
  }
  for (std::size_t first = 0; first < groups_; first += most_channels) {
    const std::size_t channels = std::min(most_channels, groups_ - first);
    for (std::size_t t = 0; t < tiles; ++t) {
      kernels.transform(tiles_.data() + t * bins_ * tile_width, bins_,
                        difference.data() + first * bins_, channels, out.data());
      std::array<float, tile_width> sum{};
      for (std::size_t c = 0; c < channels; ++c) {
        const float* w =
            point_weight_.data() + (group * groups_ + first + c) * padded_ + t * tile_width;
        for (std::size_t p = 0; p < tile_width; ++p) sum[p] += w[p] * out[c * tile_width + p];
      }
      double* at = curve.data() + t * tile_width;
      const std::size_t end = std::min(tile_width, x_.size() - t * tile_width);
      for (std::size_t p = 0; p < end; ++p) at[p] += static_cast<double>(factor * sum[p]);
    }
  }
}

DataFit::DataFit(const DataMap& map)
    : scale(map.settings().scale.value),
      offset(map.settings().offset.value),
      slope(map.settings().slope.value),
      map_(&map) {
  norm_ = 0;
  for (std::size_t i = 0; i < map.points(); ++i) {
    norm_ += map.weight()[i] * map.measured()[i] * map.measured()[i];
  }
  if (!(norm_ > 0)) {
    throw InputError(fmt::format("{}: all values are 0", map.settings().file));
  }
}

double DataFit::r2_of(const std::vector<double>& curve) const {
  return pair_kernels().misfit({map_->measured().data(), map_->weight().data(), map_->x().data(),
                                curve.data(), curve.size(), scale, offset, slope}) /
         norm_;
}

std::vector<double> DataFit::fitted() const {
  std::vector<double> out = computed_;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = scale * out[i] + offset + slope * map_->x()[i];
  }
  return out;
}

void DataFit::reset(const PairCounts& counts, double density, bool refine_too) {
  computed_ = map_->compute(counts, density);
  proposed_ = computed_;
  if (refine_too) refine();
}

void DataFit::propose(std::size_t group, std::span<const float> difference, double density,
                      bool first) {
  if (first) proposed_ = computed_;
  map_->add_change(group, difference, density, proposed_);
}

// Weighted least squares for those of scale, offset and slope that are free; one that leaves its
// limits is set to the limit, and the others are fitted again.
void DataFit::refine() {
  const DataSettings& s = map_->settings();
  struct Part {
    double* value;
    bool free;
    double low, high;
  };
  const auto part = [](double* value, const Refined& r, double low, double high) {
    const bool given = r.limits.size() == 2;
    return Part{value, r.refine, given ? r.limits[0] : low, given ? r.limits[1] : high};
  };
  Part parts[3] = {part(&scale, s.scale, 0.5, 2.0), part(&offset, s.offset, -0.2, 0.2),
                   part(&slope, s.slope, -0.05, 0.05)};
  for (int round = 0; round < 3; ++round) {
    std::vector<int> free;
    for (int k = 0; k < 3; ++k) {
      if (parts[k].free) free.push_back(k);
    }
    if (free.empty()) return;
    const auto n = static_cast<Eigen::Index>(free.size());
    Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(n, n);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(n);
    for (std::size_t i = 0; i < computed_.size(); ++i) {
      const double basis[3] = {computed_[i], 1, map_->x()[i]};
      double rest = map_->measured()[i];
      for (int k = 0; k < 3; ++k) {
        if (!parts[k].free) rest -= *parts[k].value * basis[k];
      }
      for (Eigen::Index a = 0; a < n; ++a) {
        const double wa = map_->weight()[i] * basis[free[static_cast<std::size_t>(a)]];
        right[a] += wa * rest;
        for (Eigen::Index b = 0; b < n; ++b) {
          normal(a, b) += wa * basis[free[static_cast<std::size_t>(b)]];
        }
      }
    }
    const Eigen::VectorXd found = normal.ldlt().solve(right);
    bool inside = true;
    for (Eigen::Index a = 0; a < n; ++a) {
      Part& p = parts[free[static_cast<std::size_t>(a)]];
      *p.value = std::clamp(found[a], p.low, p.high);
      if (*p.value != found[a]) {
        p.free = false;
        inside = false;
      }
    }
    if (inside) return;
  }
}

}  // namespace vitrion::rmc
