// The headline numbers, their traffic lights, and the box of cautions.
//
// The lights are rules of thumb, said in the report itself: a relative error within 10 % is good,
// within 30 % fair; E_a is judged by its absolute error (25 and 50 meV: repeats of a glass from one
// starting structure scatter by about 60 meV), and what was extrapolated is never better than fair.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

const Scalar* find(const ReportInput& input, const std::string& analysis, const std::string& key,
                   const ReportState** where) {
  for (const ReportState& state : input.states)
    for (const Result& r : state.results)
      if (r.name == analysis)
        if (const Scalar* s = r.find_scalar(key); s != nullptr && std::isfinite(s->value)) {
          *where = &state;
          return s;
        }
  return nullptr;
}

void judge(HeadlineNumber& n, bool extrapolated) {
  const bool known = std::isfinite(n.error) && n.error > 0;
  if (!known) {
    n.trust = Trust::unknown;
    n.reason = "no error is known: one sample, one run";
    return;
  }
  const bool barrier = n.unit == "eV";
  const double size = barrier ? n.error : n.error / std::max(std::abs(n.value), 1e-300);
  const double good = barrier ? 0.025 : 0.10, fair = barrier ? 0.050 : 0.30;
  n.trust = size <= good ? Trust::good : size <= fair ? Trust::fair : Trust::weak;
  n.reason = barrier        ? fmt::format("error of {:.0f} meV", 1000 * size)
             : size < 0.005 ? std::string("error under 1 %")
                            : fmt::format("error of {:.0f} %", 100 * size);
  if (!extrapolated) return;
  n.reason += ", extrapolated";
  if (n.trust == Trust::good) n.trust = Trust::fair;
}

HeadlineNumber number_of(const std::string& name, const Scalar& s, const std::string& origin,
                         bool extrapolated) {
  HeadlineNumber n{name, s.value, s.error, s.unit, origin, Trust::unknown, ""};
  judge(n, extrapolated);
  return n;
}

double lowest_temperature(const Result& arrhenius) {
  double low = std::nan("");
  if (const Table* points = arrhenius.find_table("points"))
    if (const Column* t = points->find("T"))
      for (const double v : t->data)
        if (std::isfinite(v) && !(v >= low)) low = v;
  return low;
}

void add_transport(std::vector<HeadlineNumber>& out, const Result& a) {
  const double low = lowest_temperature(a);
  const bool extrapolated = low > 310;
  const std::string from =
      extrapolated ? fmt::format("extrapolated from {:.0f} K and above", low) : "Arrhenius fit";
  if (const Scalar* s = a.find_scalar("sigma_300K"))
    out.push_back(number_of("Conductivity σ at 300 K", *s, from, extrapolated));
  if (const Scalar* s = a.find_scalar("E_a"))
    out.push_back(number_of("Activation energy E_{a}", *s, "Arrhenius fit", false));
  if (const Scalar* s = a.find_scalar("D_300K"))
    out.push_back(number_of("Diffusivity D at 300 K", *s, from, extrapolated));
}

/// Without an Arrhenius fit: σ and the fastest D of the first state that has them.
void add_single_state(std::vector<HeadlineNumber>& out, const ReportInput& input) {
  const ReportState* where = nullptr;
  for (const char* key : {"sigma_c", "sigma_ne"})
    if (const Scalar* s = find(input, "conductivity", key, &where)) {
      const std::string kind = key == std::string("sigma_c") ? "collective" : "Nernst–Einstein";
      out.push_back(number_of("Conductivity σ", *s, kind + ", " + where->title, false));
      break;
    }
  for (const ReportState& state : input.states)
    for (const Result& r : state.results) {
      const Scalar* best = nullptr;
      for (const Scalar& s : r.scalars)
        if (r.name == "msd" && s.key.starts_with("D_") &&
            s.key.find("_error_") == std::string::npos && std::isfinite(s.value) &&
            (best == nullptr || s.value > best->value))
          best = &s;
      if (best == nullptr) continue;
      out.push_back(number_of("Diffusivity " + pretty_key(best->key), *best, state.title, false));
      return;
    }
}

const char* light_class(Trust t) {
  switch (t) {
    case Trust::good: return "good";
    case Trust::fair: return "fair";
    case Trust::weak: return "weak";
    default: return "unknown";
  }
}

const char* light_text(Trust t) {
  switch (t) {
    case Trust::good: return "● well determined";
    case Trust::fair: return "▲ fair";
    case Trust::weak: return "◆ weak";
    default: return "○ no error known";
  }
}

}  // namespace

std::vector<HeadlineNumber> headline_numbers(const ReportInput& input) {
  std::vector<HeadlineNumber> out;
  const ReportState* where = nullptr;
  if (const Scalar* s = find(input, "density", "density", &where)) {
    out.push_back(number_of("Density", *s, where->title, false));
  } else if (input.structure && input.structure->structure.density_g_cm3() > 0) {
    const Scalar given{"density", input.structure->structure.density_g_cm3(), std::nan(""), "g/cm3",
                       ""};
    out.push_back(number_of("Density", given, "of the structure shown", false));
    out.back().reason = "one structure";
  }
  if (input.arrhenius)
    add_transport(out, *input.arrhenius);
  else
    add_single_state(out, input);
  if (const Scalar* s = find(input, "conductivity", "haven_ratio", &where))
    out.push_back(number_of("Haven ratio H_{R}", *s, where->title, false));
  return out;
}

void headline_section(Page& page, const std::vector<HeadlineNumber>& numbers) {
  if (numbers.empty()) return;
  page.raw("<div class=\"cards\" role=\"list\" aria-label=\"headline numbers\">\n");
  for (const HeadlineNumber& n : numbers) {
    const auto [value, error] = value_and_error(n.value, n.error);
    page.raw(
        fmt::format("<div class=\"card {}\" role=\"listitem\"><div "
                    "class=\"card-name\">{}</div><div class=\"card-value\">{}</div>"
                    "<div class=\"card-error\">{} {}</div><div class=\"card-origin\">{}</div>"
                    "<div class=\"light\">{} <span class=\"muted\">· {}</span></div></div>\n",
                    light_class(n.trust), rich_html(n.name), rich_html(value), rich_html(error),
                    rich_html(pretty_unit(n.unit)), rich_html(n.origin), light_text(n.trust),
                    rich_html(n.reason)));
  }
  page.raw(
      "</div>\n<p class=\"muted small\">Errors are one standard error. The marks are rules of "
      "thumb: ● within 10 %, "
      "▲ within 30 %, ◆ beyond (for E<sub>a</sub>: 25 and 50 meV); an extrapolated value is never "
      "better than ▲.</p>\n");
}

void caution_box(Page& page, const ReportInput& input, const std::vector<HeadlineNumber>& numbers) {
  std::vector<std::string> points = input.warnings;
  if (input.arrhenius) {
    if (const double low = lowest_temperature(*input.arrhenius); low > 310)
      points.push_back(fmt::format(
          "The values at 300 K are extrapolated from {:.0f} K and above. They hold only where one "
          "mechanism governs the whole range.",
          low));
  }
  for (const HeadlineNumber& n : numbers)
    if (n.trust == Trust::weak)
      points.push_back(fmt::format("{} is only weakly determined ({}).", n.name, n.reason));
  const std::size_t inside = result_warnings(input).size();
  if (points.empty() && input.potential_limits.empty() && inside == 0) return;
  page.raw(
      "<aside class=\"caution\" id=\"read-first\" aria-labelledby=\"read-first-h\"><h2 "
      "id=\"read-first-h\">Read this first</h2>\n<ul>\n");
  for (const std::string& p : points) page.raw("<li>" + with_doi_links(p) + "</li>\n");
  page.raw("</ul>\n");
  if (!input.potential_limits.empty()) {
    page.raw(
        "<p class=\"lead\">Limits of the potential" +
        (input.potential_name.empty() ? "" : " <b>" + rich_html(input.potential_name) + "</b>") +
        "</p>\n<ul>\n");
    for (const std::string& p : input.potential_limits)
      page.raw("<li>" + with_doi_links(p) + "</li>\n");
    page.raw("</ul>\n");
  }
  if (inside > 0)
    page.raw(
        fmt::format("<p class=\"small\">The analyses raised {} further {}: see <a "
                    "href=\"#warnings\">Warnings</a>.</p>\n",
                    inside, inside == 1 ? "warning" : "warnings"));
  page.raw("</aside>\n");
}

std::vector<std::string> result_warnings(const ReportInput& input) {
  std::vector<std::string> out;
  const auto add = [&](const Result& r, const std::string& where) {
    for (const std::string& w : r.warnings)
      if (std::none_of(input.warnings.begin(), input.warnings.end(),
                       [&](const std::string& said) { return said.find(w) != std::string::npos; }))
        out.push_back(fmt::format("{}{}{}: {}", r.name, where.empty() ? "" : ", ", where, w));
  };
  for (const ReportState& state : input.states)
    for (const Result& r : state.results) add(r, state.title);
  if (input.arrhenius) add(*input.arrhenius, "");
  return out;
}

}  // namespace vitrion::report
