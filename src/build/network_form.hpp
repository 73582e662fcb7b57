// The energy of a continuous random network, as data/networks/*.yaml state it:
//
//   E = Σ_bonds ½ k (r − b)² + Σ_angles ½ K (cos θ − cos θ₀)² + Σ_unbonded,r<r₀ ½ κ (r − r₀)²
//
// Keating-like: harmonic about a tetrahedral network, with angle terms in the cosine (Tu & Tersoff,
// Phys. Rev. Lett. 84, 4393 (2000), DOI 10.1103/PhysRevLett.84.4393). "Unbonded" are pairs that
// share neither a bond nor a neighbour.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vitrion {

struct NetworkForm {
  struct Former {
    int coordination = 4;
    int terminal = 0;  ///< anions of its own that never bridge (P=S)
  };
  struct Bond {
    double length_A = 0;
    double terminal_length_A = 0;  ///< to an anion with one bond
    double strength = 0;           ///< k, eV/Å²
  };
  struct Angle {
    double cosine = 0;
    double strength = 0;  ///< K, eV
  };
  struct Repulsion {
    double length_A = 0;
    double strength = 0;  ///< κ, eV/Å²
  };
  using Pair = std::pair<std::string, std::string>;  ///< in alphabetical order

  std::string name, source;
  bool edge_sharing = false;
  std::map<std::string, Former> formers;
  std::vector<std::string> anions;
  std::map<Pair, Bond> bonds;
  std::map<std::string, std::map<Pair, Angle>> angles;  ///< by centre, then ends ("*","*": any)
  std::map<Pair, Repulsion> repulsions;

  [[nodiscard]] const Bond& bond(const std::string& a, const std::string& b) const;
  /// Strength 0 where the file has none.
  [[nodiscard]] Angle angle(const std::string& centre, const std::string& a,
                            const std::string& b) const;
  [[nodiscard]] Repulsion repulsion(const std::string& a, const std::string& b) const;
};

/// InputError with file and line.
NetworkForm read_network_form(const std::filesystem::path& file);
/// The file in data/networks that has these formers and anions (elements that are neither are left
/// to the caller); InputError that lists what there is.
NetworkForm find_network_form(const std::vector<std::string>& elements);

}  // namespace vitrion
