#include "structure/density.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "numeric/statistics.hpp"
#include "structure/estimates.hpp"

namespace vitrion {

void DensityAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  const Structure& s = first.structure;
  if (!s.cell.is_defined()) {
    throw InputError("density needs a cell: give a trajectory that has one");
  }
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!(s.species_of(i).mass_amu > 0)) {
      throw InputError(
          fmt::format("density needs masses, and species \"{}\" has none: say which "
                      "element it is",
                      s.species_of(i).name));
    }
  }
}

std::unique_ptr<Analysis> DensityAnalysis::fork() const {
  return std::make_unique<DensityAnalysis>();
}

void DensityAnalysis::consume(const FrameView& view) {
  time_ps_.push_back(view.time_ps);
  index_.push_back(static_cast<double>(view.index));
  density_.push_back(view.frame.structure.density_g_cm3());
}

void DensityAnalysis::merge(Analysis& later) {
  const auto& other = dynamic_cast<DensityAnalysis&>(later);
  time_ps_.insert(time_ps_.end(), other.time_ps_.begin(), other.time_ps_.end());
  index_.insert(index_.end(), other.index_.begin(), other.index_.end());
  density_.insert(density_.end(), other.density_.begin(), other.density_.end());
}

Result DensityAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary = "Mass density of each frame (g/cm3), and its mean over all frames.";
  const bool constant = std::all_of(density_.begin(), density_.end(), [&](double x) {
    return std::abs(x - density_.front()) <= 1e-9 * density_.front();
  });
  Estimate mean = blocked_mean(density_);
  std::string how =
      density_.size() < 4 ? "none: fewer than 4 frames" : "Flyvbjerg-Petersen blocking";
  if (constant) {
    mean = {density_.front(), density_.size() < 4 ? mean.error : 0.0};
    if (density_.size() >= 4) how = "the cell does not change";
  }
  out.scalars.push_back({"density", mean.value, mean.error, "g/cm3", how});
  const bool timed =
      std::none_of(time_ps_.begin(), time_ps_.end(), [](double t) { return std::isnan(t); });
  out.tables.push_back({"density",
                        {column("t", timed ? "ps" : "frame", timed ? time_ps_ : index_),
                         column("density", "g/cm3", density_)}});
  Plot plot;
  plot.title = "Density";
  plot.table = "density";
  plot.x = "t";
  plot.series = {"density"};
  plot.errors = {""};
  plot.x_label = timed ? "time (ps)" : "frame";
  plot.y_label = "density (g/cm³)";
  out.plots.push_back(plot);
  out.settings.emplace_back("frames", std::to_string(density_.size()));
  out.references.push_back("10.1063/1.457480");

  if (density_.size() < 4) {
    out.warnings.push_back("fewer than 4 frames: the density has no error");
  } else if (!constant && density_.size() >= 32) {
    const std::span<const double> all(density_);
    const Estimate early = blocked_mean(all.subspan(0, all.size() / 2));
    const Estimate late = blocked_mean(all.subspan(all.size() / 2));
    const double apart = std::abs(early.value - late.value) / std::hypot(early.error, late.error);
    if (apart > 4) {
      out.warnings.push_back(fmt::format(
          "the density drifts: {:.4g} in the first half, {:.4g} g/cm3 in the second; leave out "
          "the start or run longer",
          early.value, late.value));
    }
  }
  return out;
}

}  // namespace vitrion
