#include "core/structure.hpp"

#include <fmt/format.h>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "core/element.hpp"

namespace vitrion {

// An element, or one with a label of its own: "Li", "Li@glass".
Species Species::of_element(std::string_view symbol) {
  const auto label = symbol.find('@');
  const int z = element::atomic_number(symbol.substr(0, label));
  std::string name = z > 0 ? element::symbol(z) : std::string(symbol);
  if (z > 0 && label != std::string_view::npos) name += symbol.substr(label);
  return {std::move(name), z, element::mass_amu(z)};
}

std::optional<std::size_t> Structure::find_species(std::string_view name) const {
  for (std::size_t i = 0; i < species.size(); ++i) {
    if (species[i].name == name) return i;
  }
  return std::nullopt;
}

std::uint16_t Structure::species_index(std::string_view name) {
  if (const auto found = find_species(name)) return static_cast<std::uint16_t>(*found);
  const Species made = Species::of_element(name);
  if (const auto found = find_species(made.name)) return static_cast<std::uint16_t>(*found);
  if (species.size() >= UINT16_MAX) throw InputError("there are more than 65,535 kinds of atoms");
  species.push_back(made);
  return static_cast<std::uint16_t>(species.size() - 1);
}

void Structure::add(std::string_view species_name, const Vec3& r) {
  kind.push_back(species_index(species_name));
  position.push_back(r);
}

std::vector<std::size_t> Structure::counts() const {
  std::vector<std::size_t> out(species.size(), 0);
  for (const auto k : kind) ++out[k];
  return out;
}

double Structure::mass_amu() const {
  double mass = 0;
  const auto n = counts();
  for (std::size_t i = 0; i < n.size(); ++i)
    mass += static_cast<double>(n[i]) * species[i].mass_amu;
  return mass;
}

double Structure::density_g_cm3() const {
  return cell.is_defined() ? mass_amu() / cell.volume() * constants::amu_A3_in_g_cm3 : 0.0;
}

std::string Structure::formula() const {
  std::string out;
  const auto n = counts();
  for (std::size_t i = 0; i < n.size(); ++i) {
    if (n[i] == 0) continue;
    out += fmt::format("{}{}{}", out.empty() ? "" : " ", species[i].name, n[i]);
  }
  return out;
}

}  // namespace vitrion
