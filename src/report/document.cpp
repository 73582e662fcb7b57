// The report as a whole: head, table of contents, sections in order, provenance, licences.

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/assets.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"
#include "report/sections.hpp"

namespace vitrion::report {
namespace {

// Nothing may be fetched, whatever a script tries: the browser itself holds the line.
constexpr const char* policy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: "
    "blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'";

void run_section(Page& page, const ReportInput& input) {
  const bool potential = !input.potential_name.empty() || !input.potential_summary.empty() ||
                         !input.potential_provenance.empty();
  if (input.facts.empty() && !potential) return;
  page.open_section("What was run");
  page.definition_list(input.facts);
  if (potential) {
    page.subheading(
        input.potential_name.empty() ? "Potential" : "Potential: " + input.potential_name,
        "potential");
    page.paragraph(input.potential_summary);
    page.paragraph(input.potential_provenance, "muted");
  }
  page.close_section();
}

void warnings_section(Page& page, const ReportInput& input) {
  std::vector<std::string> all = input.warnings;
  for (const std::string& w : result_warnings(input)) all.push_back(w);
  page.open_section("Warnings");
  if (all.empty())
    page.paragraph("None.");
  else
    page.raw("<ul>\n");
  for (const std::string& w : all) page.raw("<li>" + with_doi_links(w) + "</li>\n");
  if (!all.empty()) page.raw("</ul>\n");
  page.close_section();
}

void provenance_section(Page& page, const ReportInput& input) {
  if (!input.provenance.empty()) {
    page.open_section("Provenance");
    page.definition_list(input.provenance);
    page.close_section();
  }
  if (input.resolved_recipe.empty()) return;
  page.open_section("Recipe");
  page.paragraph("With every default filled in: running it again gives the same numbers.", "muted");
  page.raw("<details><summary>Resolved recipe (YAML)</summary><pre><code>" +
           escape(input.resolved_recipe) + "</code></pre></details>\n");
  page.close_section();
}

std::vector<std::string> all_citations(const ReportInput& input) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& c) {
    const std::string doi = find_doi(c);
    for (const std::string& have : out)
      if (have == c || (!doi.empty() && to_lower(find_doi(have)) == to_lower(doi))) return;
    out.push_back(c);
  };
  for (const std::string& c : input.citations) add(c);
  for (const ReportState& state : input.states)
    for (const Result& r : state.results)
      for (const std::string& c : r.references) add(c);
  if (input.arrhenius)
    for (const std::string& c : input.arrhenius->references) add(c);
  return out;
}

/// BibTeX wants its own signs tamed; the text itself goes into the note.
std::string bibtex(const std::vector<std::string>& citations) {
  std::string out;
  int n = 0;
  for (const std::string& c : citations) {
    std::string note;
    for (const char ch : c) {
      if (std::string_view("{}\\").find(ch) != std::string_view::npos) continue;
      if (std::string_view("%&#_$").find(ch) != std::string_view::npos) note += '\\';
      note += ch;
    }
    const std::string doi = find_doi(c);
    out += fmt::format("@misc{{vitrion{},\n  note = {{{}}}{}\n}}\n", ++n, note,
                       doi.empty() ? "" : fmt::format(",\n  doi = {{{}}}", doi));
  }
  return out;
}

void citation_section(Page& page, const ReportInput& input) {
  const std::vector<std::string> citations = all_citations(input);
  if (citations.empty()) return;
  page.open_section("How to cite");
  page.raw("<ol class=\"citations\">\n");
  for (const std::string& c : citations) page.raw("<li>" + with_doi_links(c) + "</li>\n");
  page.raw("</ol>\n<details><summary>BibTeX</summary><pre><code>" + escape(bibtex(citations)) +
           "</code></pre></details>\n");
  page.close_section();
}

std::string contents(const Page& page) {
  std::string out =
      "<nav class=\"toc\" aria-label=\"contents\"><details open><summary>Contents</summary><ol>\n";
  bool inner = false, first = true;
  for (const Heading& h : page.headings()) {
    if (h.level == 3 && !inner)
      out += "<ol>", inner = true;
    else if (h.level == 2 && inner)
      out += "</li></ol></li>", inner = false;
    else if (!first)
      out += "</li>";
    out += fmt::format("<li><a href=\"#{}\">{}</a>\n", h.id, rich_html(h.title));
    first = false;
  }
  if (!first) out += inner ? "</li></ol></li>" : "</li>";
  return out + "</ol></details></nav>\n";
}

std::string head(const ReportInput& input, const Assets& a) {
  const std::string title = rich_plain(input.title.empty() ? "vitrion report" : input.title);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" "
      "content=\"vitrion\">\n"
      "<title>{}</title>\n<style>\n{}\n{}\n</style>\n</head>\n",
      policy, escape(title), a.uplot_css, a.report_css);
}

std::string licences(const Assets& a) {
  std::string out =
      "<details class=\"small\"><summary>Licences of the scripts in this file</summary>\n";
  bool any = false;
  for (const auto& [name, text] : a.licenses) {
    if (text.empty()) continue;
    any = true;
    out += fmt::format("<h4>{}</h4><pre>{}</pre>\n", escape(name), escape(text));
  }
  return any ? out + "</details>\n" : "";
}

std::string scripts(const ReportInput& input, const Page& page, const Assets& a) {
  const auto script = [](std::string_view code, std::string_view attributes) {
    return code.empty() ? std::string()
                        : fmt::format("<script{}>{}</script>\n", attributes,
                                      code_in_script(std::string(code)));
  };
  std::string out = fmt::format(
      "<script type=\"application/json\" id=\"report-data\">{}</script>\n", page.data_json());
  out += script(a.uplot_js, "");
  // Kept as text until the 3D view is started: half a megabyte that most readings never need.
  const bool scenes = page.body().find("data-scene") != std::string::npos;
  if (input.structure || scenes)
    out += script(a.molecules_js, " type=\"text/plain\" id=\"molecules-code\"");
  if (input.structure) out += script(a.viewer_js, "");
  if (scenes) out += script(a.scenes_js, "");
  return out + script(a.report_js, "");
}

}  // namespace
}  // namespace vitrion::report

namespace vitrion {

std::string render_report(const ReportInput& input) {
  using namespace report;
  Page page;
  const auto numbers = headline_numbers(input);
  Page top;
  top.raw("<header class=\"title\"><p class=\"brand\">vitrion · report</p>\n<h1>" +
          rich_html(input.title.empty() ? "Results" : input.title) + "</h1>\n");
  top.paragraph(input.subtitle, "subtitle");
  if (!input.complete)
    top.raw(
        "<p class=\"banner\" role=\"status\"><b>This run is not finished.</b> What is shown here "
        "is what there is so far; "
        "numbers will change.</p>\n");
  top.raw("</header>\n");
  headline_section(top, numbers);
  caution_box(top, input, numbers);

  run_section(page, input);
  history_section(page, input);
  structure_view_section(page, input);
  // The activation energy is what most readers came for: before the details of the analyses.
  arrhenius_section(page, input);
  results_sections(page, input);
  scalars_section(page, input);
  warnings_section(page, input);
  provenance_section(page, input);
  citation_section(page, input);

  const Assets a = assets();
  std::string out = head(input, a);
  out +=
      "<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<div "
      "class=\"layout\">\n" +
      contents(page) + "<main id=\"content\">\n" + top.body() + page.body() +
      "<footer>\n<p>Made by vitrion. This file is whole in itself: it asks no server for "
      "anything.</p>\n" +
      licences(a) + "</footer>\n</main>\n</div>\n";
  return out + scripts(input, page, a) + "</body>\n</html>\n";
}

}  // namespace vitrion
