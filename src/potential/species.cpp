#include "potential/species.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "potential/catalogue.hpp"

namespace vitrion {
namespace {

// Those of `wanted` that are not `known`.
std::vector<std::string> missing_elements(const std::vector<std::string>& wanted,
                                          const std::vector<std::string>& known) {
  std::vector<std::string> out;
  for (const auto& name : wanted) {
    if (std::find(known.begin(), known.end(), name) == known.end()) out.push_back(name);
  }
  return out;
}

}  // namespace

std::vector<std::string> species_elements(const Structure& structure) {
  std::vector<std::string> out;
  for (const auto& s : structure.species) {
    out.push_back(s.atomic_number > 0 ? element::symbol(s.atomic_number) : s.name);
  }
  return out;
}

void require_elements(const std::string& potential, const std::vector<std::string>& known,
                      const Structure& structure) {
  const auto wanted = species_elements(structure);
  const auto missing = missing_elements(wanted, known);
  if (missing.empty()) return;
  std::string remedy =
      "and no potential of the catalogue has all of these elements: give a file of your own";
  for (const auto& other : catalogue_names()) {
    if (missing_elements(wanted, load_potential(other)->elements()).empty()) {
      remedy = fmt::format("use {}", other);
      break;
    }
  }
  throw InputError(fmt::format("the potential {} has no parameters for {}: {}", potential,
                               join(missing, ", "), remedy));
}

}  // namespace vitrion
