// All results of all states, analysis by analysis, by generic code: an analysis that this file has
// never heard of is shown from its own plots, grids and tables.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

/// Titles and the chapter for the usual analyses. Only presentation: any other name goes to the
/// last chapter under its own name.
struct Known {
  const char* name;
  const char* title;
  int chapter;
};
constexpr std::array<Known, 40> known{{
    {"rmc", "Fit to the data", 0},
    {"density", "Density", 0},
    {"density_methods", "Density by several methods", 0},
    {"equation_of_state", "Equation of state", 0},
    {"relaxed_density", "Density at rest", 0},
    {"stability", "Stability against crystals", 0},
    {"rdf", "Radial distribution functions", 0},
    {"angles", "Bond angles", 0},
    {"coordination", "Coordination", 0},
    {"environments", "Coordination environments", 0},
    {"speciation", "Structural units", 0},
    {"connectivity", "Polyhedron connectivity", 0},
    {"structure_factor", "Structure factors", 0},
    {"xrd", "Powder diffraction", 0},
    {"voronoi", "Voronoi analysis", 0},
    {"segregation", "Segregation", 0},
    {"sublattice", "Anion sublattice", 0},
    {"msd", "Mean square displacement", 1},
    {"conductivity", "Conductivity", 1},
    {"onsager", "Onsager coefficients", 1},
    {"van_hove", "Van Hove functions", 1},
    {"vdos", "Vibrational density of states", 1},
    {"spectra", "Spectra", 1},
    {"hops", "Hops", 1},
    {"hop_types", "Kinds of hops", 1},
    {"displacements", "Displacements", 1},
    {"porosity", "Effective porosity", 1},
    {"rotation", "Rotation of the anions", 1},
    {"reorientation", "Reorientation of the anions", 1},
    {"coupling", "Cation–anion coupling", 1},
    {"power_spectra", "Power spectra", 1},
    {"total_correlation", "Total correlation functions", 0},
    {"scattering_function", "Intermediate scattering functions", 1},
    {"green_kubo", "Conductivity by Green–Kubo", 1},
    {"training", "Training", 2},
    {"evaluate", "Errors of the model", 2},
    {"data_check", "Checks of the data", 2},
    {"path_density", "Path density", 1},
    {"sites", "Jumps between sites", 1},
    {"compensation", "Meyer–Neldel compensation", 1},
}};
constexpr std::array<const char*, 3> chapters{"Structure", "Dynamics", "Further analyses"};

const Known* known_as(const std::string& name) {
  const auto at =
      std::find_if(known.begin(), known.end(), [&](const Known& k) { return name == k.name; });
  return at == known.end() ? nullptr : at;
}

struct Appearance {
  const ReportState* state;
  const Result* result;
};
struct Group {
  std::string name;
  int chapter = 2;
  std::size_t order = 0;
  std::vector<Appearance> seen;
};

std::vector<Group> groups_of(const ReportInput& input) {
  std::vector<Group> out;
  for (const ReportState& state : input.states)
    for (const Result& r : state.results) {
      auto at =
          std::find_if(out.begin(), out.end(), [&](const Group& g) { return g.name == r.name; });
      if (at == out.end()) {
        const Known* k = known_as(r.name);
        const std::size_t order =
            k == nullptr ? known.size() : static_cast<std::size_t>(k - known.data());
        out.push_back({r.name, k == nullptr ? 2 : k->chapter, order, {}});
        at = out.end() - 1;
      }
      at->seen.push_back({&state, &r});
    }
  std::stable_sort(out.begin(), out.end(), [](const Group& a, const Group& b) {
    return std::pair(a.chapter, a.order) < std::pair(b.chapter, b.order);
  });
  return out;
}

std::string file_name(const Appearance& a, const std::string& what) {
  return fmt::format("{} {} {}", a.state->id, a.result->name, what);
}

void draw_plot(Page& page, const Appearance& a, const Plot& plot, bool say_state) {
  std::string title = plot.title.empty() ? capitalised(words(plot.table)) : plot.title;
  if (say_state && !a.state->title.empty()) title += " · " + a.state->title;
  try {
    Chart chart = chart_of(*a.result, plot);
    chart.description = title + ". " + chart.description;
    page.figure(chart, {.title = title,
                        .name = file_name(a, plot.title.empty() ? plot.table : plot.title)});
  } catch (const InputError& e) {
    page.raw("<p class=\"muted\">A plot is left out: " + escape(e.what()) + "</p>\n");
  }
}

/// The series that differs most between states is the one worth comparing: that of the largest
/// value (the mobile ion of a mean square displacement, the sharpest bond of a g(r)).
std::string telling_series(const Result& result, const Plot& plot) {
  const Table* table = result.find_table(plot.table);
  std::string best;
  double most = -1;
  for (const std::string& name : plot.series) {
    const Column* c = table == nullptr ? nullptr : table->find(name);
    if (c == nullptr) continue;
    for (const double v : c->data)
      if (std::isfinite(v) && v > most) most = v, best = name;
  }
  return best;
}

/// One series of all states in one chart.
void compare_states(Page& page, const Group& group, const Plot& plot) {
  if (group.seen.size() < 2 || plot.kind != Plot::Kind::lines) return;
  Plot one = plot;
  one.series = {telling_series(*group.seen.back().result, plot)};
  one.errors.clear();
  one.marks.clear();
  Chart all;
  for (const Appearance& a : group.seen) {
    try {
      Chart chart = chart_of(*a.result, one);
      ChartSeries s = chart.series.front();
      s.label = a.state->temperature_K > 0 ? fmt::format("{:.0f} K", a.state->temperature_K)
                                           : a.state->title;
      s.colour = static_cast<int>(all.series.size() % palette.size());
      if (all.series.empty()) {
        all = chart;
        all.series.clear();
      }
      all.series.push_back(std::move(s));
    } catch (const InputError&) {
      continue;
    }
  }
  if (all.series.size() < 2) return;
  all.legend = true;
  all.y.label =
      label_with_unit(plot.y_label.empty() ? pretty_name(one.series[0]) : plot.y_label, "");
  const Table* table = group.seen.back().result->find_table(plot.table);
  if (const Column* c = table == nullptr ? nullptr : table->find(one.series[0]))
    all.y.label =
        label_with_unit(plot.y_label.empty() ? pretty_name(one.series[0]) : plot.y_label, c->unit);
  const std::string what = fmt::format(
      "{}: {} in all states", plot.title.empty() ? capitalised(words(plot.table)) : plot.title,
      pretty_name(one.series[0]));
  all.description = what;
  page.figure(all,
              {.title = what, .name = fmt::format("{} {} all states", group.name, plot.table)});
}

bool is_plotted(const Result& r, const std::string& table) {
  return std::any_of(r.plots.begin(), r.plots.end(),
                     [&](const Plot& p) { return p.table == table; });
}

/// A chart of bars shows the largest alone, and no errors of the others' columns.
bool is_in_bars(const Result& r, const std::string& table) {
  return std::any_of(r.plots.begin(), r.plots.end(),
                     [&](const Plot& p) { return p.table == table && p.kind == Plot::Kind::bars; });
}

std::size_t rows_of(const Table& t) {
  std::size_t rows = 0;
  for (const Column& c : t.columns) rows = std::max({rows, c.data.size(), c.text.size()});
  return rows;
}

/// The plots of a result, and a heat map of every grid that has none.
std::vector<Plot> plots_of(const Result& r) {
  std::vector<Plot> out = r.plots;
  for (const Grid& grid : r.grids) {
    if (is_plotted(r, grid.name)) continue;
    Plot plot;
    plot.kind = Plot::Kind::heat;
    plot.table = grid.name;
    out.push_back(plot);
  }
  return out;
}

/// Plot by plot, the states side by side behind their comparison. Returns the number of figures.
std::size_t draw_figures(Page& page, const Group& group) {
  const bool many = group.seen.size() > 1;
  std::vector<std::vector<Plot>> plots;
  std::size_t most = 0, drawn = 0;
  for (const Appearance& a : group.seen) {
    plots.push_back(plots_of(*a.result));
    most = std::max(most, plots.back().size());
  }
  for (std::size_t p = 0; p < most; ++p) {
    page.raw(many || p == 0 ? "<div class=\"figures\">\n" : "");
    if (p < plots.front().size()) compare_states(page, group, plots.front()[p]);
    for (std::size_t k = 0; k < group.seen.size(); ++k) {
      if (p >= plots[k].size()) continue;
      draw_plot(page, group.seen[k], plots[k][p], many);
      ++drawn;
    }
    if (many) page.raw("</div>\n");
  }
  return drawn;
}

/// Scalars side by side: a row each, a column a state.
void scalar_table(Page& page, const Group& group) {
  std::vector<std::pair<std::string, std::string>> keys;  // key, unit
  for (const Appearance& a : group.seen)
    for (const Scalar& s : a.result->scalars)
      if (std::none_of(keys.begin(), keys.end(), [&](const auto& k) { return k.first == s.key; }))
        keys.emplace_back(s.key, s.unit);
  if (keys.empty()) return;
  std::vector<std::string> head{"quantity"};
  for (const Appearance& a : group.seen)
    head.push_back(rich_html(a.state->title.empty() ? "value" : a.state->title));
  const bool units =
      std::any_of(keys.begin(), keys.end(), [](const auto& k) { return !k.second.empty(); });
  if (units) head.emplace_back("unit");
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, unit] : keys) {
    std::vector<std::string> row{rich_html(pretty_key(key))};
    for (const Appearance& a : group.seen) {
      const Scalar* s = a.result->find_scalar(key);
      row.push_back(s == nullptr ? ""
                                 : fmt::format("<span title=\"{}\">{}</span>", escape(s->how),
                                               rich_html(pretty_value(s->value, s->error))));
    }
    if (units) row.push_back(rich_html(pretty_unit(unit)));
    rows.push_back(std::move(row));
  }
  const bool fold = rows.size() > 14;
  if (fold)
    page.raw(fmt::format("<details><summary>Numbers <span class=\"muted\">({})</span></summary>\n",
                         rows.size()));
  page.html_table(head, rows, {}, "numbers");
  if (fold) page.raw("</details>\n");
}

void small_print(Page& page, const Group& group) {
  const Result& r = *group.seen.front().result;
  if (r.settings.empty() && r.references.empty()) return;
  page.raw("<details class=\"small\"><summary>Settings and method</summary>\n");
  page.definition_list(r.settings);
  for (const std::string& reference : r.references) page.paragraph(reference, "muted");
  page.raw("</details>\n");
}

/// What is drawn besides plots: volumes and an event in 3D, examples of units.
void draw_scenes(Page& page, const Appearance& a, bool say_state) {
  const std::string state =
      say_state && !a.state->title.empty() ? " · " + a.state->title : std::string();
  for (const Volume& v : a.result->volumes)
    volume_scene(page, v, capitalised(words(v.name)) + state);
  for (const Table& t : a.result->tables) {
    if (is_gallery(t)) unit_gallery(page, t, "Units" + state);
    if (!is_film(t)) continue;
    std::string caption;
    for (const auto& [key, value] : a.result->settings)
      if (key == "event") caption = value;
    film_scene(page, t, "One event" + state, caption);
  }
}

void draw_group(Page& page, const Group& group) {
  const Known* k = known_as(group.name);
  page.subheading(k == nullptr ? capitalised(words(group.name)) : k->title,
                  "a-" + slug(group.name));
  for (const Appearance& a : group.seen)
    if (!a.result->summary.empty()) {
      page.paragraph(a.result->summary, "muted");
      break;
    }
  // An odd figure leaves half a row free: the numbers go there.
  const std::size_t figures = draw_figures(page, group);
  const bool open_row = group.seen.size() == 1 && figures > 0;
  const bool beside = open_row && figures % 2 == 1;
  if (open_row && !beside) page.raw("</div>\n");
  page.raw(beside ? "<div class=\"beside\">" : "");
  scalar_table(page, group);
  page.raw(beside ? "</div></div>\n" : "");
  for (const Appearance& a : group.seen) draw_scenes(page, a, group.seen.size() > 1);
  for (const Appearance& a : group.seen)
    for (const Table& t : a.result->tables)
      if (!t.name.starts_with("unit_examples") &&
          (!is_plotted(*a.result, t.name) || is_in_bars(*a.result, t.name) || rows_of(t) <= 12))
        page.data_table(t, file_name(a, t.name),
                        !is_plotted(*a.result, t.name) && rows_of(t) <= 12);
  small_print(page, group);
}

}  // namespace

void results_sections(Page& page, const ReportInput& input) {
  const std::vector<Group> groups = groups_of(input);
  int open = -1;
  for (const Group& g : groups) {
    if (g.chapter != open) {
      if (open >= 0) page.close_section();
      page.open_section(chapters[static_cast<std::size_t>(g.chapter)]);
      open = g.chapter;
    }
    draw_group(page, g);
  }
  if (open >= 0) page.close_section();
}

void scalars_section(Page& page, const ReportInput& input) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const Result& r, const std::string& where) {
    for (const Scalar& s : r.scalars)
      rows.push_back({rich_html(pretty_key(s.key)),
                      "<code>" + escape(r.name + "." + s.key) + "</code>", rich_html(where),
                      rich_html(pretty_value(s.value, s.error)), rich_html(pretty_unit(s.unit)),
                      rich_html(s.how)});
  };
  for (const ReportState& state : input.states)
    for (const Result& r : state.results) add(r, state.title);
  if (input.arrhenius) add(*input.arrhenius, "all temperatures");
  if (rows.empty()) return;
  page.open_section("All numbers");
  page.paragraph(
      "In brackets: one standard error in the last digits. A number without brackets has no known "
      "error.",
      "muted");
  page.raw(fmt::format("<details{}><summary>{} numbers</summary>\n",
                       rows.size() <= 30 ? " open" : "", rows.size()));
  page.html_table({"quantity", "name in the results", "state", "value", "unit", "error from"}, rows,
                  {}, "numbers");
  page.raw("</details>\n");
  page.close_section();
}

}  // namespace vitrion::report
