#include "engine/cp2k/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace vitrion {
namespace {

// Sections and keywords with the indentation that CP2K's own inputs have.
class Writer {
 public:
  void open(const std::string& section) {
    line("&" + section);
    open_.push_back(section.substr(0, section.find(' ')));
  }
  void close() {
    const std::string section = open_.back();
    open_.pop_back();
    line("&END " + section);
  }
  void line(const std::string& text) { out_ += std::string(2 * open_.size(), ' ') + text + "\n"; }
  template <class Value>
  void key(const char* name, const Value& value) {
    line(fmt::format("{} {}", name, value));
  }
  void lines(const std::string& block) { out_ += block; }
  [[nodiscard]] std::string text() && { return std::move(out_); }

 private:
  std::string out_;
  std::vector<std::string> open_;
};

std::string cell_lines(const Structure& s, const std::string& indent) {
  std::string out;
  for (int k = 0; k < 3; ++k) {
    const Vec3 v = s.cell.vector(k);
    out += fmt::format("{}{} {:.10f} {:.10f} {:.10f}\n", indent, "ABC"[k], v[0], v[1], v[2]);
  }
  return out;
}

std::string atom_lines(const Structure& s, const std::string& indent) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const Vec3 r = s.position[i] - s.cell.origin();
    out += fmt::format("{}{} {:.10f} {:.10f} {:.10f}\n", indent, s.species_of(i).name, r[0], r[1],
                       r[2]);
  }
  return out;
}

void check(const Structure& s) {
  if (!s.cell.is_defined() || !s.cell.fully_periodic()) {
    throw InputError("CP2K is asked for periodic cells alone: this frame has none, or is open");
  }
  for (const auto& species : s.species) {
    if (species.atomic_number <= 0) {
      throw InputError(fmt::format("\"{}\" is no element that CP2K could know", species.name));
    }
  }
}

std::string substituted(std::string text, const std::string& place, const std::string& block) {
  for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos;) {
    text.replace(at, place.size(), block);
    at += block.size();
  }
  return text;
}

void write_functional(Writer& w, const Cp2kSettings& o) {
  w.open("XC");
  if (o.functional == "PBEsol") {
    w.open("XC_FUNCTIONAL");
    w.open("PBE");
    w.key("PARAMETRIZATION", "PBESOL");
    w.close();
    w.close();
  } else {
    w.open("XC_FUNCTIONAL " + (o.functional == "LDA" ? "PADE" : o.functional));
    w.close();
  }
  if (o.dispersion != "none") {
    w.open("VDW_POTENTIAL");
    w.key("POTENTIAL_TYPE", "PAIR_POTENTIAL");
    w.open("PAIR_POTENTIAL");
    w.key("TYPE", o.dispersion == "D3" ? "DFTD3" : "DFTD3(BJ)");
    w.key("PARAMETER_FILE_NAME", "dftd3.dat");
    w.key("REFERENCE_FUNCTIONAL", o.functional);
    w.key("R_CUTOFF", 15);
    w.close();
    w.close();
  }
  w.close();
}

// Its preconditioner is made anew from the orbitals after so many cycles.
constexpr long ot_cycles = 15;

void write_orbital_transformation(Writer& w, const Cp2kSettings& o) {
  w.open("OT ON");
  w.key("MINIMIZER", "DIIS");
  w.key("PRECONDITIONER", "FULL_ALL");
  w.key("ENERGY_GAP", 0.01);  // hartree: broken anions leave hardly any
  w.close();
  w.open("OUTER_SCF ON");
  w.key("EPS_SCF", fmt::format("{:g}", o.eps_scf));
  w.key("MAX_SCF", (o.max_cycles + ot_cycles - 1) / ot_cycles);
  w.close();
}

void write_scf(Writer& w, const Cp2kSettings& o, const Cp2kRun& run, std::size_t atoms) {
  w.open("SCF");
  w.key("SCF_GUESS", run.from_orbitals ? "RESTART" : "ATOMIC");
  w.key("EPS_SCF", fmt::format("{:g}", o.eps_scf));
  w.key("MAX_SCF", o.solver == "ot" ? std::min(o.max_cycles, ot_cycles) : o.max_cycles);
  if (o.smearing_K > 0) {
    w.key("ADDED_MOS", std::max<std::size_t>(20, atoms / 2));
    w.open("SMEAR ON");
    w.key("METHOD", "FERMI_DIRAC");
    w.key("ELECTRONIC_TEMPERATURE", fmt::format("[K] {:g}", o.smearing_K));
    w.close();
  }
  if (o.solver == "ot") {
    write_orbital_transformation(w, o);
  } else {
    w.open("DIAGONALIZATION ON");
    w.close();
    w.open("MIXING ON");
    w.key("METHOD", "BROYDEN_MIXING");
    w.key("ALPHA", o.mixing);
    w.key("NBROYDEN", o.history);
    w.close();
  }
  w.open("PRINT");
  w.open("RESTART ON");  // it writes orbitals_file, which is named after the project
  w.close();
  w.close();
  w.close();
}

void write_dft(Writer& w, const Cp2kSettings& o, const Cp2kRun& run, std::size_t atoms) {
  w.open("DFT");
  for (const auto& file : o.basis_files) w.key("BASIS_SET_FILE_NAME", file);
  w.key("POTENTIAL_FILE_NAME", o.pseudopotential_file);
  if (run.from_orbitals) w.key("WFN_RESTART_FILE_NAME", orbitals_file);
  if (o.charge != 0) w.key("CHARGE", o.charge);
  if (o.multiplicity != 1) {
    w.key("UKS", "T");
    w.key("MULTIPLICITY", o.multiplicity);
  }
  w.open("QS");
  w.key("EPS_DEFAULT", fmt::format("{:g}", o.eps_default));
  w.close();
  w.open("MGRID");
  w.key("CUTOFF", o.cutoff_Ry);
  w.key("REL_CUTOFF", o.relative_cutoff_Ry);
  w.close();
  write_scf(w, o, run, atoms);
  write_functional(w, o);
  w.close();
}

void write_subsystem(Writer& w, const Structure& s, const Cp2kSettings& o) {
  w.open("SUBSYS");
  w.open("CELL");
  w.lines(cell_lines(s, "      "));
  w.close();
  w.open("COORD");
  w.lines(atom_lines(s, "      "));
  w.close();
  std::set<std::string> elements;
  for (const auto& species : s.species) elements.insert(species.name);
  for (const auto& element : elements) {
    w.open("KIND " + element);
    w.key("BASIS_SET", o.basis_of(element));
    w.key("POTENTIAL", o.pseudopotential);
    w.close();
  }
  w.close();
}

// The relative cut-off, which says what Gaussians the finest grid has to bear, falls more slowly.
Cp2kSettings coarsened(Cp2kSettings o) {
  o.relative_cutoff_Ry *= std::sqrt(o.start_cutoff_Ry / o.cutoff_Ry);
  o.cutoff_Ry = o.start_cutoff_Ry;
  o.eps_scf *= 20;
  o.eps_default *= 100;
  return o;
}

}  // namespace

std::string cp2k_input(const Structure& s, const Cp2kSettings& settings, const Cp2kRun& run) {
  check(s);
  const Cp2kSettings o = run.coarse ? coarsened(settings) : settings;
  if (!o.input_file.empty()) {
    return substituted(substituted(o.input_text, cell_place, cell_lines(s, "")), atoms_place,
                       atom_lines(s, ""));
  }
  if (o.smearing_K > 0 && o.solver == "ot") {
    throw InputError("smearing needs `solver: diagonalisation`: orbital transformation has none");
  }
  Writer w;
  w.open("GLOBAL");
  w.key("PROJECT", "label");
  w.key("RUN_TYPE", run.coarse ? "ENERGY" : "ENERGY_FORCE");
  w.key("PRINT_LEVEL", "MEDIUM");  // below it the atoms are not printed, which the reader needs
  w.close();
  w.open("FORCE_EVAL");
  w.key("METHOD", "QUICKSTEP");
  if (!run.coarse) {
    w.key("STRESS_TENSOR", "ANALYTICAL");
    w.open("PRINT");
    w.open("FORCES ON");
    w.close();
    w.open("STRESS_TENSOR ON");
    w.close();
    w.close();
  }
  write_dft(w, o, run, s.size());
  write_subsystem(w, s, o);
  w.close();
  return std::move(w).text();
}

}  // namespace vitrion
