// A machine-learned potential as data: what the file holds and every evaluator reads.
//
// E = Σ_i [ E⁰_z + F_z(B_i) ] + Σ_{i<j} ZBL_zz'(r)                                     (eV, Å)
//   A_{z' n lm}(i) = ρ⁻¹ Σ_{j of z'} R_n(r_ij) Y_lm(r̂_ij)          density projections of centre i
//   R_n(r) = T_n(x(s(r))) f(s(r)), s(r) = r outside the core          (radial.hpp)
//   A'_{k lm} = Σ_{z'n} W^z_{k l, z'n} A_{z'n lm}                     mixing (absent: k = (z', n))
//     z' runs over the elements, then over the messages of a layer below, if there is one:
//   A_{h n lm}(i) = ρ⁻¹ Σ_j m_jh R_n(r_ij) Y_lm(r̂_ij),  m_jh = σ(w_h·B̃_j + b_h) of that layer
//   B_{c f}  = invariant f of the channels c·C … c·C + C − 1 of copy c (program.hpp)
//   F_z(B) = c_z·B̃ + Σ_h v_h σ(w_h·B̃ + b_h),   B̃ = (B − μ_z) ∘ s_z     readout
//
// The linear atomic cluster expansion is one copy over all channels with no hidden units; a
// network on the same A has many copies of a short program, one a mixed channel.
#pragma once

#include <array>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "potential/mlp/program.hpp"

namespace vitrion::mlp {

enum class Scaling { linear, exponential, cosine };
inline constexpr std::array scaling_names{"linear", "exponential", "cosine"};
/// What brings the radial functions to zero at the cut-off.
enum class Envelope { polynomial, cosine };
inline constexpr std::array envelope_names{"polynomial", "cosine"};
/// root: sign(x) (√(|x| + ¼) − ½), a square root far away and x at 0.
enum class Activation { tanh, silu, root };
inline constexpr std::array activation_names{"tanh", "silu", "root"};
/// InputError where there is none of that name.
Scaling scaling_named(const std::string& name);
Envelope envelope_named(const std::string& name);
Activation activation_named(const std::string& name);

struct PairShape {
  double cutoff_A = 6.0;
  /// Between these the argument of the radial functions comes to rest and ZBL takes over.
  double core_inner_A = 0.5;
  double core_outer_A = 1.0;
};

struct RadialBasis {
  int functions = 8;  ///< n = 0 … functions − 1; at most 16
  Scaling scaling = Scaling::exponential;
  double lambda = 3.0;
  Envelope envelope = Envelope::polynomial;
  std::vector<PairShape> pairs;  ///< [z·Z + z'], symmetric
};

struct Readout {
  std::vector<double> shift, scale;   ///< μ, s: one for each invariant of all copies
  std::vector<double> linear;         ///< c, eV
  std::vector<double> hidden_weight;  ///< w [hidden][invariants]
  std::vector<double> hidden_bias;    ///< b
  std::vector<double> hidden_output;  ///< v, eV
};

/// Extrapolation of one element (Podryabinkin & Shapeev 2017, DOI
/// 10.1016/j.commatsci.2017.08.031): grade = max |φ M| over columns, for features φ: the B̃ of an
/// atom, or the values σ(…) of its hidden units.
struct ElementUncertainty {
  std::vector<double> active_inverse;  ///< M [features][features], row-major; empty: none
  /// Factor L of the posterior, Σ = L Lᵀ [features][rank]; σ_E = |φ L| in eV.
  std::vector<double> posterior_factor;
};

struct Model {
  std::string name, summary, provenance;
  std::vector<std::string> limits, references;
  std::vector<std::string> elements;
  /// Mixtures for which the catalogue may choose it, each a list of elements; may be empty.
  std::vector<std::vector<std::string>> made_for;
  std::vector<double> reference_energy_eV;
  RadialBasis radial;
  double density_scale = 1.0;  ///< ρ
  int l_max = 4;
  int copies = 1;
  int channels = 0;                   ///< C, of a copy; copies × channels mixed channels in all
  std::vector<Invariant> invariants;  ///< of one copy
  /// W [z][k][l][z' n], k over all mixed channels; empty: none, and channels = Z · functions.
  std::vector<double> mixing;
  Activation activation = Activation::silu;
  std::vector<Readout> readout;  ///< one for each element
  bool zbl = true;
  double timestep_ps = 0.001;
  std::string features = "invariants";  ///< what uncertainty is built on: invariants or hidden
  std::vector<ElementUncertainty> uncertainty;  ///< one for each element, or none
  std::string training_json;  ///< how it was made: data, splits, errors (free-form JSON object)
  /// None, or the one layer whose hidden values are each atom's messages to its neighbours. It has
  /// the same elements and radial functions, no energy of its own (linear term and outputs 0), and
  /// none below.
  std::vector<Model> below;

  [[nodiscard]] int element_count() const { return static_cast<int>(elements.size()); }
  [[nodiscard]] int messages() const { return below.empty() ? 0 : below[0].hidden_units(); }
  [[nodiscard]] int projections() const {
    return (element_count() + messages()) * radial.functions;
  }
  [[nodiscard]] int mixed_channels() const { return copies * channels; }
  [[nodiscard]] int features_B() const { return copies * static_cast<int>(invariants.size()); }
  [[nodiscard]] int hidden_units() const {
    return readout.empty() ? 0 : static_cast<int>(readout[0].hidden_bias.size());
  }
  /// Features φ that uncertainty stands on.
  [[nodiscard]] int uncertainty_features() const {
    return features == "hidden" ? hidden_units() : features_B();
  }
  [[nodiscard]] double max_cutoff_A() const;
  [[nodiscard]] const PairShape& pair(int z, int other) const {
    return radial.pairs[static_cast<std::size_t>(z * element_count() + other)];
  }
};

/// Throws InputError naming the field whose size or value is wrong.
void check_model(const Model& model);

/// σ(x) and its derivative.
double activate(Activation kind, double x, double& slope);

/// The versioned file (docs/model-file.md), plain or packed as gz or zst. InputError with the file
/// and what is wrong in it.
Model read_model(const std::filesystem::path& file);
Model model_from_json(const nlohmann::json& json);
nlohmann::json model_to_json(const Model& model);
void write_model(const std::filesystem::path& file, const Model& model);

}  // namespace vitrion::mlp
