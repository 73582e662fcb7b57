#include "structure/polyhedra.hpp"

#include <array>
#include <cmath>

#include "base/constants.hpp"

namespace vitrion {
namespace {

using Points = std::vector<Vec3>;

constexpr double pi = constants::pi;

Points operator+(Points a, const Points& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// n vertices around z at a height, the first in the direction `from` (in steps of 2π/n).
Points ring(int n, double radius, double height, double from = 0) {
  Points out;
  for (int k = 0; k < n; ++k) {
    const double phi = 2 * pi * (k + from) / n;
    out.emplace_back(radius * std::cos(phi), radius * std::sin(phi), height);
  }
  return out;
}

Points plane(int n) { return ring(n, 1, 0); }
const Vec3 up(0, 0, 1);
const Vec3 down(0, 0, -1);

// All edges alike, all vertices at distance 1.
Points prism(int n) {
  const double half = std::sin(pi / n);  // of an edge, for a ring of radius 1
  const double r = 1 / std::sqrt(1 + half * half);
  return ring(n, r, r * half) + ring(n, r, -r * half);
}
Points antiprism(int n) {
  // |edge| = 2 sin(π/n) = √(4h² + 2 − 2 cos(π/n)) for a ring of radius 1.
  const double edge = 2 * std::sin(pi / n);
  const double h = 0.5 * std::sqrt(edge * edge - 2 + 2 * std::cos(pi / n));
  const double r = 1 / std::sqrt(1 + h * h);
  return ring(n, r, r * h) + ring(n, r, -r * h, 0.5);
}

Vec3 direction(double x, double y, double z) { return Vec3(x, y, z).normalized(); }
// Over the k-th side face of a prism.
Vec3 side_cap(int n, int k) { return ring(n, 1, 0, 0.5)[static_cast<std::size_t>(k)]; }

Points octahedron() { return plane(4) + Points{up, down}; }
Points cube() { return prism(4); }

Points icosahedron() {
  const double z = 1 / std::sqrt(5.0);
  const double r = 2 / std::sqrt(5.0);
  return Points{up} + ring(5, r, z) + ring(5, r, -z, 0.5) + Points{down};
}
Points without(Points points, std::initializer_list<std::size_t> gone) {
  Points out;
  for (std::size_t k = 0; k < points.size(); ++k) {
    bool keep = true;
    for (const auto g : gone) keep = keep && g != k;
    if (keep) out.push_back(points[k]);
  }
  return out;
}

// The upper half of a cuboctahedron: a hexagon with a triangle on it.
Points triangular_cupola() {
  return ring(6, 1, 0) + ring(3, 1 / std::sqrt(3.0), std::sqrt(2.0 / 3), 0.25);
}

Points truncated_tetrahedron() {
  Points out;
  for (const auto& s : {Vec3(1, 1, 1), Vec3(1, -1, -1), Vec3(-1, 1, -1), Vec3(-1, -1, 1)}) {
    for (int k = 0; k < 3; ++k) {
      Vec3 v = s;
      v[k] *= 3;
      out.push_back(v);
    }
  }
  return out;
}

// The snub disphenoid, all eighteen edges alike: two edges at ±s, a ring of four between them. q is
// the root of 2q³ + 11q² + 4q − 1.
Points snub_disphenoid(bool on_a_sphere) {
  double q = 0.169;
  for (int k = 0; k < 20; ++k) {
    q -= (((2 * q + 11) * q + 4) * q - 1) / ((6 * q + 22) * q + 4);
  }
  const double r = std::sqrt(q);
  const double s = std::sqrt((1 - q) / (2 * q));
  double t = 2 * r * s;
  if (on_a_sphere) t = std::sqrt(1 + s * s - r * r);  // the ring as far away as the ends
  return {{1, 0, -s}, {-1, 0, -s}, {0, 1, s},  {0, -1, s},
          {t, 0, r},  {-t, 0, r},  {0, t, -r}, {0, -t, -r}};
}

// Eleven vertices on a cubic net.
Points hendecahedron() {
  return {{0, 0, 2},   {2, 1, 1},  {0, -1, 1},  {-2, 1, 1},  {0, 2, 0}, {1, -1, 0},
          {-1, -1, 0}, {2, 1, -1}, {0, -1, -1}, {-2, 1, -1}, {0, 0, -2}};
}

// Caps at the distance of the rings' radius, as those of IUPAC's PPRP-11 and PPRP-12.
Points capped_pentagonal_prism(bool both) {
  const double half = std::sin(pi / 5);
  const double r = 1 / std::sqrt(1 + half * half);
  Points out = prism(5) + Points{r * up};
  if (both) out.push_back(r * down);
  return out;
}

struct Entry {
  const char* symbol;
  const char* name;
  const char* iupac;
  Points points;
};

std::vector<Entry> entries() {
  const auto corner = [](int x, int y, int z) { return direction(x, y, z); };
  // Caps of a square antiprism's upper triangles: over their middles, at distance 1.
  const Points sa = antiprism(4);
  const auto over = [](const Points& p, std::size_t a, std::size_t b, std::size_t c) {
    return Vec3((p[a] + p[b] + p[c]).normalized());
  };
  const double tilt = 1 / std::sqrt(7.0);  // height of the legs of T:6's face seen from its centre
  return {
      {"S:1", "single neighbour", "", {up}},
      {"L:2", "linear", "L-2", {up, down}},
      {"A:2", "angular", "A-2", {ring(3, 1, 0)[0], ring(3, 1, 0)[1]}},
      {"TL:3", "trigonal plane", "TP-3", plane(3)},
      {"TY:3",
       "trigonal pyramid",
       "TPY-3",
       {corner(1, -1, -1), corner(-1, 1, -1), corner(-1, -1, 1)}},
      {"TS:3", "T-shaped", "TS-3", {direction(1, 0, 0), direction(-1, 0, 0), up}},
      {"T:4",
       "tetrahedron",
       "T-4",
       {corner(1, 1, 1), corner(1, -1, -1), corner(-1, 1, -1), corner(-1, -1, 1)}},
      {"S:4", "square plane", "SP-4", plane(4)},
      {"SY:4", "square pyramid without apex", "SPY-4", ring(4, std::sqrt(1 - tilt * tilt), tilt)},
      {"SS:4",
       "see-saw",
       "SS-4",
       {direction(1, 0, 0), direction(-1, 0, 0), down, Vec3(0, std::sqrt(0.75), 0.5)}},
      {"PP:5", "pentagonal plane", "PP-5", plane(5)},
      {"S:5", "square pyramid", "SPY-5", plane(4) + Points{up}},
      {"T:5", "trigonal bipyramid", "TBPY-5", plane(3) + Points{up, down}},
      {"O:6", "octahedron", "OC-6", octahedron()},
      {"T:6", "trigonal prism", "TPR-6", prism(3)},
      {"PP:6", "pentagonal pyramid", "PPY-6", plane(5) + Points{up}},
      {"PB:7", "pentagonal bipyramid", "PBPY-7", plane(5) + Points{up, down}},
      {"ST:7", "square-face capped trigonal prism", "TPRS-7", prism(3) + Points{side_cap(3, 0)}},
      {"ET:7", "end-face capped trigonal prism", "TPRT-7", prism(3) + Points{up}},
      {"FO:7", "face-capped octahedron", "OCF-7", octahedron() + Points{corner(1, 1, 1)}},
      {"C:8", "cube", "CU-8", cube()},
      {"SA:8", "square antiprism", "SAPR-8", antiprism(4)},
      {"SBT:8", "square-face bicapped trigonal prism", "TPRS-8",
       prism(3) + Points{side_cap(3, 0), side_cap(3, 1)}},
      {"TBT:8", "end-face bicapped trigonal prism", "TPRT-8", prism(3) + Points{up, down}},
      {"DD:8", "dodecahedron with triangular faces", "DD-8", snub_disphenoid(false)},
      {"DDPN:8", "dodecahedron with triangular faces on a sphere", "", snub_disphenoid(true)},
      {"HB:8", "hexagonal bipyramid", "HBPY-8", plane(6) + Points{up, down}},
      {"BO_1:8", "bicapped octahedron, opposed faces", "OCT-8",
       octahedron() + Points{corner(1, 1, 1), corner(-1, -1, -1)}},
      {"BO_2:8", "bicapped octahedron, faces with a vertex in common", "OCT-8",
       octahedron() + Points{corner(1, 1, 1), corner(1, -1, -1)}},
      {"BO_3:8", "bicapped octahedron, faces with an edge in common", "OCT-8",
       octahedron() + Points{corner(1, -1, 1), corner(1, -1, -1)}},
      {"TC:9", "triangular cupola", "TCA-9", triangular_cupola()},
      {"TT_1:9", "tricapped trigonal prism, three square faces", "TPRS-9",
       prism(3) + Points{side_cap(3, 0), side_cap(3, 1), side_cap(3, 2)}},
      {"TT_2:9", "tricapped trigonal prism, two square faces and an end", "TPRS-9",
       prism(3) + Points{side_cap(3, 0), side_cap(3, 1), up}},
      {"TT_3:9", "tricapped trigonal prism, a square face and both ends", "TPRS-9",
       prism(3) + Points{side_cap(3, 0), up, down}},
      {"HD:9", "heptagonal bipyramid", "HBPY-9", plane(7) + Points{up, down}},
      {"TI:9", "tridiminished icosahedron", "", without(icosahedron(), {0, 6, 8})},
      {"SMA:9", "capped square antiprism", "SAPRS-9", sa + Points{up}},
      {"SS:9", "capped cube", "CUS-9", cube() + Points{up}},
      {"TO_1:9", "tricapped octahedron, faces with a vertex in common", "TOCT-9",
       octahedron() + Points{corner(1, 1, 1), corner(1, -1, 1), corner(1, -1, -1)}},
      {"TO_2:9", "tricapped octahedron, faces in a row", "TOCT-9",
       octahedron() + Points{corner(1, 1, 1), corner(1, -1, 1), corner(-1, -1, -1)}},
      {"TO_3:9", "tricapped octahedron, faces around a face", "TOCT-9",
       octahedron() + Points{corner(1, 1, 1), corner(-1, 1, -1), corner(1, -1, -1)}},
      {"PP:10", "pentagonal prism", "PPR-10", prism(5)},
      {"PA:10", "pentagonal antiprism", "PAPR-10", antiprism(5)},
      {"SBSA:10", "bicapped square antiprism", "SAPRS-10", sa + Points{up, down}},
      {"MI:10", "metabidiminished icosahedron", "", without(icosahedron(), {0, 6})},
      {"BS_1:10", "bicapped cube, opposite faces", "CUS-10", cube() + Points{up, down}},
      {"BS_2:10", "bicapped cube, adjacent faces", "CUS-10",
       cube() + Points{side_cap(4, 0), side_cap(4, 1)}},
      {"TBSA:10", "square antiprism bicapped on triangles", "SAPRT-10",
       sa + Points{over(sa, 1, 4, 5), over(sa, 3, 6, 7)}},
      {"PCPA:11", "capped pentagonal prism", "PPRP-11", capped_pentagonal_prism(false)},
      {"H:11", "hendecahedron", "", hendecahedron()},
      {"DI:11", "diminished icosahedron", "", without(icosahedron(), {0})},
      {"I:12", "icosahedron", "IC-12", icosahedron()},
      {"PBP:12", "bicapped pentagonal prism", "PPRP-12", capped_pentagonal_prism(true)},
      {"TT:12", "truncated tetrahedron", "", truncated_tetrahedron()},
      {"C:12", "cuboctahedron", "",
       triangular_cupola() + ring(3, 1 / std::sqrt(3.0), -std::sqrt(2.0 / 3), 0.75)},
      {"AC:12", "anticuboctahedron", "",
       triangular_cupola() + ring(3, 1 / std::sqrt(3.0), -std::sqrt(2.0 / 3), 0.25)},
      {"HP:12", "hexagonal prism", "HPR-12", prism(6)},
      {"HA:12", "hexagonal antiprism", "HAPR-12", antiprism(6)},
      {"SH:13", "capped hexagonal prism", "", prism(6) + Points{side_cap(6, 0)}}};
}

using Lists = std::array<std::vector<Polyhedron>, 14>;

const Lists& lists() {
  static const Lists all = [] {
    Lists out;
    for (auto& e : entries()) {
      const std::size_t n = e.points.size();
      out[n].push_back({e.symbol, e.name, e.iupac, IdealShape(std::move(e.points))});
    }
    return out;
  }();
  return all;
}

}  // namespace

std::span<const Polyhedron> polyhedra(std::size_t ligands) {
  if (ligands >= lists().size()) return {};
  return lists()[ligands];
}

const Polyhedron* find_polyhedron(const std::string& symbol) {
  for (const auto& list : lists()) {
    for (const auto& p : list) {
      if (p.symbol == symbol) return &p;
    }
  }
  return nullptr;
}

}  // namespace vitrion
