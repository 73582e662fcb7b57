// Scenes in 3D within the results: surfaces of equal density of a volume, and an event as a film.
//
// A volume is coarsened to at most 60 points along each axis by means over blocks, closed over the
// cell's faces, and written as bytes of its logarithm (four decades below the peak): at most 0.3
// MB.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/element.hpp"
#include "report/looks.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"

namespace vitrion::report {
namespace {

using Json = nlohmann::ordered_json;
constexpr int most_points = 59;  // and the first again at the far face
constexpr double decades = 4;

std::string base64(const std::vector<unsigned char>& bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) -> unsigned {
      return i + k < bytes.size() ? bytes[i + k] : 0U;
    };
    const unsigned word = at(0) << 16 | at(1) << 8 | at(2);
    for (unsigned k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : digits[word >> (18 - 6 * k) & 63U];
    }
  }
  return out;
}

/// Means over blocks of points: the same integral, fewer points.
std::vector<double> coarsened(const Volume& v, std::array<int, 3>& size) {
  for (std::size_t k = 0; k < 3; ++k) size[k] = std::min(v.size[k], most_points);
  const auto count = [](const std::array<int, 3>& n) {
    return static_cast<std::size_t>(n[0]) * static_cast<std::size_t>(n[1]) *
           static_cast<std::size_t>(n[2]);
  };
  std::vector<double> sum(count(size), 0.0);
  std::vector<double> weight(sum.size(), 0.0);
  std::size_t i = 0;
  for (int a = 0; a < v.size[0]; ++a) {
    for (int b = 0; b < v.size[1]; ++b) {
      for (int c = 0; c < v.size[2]; ++c, ++i) {
        const int x = a * size[0] / v.size[0];
        const int y = b * size[1] / v.size[1];
        const int z = c * size[2] / v.size[2];
        const auto k = static_cast<std::size_t>((x * size[1] + y) * size[2] + z);
        sum[k] += v.data[i];
        weight[k] += 1;
      }
    }
  }
  for (std::size_t k = 0; k < sum.size(); ++k) sum[k] /= weight[k];
  return sum;
}

void open_scene(Page& page, const std::string& title, const std::string& what) {
  page.raw(fmt::format(
      "<figure class=\"viewer scene\" data-scene>\n<h4>{}</h4>\n<div class=\"stage\"><div "
      "class=\"canvas\" hidden></div><p class=\"no-webgl\" hidden>This browser cannot draw in 3D "
      "(no WebGL).</p><button type=\"button\" class=\"start\" data-do=\"scene\">{}</button></div>\n"
      "<div class=\"tools scene-tools\" hidden></div>\n",
      rich_html(title), what));
}

void close_scene(Page& page, const std::string& caption, const Json& data) {
  page.raw("<figcaption>" + rich_html(caption) +
           "</figcaption>\n<script type=\"application/json\" class=\"scene-data\">" +
           json_in_script(data.dump()) + "</script></figure>\n");
}

}  // namespace

void volume_scene(Page& page, const Volume& volume, const std::string& title) {
  std::array<int, 3> n{};
  if (volume.data.empty()) return;
  const std::vector<double> field = coarsened(volume, n);
  const double peak = *std::max_element(field.begin(), field.end());
  if (!(peak > 0)) return;
  std::vector<unsigned char> bytes;
  for (int a = 0; a <= n[0]; ++a) {
    for (int b = 0; b <= n[1]; ++b) {
      for (int c = 0; c <= n[2]; ++c) {
        const auto k = static_cast<std::size_t>(((a % n[0]) * n[1] + b % n[1]) * n[2] + c % n[2]);
        const double part = field[k] > 0 ? 1 + std::log10(field[k] / peak) / decades : 0.0;
        bytes.push_back(static_cast<unsigned char>(std::lround(255 * std::clamp(part, 0.0, 1.0))));
      }
    }
  }
  Json cell = Json::array();
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) cell.push_back(std::round(volume.cell(k, i) * 1e4) / 1e4);
  }
  open_scene(page, title, "Show the surfaces in 3D");
  close_scene(
      page,
      fmt::format("Surfaces of equal density, as shares of the peak of {:.3g} {} on {} × {} "
                  "× {} points.",
                  peak, volume.unit, n[0], n[1], n[2]),
      {{"kind", "volume"},
       {"cell", cell},
       {"size", {n[0] + 1, n[1] + 1, n[2] + 1}},
       {"decades", decades},
       {"levels", {0.3, 0.1, 0.03, 0.01}},
       {"bytes", base64(bytes)}});
}

bool is_film(const Table& table) {
  if (table.name != "event_path") return false;
  for (const char* name : {"t", "atom", "species", "x", "y", "z", "hops"}) {
    if (table.find(name) == nullptr) return false;
  }
  return !table.find("t")->data.empty();
}

// Rows run over the atoms within a frame; every frame has the same atoms in the same order.
void film_scene(Page& page, const Table& table, const std::string& title,
                const std::string& caption) {
  const auto& t = table.find("t")->data;
  const auto& names = table.find("species")->text;
  std::size_t atoms = 0;
  while (atoms < t.size() && t[atoms] == t[0]) ++atoms;
  if (t.size() % atoms != 0 || names.size() != t.size()) return;
  const std::array<const std::vector<double>*, 3> r{&table.find("x")->data, &table.find("y")->data,
                                                    &table.find("z")->data};
  std::vector<std::string> known;
  std::vector<Species> kinds;
  Json species = Json::array(), kind = Json::array(), bonds = Json::array();
  std::vector<std::size_t> kind_of;
  std::size_t hops = 0;
  for (std::size_t i = 0; i < atoms; ++i) {
    auto at = std::find(known.begin(), known.end(), names[i]);
    if (at == known.end()) {
      known.push_back(names[i]);
      kinds.push_back({names[i], element::atomic_number(names[i]), 0});
      const Look look = look_of(kinds.back());
      species.push_back({{"name", names[i]},
                         {"element", element::symbol(kinds.back().atomic_number)},
                         {"colour", look.colour},
                         {"radius", look.radius},
                         {"mobile", is_mobile(kinds.back())}});
      at = known.end() - 1;
    }
    kind_of.push_back(static_cast<std::size_t>(at - known.begin()));
    kind.push_back(kind_of.back());
    if (table.find("hops")->data[i] > 0) hops = i;
  }
  const auto place = [&](std::size_t row) {
    return Vec3((*r[0])[row], (*r[1])[row], (*r[2])[row]);
  };
  for (std::size_t i = 0; i < atoms; ++i) {
    for (std::size_t k = i + 1; k < atoms; ++k) {
      const Species &a = kinds[kind_of[i]], &b = kinds[kind_of[k]];
      const double reach = bond_reach * (element::covalent_radius_A(a.atomic_number) +
                                         element::covalent_radius_A(b.atomic_number));
      if (!is_mobile(a) && !is_mobile(b) && (place(i) - place(k)).norm() < reach) {
        bonds.push_back({i, k});
      }
    }
  }
  Json times = Json::array(), frames = Json::array();
  for (std::size_t first = 0; first < t.size(); first += atoms) {
    times.push_back(std::round(t[first] * 1e4) / 1e4);
    Json frame = Json::array();
    for (std::size_t i = first; i < first + atoms; ++i) {
      for (int axis = 0; axis < 3; ++axis) frame.push_back(std::lround(100 * place(i)[axis]));
    }
    frames.push_back(std::move(frame));
  }
  open_scene(page, title, "Show the event in 3D");
  close_scene(page, caption,
              {{"kind", "film"},
               {"species", species},
               {"atoms", kind},
               {"bonds", bonds},
               {"hops", hops},
               {"times", times},
               {"frames", frames}});
}

}  // namespace vitrion::report
