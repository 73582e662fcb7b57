// The definition of a classical potential, as its YAML file states it:
//
//   E = Σ q_i q_j /(4πε₀ r)                                       (all pairs, periodic)
//     + Σ_pairs Σ_k [A_k exp(−r/ρ_k) − C_k/r⁶ − D_k/r⁸]            (r < cut-off, not shifted)
//     + Σ_pairs 4ε[(σ/r)¹² − (σ/r)⁶] − the same at the cut-off     (r < cut-off)
//     + Σ_centres Σ_{j<k} λ (cos θ_jik − cos θ₀)² exp(1/(r_ij − r_c) + 1/(r_ik − r_c))
//
// with r in Å and E in eV; the last is the three-body term of Stillinger & Weber (Phys. Rev. B 31,
// 5262 (1985), DOI 10.1103/PhysRevB.31.5262) with γ = σ = 1 Å and ε = 1 eV.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vitrion {

struct ExponentialTerm {
  std::string a, b;  ///< elements of the pair
  double A_eV = 0;
  double rho_A = 1;
  double C_eV_A6 = 0;
  double D_eV_A8 = 0;
  double cutoff_A = 0;
};

struct LennardJonesTerm {
  std::string a, b;
  double epsilon_eV = 0;
  double sigma_A = 0;
  double cutoff_A = 0;
};

/// ends–centre–ends, both ends of the same element.
struct ThreeBodyTerm {
  std::string centre, ends;
  double strength_eV = 0;
  double cos_angle = 0;
  double cutoff_A = 0;
};

/// A composition for which a potential is made: exact ratios, or any mixture of its elements.
struct MadeFor {
  std::map<std::string, double> ratio;  ///< empty: any mixture
  std::vector<std::string> elements;
};

struct ClassicalForm {
  std::string name, summary, provenance;
  std::vector<std::string> limits, references, elements;
  std::vector<MadeFor> made_for;
  double timestep_ps = 0.001;
  std::map<std::string, double> charges;
  double coulomb_cutoff_A = 9;
  double kspace_accuracy = 1e-4;
  std::vector<ExponentialTerm> exponentials;
  std::vector<LennardJonesTerm> lennard_jones;
  std::vector<ThreeBodyTerm> three_body;
  std::string fingerprint;
};

/// Reads and checks a file; InputError with its line where it is wrong.
ClassicalForm read_classical_form(const std::filesystem::path& file);

}  // namespace vitrion
