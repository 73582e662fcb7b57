// How CP2K is to calculate: the level of theory, and how it gets there.
//
// https://manual.cp2k.org. Kohn–Sham theory with Gaussian and plane waves (QUICKSTEP), GTH
// pseudopotentials, the gamma point alone: cells of 10 Å and more.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "core/structure.hpp"

namespace vitrion {

struct Cp2kSettings {
  std::string command = "cp2k";  ///< words, as "mpirun -np 4 cp2k.popt"

  std::string functional = "PBE";
  std::string dispersion = "none";
  std::map<std::string, std::string> basis;  ///< of an element
  std::string other_basis = "DZVP-MOLOPT-SR-GTH";
  std::vector<std::string> basis_files{"BASIS_MOLOPT", "BASIS_MOLOPT_UCL"};
  std::string pseudopotential = "GTH-PBE";
  std::string pseudopotential_file = "GTH_POTENTIALS";
  double cutoff_Ry = 400;
  double relative_cutoff_Ry = 50;
  long charge = 0;
  long multiplicity = 1;  ///< other than 1: spins apart

  double smearing_K = 0;  ///< of Fermi-Dirac occupations; 0: whole ones

  double start_cutoff_Ry = 0;  ///< of a coarser grid, for orbitals to start from; 0: none
  double eps_scf = 1e-6;
  double eps_default = 1e-10;
  long max_cycles = 25;
  long tries = 3;  ///< each in another way: see Cp2kProvider
  std::string solver = "diagonalisation";
  double mixing = 0.4;
  long history = 8;

  std::string input_file;  ///< instead of all but `command`: the user's own input …
  std::string input_text;  ///< … and what it says, with {{cell}} and {{coordinates}}

  /// Bound to this object, for recipes.
  Schema schema();
  /// Reads input_file, relative to `folder`. InputError where it lacks one of its places.
  void load_input(const std::filesystem::path& folder);
  [[nodiscard]] const std::string& basis_of(const std::string& element) const;
};

/// What the labels of a structure depend on, as words for a file: "functional", "basis" …, and
/// "level", which differs where any of them does. How the cycles converge is no part of it.
std::map<std::string, std::string> level_of_theory(const Structure& structure,
                                                   const Cp2kSettings& settings);

}  // namespace vitrion
