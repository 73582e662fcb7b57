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

double highest(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }

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
  grid_ = make_grid(s.cell, spacing);
}

std::unique_ptr<Analysis> PathDensityAnalysis::fork() const {
  auto out = std::make_unique<PathDensityAnalysis>();
  out->store_ = store_.fork();
  out->ions_ = ions_;
  out->grid_ = grid_;
  out->now_.assign(grid_.size(), 0.0);
  return out;
}

// Shared between the eight points around it.
void PathDensityAnalysis::add(const Vec3& fraction) {
  Int3 low;
  std::array<std::array<double, 2>, 3> part;
  for (std::size_t k = 0; k < 3; ++k) {
    const double x = fraction[static_cast<int>(k)] * grid_.count[k];
    low[k] = static_cast<int>(std::floor(x));
    part[k] = {1 - (x - low[k]), x - low[k]};
  }
  for (int a = 0; a < 2; ++a) {
    for (int b = 0; b < 2; ++b) {
      for (int c = 0; c < 2; ++c) {
        now_[grid_.index({low[0] + a, low[1] + b, low[2] + c})] +=
            part[0][static_cast<std::size_t>(a)] * part[1][static_cast<std::size_t>(b)] *
            part[2][static_cast<std::size_t>(c)];
      }
    }
  }
}

void PathDensityAnalysis::consume(const FrameView& view) {
  const Cell& cell = view.frame.structure.cell;
  const auto& path = *view.unwrapped;
  const Vec3 drift = store_.drift_of(path);
  for (const auto i : ions_) add(cell.to_fractional(path[i] - drift));
  cell_sum_ += cell.vectors();
  frames_ += 1;
}

void PathDensityAnalysis::merge(Analysis& other) {
  auto& later = static_cast<PathDensityAnalysis&>(other);
  frames_ += later.frames_;
  cell_sum_ += later.cell_sum_;
  if (later.frames_ > 0) counts_.append(later.now_, later.frames_);
}

// By a Gaussian in space, cut at three deviations and normalised on the grid. O(points · stencil).
std::vector<double> PathDensityAnalysis::density(std::span<const double> count) const {
  const Mat3 h = cell_sum_ / frames_;
  struct Neighbour {
    Int3 step;
    double weight;
  };
  std::vector<Neighbour> stencil;
  double total = 0;
  Int3 reach;
  const Int3& n = grid_.count;
  const Mat3 inverse = h.inverse();
  for (std::size_t k = 0; k < 3; ++k) {
    const double height = 1 / inverse.row(static_cast<int>(k)).norm();
    reach[k] = std::min(static_cast<int>(3 * smoothing_A_ / height * n[k]), (n[k] - 1) / 2);
  }
  for (int a = -reach[0]; a <= reach[0]; ++a) {
    for (int b = -reach[1]; b <= reach[1]; ++b) {
      for (int c = -reach[2]; c <= reach[2]; ++c) {
        const Vec3 r = h * Vec3(static_cast<double>(a) / n[0], static_cast<double>(b) / n[1],
                                static_cast<double>(c) / n[2]);
        const double x = smoothing_A_ > 0 ? r.norm() / smoothing_A_ : (r.norm() > 0 ? 9 : 0);
        if (x > 3) continue;
        stencil.push_back({{a, b, c}, std::exp(-0.5 * x * x)});
        total += stencil.back().weight;
      }
    }
  }
  total *= std::abs(h.determinant()) / static_cast<double>(grid_.size());
  std::vector<double> out(grid_.size(), 0.0);
  parallel_for(static_cast<std::size_t>(n[0]), [&](std::size_t plane) {
    Int3 at{static_cast<int>(plane), 0, 0};
    for (at[1] = 0; at[1] < n[1]; ++at[1]) {
      for (at[2] = 0; at[2] < n[2]; ++at[2]) {
        double sum = 0;
        for (const auto& [step, weight] : stencil) {
          sum += weight * count[grid_.index({at[0] + step[0], at[1] + step[1], at[2] + step[2]})];
        }
        out[grid_.index(at)] = sum / total;
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
      const int n = grid_.count[static_cast<std::size_t>(k)];
      for (int i = 0; i < n; ++i) column.data.push_back(i * h.col(k).norm() / n);
      return column;
    };
    Grid grid{fmt::format("along_{}", axes[along]), axis(u), axis(v), "1/A^3", {}};
    const auto nu = grid.x.data.size(), nv = grid.y.data.size();
    grid.data.assign(nu * nv, 0.0);
    for (std::size_t i = 0; i < density.size(); ++i) {
      const Int3 at = grid_.place_of(i);
      grid.data[static_cast<std::size_t>(at[static_cast<std::size_t>(u)]) * nv +
                static_cast<std::size_t>(at[static_cast<std::size_t>(v)])] +=
          density[i] / grid_.count[static_cast<std::size_t>(along)];
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

void PathDensityAnalysis::add_percolation(Result& out) const {
  const double kT =
      temperature_here_K_ ? constants::boltzmann_eV_K * *temperature_here_K_ : not_known;
  // The peak, then for 1, 2, 3 directions: level, share, barrier.
  const auto measured = counts_.jackknife_all([&](std::span<const double> count) {
    const auto field = density(count);
    const Percolation p = percolate(field, grid_);
    std::vector<double> values{highest(field)};
    for (std::size_t d = 0; d < 3; ++d) {
      values.insert(values.end(), {p.level[d], p.share[d], kT * std::log(values[0] / p.level[d])});
    }
    return values;
  });
  const std::string how = fmt::format("jackknife over {} blocks of time", counts_.blocks());
  const auto add = [&](std::string name, std::size_t i, const char* unit, const char* more = "") {
    out.scalars.push_back(
        {std::move(name), measured[i].value, measured[i].error, unit, how + more});
  };
  add("peak_density", 0, "1/A^3");
  for (std::size_t d = 0; d < 3; ++d) {
    if (!std::isfinite(measured[3 * d + 1].value)) {
      out.warnings.push_back(fmt::format(
          "paths of {} do not cross the cell in {} direction{} in this run: run longer, or hotter",
          ion_, d + 1, d == 0 ? "" : "s"));
      break;
    }
    add(fmt::format("crossing_density_{}d", d + 1), 3 * d + 1, "1/A^3");
    add(fmt::format("crossing_volume_{}d", d + 1), 3 * d + 2, "");
    if (temperature_here_K_) {
      add(fmt::format("path_barrier_{}d", d + 1), 3 * d + 3, "eV",
          "; from the densest point to the top of the easiest path");
    }
  }
}

Result PathDensityAnalysis::result() const {
  if (counts_.empty()) throw WorkError("path_density: there are no frames");
  Result out;
  out.name = name();
  out.summary = fmt::format(
      "density of {} on {} x {} x {} points, smoothed by {:.2g} A, in the frame of the {}; "
      "crossing: "
      "the highest density whose region wraps around the periodic cell",
      ion_, grid_.count[0], grid_.count[1], grid_.count[2], smoothing_A_, frame_.text);
  add_percolation(out);
  auto field = density(counts_.mean());
  add_slices(out, field);
  out.volumes.push_back({"density", cell_sum_ / frames_, grid_.count, "1/A^3", std::move(field)});
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
