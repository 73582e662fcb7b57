#include "coupling/unit_tracker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"
#include "structure/bonds.hpp"

namespace vitrion {
namespace {

constexpr double hold = 1.15;         // a bond breaks only beyond this times its cut-off
constexpr double tetrahedral = 0.35;  // misfit of unit vectors up to which four are a tetrahedron

bool is_ligand_by_default(int z) {
  const std::string s = element::symbol(z);
  return s == "S" || s == "Se" || s == "O" || s == "Te";
}

std::vector<bool> chosen(const PairTable& table, const std::vector<std::string>& names,
                         const std::function<bool(int)>& by_default) {
  std::vector<bool> out(table.groups(), false);
  for (const auto& name : names) out[table.group(name)] = true;
  if (!names.empty()) return out;
  for (std::size_t g = 0; g < table.groups(); ++g) out[g] = by_default(table.atomic_number(g));
  return out;
}

double misfit(const std::vector<Vec3>& shape, const std::vector<Vec3>& points) {
  const Quaternion q = best_rotation(shape, points);
  double square = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) square += (points[k] - q * shape[k]).squaredNorm();
  return std::sqrt(square / static_cast<double>(shape.size()));
}

}  // namespace

void UnitChoice::describe(Schema& schema) {
  schema.texts("centres", centres, "centres of units; empty: P, Si, Ge, B, Sn, As, Sb");
  schema.texts("ligands", ligands, "ligands of units; empty: S, Se, O, Te");
  schema.quantity_map("cutoffs", cutoffs_A, Dimension::length,
                      "bond cut-offs by pair, over the defaults, like P-S: 2.6 A", not_negative);
  schema.choice("units", which, {"all", "free", "linked"},
                "free: units that share no ligand and no bond with another (PS4); linked: those "
                "of P2S7, P2S6 and chains");
}

UnitTracker::UnitTracker(const Structure& first, const UnitChoice& choice, const std::string& who) {
  const PairTable table(first);
  const auto centre =
      chosen(table, choice.centres, [](int z) { return role_of(z) == Role::former; });
  const auto ligand = chosen(table, choice.ligands, is_ligand_by_default);
  std::map<std::string, double> given = choice.cutoffs_A;
  groups_ = table.groups();
  group_of_ = table.group_of();
  bool any = false;
  for (std::size_t a = 0; a < groups_; ++a) {
    for (std::size_t b = a; b < groups_; ++b) {
      const bool bonded = (centre[a] && (ligand[b] || centre[b])) || (centre[b] && ligand[a]);
      any = any || bonded;
      if (!bonded) given[table.pair_name(a, b)] = 0;
    }
  }
  if (!any) {
    throw InputError(fmt::format(
        "{}: {} has no units of a centre (P, Si, Ge, B, Sn, As, Sb) and ligands (S, Se, O, Te): "
        "name them with --set {}.centres=X --set {}.ligands=Y",
        who, first.formula(), who, who));
  }
  const BondCutoffs bonds(table, given, who);
  cutoff_text_ = bonds.text(table);
  cutoff_.resize(groups_ * groups_);
  for (std::size_t a = 0; a < groups_; ++a) {
    for (std::size_t b = 0; b < groups_; ++b) cutoff_[a * groups_ + b] = bonds.of(a, b);
  }
  const NeighborList list = build_neighbor_list(first, bonds.largest_A());
  std::vector<int> centres_of(first.size(), 0);
  const auto bonded = [&](std::size_t i, const Neighbor& n) {
    return n.distance <= bonds.of(group_of_[i], group_of_[n.atom]);
  };
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (ligand[group_of_[i]]) candidates_.push_back(static_cast<std::uint32_t>(i));
    if (!centre[group_of_[i]]) continue;
    for (const Neighbor& n : list.of(i)) centres_of[n.atom] += bonded(i, n) ? 1 : 0;
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!centre[group_of_[i]]) continue;
    RotorUnit unit;
    unit.centre = static_cast<std::uint32_t>(i);
    std::vector<Vec3> vectors;
    std::map<std::string, int> formula;
    for (const Neighbor& n : list.of(i)) {
      if (!bonded(i, n) || vectors.size() == 6) continue;
      unit.ligands.push_back(n.atom);
      vectors.push_back(n.vector.normalized());
      ++formula[table.name(group_of_[n.atom])];
      unit.linked = unit.linked || centre[group_of_[n.atom]] || centres_of[n.atom] > 1;
    }
    if (vectors.empty()) continue;
    if (choice.which == (unit.linked ? "free" : "linked")) continue;
    std::string name = table.name(group_of_[i]);
    for (const auto& [element, count] : formula) {
      name += element + (count > 1 ? std::to_string(count) : "");
    }
    add_kind(unit, name, vectors);
    units_.push_back(std::move(unit));
  }
  if (units_.empty()) {
    throw InputError(fmt::format("{}: no {} unit in the first frame, with the cut-offs {}", who,
                                 choice.which == "all" ? "" : choice.which, cutoff_text_));
  }
  for (const auto& unit : units_) {
    first_.push_back(corners_);
    corners_ += unit.ligands.size();
  }
  directions_.resize(corners_);
  bonds_.resize(corners_);
  broken_.resize(units_.size());
}

// Finds or makes the kind, and labels the ligands as its corners.
void UnitTracker::add_kind(RotorUnit& unit, const std::string& name,
                           const std::vector<Vec3>& vectors) {
  std::vector<Vec3> points = vectors;
  const bool four = points.size() == 4;
  if (four && misfit(tetrahedron(), points) > tetrahedral) {
    // The other hand: swapping two labels mirrors the tetrahedron.
    std::swap(points[0], points[1]);
    if (misfit(tetrahedron(), points) <= tetrahedral) std::swap(unit.ligands[0], unit.ligands[1]);
  }
  const bool regular = four && misfit(tetrahedron(), points) <= tetrahedral;
  const std::vector<Vec3>& shape = regular ? tetrahedron() : vectors;
  const std::string full = four && !regular ? name + "_irregular" : name;
  auto at = std::find_if(kinds_.begin(), kinds_.end(), [&](const auto& kind) {
    return kind.name == full &&
           (regular || (shape.size() > 1 && misfit(kind.shape, vectors) < 0.3));
  });
  if (at == kinds_.end()) {
    kinds_.push_back({full, shape, proper_symmetry(shape, regular ? 0.01 : 0.3), 0});
    at = kinds_.end() - 1;
  }
  unit.kind = static_cast<std::size_t>(at - kinds_.begin());
  ++at->count;
  unit.now = follow_rotation(at->shape, regular ? points : vectors, Quaternion::Identity());
}

void UnitTracker::next(const Cell& cell, const std::vector<Vec3>& position) {
  constexpr std::size_t batch = 64;
  parallel_for((units_.size() + batch - 1) / batch, [&](std::size_t b) {
    const std::size_t end = std::min(units_.size(), (b + 1) * batch);
    for (std::size_t u = b * batch; u < end; ++u) follow(u, cell, position);
  });
  // Exchanges are rare, and two units may want one ligand: in order.
  for (std::size_t u = 0; u < units_.size(); ++u) {
    if (broken_[u] == 0) continue;
    mend(u, cell, position);
    follow(u, cell, position);
  }
}

void UnitTracker::follow(std::size_t u, const Cell& cell, const std::vector<Vec3>& position) {
  RotorUnit& unit = units_[u];
  const std::vector<Vec3>& shape = kinds_[unit.kind].shape;
  const Vec3& centre = position[unit.centre];
  const std::size_t row = group_of_[unit.centre] * groups_;
  std::array<Vec3, 6> ideal;
  std::array<Vec3, 6> real;
  std::size_t held = 0;
  broken_[u] = 0;
  for (std::size_t k = 0; k < unit.ligands.size(); ++k) {
    Vec3& bond = bonds_[first_[u] + k];
    bond = Vec3::Zero();
    if (unit.ligands[k] == no_atom) {
      broken_[u] = 1;
      continue;
    }
    const Vec3 d = cell.minimum_image(position[unit.ligands[k]] - centre);
    const double reach = hold * cutoff_[row + group_of_[unit.ligands[k]]];
    if (d.squaredNorm() > reach * reach) {
      broken_[u] = 1;
      continue;
    }
    bond = d;
    ideal[held] = shape[k];
    real[held++] = d.normalized();
  }
  if (held > 1 || unit.ligands.size() == 1) {
    unit.now = follow_rotation({ideal.data(), held}, {real.data(), held}, unit.now);
  }
  for (std::size_t k = 0; k < unit.ligands.size(); ++k) {
    const Vec3& bond = bonds_[first_[u] + k];
    directions_[first_[u] + k] = bond.isZero() ? unit.now * shape[k] : bond.normalized();
  }
}

void UnitTracker::mend(std::size_t u, const Cell& cell, const std::vector<Vec3>& position) {
  RotorUnit& unit = units_[u];
  const std::size_t row = group_of_[unit.centre] * groups_;
  for (std::size_t k = 0; k < unit.ligands.size(); ++k) {
    if (!bonds_[first_[u] + k].isZero()) continue;
    std::uint32_t best = no_atom;
    double least = std::numeric_limits<double>::infinity();
    for (const auto atom : candidates_) {
      const double reach = cutoff_[row + group_of_[atom]];
      if (!(reach > 0) ||
          std::find(unit.ligands.begin(), unit.ligands.end(), atom) != unit.ligands.end()) {
        continue;
      }
      const double d = cell.minimum_image(position[atom] - position[unit.centre]).norm();
      if (d <= reach && d < least) {
        least = d;
        best = atom;
      }
    }
    if (best != no_atom) ++exchanges_;
    // A ligand that merely stretched keeps its corner: it may come back.
    if (best != no_atom) unit.ligands[k] = best;
  }
}

std::string UnitTracker::text() const {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const auto linked = std::count_if(units_.begin(), units_.end(),
                                      [&](const auto& u) { return u.kind == k && u.linked; });
    parts.push_back(fmt::format("{} {} ({} linked)", kinds_[k].count, kinds_[k].name, linked));
  }
  return join(parts, ", ");
}

}  // namespace vitrion
