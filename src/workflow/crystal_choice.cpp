// Which crystals a glass is compared with, and their models.
#include <fmt/format.h>

#include <cmath>

#include "base/files.hpp"
#include "base/text.hpp"
#include "build/crystal.hpp"
#include "potential/catalogue.hpp"
#include "workflow/run_directory.hpp"
#include "workflow/stability.hpp"
#include "workflow/stages.hpp"

namespace vitrion {
namespace {

constexpr double neutral_e = 1e-3;  // an atom, as the engine has it

// Why a crystal cannot stand beside the glass; "" where it can.
std::string objection(const Crystal& crystal, const SystemPlan& glass, const Potential& potential) {
  const auto charges = potential.charges();
  double charge = 0, atoms = 0;
  for (const auto& [symbol, n] : crystal.contents()) {
    const auto found = glass.atoms_by_element.find(symbol);
    if (found == glass.atoms_by_element.end() || found->second == 0)
      return fmt::format("it holds {}, which the glass does not", symbol);
    const auto q = charges.find(symbol);
    charge += n * (q != charges.end() ? q->second : 0);
    atoms += n;
  }
  if (std::abs(charge) > neutral_e * atoms) {
    return fmt::format("the charges of {} do not cancel in it ({:+.2f} e a cell)", potential.name(),
                       charge);
  }
  return "";
}

}  // namespace

std::vector<std::string> stability_crystals(const Recipe& recipe) {
  const SystemPlan glass = plan_system(recipe.system);
  const auto potential = load_potential(potential_of(recipe));
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  };
  for (const auto& asked : recipe.stability.crystals) {
    if (asked != "auto") {
      const std::string why = objection(load_crystal(asked), glass, *potential);
      if (!why.empty()) {
        throw InputError(fmt::format(
            "stability cannot take the crystal {}: {}; leave it out, or choose another potential",
            asked, why));
      }
      add(asked);
      continue;
    }
    for (const auto& name : crystal_names()) {
      if (objection(load_crystal(name), glass, *potential).empty()) add(name);
    }
  }
  if (out.empty()) {
    throw InputError(
        fmt::format("no crystal of {} serves this glass and potential: name files under "
                    "stability.crystals, or leave the stability out",
                    join(crystal_names(), ", ")));
  }
  return out;
}

SystemSettings crystal_settings(const Recipe& recipe, const std::string& crystal) {
  SystemSettings settings;
  settings.method = "crystal";
  settings.atoms = recipe.stability.atoms;
  settings.crystal.file = crystal;
  return settings;
}

std::string fingerprint_crystal(const std::string& name) {
  const Crystal crystal = load_crystal(name);
  std::string text;
  const auto numbers = [&](const auto& v) {
    for (int i = 0; i < v.size(); ++i) text += fmt::format("{:.6f} ", v(i));
  };
  numbers(crystal.cell.vectors().reshaped());
  for (const auto& site : crystal.sites) {
    numbers(site.fraction);
    for (const auto& [symbol, x] : site.occupancy) text += fmt::format("{} {:.6f} ", symbol, x);
  }
  return fingerprint(text);
}

}  // namespace vitrion
