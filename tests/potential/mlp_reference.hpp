// A learned potential evaluated slowly from its definition, independently of the library: complex
// harmonics of the standard library, coupled by Clebsch–Gordan coefficients from ladder operators.
#pragma once

#include "core/structure.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion::testing {

/// A centre's neighbours, as displacements and element indices.
struct Surroundings {
  int element = 0;
  std::vector<int> neighbor_element;
  std::vector<Vec3> displacement;
  std::vector<std::size_t> neighbor;              ///< which atom it is, where there is a structure
  std::vector<std::vector<double>> message = {};  ///< of each neighbour, where the model has them
};

/// B of all copies, before scaling.
std::vector<double> reference_invariants(const mlp::Model& model, const Surroundings& around);
/// Hidden values of a layer that sends messages.
std::vector<double> reference_message(const mlp::Model& layer, const Surroundings& around);
/// Energy of one centre in eV: reference, readout, half of each ZBL pair.
double reference_centre_energy(const mlp::Model& model, const Surroundings& around);

/// Every atom's neighbours within the longest cut-off, over all periodic images, and their
/// messages.
std::vector<Surroundings> reference_surroundings(const mlp::Model& model, const Structure& s);
double reference_energy(const mlp::Model& model, const Structure& s);
/// By differences of sixth order.
std::vector<Vec3> reference_forces(const mlp::Model& model, const Structure& s);
Mat3 reference_stress(const mlp::Model& model, const Structure& s);

/// What a random model shall have. Energies are some eV, forces some eV/Å at usual distances.
struct RandomModel {
  std::vector<std::string> elements{"Li", "P", "S"};
  int functions = 3;
  int l_max = 3;
  int order = 4;
  int copies = 1;
  int mixed_channels = 0;  ///< of a copy; 0: no mixing
  int hidden = 0;
  int messages = 0;  ///< needs mixing
  mlp::Activation activation = mlp::Activation::silu;
  mlp::Scaling scaling = mlp::Scaling::exponential;
  mlp::Envelope envelope = mlp::Envelope::polynomial;
  double cutoff_A = 4.5;
  bool same_cutoffs = false;
  bool zbl = true;
  bool uncertainty = false;
  bool uncertainty_of_hidden = false;
  unsigned seed = 1;
};
mlp::Model random_model(const RandomModel& spec = {});

}  // namespace vitrion::testing
