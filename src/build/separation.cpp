#include "build/separation.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

enum class Role { cation, former, anion };

// A former is what a polyatomic unit holds besides its anions.
std::map<std::string, Role> roles(const PreparedSystem& system) {
  std::map<std::string, Role> out;
  const auto is_anion = [](const std::string& symbol) {
    return element::formal_charge(element::atomic_number(symbol)).value_or(0) < 0;
  };
  for (const auto& [unit, count] : system.units) {
    for (const auto& symbol : unit.elements) {
      if (is_anion(symbol)) {
        out[symbol] = Role::anion;
      } else if (unit.size() > 1) {
        out[symbol] = Role::former;
      } else {
        out.try_emplace(symbol, Role::cation);
      }
    }
  }
  return out;
}

double factor(Role a, Role b) {
  if (a == Role::former && b == Role::former) return 1.96;
  if (a == Role::anion && b == Role::anion) return 1.52;
  const bool one_former = a == Role::former || b == Role::former;
  const bool one_anion = a == Role::anion || b == Role::anion;
  if (one_former) return one_anion ? 1.70 : 1.10;
  return 0;
}

}  // namespace

MinimumDistances separated(const MinimumDistances& distances, const SystemSettings& settings,
                           const PreparedSystem& system, double share) {
  std::set<std::pair<std::string, std::string>> given;
  for (const auto& [name, d] : settings.minimum_distances_A) {
    const auto pair = split(name, '-');
    if (pair.size() == 2) given.insert(std::minmax(pair[0], pair[1]));
  }
  const auto role = roles(system);
  const bool polyatomic =
      std::any_of(role.begin(), role.end(), [](const auto& r) { return r.second == Role::former; });
  MinimumDistances out = distances;
  if (!polyatomic) return out;
  for (auto& [pair, d] : out) {
    if (given.contains(pair)) continue;
    const auto radius = [](const std::string& symbol) {
      return element::covalent_radius_A(element::atomic_number(symbol));
    };
    const double wanted = factor(role.at(pair.first), role.at(pair.second)) *
                          (radius(pair.first) + radius(pair.second));
    d = std::max(d, share * wanted);
  }
  return out;
}

}  // namespace vitrion
