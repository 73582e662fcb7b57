#include "dynamics/mean_square.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/parallel.hpp"
#include "numeric/fft.hpp"

namespace vitrion {
namespace {

constexpr std::size_t max_groups = 64;  // part of the order of summation: not the thread count
constexpr std::size_t tile_ions = 16;   // paths gathered at once, so that memory is read in runs

struct Groups {
  Groups(std::size_t first, std::size_t last)
      : begin(first), ions(last - first), count(std::min(max_groups, (ions + 3) / 4)) {}
  [[nodiscard]] std::size_t start(std::size_t g) const { return begin + g * ions / count; }
  std::size_t begin;
  std::size_t ions;
  std::size_t count;
};

struct Span {
  std::size_t first, last;
};

// Calls body(ion, axis, path) for each path of ions [begin, end) over kept frames.
template <class Body>
void for_each_path(const DisplacementStore& store, std::size_t begin, std::size_t end,
                   const Span& span, const Body& body) {
  const std::size_t frames = span.last - span.first;
  std::vector<double> tile(3 * tile_ions * frames);
  for (std::size_t first = begin; first < end; first += tile_ions) {
    const std::size_t columns = 3 * std::min(tile_ions, end - first);
    for (std::size_t t = 0; t < frames; ++t) {
      const float* row = store.frame(span.first + t) + 3 * first;
      for (std::size_t c = 0; c < columns; ++c) tile[c * frames + t] = static_cast<double>(row[c]);
    }
    for (std::size_t c = 0; c < columns; ++c) {
      body(first + c / 3, c % 3, std::span<double>(tile.data() + c * frames, frames));
    }
  }
}

// Sums of squares at each time, and power spectra, over any number of paths.
struct Accumulated {
  std::vector<double> square;
  std::vector<double> power;
};

void add_path(std::span<double> path, RealFft& fft, Accumulated& sums) {
  double mean = 0;
  for (const double x : path) mean += x;
  mean /= static_cast<double>(path.size());
  // Taking the mean away changes no displacement and keeps S₁ − 2 S₂ from cancelling.
  const auto real = fft.real();
  for (std::size_t t = 0; t < path.size(); ++t) {
    const double x = path[t] - mean;
    real[t] = x;
    sums.square[t] += x * x;
  }
  std::fill(real.begin() + static_cast<std::ptrdiff_t>(path.size()), real.end(), 0.0);
  fft.forward();
  const auto spectrum = fft.spectrum();
  for (std::size_t k = 0; k < spectrum.size(); ++k) sums.power[k] += std::norm(spectrum[k]);
}

// MSD(m) for m = 0 … T−1 from the sums, divided by `count`.
std::vector<double> finish(const Accumulated& sums, RealFft& fft, double count) {
  const std::size_t n = sums.square.size();
  const auto spectrum = fft.spectrum();
  for (std::size_t k = 0; k < spectrum.size(); ++k) spectrum[k] = sums.power[k];
  fft.backward();
  const auto correlation = fft.real();
  const double scale = 1.0 / static_cast<double>(fft.length());
  double squares = 0;
  for (const double x : sums.square) squares += 2 * x;
  std::vector<double> out(n, 0.0);
  for (std::size_t m = 1; m < n; ++m) {
    squares -= sums.square[m - 1] + sums.square[n - m];
    const double sum = squares - 2 * scale * correlation[m];
    out[m] = std::max(0.0, sum / (static_cast<double>(n - m) * count));
  }
  return out;
}

std::size_t padded(std::size_t frames) { return fast_length_from(2 * frames); }

}  // namespace

namespace {

// Sums over the paths of ions along `kinds` kinds of axes: one kind of all three, or three of one.
std::vector<Accumulated> accumulate(const DisplacementStore& store, const IonSpan& ions,
                                    const Span& span, std::size_t kinds) {
  const std::size_t n = span.last - span.first;
  const Groups groups(ions.begin, ions.end);
  std::vector<std::vector<Accumulated>> parts(groups.count);
  parallel_for(groups.count, [&](std::size_t g) {
    RealFft fft(padded(n));
    parts[g].assign(kinds, {std::vector<double>(n, 0.0), std::vector<double>(fft.bins(), 0.0)});
    for_each_path(store, groups.start(g), groups.start(g + 1), span,
                  [&](std::size_t, std::size_t axis, std::span<double> path) {
                    add_path(path, fft, parts[g][axis % kinds]);
                  });
  });
  for (std::size_t g = 1; g < parts.size(); ++g) {
    for (std::size_t d = 0; d < kinds; ++d) {
      Accumulated& sum = parts[0][d];
      for (std::size_t t = 0; t < n; ++t) sum.square[t] += parts[g][d].square[t];
      for (std::size_t k = 0; k < sum.power.size(); ++k) sum.power[k] += parts[g][d].power[k];
    }
  }
  return std::move(parts[0]);
}

}  // namespace

std::vector<double> mean_square_displacement(const DisplacementStore& store, const IonSpan& ions,
                                             std::size_t first, std::size_t last) {
  const std::size_t n = last - first;
  if (n == 0 || ions.end <= ions.begin) return {};
  RealFft fft(padded(n));
  return finish(accumulate(store, ions, {first, last}, 1)[0], fft,
                static_cast<double>(ions.end - ions.begin));
}

namespace {

constexpr std::size_t least_kept = 8;  // kept frames in the shortest lag that is taken from them

// Straight lines between the lags that are there: in the logarithms below `least`, else plain.
void fill_between(std::vector<double>& msd, const std::vector<std::size_t>& lags,
                  std::size_t least) {
  for (std::size_t k = 0; k + 1 < lags.size(); ++k) {
    const double a = msd[lags[k]];
    const double b = msd[lags[k + 1]];
    const auto from = static_cast<double>(lags[k]);
    const auto to = static_cast<double>(lags[k + 1]);
    const bool logarithms = lags[k] < least && a > 0 && b > 0;
    for (std::size_t m = lags[k] + 1; m < lags[k + 1]; ++m) {
      const auto x = static_cast<double>(m);
      msd[m] = logarithms ? a * std::pow(b / a, std::log(x / from) / std::log(to / from))
                          : a + (b - a) * (x - from) / (to - from);
    }
  }
  for (std::size_t m = lags.back() + 1; m < msd.size(); ++m) msd[m] = msd[lags.back()];
}

}  // namespace

std::vector<double> mean_square_displacement(const DisplacementStore& store, std::size_t begin,
                                             std::size_t end) {
  auto kept = mean_square_displacement(store, {begin, end}, 0, store.frames());
  const std::size_t stride = store.stride();
  if (stride == 1 || kept.empty()) return kept;
  std::vector<double> out(store.run_frames(), 0.0);
  const DisplacementMoments all = store.moments();
  const auto short_lags = all.lags();
  const auto moments = all.moments(begin, end);
  std::vector<std::size_t> lags;
  for (std::size_t k = 0; k < short_lags.size() && short_lags[k] < least_kept * stride; ++k) {
    lags.push_back(short_lags[k]);
    out[short_lags[k]] = moments.square[k];
  }
  for (std::size_t m = least_kept; m < kept.size(); ++m) {
    lags.push_back(m * stride);
    out[m * stride] = kept[m];
  }
  fill_between(out, lags, least_kept * stride);
  return out;
}

std::array<std::vector<double>, 3> mean_square_by_axis(const DisplacementStore& store,
                                                       const IonSpan& ions) {
  std::array<std::vector<double>, 3> out;
  const std::size_t n = store.frames();
  if (n == 0 || ions.end <= ions.begin) return out;
  RealFft fft(padded(n));
  const auto sums = accumulate(store, ions, {0, n}, 3);
  const std::size_t stride = store.stride();
  for (std::size_t d = 0; d < 3; ++d) {
    auto kept = finish(sums[d], fft, static_cast<double>(ions.end - ions.begin));
    if (stride == 1) {
      out[d] = std::move(kept);
      continue;
    }
    out[d].assign(store.run_frames(), not_known);
    std::vector<std::size_t> lags;
    for (std::size_t m = least_kept; m < kept.size(); ++m) {
      lags.push_back(m * stride);
      out[d][m * stride] = kept[m];
    }
    if (!lags.empty()) fill_between(out[d], lags, 0);
  }
  return out;
}

std::vector<std::size_t> table_lags(std::size_t frames) {
  std::vector<std::size_t> out;
  for (std::size_t m = 1; m < frames; m += std::max<std::size_t>(1, m / 1000)) out.push_back(m);
  return out;
}

std::vector<std::size_t> table_lags(const DisplacementStore& store) {
  const std::size_t stride = store.stride();
  if (stride == 1) return table_lags(store.frames());
  std::vector<std::size_t> out;
  for (const std::size_t m : store.moments().lags()) {
    if (m < least_kept * stride) out.push_back(m);
  }
  for (const std::size_t m : table_lags(store.frames())) {
    if (m >= least_kept) out.push_back(m * stride);
  }
  return out;
}

std::vector<double> mean_square_displacement(std::span<const Vec3> path) {
  const std::size_t n = path.size();
  if (n == 0) return {};
  RealFft fft(padded(n));
  Accumulated sums{std::vector<double>(n, 0.0), std::vector<double>(fft.bins(), 0.0)};
  std::vector<double> x(n);
  for (int axis = 0; axis < 3; ++axis) {
    for (std::size_t t = 0; t < n; ++t) x[t] = path[t][axis];
    add_path(x, fft, sums);
  }
  return finish(sums, fft, 1.0);
}

std::vector<Vec3> collective_path(const DisplacementStore& store, std::span<const double> weights) {
  std::vector<Vec3> out(store.run_frames(), Vec3::Zero());
  for (std::size_t t = 0; t < out.size(); ++t) {
    for (std::size_t r = 0; r < weights.size(); ++r) out[t] += weights[r] * store.common(t, r);
  }
  return out;
}

double ModeScatter::anisotropy() const {
  const double sum = mean[0] + mean[1] + mean[2];
  if (!(sum > 0)) return 1.0 / 3.0;
  return (mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]) / (sum * sum);
}

namespace {

// Power of modes 1 … M of the steps of a path.
void step_power(std::span<const double> path, RealFft& fft, std::span<double> power) {
  const auto real = fft.real();
  for (std::size_t t = 0; t < real.size(); ++t) real[t] = path[t + 1] - path[t];
  fft.forward();
  for (std::size_t k = 0; k < power.size(); ++k) power[k] = std::norm(fft.spectrum()[k + 1]);
}

struct ModeSums {
  std::vector<double> by_mode;  // [k][axis], over ions
  double square = 0;            // of all entries
};

// From sums over (ion, mode, axis) to the relative variances of their mean.
ModeScatter summarise(const ModeSums& sums, const std::vector<double>& by_ion, std::size_t modes) {
  ModeScatter out;
  out.ions = by_ion.size();
  out.modes = modes;
  const auto n = static_cast<double>(by_ion.size());
  const auto m = static_cast<double>(modes);
  for (std::size_t k = 0; k < modes; ++k) {
    for (std::size_t d = 0; d < 3; ++d) out.mean[d] += sums.by_mode[3 * k + d] / (n * m);
  }
  const double total = out.mean[0] + out.mean[1] + out.mean[2];
  if (!(total > 0) || modes < 2) return out;
  double scatter = 0;
  for (std::size_t d = 0; d < 3; ++d) {
    double of_axis = 0;
    for (std::size_t k = 0; k < modes; ++k) {
      of_axis += std::pow(sums.by_mode[3 * k + d] / n - out.mean[d], 2);
    }
    scatter += of_axis;
    out.by_axis[d] = out.mean[d] > 0 ? of_axis / (m - 1) / (out.mean[d] * out.mean[d]) : 0;
  }
  out.by_mode = scatter / (m - 1) / (total * total);
  if (by_ion.size() > 1) {
    // About the mean of each mode, so that what ions have in common counts neither here nor below.
    double squares = sums.square;
    for (const double x : sums.by_mode) squares -= x * x / n;
    out.by_entry = squares / ((n - 1) * m) / (n * m) / (total * total);
    double over_ions = 0;
    for (const double x : by_ion) over_ions += std::pow(x / m - total, 2);
    out.by_ion = over_ions / (n - 1) / n / (total * total);
  }
  return out;
}

}  // namespace

ModeScatter mode_scatter(const DisplacementStore& store, std::size_t begin, std::size_t end,
                         std::size_t modes) {
  if (store.frames() < 8 || end <= begin) return {};
  const std::size_t steps = fast_length_up_to(store.frames() - 1);
  // Near the highest frequency of a thinned path faster motion is folded in.
  modes = std::min(modes, store.stride() > 1 ? steps / 4 : (steps - 1) / 2);
  const Groups groups(begin, end);
  std::vector<ModeSums> parts(groups.count);
  std::vector<double> by_ion(end - begin, 0.0);
  parallel_for(groups.count, [&](std::size_t g) {
    RealFft fft(steps);
    parts[g].by_mode.assign(3 * modes, 0.0);
    std::vector<double> power(modes);
    for_each_path(store, groups.start(g), groups.start(g + 1), {0, store.frames()},
                  [&](std::size_t ion, std::size_t axis, std::span<double> path) {
                    step_power(path, fft, power);
                    for (std::size_t k = 0; k < modes; ++k) {
                      parts[g].by_mode[3 * k + axis] += power[k];
                      parts[g].square += power[k] * power[k];
                      by_ion[ion - begin] += power[k];
                    }
                  });
  });
  for (std::size_t g = 1; g < parts.size(); ++g) {
    for (std::size_t k = 0; k < 3 * modes; ++k) parts[0].by_mode[k] += parts[g].by_mode[k];
    parts[0].square += parts[g].square;
  }
  return summarise(parts[0], by_ion, modes);
}

}  // namespace vitrion
