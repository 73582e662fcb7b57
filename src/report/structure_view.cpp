// The structure in 3D: the data for 3Dmol.js, and a still picture for paper and for browsers
// without WebGL.
//
// Bonds: pairs within 1.18 times the sum of the covalent radii (Cordero et al. 2008), mobile
// cations (charge +1 or +2) left out; units are made whole across the cell's faces.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"
#include "report/looks.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/svg.hpp"

namespace vitrion::report {

Look look_of(const Species& s) {
  static const std::array<std::pair<const char*, const char*>, 14> colours{{{"Li", "#8e63ce"},
                                                                            {"Na", "#7b5bd6"},
                                                                            {"K", "#8f40d4"},
                                                                            {"Ag", "#9aa3ad"},
                                                                            {"S", "#e8c21a"},
                                                                            {"P", "#e2711d"},
                                                                            {"O", "#d83a2b"},
                                                                            {"Cl", "#3fae49"},
                                                                            {"Br", "#a6452a"},
                                                                            {"I", "#7a1fa2"},
                                                                            {"Si", "#c9a36b"},
                                                                            {"Ge", "#5f8f8f"},
                                                                            {"Sn", "#5f7f80"},
                                                                            {"Se", "#e59a1c"}}};
  const std::string symbol = element::symbol(s.atomic_number);
  for (const auto& [name, colour] : colours)
    if (symbol == name)
      return {colour, symbol == "S" || symbol == "O" || symbol == "Se" ? 0.32
                      : symbol == "P"                                  ? 0.4
                                                                       : 0.5};
  return {"#8a949e", 0.45};
}

bool is_mobile(const Species& s) {
  const auto charge = element::formal_charge(s.atomic_number);
  return s.atomic_number > 1 && charge && *charge > 0 && *charge < 2.5;
}

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t most_atoms = 3000;
constexpr std::size_t largest_unit = 24;

struct Model {
  std::vector<std::size_t> atoms;  // indices into the structure
  std::vector<Vec3> position;
  std::vector<std::vector<std::size_t>> bonded;  // by place in `atoms`
  std::size_t left_out = 0;
};

/// The atoms nearest to the middle of the cell, at most `most_atoms`.
std::vector<std::size_t> chosen_atoms(const Structure& s) {
  std::vector<std::size_t> order(s.size());
  std::iota(order.begin(), order.end(), 0U);
  if (s.size() <= most_atoms) return order;
  std::vector<double> far(s.size());
  for (std::size_t i = 0; i < s.size(); ++i)
    far[i] = s.cell.is_defined()
                 ? (s.cell.to_fractional(s.cell.wrap(s.position[i])) - Vec3::Constant(0.5))
                       .cwiseAbs()
                       .maxCoeff()
                 : static_cast<double>(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return far[a] < far[b]; });
  order.resize(most_atoms);
  return order;
}

/// Moves the atoms of each unit to its first atom's side of the cell. A unit of more than
/// `largest_unit` atoms is a network and stays folded, else it would sprawl far out of the cell.
template <class BondsOf>
void make_units_whole(Model& m, const BondsOf& bonds_of) {
  std::vector<bool> done(m.atoms.size(), false);
  for (std::size_t start = 0; start < m.atoms.size(); ++start) {
    if (done[start]) continue;
    std::vector<std::pair<std::size_t, Vec3>> unit{{start, m.position[start]}};
    done[start] = true;
    for (std::size_t at = 0; at < unit.size(); ++at) {
      const auto [k, r] = unit[at];
      bonds_of(k, [&, r = r](std::size_t other, const Vec3& v) {
        if (done[other]) return;
        done[other] = true;
        unit.emplace_back(other, r + v);
      });
    }
    if (unit.size() > largest_unit) continue;
    for (const auto& [k, r] : unit) m.position[k] = r;
  }
}

Model model_of(const Structure& s) {
  Model m;
  m.atoms = chosen_atoms(s);
  m.left_out = s.size() - m.atoms.size();
  constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place(s.size(), nowhere);
  for (std::size_t k = 0; k < m.atoms.size(); ++k) {
    place[m.atoms[k]] = k;
    m.position.push_back(s.cell.is_defined() ? s.cell.wrap(s.position[m.atoms[k]])
                                             : s.position[m.atoms[k]]);
  }
  m.bonded.resize(m.atoms.size());
  double longest = 0;
  for (const Species& a : s.species)
    if (!is_mobile(a))
      longest = std::max(longest, 2 * bond_reach * element::covalent_radius_A(a.atomic_number));
  if (longest <= 0 || s.size() < 2) return m;
  const NeighborList near = build_neighbor_list(s, longest);
  const auto bonds_of = [&](std::size_t k, const auto& use) {
    const Species& a = s.species_of(m.atoms[k]);
    if (is_mobile(a)) return;
    for (const Neighbor& n : near.of(m.atoms[k])) {
      const Species& b = s.species_of(n.atom);
      const double reach = bond_reach * (element::covalent_radius_A(a.atomic_number) +
                                         element::covalent_radius_A(b.atomic_number));
      if (place[n.atom] != nowhere && !is_mobile(b) && n.distance <= reach)
        use(place[n.atom], n.vector);
    }
  };
  make_units_whole(m, bonds_of);
  for (std::size_t k = 0; k < m.atoms.size(); ++k)
    bonds_of(k, [&](std::size_t other, const Vec3& v) {
      // A bond to an image that is drawn elsewhere would run through the whole cell.
      if ((m.position[other] - m.position[k] - v).norm() < 0.01) m.bonded[k].push_back(other);
    });
  for (std::vector<std::size_t>& list : m.bonded) std::sort(list.begin(), list.end());
  return m;
}

double rounded(double v) { return std::round(v * 1000) / 1000; }

Json view_json(const Structure& s, const Model& m) {
  Json species = Json::array(), atoms = Json::array(), bonds = Json::array(), units = Json::array();
  for (const Species& a : s.species) {
    const Look look = look_of(a);
    species.push_back({{"name", a.name},
                       {"element", element::symbol(a.atomic_number)},
                       {"colour", look.colour},
                       {"radius", look.radius},
                       {"mobile", is_mobile(a)}});
  }
  for (std::size_t k = 0; k < m.atoms.size(); ++k) {
    const Vec3& r = m.position[k];
    atoms.push_back({s.kind[m.atoms[k]], rounded(r.x()), rounded(r.y()), rounded(r.z())});
    for (const std::size_t other : m.bonded[k])
      if (other > k) bonds.push_back({k, other});
    // Polyhedra around atoms with four bonds to lighter-charged neighbours of one kind: PS₄, SiS₄ …
    if (m.bonded[k].size() == 4 &&
        element::formal_charge(s.species_of(m.atoms[k]).atomic_number).value_or(0) > 2)
      units.push_back({k, m.bonded[k][0], m.bonded[k][1], m.bonded[k][2], m.bonded[k][3]});
  }
  Json cell = Json::array();
  if (s.cell.is_defined()) {
    for (int i = 0; i < 3; ++i)
      for (int k = 0; k < 3; ++k) cell.push_back(rounded(s.cell.vectors()(k, i)));
    for (int k = 0; k < 3; ++k) cell.push_back(rounded(s.cell.origin()[k]));
  }
  return {{"species", species},
          {"atoms", atoms},
          {"bonds", bonds},
          {"tetrahedra", units},
          {"cell", cell}};
}

/// A still picture: an oblique parallel view, far things first and paler.
std::string still_picture(const Structure& s, const Model& m) {
  const double a = 0.42, b = 0.30;  // turned about y, then about x
  const auto turn = [&](const Vec3& r) {
    const double x = std::cos(a) * r.x() + std::sin(a) * r.z(),
                 z = -std::sin(a) * r.x() + std::cos(a) * r.z();
    return Vec3(x, std::cos(b) * r.y() - std::sin(b) * z, std::sin(b) * r.y() + std::cos(b) * z);
  };
  std::vector<Vec3> p;
  for (const Vec3& r : m.position) p.push_back(turn(r));
  std::vector<Vec3> corners;
  if (s.cell.is_defined())
    for (int i = 0; i < 8; ++i)
      corners.push_back(turn(s.cell.to_cartesian(Vec3(i & 1, i >> 1 & 1, i >> 2 & 1))));
  Vec3 low = Vec3::Constant(1e300), high = -low;
  for (const auto* list : {&p, &corners})
    for (const Vec3& r : *list) low = low.cwiseMin(r), high = high.cwiseMax(r);
  const double w = 720, h = 460,
               scale = std::min((w - 30) / std::max(1e-9, high.x() - low.x()),
                                (h - 30) / std::max(1e-9, high.y() - low.y()));
  const auto X = [&](const Vec3& r) {
    return 0.5 * w + (r.x() - 0.5 * (low.x() + high.x())) * scale;
  };
  const auto Y = [&](const Vec3& r) {
    return 0.5 * h - (r.y() - 0.5 * (low.y() + high.y())) * scale;
  };
  SvgWriter svg;
  svg.raw(
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" "
                  "aria-label=\"still picture of the structure\">\n",
                  w, h));
  if (!corners.empty())
    for (const auto& [i, k] : std::array<std::pair<int, int>, 12>{{{0, 1},
                                                                   {0, 2},
                                                                   {0, 4},
                                                                   {1, 3},
                                                                   {1, 5},
                                                                   {2, 3},
                                                                   {2, 6},
                                                                   {4, 5},
                                                                   {4, 6},
                                                                   {3, 7},
                                                                   {5, 7},
                                                                   {6, 7}}}) {
      const Vec3 &c = corners[static_cast<std::size_t>(i)],
                 &d = corners[static_cast<std::size_t>(k)];
      svg.line(X(c), Y(c), X(d), Y(d),
               fmt::format("class=\"axis\" stroke=\"{}\" stroke-width=\"1\"", faint_ink));
    }
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t k) { return p[i].z() < p[k].z(); });
  const double depth = std::max(1e-9, high.z() - low.z());
  for (const std::size_t i : order) {
    const double near = 0.35 + 0.65 * (p[i].z() - low.z()) / depth;
    const Look look = look_of(s.species_of(m.atoms[i]));
    for (const std::size_t k : m.bonded[i])
      if (p[k].z() < p[i].z() || (p[k].z() == p[i].z() && k < i))
        svg.line(X(p[i]), Y(p[i]), X(p[k]), Y(p[k]),
                 fmt::format("stroke=\"#c99a12\" stroke-opacity=\"{:.2f}\" stroke-width=\"{}\"",
                             near, px(0.22 * scale)));
    svg.symbol(
        X(p[i]), Y(p[i]), look.radius * scale, 0,
        fmt::format("fill=\"{}\" fill-opacity=\"{:.2f}\" stroke=\"#00000055\" stroke-width=\"0.5\"",
                    look.colour, near));
  }
  svg.raw("</svg>\n");
  return svg.str();
}

}  // namespace

void structure_view_section(Page& page, const ReportInput& input) {
  if (!input.structure || input.structure->structure.size() == 0) return;
  const Structure& s = input.structure->structure;
  for (const Vec3& r : s.position)
    if (!r.allFinite()) return;
  const Model m = model_of(s);
  page.open_section("The structure");
  page.raw("<figure class=\"viewer\" data-viewer>\n<div class=\"stage\"><div class=\"still\">" +
           still_picture(s, m) +
           "</div><div class=\"canvas\" hidden></div><p class=\"no-webgl\" hidden>This browser "
           "cannot draw in 3D (no WebGL); "
           "the still picture stays.</p><button type=\"button\" class=\"start\" "
           "data-do=\"start\">Turn it in 3D</button></div>\n"
           "<div class=\"tools viewer-tools\" hidden></div>\n<figcaption><span class=\"key\">");
  for (std::size_t i = 0; i < s.species.size(); ++i)
    if (s.counts()[i] > 0)
      page.raw(fmt::format(
          "<span><i style=\"background:{}\"></i>{} <span class=\"muted\">{}</span></span>",
          look_of(s.species[i]).colour, escape(s.species[i].name), s.counts()[i]));
  page.raw("</span> ");
  page.raw(rich_html(input.structure_caption));
  if (m.left_out > 0)
    page.raw(fmt::format(" Shown: the {} of {} atoms nearest to the middle of the cell.",
                         m.atoms.size(), s.size()));
  page.raw("</figcaption></figure>\n<script type=\"application/json\" id=\"structure-data\">" +
           json_in_script(view_json(s, m).dump()) + "</script>\n");
  page.close_section();
}

}  // namespace vitrion::report
