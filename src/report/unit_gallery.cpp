// Pictures of the units of a network, from a table "unit_examples": ball and stick, along the axis
// of least extent, all to one scale where they fit.

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "core/element.hpp"
#include "report/looks.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/svg.hpp"

namespace vitrion::report {
namespace {

constexpr double width_px = 170, height_px = 120, margin_px = 10, largest_scale_px = 15;
constexpr std::size_t most_usual = 6, most_unusual = 12;

struct Drawing {
  std::vector<Species> atoms;
  std::vector<Vec3> at;  // x and y in the picture, z towards the eye
  std::vector<std::pair<std::size_t, std::size_t>> bonds;
};

std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> out;
  for (const std::string& word : split(text, ' '))
    out.push_back(std::strtod(word.c_str(), nullptr));
  return out;
}

/// Turned so that the extent is largest along x and least towards the eye; a sign that depends on
/// the atoms' order alone keeps the picture the same from run to run.
std::vector<Vec3> turned(const std::vector<Vec3>& r) {
  Mat3 spread = Mat3::Zero();
  for (const Vec3& v : r) spread += v * v.transpose();
  const Eigen::SelfAdjointEigenSolver<Mat3> axes(spread);
  std::vector<Vec3> out;
  for (const Vec3& v : r) {
    const Vec3 along = axes.eigenvectors().transpose() * v;
    out.emplace_back(along[2], along[1], along[0]);
  }
  for (int axis = 0; axis < 3; ++axis) {
    const bool flip = !out.empty() && out.back()[axis] < 0;
    for (Vec3& v : out) v[axis] = flip ? -v[axis] : v[axis];
  }
  // A tilt, or atoms hide each other in flat units.
  const double c = std::cos(0.35), s = std::sin(0.35);
  for (Vec3& v : out) v = Vec3(v.x(), c * v.y() - s * v.z(), s * v.y() + c * v.z());
  return out;
}

Drawing drawing_of(const Table& table, std::size_t row) {
  Drawing d;
  for (const std::string& symbol : split(table.find("atoms")->text[row], ' ')) {
    d.atoms.push_back({symbol, element::atomic_number(symbol), 0});
  }
  const std::vector<double> x = numbers_in(table.find("positions")->text[row]);
  std::vector<Vec3> r;
  for (std::size_t k = 0; k + 2 < x.size(); k += 3) r.emplace_back(x[k], x[k + 1], x[k + 2]);
  r.resize(d.atoms.size(), Vec3::Zero());
  d.at = turned(r);
  for (const std::string& bond : split(table.find("bonds")->text[row], ' ')) {
    const auto ends = split(bond, '-');
    if (ends.size() != 2) continue;
    const auto i = static_cast<std::size_t>(std::strtoul(ends[0].c_str(), nullptr, 10));
    const auto k = static_cast<std::size_t>(std::strtoul(ends[1].c_str(), nullptr, 10));
    if (std::max(i, k) < d.at.size()) d.bonds.emplace_back(i, k);
  }
  return d;
}

/// "P4S12_edge_S-S": the formula with its numbers low, then what is special about it.
std::string unit_html(const std::string& name) {
  const std::size_t end = name.find('_');
  std::string out;
  for (const char c : name.substr(0, end)) {
    out += std::isdigit(static_cast<unsigned char>(c)) ? fmt::format("<sub>{}</sub>", c)
                                                       : escape(std::string(1, c));
  }
  for (std::size_t at = end; at != std::string::npos; at = name.find('_', at + 1)) {
    out += " " + escape(name.substr(at + 1, name.find('_', at + 1) - at - 1));
  }
  return out;
}

std::string picture(const Drawing& d, const std::string& what) {
  Vec3 low = Vec3::Constant(1e300), high = -low;
  for (const Vec3& r : d.at) low = low.cwiseMin(r), high = high.cwiseMax(r);
  const double rim = 2 * margin_px;
  const double scale =
      std::min({largest_scale_px, (width_px - 2 * rim) / (high.x() - low.x() + 0.1),
                (height_px - 2 * rim) / (high.y() - low.y() + 0.1)});
  const Vec3 middle = 0.5 * (low + high);
  const auto X = [&](std::size_t i) { return 0.5 * width_px + scale * (d.at[i].x() - middle.x()); };
  const auto Y = [&](std::size_t i) {
    return 0.5 * height_px - scale * (d.at[i].y() - middle.y());
  };
  SvgWriter svg;
  svg.raw(
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" "
                  "role=\"img\" aria-label=\"{}\">\n",
                  px(width_px), px(height_px), escape(what)));
  std::vector<std::size_t> order(d.at.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t k) { return d.at[i].z() < d.at[k].z(); });
  const double depth = std::max(0.1, high.z() - low.z());
  std::vector<std::size_t> rank(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = k;
  for (const std::size_t i : order) {
    const double near = 0.6 + 0.4 * (d.at[i].z() - low.z()) / depth;
    for (const auto& [a, b] : d.bonds) {
      const std::size_t other = a == i ? b : a;
      if ((a != i && b != i) || rank[other] > rank[i]) continue;
      svg.line(X(i), Y(i), X(other), Y(other),
               fmt::format("stroke=\"#8a7a3a\" stroke-opacity=\"{:.2f}\" stroke-width=\"{}\" "
                           "stroke-linecap=\"round\"",
                           near, px(std::max(1.5, 0.22 * scale))));
    }
    const Look look = look_of(d.atoms[i]);
    svg.symbol(X(i), Y(i), std::max(3.0, 1.1 * look.radius * scale), 0,
               fmt::format("fill=\"{}\" stroke=\"#00000066\" stroke-width=\"0.6\"", look.colour));
  }
  svg.raw("</svg>\n");
  return svg.str();
}

}  // namespace

bool is_gallery(const Table& table) {
  if (table.name != "unit_examples") return false;
  for (const char* name : {"unit", "kind", "fraction", "atoms", "positions", "bonds"}) {
    if (table.find(name) == nullptr) return false;
  }
  return !table.find("unit")->text.empty();
}

void unit_gallery(Page& page, const Table& table, const std::string& title) {
  const auto& kind = table.find("kind")->text;
  const auto& share = table.find("fraction")->data;
  std::vector<std::size_t> rows(kind.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
    const bool usual_a = kind[a] == "usual", usual_b = kind[b] == "usual";
    return usual_a != usual_b ? usual_a : share[a] > share[b];
  });
  page.raw(fmt::format("<h4>{}</h4>\n<div class=\"units\">\n", rich_html(title)));
  std::size_t usual = 0, unusual = 0;
  for (const std::size_t row : rows) {
    const bool is_usual = kind[row] == "usual";
    if (++(is_usual ? usual : unusual) > (is_usual ? most_usual : most_unusual)) continue;
    const std::string& name = table.find("unit")->text[row];
    const std::string much =
        fmt::format("{:.2g} %{}", 100 * share[row], is_usual ? "" : ", <b>unusual</b>");
    page.raw("<figure>" + picture(drawing_of(table, row), "unit " + name) + "<figcaption>" +
             unit_html(name) + " <span class=\"muted\">" + much +
             "</span></figcaption></figure>\n");
  }
  const std::size_t left =
      usual - std::min(usual, most_usual) + unusual - std::min(unusual, most_unusual);
  page.raw("</div>\n");
  page.paragraph(
      fmt::format("One example of each, from the first frame that has it{}. Shares are of the "
                  "formers (of the anions, for units without).",
                  left > 0 ? fmt::format("; {} rarer kinds are in the table of units", left) : ""),
      "muted");
}

}  // namespace vitrion::report
