// Labelled frames as the trainers want them: neighbours found once, labels freed of their zero.
//
// 16 bytes a neighbour and 21 + 4 Z an atom, for Z elements.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "learn/dataset.hpp"
#include "potential/mlp/evaluator.hpp"

namespace vitrion {

struct PackedFrame {
  std::vector<std::uint8_t> element;  ///< of each atom: index into the model's elements
  std::vector<std::uint32_t> first;   ///< neighbours of atom i: [first[i], first[i+1])
  std::vector<std::uint32_t> start;   ///< [atom][Z + 1]: they are ordered by element
  std::vector<std::uint32_t> neighbor;
  std::vector<float> dx, dy, dz;      ///< neighbour − centre, Å
  double energy_eV = 0;               ///< reference energies and ZBL taken away
  std::vector<float> force;           ///< [atom][3], eV/Å, ZBL taken away; empty: none
  std::array<double, 9> virial_eV{};  ///< ∂E/∂ε (row-major), ZBL taken away
  bool has_energy = false;
  bool has_virial = false;
  double weight = 1;

  [[nodiscard]] std::size_t atoms() const { return element.size(); }
};

/// On all threads. InputError where a frame has an element that the model lacks.
std::vector<PackedFrame> pack_frames(const Dataset& data, std::span<const std::size_t> indices,
                                     const mlp::Model& model);

/// Invariants of every atom, [atom][features_B()].
std::vector<double> invariants_of(const mlp::Model& model, const mlp::Evaluator& evaluator,
                                  const PackedFrame& frame);

}  // namespace vitrion
