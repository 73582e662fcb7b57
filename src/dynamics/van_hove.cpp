#include "dynamics/van_hove.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "dynamics/distinct_pairs.hpp"

namespace vitrion {
namespace {}  // namespace

std::string VanHoveAnalysis::summary() const {
  return "van Hove functions G_s(r,t) and G_d(r,t), and the non-Gaussian parameter";
}

Schema VanHoveAnalysis::parameters() {
  Schema schema(name());
  schema.quantity("max_time", max_time_ps_, Dimension::time, "longest time", positive);
  schema.integer("points", points_, "number of equally spaced times up to it", {1, 10000});
  schema.quantity("r_max", r_max_A_, Dimension::length, "longest distance", positive);
  schema.quantity("bin", bin_A_, Dimension::length, "width of a bin of distance", positive);
  schema.choice("form", form_, {"radial", "density"},
                "of the self part: 4 pi r^2 G_s (area 1), or G_s itself");
  schema.texts("species", species_, "species to follow; none given: all");
  schema.texts(
      "pairs", pairs_,
      "pairs of the distinct part, as Li-Li, or none; none given: those of monovalent cations");
  schema.quantity("refill_radius", refill_radius_A_, Dimension::length,
                  "another ion within this distance of where one was has refilled its place",
                  positive);
  schema.text("drift", drift_, drift_help);
  return schema;
}

void VanHoveAnalysis::choose_pairs(const Frame& first) {
  pairs_here_.clear();
  no_pairs_.clear();
  if (!first.structure.cell.is_defined()) {
    no_pairs_ = "the trajectory has no cell: there is no distinct part";
    return;
  }
  const auto& ranges = store_.ranges();
  const auto range_of = [&](const std::string& species) {
    std::vector<std::string> names;
    for (const auto& range : ranges) names.push_back(range.name);
    const auto found = std::find(names.begin(), names.end(), species);
    if (found == names.end()) {
      throw InputError(fmt::format("van_hove: there is no species \"{}\" among those followed{}",
                                   species, did_you_mean(species, names)));
    }
    return static_cast<std::size_t>(found - names.begin());
  };
  auto wanted = pairs_;
  if (wanted.size() == 1 && wanted[0] == "none") return;
  if (wanted.empty()) {
    std::vector<std::string> ions;
    for (const auto& ion : default_mobile_species(first.structure)) {
      if (std::any_of(ranges.begin(), ranges.end(), [&](const auto& r) { return r.name == ion; })) {
        ions.push_back(ion);
      }
    }
    for (std::size_t i = 0; i < ions.size(); ++i) {
      for (std::size_t j = i; j < ions.size(); ++j) wanted.push_back(ions[i] + "-" + ions[j]);
    }
  }
  for (const auto& pair : wanted) {
    const auto sides = split(pair, '-');
    if (sides.size() != 2) {
      throw InputError(
          fmt::format("van_hove: \"{}\" is not a pair: write two species, as Li-S", pair));
    }
    const Pair p{pair, range_of(sides[0]), range_of(sides[1])};
    if (p.a == p.b && ranges[p.a].count() < 2) continue;
    pairs_here_.push_back(p);
  }
}

void VanHoveAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  frame_ = choose_drift_frame(drift_, first.structure, default_mobile_species(first.structure));
  store_ = DisplacementStore(first, species_, frame_);
  bins_ = static_cast<std::size_t>(std::max(1.0, std::ceil(r_max_A_ / bin_A_ - 1e-6)));
  choose_pairs(first);
  origins_ = TimeOrigins<Moment>(max_time_ps_, points_, pair_at(pairs_here_.size()));
}

std::unique_ptr<Analysis> VanHoveAnalysis::fork() const {
  auto out = std::make_unique<VanHoveAnalysis>();
  out->store_ = store_.fork();
  out->pairs_here_ = pairs_here_;
  return out;
}

void VanHoveAnalysis::consume(const FrameView& view) {
  store_.consume(view);
  Moment moment;
  const float* row = store_.frame(store_.frames() - 1);
  moment.path.assign(row, row + 3 * store_.atoms());
  moment.cell = view.frame.structure.cell;
  if (!pairs_here_.empty()) {
    for (const std::size_t i : store_.chosen()) {
      moment.position.push_back(view.frame.structure.position[i]);
    }
  }
  moments_.push_back(std::move(moment));
}

void VanHoveAnalysis::merge(Analysis& other) {
  auto& later = static_cast<VanHoveAnalysis&>(other);
  for (std::size_t t = 0; t < later.moments_.size(); ++t) {
    volume_sum_A3_ += later.store_.volume_A3(t);
    ++frames_;
    origins_.next(later.store_.time_ps(t), std::move(later.moments_[t]),
                  [this](std::size_t lag, const Moment& origin, const Moment& now,
                         std::span<double> sums) { visit(lag, origin, now, sums); });
  }
}

void VanHoveAnalysis::visit(std::size_t lag, const Moment& origin, const Moment& later,
                            std::span<double> sums) const {
  const double per_bin = static_cast<double>(bins_) / r_max_A_;
  for (std::size_t s = 0; lag > 0 && s < store_.ranges().size(); ++s) {
    const auto& range = store_.ranges()[s];
    double* counts = sums.data() + self_at(s);
    double square = 0;
    double fourth = 0;
    for (std::size_t c = 3 * range.begin; c < 3 * range.end; c += 3) {
      const auto dx = static_cast<double>(later.path[c] - origin.path[c]);
      const auto dy = static_cast<double>(later.path[c + 1] - origin.path[c + 1]);
      const auto dz = static_cast<double>(later.path[c + 2] - origin.path[c + 2]);
      const double r2 = dx * dx + dy * dy + dz * dz;
      square += r2;
      fourth += r2 * r2;
      const double bin = std::sqrt(r2) * per_bin;
      if (bin < static_cast<double>(bins_)) counts[static_cast<std::size_t>(bin)] += 1;
    }
    counts[bins_] += square;
    counts[bins_ + 1] += fourth;
  }
  for (std::size_t p = 0; p < pairs_here_.size(); ++p) {
    const auto& a = store_.ranges()[pairs_here_[p].a];
    const auto& b = store_.ranges()[pairs_here_[p].b];
    std::vector<Vec3> moved(b.count());
    for (std::size_t j = 0; j < moved.size(); ++j) {
      const std::size_t c = 3 * (b.begin + j);
      const Vec3 step(later.path[c] - origin.path[c], later.path[c + 1] - origin.path[c + 1],
                      later.path[c + 2] - origin.path[c + 2]);
      moved[j] = origin.position[b.begin + j] + step;
    }
    count_distances(origin.cell, std::span(origin.position).subspan(a.begin, a.count()), moved,
                    pairs_here_[p].a == pairs_here_[p].b, r_max_A_,
                    sums.subspan(pair_at(p), bins_));
  }
}

double VanHoveAnalysis::shell_A3(std::size_t bin) const {
  const double width = r_max_A_ / static_cast<double>(bins_);
  const double in = width * static_cast<double>(bin);
  return 4.0 / 3 * constants::pi * (std::pow(in + width, 3) - std::pow(in, 3));
}

// Half the run at most, so that every time has as many origins as there are lags.
std::size_t VanHoveAnalysis::last_lag() const {
  const LagGrid& lags = origins_.grid();
  return std::clamp<std::size_t>((origins_.frames() - 1) / lags.spacing / 2, 1, lags.count);
}

std::vector<Estimate> VanHoveAnalysis::at_lags(
    const BlockSums& sums, std::size_t first,
    const std::function<double(std::span<const double>)>& f) const {
  const std::size_t stride = origins_.stride();
  return sums.jackknife_all([&](std::span<const double> x) {
    std::vector<double> out;
    for (std::size_t lag = first; lag <= last_lag(); ++lag) {
      out.push_back(f(x.subspan(lag * stride, stride)));
    }
    return out;
  });
}

// The first lag, the last, and some between, evenly in the logarithm.
std::vector<std::size_t> VanHoveAnalysis::shown_lags() const {
  const auto count = static_cast<double>(last_lag());
  std::vector<std::size_t> out;
  for (int i = 0; i < 6; ++i) {
    const auto lag = static_cast<std::size_t>(std::lround(std::pow(count, i / 5.0)));
    if (out.empty() || lag > out.back()) out.push_back(lag);
  }
  return out;
}

namespace {

Column centres(std::size_t bins, double r_max) {
  Column out{"r", "A", {}, {}};
  for (std::size_t k = 0; k < bins; ++k) {
    out.data.push_back((static_cast<double>(k) + 0.5) * r_max / static_cast<double>(bins));
  }
  return out;
}

Plot heat(const std::string& title, const std::string& grid) {
  return {Plot::Kind::heat, title, grid, "r", {}, {}, "r (A)", "t (ps)", false, false, {}};
}

Plot curves(const std::string& title, const std::string& table, const std::string& y_label) {
  return {Plot::Kind::lines, title, table, "r", {}, {}, "r (A)", y_label, false, false, {}};
}

}  // namespace

void VanHoveAnalysis::add_self(Result& out, const BlockSums& sums) const {
  const LagGrid& lags = origins_.grid();
  const std::size_t stride = origins_.stride();
  const double width = r_max_A_ / static_cast<double>(bins_);
  const bool radial = form_ == "radial";
  const std::string unit = radial ? "1/A" : "1/A^3";
  const auto shown = shown_lags();
  for (std::size_t s = 0; s < store_.ranges().size(); ++s) {
    const auto& range = store_.ranges()[s];
    const auto value = [&](std::span<const double> x, std::size_t lag, std::size_t k) {
      const double visits = x[lag * stride + stride - 1];
      const double volume = radial ? width : shell_A3(k);
      return x[lag * stride + self_at(s) + k] /
             (visits * static_cast<double>(range.count()) * volume);
    };
    Grid grid{"self_" + range.name, centres(bins_, r_max_A_), {"t", "ps", {}, {}}, unit, {}};
    for (std::size_t lag = 1; lag <= last_lag(); ++lag) {
      grid.y.data.push_back(lags.time_ps(lag));
    }
    const auto mean = sums.mean();
    for (std::size_t k = 0; k < bins_; ++k) {
      for (std::size_t lag = 1; lag <= last_lag(); ++lag) grid.data.push_back(value(mean, lag, k));
    }
    const auto estimates = sums.jackknife_all([&](std::span<const double> x) {
      std::vector<double> all;
      for (const std::size_t lag : shown) {
        for (std::size_t k = 0; k < bins_; ++k) all.push_back(value(x, lag, k));
      }
      return all;
    });
    Table table{grid.name, {grid.x}};
    Plot lines = curves("Self part of the van Hove function, " + range.name, table.name,
                        radial ? "4 pi r^2 G_s (1/A)" : "G_s (1/A^3)");
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const std::string column = fmt::format("{:.3g} ps", lags.time_ps(shown[i]));
      Column y{column, unit, {}, {}};
      Column error{column + "_error", unit, {}, {}};
      for (std::size_t k = 0; k < bins_; ++k) {
        y.data.push_back(estimates[i * bins_ + k].value);
        error.data.push_back(estimates[i * bins_ + k].error);
      }
      table.columns.push_back(std::move(y));
      table.columns.push_back(std::move(error));
      lines.series.push_back(column);
      lines.errors.emplace_back();
    }
    out.plots.push_back(heat("Self part of the van Hove function, " + range.name, grid.name));
    out.plots.push_back(std::move(lines));
    out.grids.push_back(std::move(grid));
    out.tables.push_back(std::move(table));
  }
}

void VanHoveAnalysis::add_gaussian(Result& out, const BlockSums& sums) const {
  const LagGrid& lags = origins_.grid();
  const std::string how = fmt::format("jackknife over {} blocks of time origins", sums.blocks());
  Table table{"alpha2", {{"t", "ps", {}, {}}}};
  for (std::size_t lag = 1; lag <= last_lag(); ++lag) {
    table.columns[0].data.push_back(lags.time_ps(lag));
  }
  Plot plot{Plot::Kind::lines,
            "Non-Gaussian parameter",
            "alpha2",
            "t",
            {},
            {},
            "t (ps)",
            "alpha_2",
            false,
            false,
            {}};
  for (std::size_t s = 0; s < store_.ranges().size(); ++s) {
    const auto& range = store_.ranges()[s];
    const auto n = static_cast<double>(range.count());
    const auto estimates = at_lags(sums, 1, [&](std::span<const double> x) {
      const double visits = x.back() * n;
      const double square = x[self_at(s) + bins_] / visits;
      const double fourth = x[self_at(s) + bins_ + 1] / visits;
      return square > 0 ? 3 * fourth / (5 * square * square) - 1 : not_known;
    });
    Column y{range.name, "", {}, {}};
    Column error{range.name + "_error", "", {}, {}};
    std::size_t top = 0;
    for (std::size_t i = 0; i < estimates.size(); ++i) {
      y.data.push_back(estimates[i].value);
      error.data.push_back(estimates[i].error);
      if (estimates[i].value > estimates[top].value) top = i;
    }
    out.scalars.push_back(
        {"alpha2_max_" + range.name, estimates[top].value, estimates[top].error, "", how});
    out.scalars.push_back({"alpha2_time_" + range.name, lags.time_ps(top + 1), not_known, "ps",
                           "where alpha2 is largest"});
    if (top + 1 == last_lag() && last_lag() > 2 &&
        estimates[top].value > 3 * estimates[top].error) {
      out.warnings.push_back(fmt::format(
          "alpha2 of {} still rises at {:.4g} ps: its maximum lies beyond; raise max_time",
          range.name, lags.time_ps(top + 1)));
    }
    table.columns.push_back(std::move(y));
    table.columns.push_back(std::move(error));
    plot.series.push_back(range.name);
    plot.errors.emplace_back();
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

void VanHoveAnalysis::add_distinct(Result& out, const BlockSums& sums) const {
  const LagGrid& lags = origins_.grid();
  const std::size_t stride = origins_.stride();
  const double volume = volume_sum_A3_ / static_cast<double>(frames_);
  const std::string how = fmt::format("jackknife over {} blocks of time origins", sums.blocks());
  auto shown = shown_lags();
  shown.insert(shown.begin(), 0);
  for (std::size_t p = 0; p < pairs_here_.size(); ++p) {
    const Pair& pair = pairs_here_[p];
    const auto n_a = static_cast<double>(store_.ranges()[pair.a].count());
    const auto n_b =
        static_cast<double>(store_.ranges()[pair.b].count()) - (pair.a == pair.b ? 1.0 : 0.0);
    const auto value = [&](std::span<const double> x, std::size_t lag, std::size_t k) {
      const double visits = x[lag * stride + stride - 1];
      return x[lag * stride + pair_at(p) + k] * volume / (visits * n_a * n_b * shell_A3(k));
    };
    Grid grid{"distinct_" + pair.name, centres(bins_, r_max_A_), {"t", "ps", {}, {}}, "", {}};
    for (std::size_t lag = 0; lag <= last_lag(); ++lag) {
      grid.y.data.push_back(lags.time_ps(lag));
    }
    const auto mean = sums.mean();
    for (std::size_t k = 0; k < bins_; ++k) {
      for (std::size_t lag = 0; lag <= last_lag(); ++lag) grid.data.push_back(value(mean, lag, k));
    }
    Table table{grid.name, {grid.x}};
    Plot lines = curves("Distinct part of the van Hove function, " + pair.name, table.name, "G_d");
    for (const std::size_t lag : shown) {
      Column y{fmt::format("{:.3g} ps", lags.time_ps(lag)), "", {}, {}};
      for (std::size_t k = 0; k < bins_; ++k) y.data.push_back(value(mean, lag, k));
      lines.series.push_back(y.name);
      lines.errors.emplace_back();
      table.columns.push_back(std::move(y));
    }
    const double width = r_max_A_ / static_cast<double>(bins_);
    const std::size_t inside = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::lround(refill_radius_A_ / width)), 1, bins_);
    const Estimate refilled = sums.jackknife([&](std::span<const double> x) {
      double count = 0;
      double room = 0;
      for (std::size_t k = 0; k < inside; ++k) {
        count += value(x, last_lag(), k) * shell_A3(k);
        room += shell_A3(k);
      }
      return count / room;
    });
    out.scalars.push_back(
        {"refilled_" + pair.name, refilled.value, refilled.error, "",
         fmt::format("G_d within {:.3g} A after {:.4g} ps; {}", static_cast<double>(inside) * width,
                     lags.time_ps(last_lag()), how)});
    out.plots.push_back(heat("Distinct part of the van Hove function, " + pair.name, grid.name));
    out.plots.push_back(std::move(lines));
    out.grids.push_back(std::move(grid));
    out.tables.push_back(std::move(table));
  }
}

Result VanHoveAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary =
      "Van Hove functions over many time origins: the self part as 4 pi r^2 G_s (area 1) or G_s, "
      "the distinct part over its value without order (1 at long distances).";
  out.references = {"10.1103/PhysRev.95.249", "10.1103/PhysRev.136.A405"};
  out.settings = {{"drift frame", frame_.text}, {"form", form_}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (!no_pairs_.empty()) out.warnings.push_back(no_pairs_);
  const LagGrid& lags = origins_.grid();
  const BlockSums all = origins_.sums(last_lag());
  if (origins_.frames() < 4 * lags.spacing || origins_.frames() < 3) {
    out.warnings.push_back(
        fmt::format("{} frames are too few for times up to {:.4g} ps: give a shorter max_time",
                    origins_.frames(), max_time_ps_));
    return out;
  }
  if (last_lag() < lags.count) {
    out.warnings.push_back(fmt::format("the run is short: times reach {:.4g} ps, half of it",
                                       lags.time_ps(last_lag())));
  }
  out.settings.emplace_back(
      "time origins",
      fmt::format("every {:.4g} ps", static_cast<double>(lags.spacing) * lags.dt_ps));
  add_gaussian(out, all);
  add_self(out, all);
  add_distinct(out, all);
  return out;
}

}  // namespace vitrion
