#include "rmc/move_energy.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "potential/classical.hpp"
#include "potential/learned.hpp"

namespace vitrion::rmc {

Schema EnergySettings::schema() {
  Schema s("energy");
  s.text("potential", potential,
         "of the catalogue, or a file: every move is weighed by it; empty: none")
      .quantity("temperature", temperature_K, Dimension::temperature,
                "T in exp(-change of energy/k_B T)", positive)
      .optional_quantity("start_temperature", start_temperature_K, Dimension::temperature,
                         "falls from here to `temperature` while T_chi falls; auto: it stays",
                         positive)
      .quantity("pressure", pressure_GPa, Dimension::pressure, "at which the volume moves");
  return s;
}

std::unique_ptr<MoveEnergy> make_move_energy(const std::string& name, const Structure& structure,
                                             std::string& text) {
  const std::unique_ptr<Potential> potential = load_potential(name);
  potential->require_species(structure);
  text = fmt::format("{} ({})", potential->name(), potential->summary());
  for (const auto& limit : potential->limits()) text += "; " + limit;
  if (const auto* made = dynamic_cast<const ClassicalPotential*>(potential.get())) {
    return make_classical_energy(made->form(), structure);
  }
  if (const auto* learned = dynamic_cast<const LearnedPotential*>(potential.get())) {
    return make_learned_energy(learned->model(), structure);
  }
  throw InputError(fmt::format(
      "energy: {} can only be evaluated as a whole: name it under forces instead", name));
}

}  // namespace vitrion::rmc
