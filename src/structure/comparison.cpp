#include "structure/comparison.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "structure/estimates.hpp"

namespace vitrion {

void add_comparison(const MeasuredCurve& measured, const ComparisonInput& input,
                    const BlockSums& sums,
                    const std::function<std::vector<double>(std::span<const double>)>& computed,
                    Result& out) {
  const std::vector<double>& grid = input.x.data;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> errors;
  for (std::size_t k = 0; k < measured.x.size(); ++k) {
    if (measured.x[k] < grid.front() || measured.x[k] > grid.back()) continue;
    x.push_back(measured.x[k]);
    y.push_back(measured.y[k]);
    if (!measured.error.empty()) errors.push_back(measured.error[k]);
  }
  if (x.empty()) {
    throw InputError(
        fmt::format("{}: its {}, {:.4g} to {:.4g}, and those computed, {:.4g} to {:.4g} {}, do not "
                    "meet: is the unit the same?",
                    input.file, input.x.name, measured.x.front(), measured.x.back(), grid.front(),
                    grid.back(), input.x.unit));
  }
  const auto at_points = [&](std::span<const double> counters) {
    const std::vector<double> curve = computed(counters);
    std::vector<double> values;
    for (const double at : x) values.push_back(interpolate(grid, curve, at));
    return values;
  };
  const auto found = sums.jackknife_all([&](std::span<const double> sample) {
    const Agreement a = agreement(y, at_points(sample));
    return std::vector<double>{a.wright, a.printed};
  });
  out.scalars.push_back(jackknife_scalar("r_chi", found[0], "", sums));
  out.scalars.push_back(jackknife_scalar("r_chi_printed", found[1], "", sums));
  Table table{"comparison",
              {column(input.x.name, input.x.unit, x), column("measured", input.y_unit, y),
               column("computed", input.y_unit, at_points(sums.mean()))}};
  if (!errors.empty()) table.columns.push_back(column("measured_error", input.y_unit, errors));
  out.tables.push_back(std::move(table));
  Plot plot;
  plot.title = "Measured and computed";
  plot.table = "comparison";
  plot.x = input.x.name;
  plot.series = {"measured", "computed"};
  plot.errors = {errors.empty() ? "" : "measured_error", ""};
  plot.x_label = input.x_label;
  plot.y_label = input.y_label;
  out.plots.push_back(std::move(plot));
  out.settings.emplace_back("compared with", input.file + " as " + input.what);
  out.settings.emplace_back(
      "r_chi",
      "sqrt(sum (measured - computed)^2 / sum measured^2) (Wright); r_chi_printed: divided "
      "by (sum measured)^2");
  out.references.push_back("10.1016/0022-3093(93)90232-M");
}

}  // namespace vitrion
