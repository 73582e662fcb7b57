#include "core/element.hpp"

#include <fmt/format.h>

#include <cmath>
#include <gemmi/elem.hpp>
#include <map>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion::element {
namespace {

constexpr int last = 103;

gemmi::Element gemmi_element(int z) { return gemmi::Element(static_cast<gemmi::El>(z)); }

const std::map<int, double>& formal_charges() {
  static const std::map<int, double> table = [] {
    std::map<int, double> out;
    const auto set = [&](double charge, std::initializer_list<const char*> symbols) {
      for (const char* s : symbols) out[atomic_number(s)] = charge;
    };
    set(1, {"H", "Li", "Na", "K", "Rb", "Cs", "Ag", "Cu"});
    set(2, {"Mg", "Ca", "Sr", "Ba", "Zn", "Cd"});
    set(3, {"B", "Al", "Ga", "In", "La", "Y", "Sc"});
    set(4, {"C", "Si", "Ge", "Sn", "Ti", "Zr"});
    set(5, {"P", "As", "Sb", "Nb", "Ta"});
    set(-1, {"F", "Cl", "Br", "I"});
    set(-2, {"O", "S", "Se", "Te"});
    set(-3, {"N"});
    return out;
  }();
  return table;
}

}  // namespace

int atomic_number(std::string_view symbol) {
  // gemmi takes D as an element of its own; here it is hydrogen's isotope and not a symbol.
  if (symbol.empty() || symbol.size() > 2) return 0;
  const gemmi::Element e(std::string{symbol});
  const int z = e.ordinal();
  return z >= 1 && z <= last ? z : 0;
}

std::string symbol(int z) { return z >= 1 && z <= last ? gemmi_element(z).name() : "X"; }

double mass_amu(int z) { return z >= 1 && z <= last ? gemmi_element(z).weight() : 0.0; }

double covalent_radius_A(int z) {
  return z >= 1 && z <= last ? static_cast<double>(gemmi_element(z).covalent_r()) : 0.7;
}

std::optional<double> formal_charge(int z) {
  const auto it = formal_charges().find(z);
  if (it == formal_charges().end()) return std::nullopt;
  return it->second;
}

int from_mass(double mass) {
  int best = 0;
  double best_difference = 0.1;
  for (int z = 1; z <= last; ++z) {
    const double difference = std::abs(mass_amu(z) - mass);
    if (difference < best_difference) {
      best = z;
      best_difference = difference;
    }
  }
  return best;
}

int require(std::string_view name) {
  const int z = atomic_number(name);
  if (z > 0) return z;
  std::vector<std::string> all;
  for (int i = 1; i <= last; ++i) all.push_back(symbol(i));
  throw InputError(
      fmt::format("\"{}\" is not a chemical element{}", name, did_you_mean(name, all)));
}

}  // namespace vitrion::element
