#include "build/grains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "build/composition.hpp"
#include "build/crystal_model.hpp"
#include "build/separation.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double held_together = 1.25;  // of covalent radii: bonds within a piece
constexpr double block_edge_A = 10;     // of a crystal whose sites are partly filled
constexpr double share_kept = 0.84;     // of the distances that keep units apart (separation.hpp)

// A whole polyhedron, or a single ion, about its centre.
struct CrystalPiece {
  std::vector<std::string> elements;
  std::vector<Vec3> position;
  Vec3 centre;
  std::size_t kind = 0;
};

struct Block {
  Cell cell;
  std::vector<CrystalPiece> pieces;
  std::vector<Unit> kinds;
  std::vector<long> ratio;  // of the kinds, in a formula unit
  double formula_A3 = 0;
  double density = 0;
};

struct Placed {
  std::uint32_t grain = 0;
  std::size_t piece = 0;
  Vec3 centre;  // from the seed
  double depth = 0;
  std::size_t first = 0;  // atom
  bool kept = true;
};

bool is_former(const std::string& symbol) {
  return element::formal_charge(element::require(symbol)).value_or(0) >= 3;
}

bool is_bond(const std::string& a, const std::string& b, double distance) {
  const auto negative = [](const std::string& symbol) {
    return element::formal_charge(element::require(symbol)).value_or(0) < 0;
  };
  const bool kinds =
      (is_former(a) && (is_former(b) || negative(b))) || (is_former(b) && negative(a));
  return kinds && distance < held_together * (element::covalent_radius_A(element::require(a)) +
                                              element::covalent_radius_A(element::require(b)));
}

// Atoms bonded to each other through formers; each of its own where the bonds have no end.
std::vector<std::vector<std::uint32_t>> clusters_of(Structure& s) {
  const NeighborList near = build_neighbor_list(s, 3.2);
  std::vector<std::vector<std::uint32_t>> out;
  std::vector<char> seen(s.size(), 0);
  for (std::uint32_t start = 0; start < s.size(); ++start) {
    if (seen[start] != 0) continue;
    std::vector<std::uint32_t> open{start};
    seen[start] = 1;
    bool endless = false;
    for (std::size_t k = 0; k < open.size(); ++k) {
      const std::uint32_t i = open[k];
      for (const Neighbor& b : near.of(i)) {
        if (!is_bond(s.species_of(i).name, s.species_of(b.atom).name, b.distance)) continue;
        const Vec3 there = s.position[i] + b.vector;
        if (seen[b.atom] != 0) {
          endless = endless || (there - s.position[b.atom]).norm() > 0.01;
          continue;
        }
        seen[b.atom] = 1;
        s.position[b.atom] = there;
        open.push_back(b.atom);
      }
    }
    if (endless) {
      for (const std::uint32_t i : open) out.push_back({i});
    } else {
      out.push_back(std::move(open));
    }
  }
  return out;
}

CrystalPiece make_piece(const Structure& s, const std::vector<std::uint32_t>& atoms, Block& block) {
  CrystalPiece out;
  out.centre = Vec3::Zero();
  for (const auto i : atoms) out.centre += s.position[i] / static_cast<double>(atoms.size());
  std::map<std::string, long> counts;
  for (const auto i : atoms) {
    out.elements.push_back(s.species_of(i).name);
    out.position.push_back(s.position[i] - out.centre);
    ++counts[out.elements.back()];
  }
  for (out.kind = 0; out.kind < block.kinds.size(); ++out.kind) {
    if (block.kinds[out.kind].counts() == counts) return out;
  }
  Unit unit;
  unit.name = reduced_formula(counts);
  unit.elements = out.elements;
  unit.position = out.position;
  block.kinds.push_back(std::move(unit));
  block.ratio.push_back(0);
  return out;
}

Block make_block(const SystemSettings& settings, RandomStream& random) {
  const Crystal unit = load_crystal(settings.grains.crystal);
  const bool partly = std::any_of(unit.sites.begin(), unit.sites.end(), [](const CrystalSite& s) {
    return s.occupancy.size() != 1 || s.occupancy.begin()->second < 1 - 1e-6;
  });
  Eigen::Vector3i n(1, 1, 1);
  for (int k = 0; k < 3 && partly; ++k)
    n[k] = static_cast<int>(std::ceil(block_edge_A / unit.cell.lengths()[k]));
  const Crystal big = supercell(unit, IntMatrix(n.asDiagonal()));
  const DisorderOptions options{settings.crystal.occupancy == "ewald", settings.crystal.candidates,
                                settings.crystal.too_close_A};
  Structure s = resolve_disorder(big, count_occupants(big), options, random).structure;
  Block out;
  out.cell = s.cell;
  out.density = s.density_g_cm3();
  for (const auto& atoms : clusters_of(s)) {
    out.pieces.push_back(make_piece(s, atoms, out));
    ++out.ratio[out.pieces.back().kind];
  }
  const long cells = std::accumulate(out.ratio.begin(), out.ratio.end(), 0L,
                                     [](long a, long b) { return std::gcd(a, b); });
  for (long& k : out.ratio) k /= cells;
  out.formula_A3 = s.cell.volume() / static_cast<double>(cells);
  return out;
}

Cell cell_of(const SystemSettings& settings, const Block& block) {
  if (settings.density_g_cm3)
    throw InputError(
        "the density of grains follows from the crystal and its boundaries: leave density out, "
        "and give boundary.density for the glass between them");
  const auto& angles = settings.cell_angles_deg;
  const auto& lengths =
      settings.cell_lengths_A.empty() ? settings.cell_ratio : settings.cell_lengths_A;
  if (lengths.size() != 3 || angles.size() != 3)
    throw InputError("the cell of grains needs three lengths and three angles");
  const Cell shape = Cell::from_parameters({lengths[0], lengths[1], lengths[2]},
                                           {angles[0], angles[1], angles[2]});
  if (!settings.cell_lengths_A.empty()) return shape;
  long formula = 0;
  for (std::size_t k = 0; k < block.kinds.size(); ++k)
    formula += block.ratio[k] * static_cast<long>(block.kinds[k].size());
  const double volume =
      static_cast<double>(settings.atoms) * block.formula_A3 / static_cast<double>(formula);
  return Cell(shape.vectors() * std::cbrt(volume / shape.volume()));
}

void fill_grain(const Block& block, const Grain& grain, std::uint32_t index, double gap,
                std::vector<Placed>& out) {
  const Mat3& h = block.cell.vectors();
  const double spread = grain.reach_A + block.cell.lengths().sum();
  Eigen::Vector3i n;
  for (int k = 0; k < 3; ++k) n[k] = static_cast<int>(std::ceil(spread / block.cell.heights()[k]));
  for (int a = -n[0]; a <= n[0]; ++a) {
    for (int b = -n[1]; b <= n[1]; ++b) {
      for (int c = -n[2]; c <= n[2]; ++c) {
        const Vec3 corner = h * (Vec3(a, b, c) - grain.origin);
        for (std::size_t p = 0; p < block.pieces.size(); ++p) {
          const Vec3 r = corner + block.pieces[p].centre;
          if (r.squaredNorm() > grain.reach_A * grain.reach_A) continue;
          const Vec3 at = grain.turn * r;
          const double depth = grain.depth_A(at) - 0.5 * gap;
          if (depth > 0) out.push_back({index, p, at, depth});
        }
      }
    }
  }
}

struct Contact {
  std::size_t a, b;  // placed pieces
  double closeness;
};

std::vector<Contact> find_contacts(const Structure& s, const std::vector<Vec3>& unwrapped,
                                   const std::vector<std::size_t>& piece_of,
                                   const std::vector<Placed>& placed,
                                   const MinimumDistances& least) {
  double longest = 0;
  for (const auto& [pair, d] : least) longest = std::max(longest, d);
  const NeighborList near = build_neighbor_list(s, longest);
  std::vector<Contact> out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (const Neighbor& b : near.of(i)) {
      if (b.atom < i) continue;
      const double wanted = least.at(std::minmax(s.species_of(i).name, s.species_of(b.atom).name));
      if (b.distance >= wanted) continue;
      // Within a grain the crystal's own neighbours are no contact, those of its images are.
      const bool own = placed[piece_of[i]].grain == placed[piece_of[b.atom]].grain &&
                       (unwrapped[b.atom] - unwrapped[i] - b.vector).squaredNorm() < 1e-6;
      if (!own) out.push_back({piece_of[i], piece_of[b.atom], b.distance / wanted});
    }
  }
  std::sort(out.begin(), out.end(), [](const Contact& x, const Contact& y) {
    return std::tie(x.closeness, x.a, x.b) < std::tie(y.closeness, y.a, y.b);
  });
  return out;
}

// Leaves out one of each pair: the kind there is more of, else what has more contacts, else what is
// nearer to a face.
void leave_out(const std::vector<Contact>& contacts, const Block& block,
               std::vector<Placed>& placed, std::vector<long>& counts) {
  std::vector<long> open(placed.size(), 0);
  for (const Contact& c : contacts) {
    ++open[c.a];
    ++open[c.b];
  }
  std::vector<std::vector<std::size_t>> others(placed.size());
  for (const Contact& c : contacts) {
    others[c.a].push_back(c.b);
    others[c.b].push_back(c.a);
  }
  const auto plenty = [&](std::size_t k) {
    const std::size_t kind = block.pieces[placed[k].piece].kind;
    return static_cast<double>(counts[kind]) / static_cast<double>(block.ratio[kind]);
  };
  for (const Contact& c : contacts) {
    if (!placed[c.a].kept || !placed[c.b].kept) continue;
    bool first = placed[c.a].depth <= placed[c.b].depth;
    if (open[c.a] != open[c.b]) first = open[c.a] > open[c.b];
    if (plenty(c.a) > 1.01 * plenty(c.b)) first = true;
    if (plenty(c.b) > 1.01 * plenty(c.a)) first = false;
    const std::size_t out = first ? c.a : c.b;
    placed[out].kept = false;
    --counts[block.pieces[placed[out].piece].kind];
    for (const std::size_t other : others[out]) --open[other];
  }
}

long trim_to_formulas(const Block& block, std::vector<Placed>& placed, std::vector<long>& counts) {
  long formulas = counts[0] / block.ratio[0];
  for (std::size_t k = 0; k < counts.size(); ++k)
    formulas = std::min(formulas, counts[k] / block.ratio[k]);
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < placed.size(); ++k) {
    if (placed[k].kept) order.push_back(k);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return placed[a].depth < placed[b].depth; });
  for (const std::size_t k : order) {
    long& count = counts[block.pieces[placed[k].piece].kind];
    if (count == formulas * block.ratio[block.pieces[placed[k].piece].kind]) continue;
    placed[k].kept = false;
    --count;
  }
  return formulas;
}

}  // namespace

Polycrystal grow_polycrystal(const SystemSettings& settings, RandomStream& random) {
  const Block block = make_block(settings, random);
  const Cell cell = cell_of(settings, block);
  Polycrystal out;
  out.grains = voronoi_grains(cell, settings.grains.number, random);
  const auto& boundary = settings.grains.boundary;
  const double gap = boundary.composition.empty() ? 0 : boundary.thickness_A;
  std::vector<Placed> placed;
  for (std::uint32_t g = 0; g < out.grains.size(); ++g)
    fill_grain(block, out.grains[g], g, gap, placed);

  Structure s;
  s.cell = cell;
  std::vector<Vec3> unwrapped;
  std::vector<std::size_t> piece_of;
  std::vector<long> counts(block.kinds.size(), 0);
  for (std::size_t k = 0; k < placed.size(); ++k) {
    const CrystalPiece& piece = block.pieces[placed[k].piece];
    const Grain& grain = out.grains[placed[k].grain];
    ++counts[piece.kind];
    for (std::size_t i = 0; i < piece.elements.size(); ++i) {
      unwrapped.push_back(grain.seed + placed[k].centre + grain.turn * piece.position[i]);
      s.add(piece.elements[i], cell.wrap(unwrapped.back()));
      piece_of.push_back(k);
    }
  }
  PreparedSystem kinds;
  std::map<std::string, long> elements;
  for (std::size_t k = 0; k < block.kinds.size(); ++k) {
    kinds.units.emplace_back(block.kinds[k], counts[k]);
    for (const auto& [symbol, n] : block.kinds[k].counts()) elements[symbol] += n * counts[k];
  }
  MinimumDistances least = minimum_distances(settings, elements);
  if (settings.separation != "plain") least = separated(least, settings, kinds, share_kept);
  leave_out(find_contacts(s, unwrapped, piece_of, placed, least), block, placed, counts);
  out.formulas = trim_to_formulas(block, placed, counts);

  out.atoms.cell = cell;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const Placed& piece = placed[piece_of[i]];
    if (!piece.kept) continue;
    out.atoms.add(s.species_of(i).name, s.position[i]);
    out.grain_of.push_back(piece.grain);
    out.depth_A.push_back(piece.depth);
    ++out.grains[piece.grain].atoms;
  }
  out.left_out = static_cast<long>(s.size()) - static_cast<long>(out.atoms.size());
  out.formula_A3 = block.formula_A3;
  out.crystal_g_cm3 = block.density;
  for (std::size_t g = 0; g < out.grains.size(); ++g) {
    if (out.grains[g].atoms > 0) continue;
    throw InputError(fmt::format(
        "grain {} of {} holds no atoms: ask for fewer grains (grains.number), a larger cell{}",
        g + 1, out.grains.size(), gap > 0 ? " or a thinner boundary" : ""));
  }
  return out;
}

}  // namespace vitrion
