#include "dynamics/path_density.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <Eigen/LU>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "dynamics/percolation.hpp"

namespace vitrion {
namespace {

constexpr std::size_t most_blocks = 16;
constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

// Standard error of a quantity from its values with each block left out.
double jackknife_error(const std::vector<double>& left_out) {
  const auto n = static_cast<double>(left_out.size());
  if (left_out.size() < 2) return not_known;
  double mean = 0, square = 0;
  for (const double x : left_out) mean += x / n;
  for (const double x : left_out) square += (x - mean) * (x - mean);
  return std::sqrt((n - 1) / n * square);
}

}  // namespace

std::string PathDensityAnalysis::summary() const {
  return "density of the mobile ions on a grid, and the percolation of their paths";
}

Schema PathDensityAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "ion to map; empty: the first monovalent cation")
      .quantity("spacing", spacing_A_, Dimension::length, "of the grid, at most", positive)
      .quantity("smoothing", smoothing_A_, Dimension::length,
                "standard deviation of the Gaussian; 0: none", not_negative)
      .integer("max_points", max_points_, "a large cell gets a coarser grid", {1000, 100000000})
      .optional_quantity("temperature", temperature_K_, Dimension::temperature,
                         "for the barrier; auto: as the trajectory says", positive)
      .text("drift", drift_, drift_help);
  return schema;
}

void PathDensityAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& s = first.structure;
  const auto mobile = default_mobile_species(s);
  ion_ = !species_.empty() || mobile.empty() ? species_ : mobile.front();
  if (ion_.empty()) {
    throw InputError(fmt::format(
        "path_density: {} has no monovalent cation: name the ion with --set path_density.species=X",
        s.formula()));
  }
  const auto& p = s.cell.periodic();
  if (!s.cell.is_defined() || !p[0] || !p[1] || !p[2]) {
    throw InputError("path_density: a cell that is periodic in all directions is needed");
  }
  auto moving = mobile;
  if (std::find(moving.begin(), moving.end(), ion_) == moving.end()) moving.push_back(ion_);
  frame_ = choose_drift_frame(drift_, s, moving);
  store_ = DisplacementStore(first, {ion_}, frame_);
  ions_ = store_.chosen();
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
  const double least = std::cbrt(s.cell.volume() / static_cast<double>(max_points_));
  const double spacing = std::max(spacing_A_, least);
  if (least > spacing_A_) {
    notes_.push_back(
        fmt::format("the grid is {:.2g} A wide, not {:.2g}: {} points at most (max_points)",
                    spacing, spacing_A_, max_points_));
  }
  points_ = 1;
  for (int k = 0; k < 3; ++k) {
    const double length = s.cell.vector(k).norm();
    size_[static_cast<std::size_t>(k)] = std::max(1, static_cast<int>(std::ceil(length / spacing)));
    points_ *= static_cast<std::size_t>(size_[static_cast<std::size_t>(k)]);
  }
}

std::unique_ptr<Analysis> PathDensityAnalysis::fork() const {
  auto out = std::make_unique<PathDensityAnalysis>();
  out->store_ = store_.fork();
  out->ions_ = ions_;
  out->size_ = size_;
  out->points_ = points_;
  out->now_.count.assign(points_, 0.0);
  return out;
}

// Shared between the eight points around it.
void PathDensityAnalysis::add(const Vec3& fraction) {
  std::array<std::array<int, 2>, 3> at;
  std::array<std::array<double, 2>, 3> part;
  for (std::size_t k = 0; k < 3; ++k) {
    const double x =
        (fraction[static_cast<int>(k)] - std::floor(fraction[static_cast<int>(k)])) * size_[k];
    const int low = std::min(static_cast<int>(x), size_[k] - 1);
    at[k] = {low, (low + 1) % size_[k]};
    part[k] = {1 - (x - low), x - low};
  }
  for (std::size_t a = 0; a < 2; ++a) {
    for (std::size_t b = 0; b < 2; ++b) {
      for (std::size_t c = 0; c < 2; ++c) {
        const auto i =
            static_cast<std::size_t>((at[0][a] * size_[1] + at[1][b]) * size_[2] + at[2][c]);
        now_.count[i] += part[0][a] * part[1][b] * part[2][c];
      }
    }
  }
}

void PathDensityAnalysis::consume(const FrameView& view) {
  const Cell& cell = view.frame.structure.cell;
  const auto& path = *view.unwrapped;
  const Vec3 drift = store_.drift_of(path);
  for (const auto i : ions_) add(cell.to_fractional(path[i] - drift));
  now_.frames += 1;
  cell_sum_ += cell.vectors();
  frames_ += 1;
}

void PathDensityAnalysis::merge(Analysis& other) {
  auto& later = static_cast<PathDensityAnalysis&>(other);
  frames_ += later.frames_;
  cell_sum_ += later.cell_sum_;
  if (later.now_.frames == 0) return;
  if (frames_per_block_ == 0) frames_per_block_ = later.now_.frames;
  if (!blocks_.empty() && blocks_.back().frames < frames_per_block_) {
    Block& last = blocks_.back();
    for (std::size_t i = 0; i < points_; ++i) last.count[i] += later.now_.count[i];
    last.frames += later.now_.frames;
  } else {
    blocks_.push_back(std::move(later.now_));
  }
  if (blocks_.size() >= 2 * most_blocks) pair_up();
}

void PathDensityAnalysis::pair_up() {
  for (std::size_t k = 0; 2 * k + 1 < blocks_.size(); ++k) {
    Block& even = blocks_[2 * k];
    const Block& odd = blocks_[2 * k + 1];
    for (std::size_t i = 0; i < points_; ++i) even.count[i] += odd.count[i];
    even.frames += odd.frames;
    if (k > 0) blocks_[k] = std::move(even);
  }
  blocks_.resize(blocks_.size() / 2);
  frames_per_block_ *= 2;
}

// By a Gaussian in space, cut at three deviations and normalised on the grid. O(points · stencil).
std::vector<double> PathDensityAnalysis::smoothed(const std::vector<double>& count) const {
  const Mat3 h = cell_sum_ / frames_;
  struct Neighbour {
    std::array<int, 3> step;
    double weight;
  };
  std::vector<Neighbour> stencil;
  double total = 0;
  std::array<int, 3> reach{};
  const Mat3 inverse = h.inverse();
  for (std::size_t k = 0; k < 3; ++k) {
    const double height = 1 / inverse.row(static_cast<int>(k)).norm();
    reach[k] = std::min(static_cast<int>(3 * smoothing_A_ / height * size_[k]), (size_[k] - 1) / 2);
  }
  for (int a = -reach[0]; a <= reach[0]; ++a) {
    for (int b = -reach[1]; b <= reach[1]; ++b) {
      for (int c = -reach[2]; c <= reach[2]; ++c) {
        const Vec3 r =
            h * Vec3(static_cast<double>(a) / size_[0], static_cast<double>(b) / size_[1],
                     static_cast<double>(c) / size_[2]);
        const double x = smoothing_A_ > 0 ? r.norm() / smoothing_A_ : (r.norm() > 0 ? 9 : 0);
        if (x > 3) continue;
        stencil.push_back({{a, b, c}, std::exp(-0.5 * x * x)});
        total += stencil.back().weight;
      }
    }
  }
  std::vector<double> out(points_, 0.0);
  const auto wrap = [](int i, int n) { return (i % n + n) % n; };
  parallel_for(static_cast<std::size_t>(size_[0]), [&](std::size_t plane) {
    for (int b = 0; b < size_[1]; ++b) {
      for (int c = 0; c < size_[2]; ++c) {
        double sum = 0;
        for (const auto& n : stencil) {
          const int x = wrap(static_cast<int>(plane) + n.step[0], size_[0]);
          const int y = wrap(b + n.step[1], size_[1]);
          const int z = wrap(c + n.step[2], size_[2]);
          sum += n.weight * count[static_cast<std::size_t>((x * size_[1] + y) * size_[2] + z)];
        }
        out[(plane * static_cast<std::size_t>(size_[1]) + static_cast<std::size_t>(b)) *
                static_cast<std::size_t>(size_[2]) +
            static_cast<std::size_t>(c)] = sum / total;
      }
    }
  });
  return out;
}

void PathDensityAnalysis::add_slices(Result& out, const std::vector<double>& density) const {
  const Mat3 h = cell_sum_ / frames_;
  const char* axes = "abc";
  for (int along = 0; along < 3; ++along) {
    const int u = along == 0 ? 1 : 0, v = along == 2 ? 1 : 2;
    const auto axis = [&](int k) {
      Column column{std::string(1, axes[k]), "A", {}, {}};
      const int n = size_[static_cast<std::size_t>(k)];
      for (int i = 0; i < n; ++i) column.data.push_back(i * h.col(k).norm() / n);
      return column;
    };
    Grid grid{fmt::format("along_{}", axes[along]), axis(u), axis(v), "1/A^3", {}};
    const auto nu = grid.x.data.size(), nv = grid.y.data.size();
    grid.data.assign(nu * nv, 0.0);
    std::size_t i = 0;
    for (int x = 0; x < size_[0]; ++x) {
      for (int y = 0; y < size_[1]; ++y) {
        for (int z = 0; z < size_[2]; ++z, ++i) {
          const std::array<int, 3> at{x, y, z};
          grid.data[static_cast<std::size_t>(at[static_cast<std::size_t>(u)]) * nv +
                    static_cast<std::size_t>(at[static_cast<std::size_t>(v)])] +=
              density[i] / size_[static_cast<std::size_t>(along)];
        }
      }
    }
    out.plots.push_back({Plot::Kind::heat,
                         fmt::format("Density of {}, mean along {}", ion_, axes[along]),
                         grid.name,
                         grid.x.name,
                         {},
                         {},
                         fmt::format("{} (A)", axes[u]),
                         fmt::format("{} (A)", axes[v]),
                         false,
                         false,
                         {}});
    out.grids.push_back(std::move(grid));
  }
}

void PathDensityAnalysis::add_percolation(Result& out, const std::vector<double>& density,
                                          const std::vector<std::vector<double>>& left_out) const {
  const std::string how = fmt::format("jackknife over {} blocks of time", left_out.size());
  const auto peak_of = [](const std::vector<double>& x) {
    return *std::max_element(x.begin(), x.end());
  };
  const Percolation whole = percolate(density, size_);
  std::vector<Percolation> parts(left_out.size());
  std::vector<double> peaks(left_out.size());
  parallel_for(left_out.size(), [&](std::size_t k) {
    parts[k] = percolate(left_out[k], size_);
    peaks[k] = peak_of(left_out[k]);
  });
  const double peak = peak_of(density);
  out.scalars.push_back({"peak_density", peak, jackknife_error(peaks), "1/A^3", how});
  for (std::size_t d = 0; d < 3; ++d) {
    if (!std::isfinite(whole.level[d])) {
      out.warnings.push_back(fmt::format(
          "paths of {} do not cross the cell in {} direction{} in this run: run longer, or hotter",
          ion_, d + 1, d == 0 ? "" : "s"));
      break;
    }
    const auto error_of = [&](auto&& quantity) {
      std::vector<double> values;
      for (std::size_t k = 0; k < parts.size(); ++k) values.push_back(quantity(parts[k], peaks[k]));
      return jackknife_error(values);
    };
    out.scalars.push_back({fmt::format("crossing_density_{}d", d + 1), whole.level[d],
                           error_of([&](const auto& p, double) { return p.level[d]; }), "1/A^3",
                           how});
    out.scalars.push_back({fmt::format("crossing_volume_{}d", d + 1), whole.share[d],
                           error_of([&](const auto& p, double) { return p.share[d]; }), "", how});
    if (!temperature_here_K_) continue;
    const double kT = constants::boltzmann_eV_K * *temperature_here_K_;
    out.scalars.push_back(
        {fmt::format("path_barrier_{}d", d + 1), kT * std::log(peak / whole.level[d]),
         error_of([&](const auto& p, double top) { return kT * std::log(top / p.level[d]); }), "eV",
         how + "; from the densest point to the top of the easiest path"});
  }
}

Result PathDensityAnalysis::result() const {
  if (blocks_.empty()) throw WorkError("path_density: there are no frames");
  Result out;
  out.name = name();
  out.summary = fmt::format(
      "density of {} on {} x {} x {} points, smoothed by {:.2g} A, in the frame of the {}; "
      "crossing: "
      "the highest density whose region wraps around the periodic cell",
      ion_, size_[0], size_[1], size_[2], smoothing_A_, frame_.text);
  const Mat3 h = cell_sum_ / frames_;
  const double volume_of_point = std::abs(h.determinant()) / static_cast<double>(points_);
  std::vector<double> total(points_, 0.0);
  std::vector<std::vector<double>> parts;
  for (const auto& block : blocks_) {
    parts.push_back(smoothed(block.count));
    for (std::size_t i = 0; i < points_; ++i) total[i] += parts.back()[i];
  }
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const double scale = 1 / (volume_of_point * (frames_ - blocks_[k].frames));
    for (std::size_t i = 0; i < points_; ++i) {
      parts[k][i] = std::max(0.0, total[i] - parts[k][i]) * scale;
    }
  }
  for (double& x : total) x /= volume_of_point * frames_;
  if (parts.size() < 2) parts.clear();
  add_percolation(out, total, parts);
  add_slices(out, total);
  out.volumes.push_back({"density", h, size_, "1/A^3", std::move(total)});
  out.settings.emplace_back("ion", ion_);
  out.settings.emplace_back("drift frame", frame_.text);
  out.settings.emplace_back("frames", fmt::format("{:.0f}", frames_));
  for (const auto& note : notes_) out.warnings.push_back(note);
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (!temperature_here_K_) {
    out.warnings.emplace_back(
        "no barrier is given, as the temperature is not known: give it with -T");
  }
  out.references.emplace_back("10.1103/PhysRevE.64.016706");
  return out;
}

}  // namespace vitrion
