// A potential of ML-PACE as data: what a .yace file of LAMMPS' pair_style pace holds.
//
// E_i = E⁰ + f F(ρ_1, ρ_2, …) + Σ_j c(r_ij), ρ_p = Σ_functions Σ_m c̃_mp Re Π_t A_{μ_t n_t l_t m_t}
// (Drautz, Phys. Rev. B 99, 014104 (2019), DOI 10.1103/PhysRevB.99.014104; Lysogorskiy et al., npj
// Comput. Mater. 7, 97 (2021), DOI 10.1038/s41524-021-00559-9). A_{μnlm} = Σ_j R_nl(r_ij)
// Y_lm(r̂_ij) over the neighbours of element μ, with complex harmonics of Condon and Shortley times
// √4π; R_nl = Σ_k C_nlk g_k, and products of one factor take g_k itself for R.
//   ChebExpCos: g_0 = e, g_k = e (1 − T_k(x))/2, e = ½ (1 + cos(π r/r_c)),
//               x = 1 − 2 (e^{−λ r/r_c} − e^{−λ}) / (1 − e^{−λ})
//   ChebPow:    g_k = (1 − T_{k+1}(x))/2, x = 1 − 2 (1 − r/r_c)^λ
// c(r) = P e^{−Λ r²}/r · ½ (1 + cos(π r/r_c)). With the inner cut-off "distance", g_k rise and c
// falls by a smooth step between r_in − Δ_in and r_in; with "density", f falls from 1 to 0 as the
// atom's Σ c passes ρ_cut.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vitrion::mlp {

inline std::size_t at(int i) { return static_cast<std::size_t>(i); }

struct PaceEmbedding {
  int densities = 1;
  /// Weight and exponent of each density: F = Σ_p w_p F(ρ_p, m_p), linear where m = 1.
  std::vector<double> parameters{1, 1};
  std::string kind = "FinnisSinclairShiftedScaled";
  double core_cut = 100000, core_width = 250;  ///< ρ_cut and over which width f falls
};

/// Of a centre and a neighbour, in this order.
struct PaceBond {
  int radial = 0;  ///< n = 1 … radial
  int l_max = 0;
  int base = 0;  ///< g_0 … g_{base − 1}
  std::string base_name = "ChebExpCos";
  double lambda = 3;
  std::vector<double> coefficient;  ///< C [n][l][k]
  double core_prefactor = 0, core_decay = 1;
  double cutoff_A = 0, cutoff_width_A = 0;  ///< a second cosine step over the last part, if any
  double inner_A = 0, inner_width_A = 0;
  std::string inner_kind = "distance";
};

struct PaceFunction {
  std::vector<int> element, n, l;   ///< of each factor; n from 1
  std::vector<int> m;               ///< [combination][factor]
  std::vector<double> coefficient;  ///< c̃ [combination][density]
};

struct PacePotential {
  std::vector<std::string> elements;
  std::vector<double> reference_energy_eV;
  double spline_step_A = 0.001;                      ///< of the tables that LAMMPS makes of R and g
  std::vector<PaceEmbedding> embedding;              ///< of each element
  std::vector<PaceBond> bonds;                       ///< [centre Z + neighbour]
  std::vector<std::vector<PaceFunction>> functions;  ///< of each element as centre

  [[nodiscard]] int element_count() const { return static_cast<int>(elements.size()); }
  [[nodiscard]] const PaceBond& bond(int centre, int neighbor) const {
    return bonds[static_cast<std::size_t>(centre * element_count() + neighbor)];
  }
};

}  // namespace vitrion::mlp
