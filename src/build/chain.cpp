#include "build/chain.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

constexpr long longest_chain = 2000;

std::vector<ChainAtom> read_backbone(const Node& node) {
  if (!node.is_list())
    throw InputError(
        node.where,
        fmt::format("the atoms of a chain should be a list, such as \"- {{atom: S, bond: 2.06 A, "
                    "angle: 107 deg}}\", not {}",
                    kind_name(node)));
  std::vector<ChainAtom> out;
  for (const Node& item : node.items) {
    ChainAtom atom;
    atom.schema().read(item);
    for (const std::string& symbol : {atom.atom, atom.sides.number > 0 ? atom.sides.atom : "S"}) {
      if (element::atomic_number(symbol) == 0)
        throw InputError(
            item.where,
            fmt::format("\"{}\" is not a chemical element: correct the symbol", symbol));
    }
    out.push_back(std::move(atom));
  }
  return out;
}

double usual_charge(const std::string& symbol) {
  return element::formal_charge(element::require(symbol)).value_or(0);
}

// Any direction across e.
Vec3 across(const Vec3& e) { return e.unitOrthogonal(); }

class Grower {
 public:
  Grower(const Chain& chain, long links) {
    backbone_ = chain.start;
    for (long k = chain.in_ends; k < links; ++k)
      backbone_.insert(backbone_.end(), chain.link.begin(), chain.link.end());
    backbone_.insert(backbone_.end(), chain.end.begin(), chain.end.end());
    unit_.name = chain.name.substr(0, chain.name.find('{')) + fmt::format("{{{}}}", links);
    unit_.source = chain.source;
  }

  Unit grow() {
    const std::size_t n = backbone_.size();
    index_.resize(n);
    for (std::size_t j = 0; j < n; ++j) {
      // The atom after a bond stands where the torsion of that bond says.
      const bool turns = j >= 3 || (j == 2 && backbone_[0].sides.number > 0);
      if (turns) add_torsion(j - 1);
      add(j, backbone_[j].atom, backbone_[j].charge_e, j == 0 ? -1 : index_[j - 1], place(j));
      if (turns) unit_.torsions.back().first = static_cast<std::uint32_t>(index_[j]);
      if (j >= 1) add_sides(j - 1);
    }
    if (n >= 1 && backbone_[n - 1].sides.number > 0) {
      const bool turns = n >= 3 || (n == 2 && backbone_[0].sides.number > 0);
      if (turns) {
        add_torsion(n - 1);
        unit_.torsions.back().first = static_cast<std::uint32_t>(unit_.size());
      }
      add_sides(n - 1);
    }
    finish();
    return std::move(unit_);
  }

 private:
  const Vec3& at(std::size_t j) const {
    return unit_.position[static_cast<std::size_t>(index_[j])];
  }

  void add(std::size_t j, const std::string& symbol, const std::optional<double>& charge,
           long parent, const Vec3& r) {
    index_[j] = static_cast<long>(unit_.size());
    add_atom(symbol, charge, parent, r);
  }
  void add_atom(const std::string& symbol, const std::optional<double>& charge, long parent,
                const Vec3& r) {
    unit_.elements.push_back(symbol);
    unit_.position.push_back(r);
    unit_.parent.push_back(static_cast<int>(parent));
    unit_.charge.push_back(charge.value_or(usual_charge(symbol)));
  }

  // Of the bond from backbone atom j − 1 to j; `first` follows.
  void add_torsion(std::size_t j) {
    Unit::Torsion t;
    t.from = static_cast<std::uint32_t>(index_[j - 1]);
    t.to = static_cast<std::uint32_t>(index_[j]);
    // Before the first bond there is a side of the first atom.
    t.before = static_cast<std::uint32_t>(j >= 2 ? index_[j - 2] : index_[1] + 1);
    t.energies_eV = backbone_[j].torsion_eV;
    t.angle = lowest(t);
    unit_.torsions.push_back(std::move(t));
  }

  static double lowest(const Unit::Torsion& t) {
    if (t.energies_eV.empty()) return constants::pi;
    double best = constants::pi;
    for (int k = 0; k <= 3600; ++k) {
      const double phi = constants::pi * k / 3600;
      if (t.energy_eV(phi) < t.energy_eV(best) - 1e-12) best = phi;
    }
    return best;
  }

  [[nodiscard]] Vec3 place(std::size_t j) const {
    if (j == 0) return Vec3::Zero();
    const double bond = backbone_[j].bond_A;
    if (j == 1) return {bond, 0, 0};
    const double angle = backbone_[j - 1].angle_deg * constants::pi / 180;
    const Vec3 e = (at(j - 1) - at(j - 2)).normalized();
    Vec3 normal = Vec3::UnitZ();
    double phi = constants::pi;
    if (!unit_.torsions.empty()) {
      const Unit::Torsion& t = unit_.torsions.back();
      normal = (unit_.position[t.before] - unit_.position[t.from]).cross(e);
      phi = t.angle;
    }
    // Cis at φ = 0, then turned about the bond.
    const Vec3 out = e.cross(normal.normalized());
    const Vec3 cis = -std::cos(angle) * e + std::sin(angle) * out;
    return at(j - 1) + bond * (Eigen::AngleAxisd(phi, e) * cis);
  }

  void add_sides(std::size_t j) {
    const ChainSides& sides = backbone_[j].sides;
    if (sides.number == 0) return;
    const double half = 0.5 * sides.angle_deg * constants::pi / 180;
    Vec3 away;
    Vec3 normal;
    if (j > 0 && j + 1 < backbone_.size()) {
      const Vec3 a = (at(j - 1) - at(j)).normalized();
      const Vec3 b = (at(j + 1) - at(j)).normalized();
      away = -(a + b).normalized();
      normal = a.cross(b).normalized();
    } else {
      away = (at(j) - at(j == 0 ? 1 : j - 1)).normalized();
      normal = across(away);
    }
    const long parent = index_[j];
    const Vec3 here = at(j);
    if (sides.number == 1) {
      add_atom(sides.atom, {}, parent, here + sides.bond_A * away);
      return;
    }
    for (const int sign : {1, -1}) {
      add_atom(sides.atom, {}, parent,
               here + sides.bond_A * (std::cos(half) * away + sign * std::sin(half) * normal));
    }
  }

  void finish() {
    Vec3 centre = Vec3::Zero();
    double charge = 0;
    for (const Vec3& r : unit_.position) centre += r / static_cast<double>(unit_.size());
    for (Vec3& r : unit_.position) r -= centre;
    for (const double q : unit_.charge) charge += q;
    unit_.charge_e = static_cast<int>(std::lround(charge));
    for (auto& t : unit_.torsions) {
      t.angle = dihedral(unit_.position[t.before], unit_.position[t.from], unit_.position[t.to],
                         unit_.position[t.first]);
    }
  }

  std::vector<ChainAtom> backbone_;
  std::vector<long> index_;  // of the backbone atoms in the unit
  Unit unit_;
};

}  // namespace

Schema ChainSides::schema() {
  Schema s("sides");
  s.text("atom", atom, "element")
      .integer("number", number, "of them", {0, 2})
      .quantity("bond", bond_A, Dimension::length, "to the backbone atom", positive)
      .quantity("angle", angle_deg, Dimension::angle, "between the two", positive);
  return s;
}

Schema ChainAtom::schema() {
  Schema s("atom");
  s.text("atom", atom, "element")
      .optional_quantity("charge", charge_e, Dimension::charge, "auto: the usual one")
      .quantity("bond", bond_A, Dimension::length, "to the atom before", positive)
      .quantity("angle", angle_deg, Dimension::angle, "at this atom, along the backbone", positive)
      .quantities("torsion", torsion_eV, Dimension::energy,
                  "of the bond to the atom before: k_1, k_2 … of the sum of k_n cos(n phi)")
      .section("sides", sides.schema(), "atoms at its side");
  return s;
}

Schema Chain::schema() {
  Schema s("chain");
  const auto backbone = [&](const std::string& key, std::vector<ChainAtom>& atoms) {
    s.custom(
        key, "list of atoms", "of the backbone",
        [&atoms](const Node& node) { atoms = read_backbone(node); },
        [] { return Node::make_list(); });
  };
  s.text("name", name, "such as \"S{n}\"").text("source", source, "of its geometry");
  backbone("start", start);
  backbone("link", link);
  backbone("end", end);
  s.integer("in_ends", in_ends, "links that start and end hold", {0, 100});
  return s;
}

Chain read_chain(const Node& map) {
  Chain chain;
  chain.where = map.where;
  chain.schema().read(map);
  if (!chain.name.ends_with("{n}"))
    throw InputError(map.where, fmt::format("the name of a chain ends in {{n}}, as in \"S{{n}}\", "
                                            "not \"{}\"",
                                            chain.name));
  if (chain.link.empty())
    throw InputError(map.where, "a chain needs at least one atom in its link");
  return chain;
}

std::optional<ChainName> parse_chain_name(const std::string& name) {
  const auto open = name.find('{');
  if (open == std::string::npos || open == 0 || name.back() != '}') return std::nullopt;
  const std::string digits = name.substr(open + 1, name.size() - open - 2);
  if (digits.empty() || digits.size() > 9 ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return ChainName{name.substr(0, open) + "{n}", std::stol(digits)};
}

Unit grow_chain(const Chain& chain, long links) {
  const long least = std::max(1L, chain.in_ends);
  if (links < least || links > longest_chain) {
    throw InputError(fmt::format("{} has {} link{}: give {} to {}", chain.name, links,
                                 links == 1 ? "" : "s", least, longest_chain));
  }
  return Grower(chain, links).grow();
}

double dihedral(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& d) {
  const Vec3 e = (c - b).normalized();
  const Vec3 u = (b - a).cross(e);
  const Vec3 v = e.cross(d - c);
  return std::atan2(u.cross(v).dot(e), u.dot(v));
}

void turn_about(std::vector<Vec3>& at, std::size_t from, std::size_t to, const Vec3& b,
                const Vec3& c, double angle) {
  const Mat3 turn = Eigen::AngleAxisd(angle, (c - b).normalized()).toRotationMatrix();
  const Vec3 origin = c;
  for (std::size_t k = from; k < to; ++k) at[k] = origin + turn * (at[k] - origin);
}

}  // namespace vitrion
