#include "dynamics/charges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dynamics/displacements.hpp"

namespace vitrion {
namespace {

void check_neutral(AtomCharges& charges) {
  double sum = 0;
  double size = 0;
  for (const double q : charges.e) {
    sum += q;
    size += std::abs(q);
  }
  if (std::abs(sum) > 1e-3 * size) {
    charges.warning = fmt::format(
        "the charges ({}) add up to {:+.3g} e: what a current is then depends on the frame of "
        "reference; give charges that leave the cell neutral",
        charges.text, sum);
  }
}

}  // namespace

AtomCharges choose_charges(const std::map<std::string, double>& given, const Frame& first) {
  const Structure& structure = first.structure;
  for (const auto& [species, charge] : given) {
    if (structure.find_species(species)) continue;
    throw InputError(fmt::format("charges name \"{}\", which is not in {}: leave it out", species,
                                 structure.formula()));
  }
  AtomCharges out;
  const bool in_frame = given.empty() && std::any_of(first.charges.begin(), first.charges.end(),
                                                     [](double q) { return q != 0; });
  if (in_frame) {
    out.e = first.charges;
    out.text = "of the trajectory's first frame";
    check_neutral(out);
    return out;
  }
  std::vector<double> of_species;
  std::vector<std::string> pieces;
  const auto counts = structure.counts();
  for (std::size_t s = 0; s < structure.species.size(); ++s) {
    const auto& species = structure.species[s];
    const auto found = given.find(species.name);
    const auto charge =
        found != given.end() ? std::optional(found->second) : formal_charge_of(species);
    if (!charge && counts[s] > 0) return {};
    of_species.push_back(charge.value_or(0.0));
    if (counts[s] > 0) pieces.push_back(fmt::format("{} {:+g}", species.name, *charge));
  }
  for (const auto kind : structure.kind) out.e.push_back(of_species[kind]);
  out.text = fmt::format("{} e ({})", join(pieces, ", "),
                         given.empty() ? "formal" : "as given, else formal");
  check_neutral(out);
  return out;
}

}  // namespace vitrion
