#include "structure/rdf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "structure/estimates.hpp"

namespace vitrion {

Schema RdfAnalysis::parameters() {
  Schema schema(name());
  schema
      .optional_quantity("r_max", r_max_A_, Dimension::length,
                         "how far to go; auto: 10 A, within half the smallest height of the cell "
                         "but at least 5 A",
                         positive)
      .quantity("bin", bin_A_, Dimension::length, "width of the bins", positive)
      .quantity("sigma", sigma_A_, Dimension::length,
                "standard deviation of a Gaussian that broadens the reported g(r); 0: none",
                not_negative);
  return schema;
}

void RdfAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  const double r_max = r_max_A_.value_or(useful_r_max_A(first.structure.cell));
  setup_ = std::make_shared<const PairDistributionSetup>(
      make_pair_distribution(first, r_max, bin_A_, name()));
  sums_.emplace(*setup_);
}

std::unique_ptr<Analysis> RdfAnalysis::fork() const {
  auto out = std::make_unique<RdfAnalysis>();
  out->setup_ = setup_;
  out->sums_.emplace(*setup_);
  return out;
}

void RdfAnalysis::consume(const FrameView& view) {
  sums_->consume(view.frame.structure);
  smallest_half_height_A_ =
      std::min(smallest_half_height_A_, 0.5 * view.frame.structure.cell.heights().minCoeff());
}

void RdfAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<RdfAnalysis&>(later);
  sums_->merge(*other.sums_);
  smallest_half_height_A_ = std::min(smallest_half_height_A_, other.smallest_half_height_A_);
}

void RdfAnalysis::add_shells(Result& out) const {
  const auto& table = setup_->table;
  const BlockSums& sums = sums_->sums();
  const std::vector<double> mean = sums.mean();
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      const std::string pair = table.pair_name(a, b);
      const FirstShell shell = find_first_shell(sums_->curve(mean, a, b));
      const auto found = sums.jackknife_all([&](std::span<const double> sample) {
        const Curve curve = sums_->curve(sample, a, b);
        return std::vector<double>{first_peak_A(shell, curve), first_minimum_A(shell, curve)};
      });
      out.scalars.push_back(jackknife_scalar("first_peak_" + pair, found[0], "A", sums));
      out.scalars.push_back(jackknife_scalar("first_minimum_" + pair, found[1], "A", sums));
      const std::string doubt = doubt_about_minimum(shell);
      if (!doubt.empty()) {
        out.warnings.push_back(fmt::format("{}: {}; do not count neighbours by it", pair, doubt));
      } else if (found[1].error > 0.15) {
        out.warnings.push_back(
            fmt::format("{}: the first minimum is uncertain by {:.2f} A: it is "
                        "broad, or the run short",
                        pair, found[1].error));
      }
    }
  }
}

void RdfAnalysis::add_tables(Result& out) const {
  const auto& table = setup_->table;
  const std::vector<double> mean = sums_->sums().mean();
  const double width = setup_->width();
  Table g{"g_r", {column("r", "A", bin_centres(setup_->bins, width))}};
  std::vector<double> edges = g.columns[0].data;
  for (double& r : edges) r += 0.5 * width;
  Table cn{"running_cn", {column("r", "A", std::move(edges))}};
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      g.columns.push_back(
          column(table.pair_name(a, b), "", broaden(sums_->g(mean, a, b), width, sigma_A_)));
    }
    for (std::size_t b = 0; b < table.groups(); ++b) {
      cn.columns.push_back(
          column(table.name(a) + ">" + table.name(b), "", sums_->running_cn(mean, a, b)));
    }
  }
  g.columns.push_back(column("total", "", broaden(sums_->g_total(mean), width, sigma_A_)));
  out.tables = {std::move(g), std::move(cn)};
}

void RdfAnalysis::add_plots(Result& out) const {
  for (const Table& table : out.tables) {
    Plot plot;
    plot.table = table.name;
    plot.x = "r";
    for (std::size_t k = 1; k < table.columns.size(); ++k) {
      plot.series.push_back(table.columns[k].name);
      plot.errors.emplace_back();
    }
    plot.x_label = "r (Å)";
    const bool is_g = table.name == "g_r";
    plot.title = is_g ? "Pair distribution functions" : "Running coordination numbers";
    plot.y_label = is_g ? "g(r)" : "neighbours within r";
    out.plots.push_back(std::move(plot));
  }
}

void RdfAnalysis::add_settings(Result& out) const {
  out.settings = {
      {"r_max", fmt::format("{} A", setup_->r_max_A)},
      {"bin", fmt::format("{:.6g} A", setup_->width())},
      {"sigma", fmt::format("{} A", sigma_A_)},
      {"frames", fmt::format("{:.0f}", sums_->sums().total_weight())},
      {"normalisation",
       "exact shell volumes, the volume of each frame, N-1 partners of like atoms"},
      {"r in g_r", "centres of bins"},
      {"r in running_cn", "upper edges of bins; counted, not integrated"},
      {"first peak and minimum",
       "of g(r) smoothed by a Gaussian of 0.05 A (up to 0.2 A where few "
       "pairs are counted), refined by a parabola; the middle of a "
       "minimum that is flat"},
  };
}

Result RdfAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "g_ab(r) = V n_ab(r) / (N_a N_b' shell volume), N_b' = N_b, less one for like atoms; total: "
      "all atoms alike. A>B: B around A within r. Distances in A.";
  add_tables(out);
  add_shells(out);
  add_plots(out);
  add_settings(out);
  warn_of_few_frames(sums_->sums(), out);
  if (setup_->r_max_A > smallest_half_height_A_) {
    out.warnings.push_back(fmt::format(
        "r_max = {:.4g} A exceeds half the smallest height of the cell, {:.4g} A: beyond that, "
        "atoms meet images of each other (counted exactly, but a larger cell could differ)",
        setup_->r_max_A, smallest_half_height_A_));
  }
  out.references = {"10.1093/oso/9780198803195.001.0001"};
  return out;
}

}  // namespace vitrion
