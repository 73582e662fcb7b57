// Rows of the linear system of frames under a potential linear in its coefficients.
//
// E = Σ_i [E⁰_z + c_z·B_i] + ZBL: the energy of a frame is a row Σ_i B_i, a force −∂/∂r of it, the
// strain derivative Σ r ⊗ ∂/∂r of it. Columns are [element][invariant]. A frame of N atoms with M
// columns takes O(N · neighbours · invariants · projections an invariant holds) and 12 N M bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/structure.hpp"
#include "learn/linear_kernel.hpp"
#include "neighbor/neighbor_list.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion {

/// The rows of one frame, without weights.
struct DesignRows {
  std::size_t atoms = 0;
  std::size_t columns = 0;
  std::vector<double> energy;                 ///< [column]
  std::array<std::vector<double>, 6> strain;  ///< dE/dε of each column; xx yy zz yz xz xy, eV
  /// Forces, [column][stride]; the rows of atom i are row[i] + 16·{0, 1, 2}; others are padding.
  linear::Floats force;
  std::size_t stride = 0;
  std::vector<std::uint32_t> row;
  std::vector<std::size_t> element_atoms;  ///< atoms of each element
  std::vector<int> element;                ///< of each atom
  std::vector<float> features;             ///< [atom][invariant], where asked for
  /// What is not fitted: reference energies and ZBL.
  double base_energy_eV = 0;
  std::vector<Vec3> base_force;
  std::array<double, 6> base_strain{};
};

class LinearDesign {
 public:
  /// InputError where the model is not linear: several copies, hidden units.
  explicit LinearDesign(const mlp::Model& model);
  ~LinearDesign();
  LinearDesign(LinearDesign&&) noexcept;
  LinearDesign& operator=(LinearDesign&&) noexcept;

  [[nodiscard]] std::size_t columns() const;     ///< elements × invariants
  [[nodiscard]] std::size_t invariants() const;  ///< of an element
  [[nodiscard]] const mlp::Model& model() const;

  /// Buffers; one for each thread.
  class Scratch {
   public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;

   private:
    friend class LinearDesign;
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
  };

  /// InputError for a species that the model does not know.
  void rows(const Structure& structure, Scratch& scratch, DesignRows& out,
            bool want_features = false) const;

  /// Only the features [atom][invariant], elements and baseline of a frame.
  void features(const Structure& structure, Scratch& scratch, DesignRows& out) const;

 private:
  struct Tables;
  class Worker;
  std::unique_ptr<Tables> tables_;
};

/// What coefficients c [column] make of a frame.
struct LinearPrediction {
  double energy_eV = 0;
  std::vector<Vec3> forces;
  std::array<double, 6> strain{};  ///< V σ: xx yy zz yz xz xy, eV
};
LinearPrediction predict(const DesignRows& rows, std::span<const double> coefficients);

/// Index of each of a structure's species among the model's elements (−1 for unused species).
std::vector<int> element_indices(const Structure& structure, const mlp::Model& model);

}  // namespace vitrion
