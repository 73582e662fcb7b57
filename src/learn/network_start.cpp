#include "learn/network_start.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/mlp_provider.hpp"
#include "learn/reference_energies.hpp"
#include "potential/learned.hpp"

namespace vitrion {
namespace {

mlp::Model load_network(const std::string& name_or_file) {
  const auto potential = load_potential(name_or_file);
  const auto* learned = dynamic_cast<const LearnedPotential*>(potential.get());
  if (learned == nullptr || learned->model().features != "hidden") {
    throw InputError(fmt::format(
        "{} is no network: `start` goes on from one, such as lps-net or a model of kind: network",
        name_or_file));
  }
  return learned->model();
}

void require_elements(const mlp::Model& model, const Dataset& data) {
  std::vector<std::string> missing;
  for (const auto& name : data.elements()) {
    if (std::find(model.elements.begin(), model.elements.end(), name) == model.elements.end()) {
      missing.push_back(name);
    }
  }
  if (missing.empty()) return;
  throw InputError(fmt::format(
      "the data have {}, which {} lacks: leave `start` out, and give data of all elements",
      join(missing, ", "), model.name));
}

// What the labelled energies are above the model's own, by element.
std::map<std::string, double> shift_of(const mlp::Model& model, const Dataset& data,
                                       std::span<const std::size_t> train) {
  constexpr std::size_t most = 1000;
  MlpProvider provider(model);
  std::vector<Composition> compositions;
  std::vector<double> energies;
  for (std::size_t i = 0; i < train.size(); i += 1 + train.size() / most) {
    check_interrupt();
    const Frame& labelled = data.samples[train[i]].frame;
    if (!labelled.energy_eV) continue;
    Frame frame;
    frame.structure = labelled.structure;
    provider.evaluate(frame);
    compositions.push_back(composition_of(labelled.structure));
    energies.push_back(*labelled.energy_eV - *frame.energy_eV);
  }
  if (compositions.empty()) return {};
  return fit_reference_energies(compositions, energies).per_atom_eV;
}

}  // namespace

mlp::Model network_start(const std::string& name_or_file, const Dataset& data,
                         std::span<const std::size_t> train,
                         const std::map<std::string, double>& reference_eV) {
  mlp::Model model = load_network(name_or_file);
  require_elements(model, data);
  const auto shift =
      reference_eV.empty() ? shift_of(model, data, train) : std::map<std::string, double>{};
  for (std::size_t z = 0; z < model.elements.size(); ++z) {
    const auto& name = model.elements[z];
    if (const auto given = reference_eV.find(name); given != reference_eV.end()) {
      model.reference_energy_eV[z] = given->second;
    } else if (const auto by = shift.find(name); by != shift.end()) {
      model.reference_energy_eV[z] += by->second;
    }
  }
  return model;
}

}  // namespace vitrion
