#include "engine/cp2k/settings.hpp"

#include <fmt/format.h>

#include <set>

#include "base/files.hpp"
#include "base/text.hpp"
#include "engine/cp2k/input.hpp"

namespace vitrion {
namespace {

void read_names(const Node& node, std::map<std::string, std::string>& names) {
  if (!node.is_map()) {
    throw InputError(node.where,
                     fmt::format("basis should be a map such as {{Li: DZVP-MOLOPT-SR-GTH}}, not {}",
                                 kind_name(node)));
  }
  names.clear();
  for (const auto& entry : node.entries) {
    if (!entry.value.is_scalar()) {
      throw InputError(entry.value.where, fmt::format("the basis of {} should be a name, not {}",
                                                      entry.key, kind_name(entry.value)));
    }
    names[entry.key] = entry.value.scalar;
  }
}

Node write_names(const std::map<std::string, std::string>& names) {
  Node out = Node::make_map();
  for (const auto& [element, name] : names) out.set(element, Node::make_scalar(name));
  return out;
}

}  // namespace

Schema Cp2kSettings::schema() {
  Schema s("cp2k");
  s.text("command", command, "the program with its arguments, such as mpirun -np 4 cp2k.popt")
      .choice("functional", functional, {"PBE", "PBEsol", "BLYP", "LDA"}, "exchange, correlation")
      .choice("dispersion", dispersion, {"none", "D3", "D3BJ"}, "Grimme's correction")
      .custom(
          "basis", "map of names", "basis set of each element",
          [this](const Node& node) { read_names(node, basis); },
          [this] { return write_names(basis); })
      .text("other_basis", other_basis, "basis set of elements that `basis` does not name")
      .texts("basis_files", basis_files, "where they stand, in CP2K's data folder or by path")
      .text("pseudopotential", pseudopotential, "family; the usual number of electrons")
      .text("pseudopotential_file", pseudopotential_file, "where they stand")
      .quantity("cutoff_Ry", cutoff_Ry, Dimension::none, "of the finest grid, Ry", positive)
      .quantity("relative_cutoff_Ry", relative_cutoff_Ry, Dimension::none,
                "of the grid for a Gaussian of exponent 1, Ry", positive)
      .integer("charge", charge, "of the cell, e")
      .integer("multiplicity", multiplicity, "2S+1; other than 1: spins apart", Bounds{1, 1000})
      .quantity(
          "smearing", smearing_K, Dimension::temperature,
          "temperature of Fermi-Dirac occupations; 0 K: whole ones. 500 K makes the cycles of "
          "cells without a gap (broken anions) converge and leaves those with one as they are",
          not_negative)
      .quantity("start_cutoff_Ry", start_cutoff_Ry, Dimension::none,
                "of a coarser grid, Ry, on which the cycles converge first, loosely; they go on "
                "from those orbitals to the same labels; 0: none",
                not_negative)
      .quantity("eps_scf", eps_scf, Dimension::none, "where the cycles have converged", positive)
      .quantity("eps_default", eps_default, Dimension::none,
                "of integrals and of densities on the grids", positive)
      .integer("max_cycles", max_cycles, "of the first try", Bounds{1, 10000})
      .integer(
          "tries", tries,
          "of a frame whose cycles do not converge, each with half as many cycles more: by orbital "
          "transformation from the orbitals that there are, or, smeared, with half the mixing; "
          "then it is left out",
          Bounds{1, 10})
      .choice("solver", solver, {"diagonalisation", "ot"},
              "diagonalisation with Broyden mixing, or orbital transformation")
      .quantity("mixing", mixing, Dimension::none, "share of the new density in each cycle",
                Bounds{0, 1, true})
      .integer("history", history, "cycles that the mixing remembers", Bounds{1, 100})
      .text("input", input_file,
            "your own input of CP2K instead, with {{cell}} and {{coordinates}} in their sections");
  return s;
}

void Cp2kSettings::load_input(const std::filesystem::path& folder) {
  if (input_file.empty()) return;
  const auto file = folder / input_file;
  input_text = read_text_file(file);
  for (const auto& [place, section] : {std::pair(cell_place, "CELL"), {atoms_place, "COORD"}}) {
    if (input_text.find(place) != std::string::npos) continue;
    throw InputError(fmt::format("{}: {} is missing: write it where the lines of &{} are to stand",
                                 file.string(), place, section));
  }
}

const std::string& Cp2kSettings::basis_of(const std::string& element) const {
  const auto found = basis.find(element);
  return found == basis.end() ? other_basis : found->second;
}

std::map<std::string, std::string> level_of_theory(const Structure& structure,
                                                   const Cp2kSettings& o) {
  if (!o.input_file.empty()) {
    return {{"input", std::filesystem::path(o.input_file).filename().string()},
            {"level", fingerprint(o.input_text)}};
  }
  std::set<std::string> elements;
  for (const auto& species : structure.species) elements.insert(species.name);
  std::vector<std::string> bases;
  for (const auto& e : elements) bases.push_back(e + ":" + o.basis_of(e));
  std::map<std::string, std::string> out{
      {"functional", o.functional},
      {"dispersion", o.dispersion},
      {"basis", join(bases, " ")},
      {"pseudopotential", o.pseudopotential},
      {"cutoff_ry", fmt::format("{}", o.cutoff_Ry)},
      {"relative_cutoff_ry", fmt::format("{}", o.relative_cutoff_Ry)},
      {"eps_scf", fmt::format("{}", o.eps_scf)},
      {"eps_default", fmt::format("{}", o.eps_default)}};
  if (o.smearing_K > 0) out["smearing"] = fmt::format("{} K", o.smearing_K);
  // All basis sets, not those of this structure: frames of one file may differ in their elements.
  std::string all = o.other_basis + " " + o.pseudopotential_file + " " + join(o.basis_files, " ");
  for (const auto& [element, name] : o.basis) all += " " + element + ":" + name;
  for (const auto& [key, value] : out) {
    if (key != "basis") all += " " + value;
  }
  if (o.charge != 0) out["charge"] = fmt::format("{}", o.charge);
  if (o.multiplicity != 1) out["multiplicity"] = fmt::format("{}", o.multiplicity);
  out["level"] = fingerprint(fmt::format("{} {} {}", all, o.charge, o.multiplicity));
  return out;
}

}  // namespace vitrion
