// Texts as VASP writes them, made from frames, for formats that are read and not written.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "sample.hpp"

namespace vitrion::testing {

inline constexpr double kbar = 0.1 / 160.21766339999997;  // eV/Å³

/// VASP's stress in kB: positive under pressure.
inline Mat3 in_kbar(const Frame& frame) { return -*frame.stress_eV_A3 / kbar; }

inline std::string xml_rows(const std::string& name, const std::vector<Vec3>& rows) {
  std::string out = fmt::format("   <varray name=\"{}\" >\n", name);
  for (const auto& v : rows)
    out += fmt::format("    <v> {:16.8f} {:16.8f} {:16.8f} </v>\n", v[0], v[1], v[2]);
  return out + "   </varray>\n";
}

inline std::vector<Vec3> columns(const Mat3& m) { return {m.col(0), m.col(1), m.col(2)}; }

/// `electronic` steps of NELM = 60 in each ionic step.
inline std::string vasprun_text(const std::vector<Frame>& frames, int electronic = 3) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<modeling>\n <incar>\n"
      "  <i type=\"int\" name=\"IBRION\">     0</i>\n  <i name=\"POTIM\">      2.00000000</i>\n"
      " </incar>\n <structure name=\"primitive_cell\" >\n  <varray name=\"positions\" >\n"
      "   <v> 0 0 0 </v>\n  </varray>\n </structure>\n <parameters>\n"
      "  <i type=\"int\" name=\"NELM\">    60</i>\n </parameters>\n <atominfo>\n"
      "  <array name=\"atoms\" >\n   <set>\n";
  for (std::size_t i = 0; i < frames[0].size(); ++i)
    out += fmt::format("    <rc><c>{:<2}</c><c>   1</c></rc>\n",
                       frames[0].structure.species_of(i).name);
  out +=
      "   </set>\n  </array>\n  <array name=\"atomtypes\" >\n   <set>\n"
      "    <rc><c>  64</c><c>Si</c><c> 28.085</c></rc>\n   </set>\n  </array>\n </atominfo>\n";
  for (const auto& frame : frames) {
    const Cell& cell = frame.structure.cell;
    out += " <calculation>\n";
    for (int k = 0; k < electronic; ++k)
      out +=
          "  <scstep>\n   <energy>\n    <i name=\"e_fr_energy\">  999.0 </i>\n"
          "   </energy>\n  </scstep>\n";
    std::vector<Vec3> fractional;
    for (const auto& r : frame.structure.position) fractional.push_back(cell.to_fractional(r));
    out += "  <structure>\n   <crystal>\n" + xml_rows("basis", columns(cell.vectors())) +
           "   </crystal>\n" + xml_rows("positions", fractional) + "  </structure>\n";
    out += xml_rows("forces", frame.forces) + xml_rows("stress", columns(in_kbar(frame)));
    out += fmt::format(
        "  <energy>\n   <i name=\"e_fr_energy\"> {:16.8f} </i>\n"
        "   <i name=\"e_0_energy\"> -1.0 </i>\n   <i name=\"kinetic\"> 0.5 </i>\n  </energy>\n"
        " </calculation>\n",
        *frame.energy_eV);
  }
  return out + "</modeling>\n";
}

/// Counts of atoms in their order, which must be by species.
inline std::vector<std::pair<std::string, std::size_t>> blocks(const Structure& s) {
  std::vector<std::pair<std::string, std::size_t>> out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (out.empty() || out.back().first != s.species_of(i).name)
      out.emplace_back(s.species_of(i).name, 0);
    ++out.back().second;
  }
  return out;
}

inline std::string outcar_text(const std::vector<Frame>& frames) {
  std::string out = " vasp.6.3.2 27Jun22\n INCAR:\n   IBRION = 0\n";
  std::string counts;
  for (const auto& [name, count] : blocks(frames[0].structure)) {
    out += fmt::format("   VRHFIN ={}: s2p4\n   TITEL  = PAW_PBE {}_sv 06Sep2000\n", name, name);
    counts += fmt::format(" {:5d}", count);
  }
  out += "   ions per type =          " + counts +
         "\n   IBRION =      0    ionic relax\n   POTIM  = 2.0000    time-step for ionic-motion\n";
  int step = 0;
  for (const auto& frame : frames) {
    out += fmt::format("------------------ Iteration {:5d}(   1)  ---------------\n", ++step);
    out += "  free energy    TOTEN  =       999.0 eV\n";
    const Mat3 s = in_kbar(frame);
    out += fmt::format("  in kB  {:14.8f} {:14.8f} {:14.8f} {:14.8f} {:14.8f} {:14.8f}\n", s(0, 0),
                       s(1, 1), s(2, 2), s(0, 1), s(1, 2), s(2, 0));
    out += "  Total+kin.   1.0 1.0 1.0 0.0 0.0 0.0\n";
    out +=
        " VOLUME and BASIS-vectors are now :\n"
        "      direct lattice vectors                 reciprocal lattice vectors\n";
    for (int k = 0; k < 3; ++k) {
      const Vec3 v = frame.structure.cell.vector(k);
      // As Fortran writes it: no blank is left where a number needs the width.
      out += fmt::format("   {:13.9f}{:13.9f}{:13.9f}     0.1  0.0  0.0\n", v[0], v[1], v[2]);
    }
    out +=
        " POSITION                                       TOTAL-FORCE (eV/Angst)\n"
        " ----------------------------------------------------------------------\n";
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const Vec3& r = frame.structure.position[i];
      const Vec3& f = frame.forces[i];
      out += fmt::format(" {:12.5f} {:12.5f} {:12.5f} {:13.6f} {:13.6f} {:13.6f}\n", r[0], r[1],
                         r[2], f[0], f[1], f[2]);
    }
    out += " ----------------------------------------------------------------------\n";
    out += fmt::format("  free  energy   TOTEN  = {:18.8f} eV\n", *frame.energy_eV);
    out += "  kin. lattice  EKIN_LAT=         0.000000  (temperature  291.42 K)\n";
  }
  return out + " General timing and accounting informations for this job:\n";
}

inline std::string ml_ab_text(const std::vector<Frame>& frames) {
  const std::string stars(50, '*');
  const std::string bars(50, '=');
  const std::string dashes(50, '-');
  std::string out = fmt::format(
      " 1.0 Version\n{}\n     The number of configurations\n{}\n {:8d}\n{}\n     Basis set for "
      "Li\n{}\n  1  1\n",
      stars, dashes, frames.size(), stars, dashes);
  int number = 0;
  const auto heading = [&](const std::string& text, const std::string& rule) {
    out += rule + "\n     " + text + "\n" + dashes + "\n";
  };
  const auto vectors = [&](const std::vector<Vec3>& list) {
    for (const auto& v : list)
      out += fmt::format("  {:.14f}  {:.14f}  {:.14f}\n", v[0], v[1], v[2]);
  };
  for (const auto& frame : frames) {
    out += fmt::format("{}\n     Configuration num. {:6d}\n", stars, ++number);
    heading("System name", bars);
    out += "     -glass- of the test\n";
    heading("The number of atom types", bars);
    out += fmt::format(" {:7d}\n", blocks(frame.structure).size());
    heading("The number of atoms", bars);
    out += fmt::format(" {:7d}\n", frame.size());
    out += stars + "\n";
    heading("Atom types and atom numbers", bars);
    for (const auto& [name, count] : blocks(frame.structure))
      out += fmt::format("     {:<2} {:6d}\n", name, count);
    heading("CTIFOR", bars);
    out += "   2.0E-003\n";
    heading("Primitive lattice vectors (ang.)", bars);
    vectors(columns(frame.structure.cell.vectors()));
    heading("Atomic positions (ang.)", bars);
    vectors(frame.structure.position);
    heading("Total energy (eV)", bars);
    out += fmt::format("  {:.14f}\n", *frame.energy_eV);
    heading("Forces (eV ang.^-1)", bars);
    vectors(frame.forces);
    heading("Stress (kbar)", bars);
    const Mat3 s = in_kbar(frame);
    out += "     XX YY ZZ\n" + dashes + "\n";
    vectors({Vec3(s(0, 0), s(1, 1), s(2, 2))});
    out += dashes + "\n     XY YZ ZX\n" + dashes + "\n";
    vectors({Vec3(s(0, 1), s(1, 2), s(2, 0))});
  }
  return out + stars + "\n";
}

/// As CP2K 2023 writes it, with the positions of every step printed; `steps_of_md` frames more
/// whose positions are not there, as dynamics leaves them.
inline std::string cp2k_text(const std::vector<Frame>& frames, std::size_t steps_of_md = 0) {
  constexpr double hartree = 27.211386245988, bohr = 0.529177210903;
  std::string out =
      " DBCSR| Multiplication driver  BLAS\n  **** **** ******  **  PROGRAM STARTED AT   2026\n"
      " CP2K| version string:                  CP2K version 2023.1\n"
      " GLOBAL| Project name                                    melt\n\n";
  const char* names = "abc";
  for (std::size_t n = 0; n < frames.size(); ++n) {
    const Frame& frame = frames[n];
    const Structure& s = frame.structure;
    const bool dynamics = n >= frames.size() - steps_of_md;
    if (!dynamics) {
      for (int k = 0; k < 3; ++k) {
        const Vec3 v = s.cell.vector(k);
        out +=
            fmt::format(" CELL| Vector {} [angstrom]: {:15.9f} {:15.9f} {:15.9f}   |{}| = {:.6f}\n",
                        names[k], v[0], v[1], v[2], names[k], v.norm());
      }
      out +=
          "\n MODULE QUICKSTEP: ATOMIC COORDINATES IN ANGSTROM\n\n"
          "   Atom Kind Element         X             Y             Z       Z(eff)     Mass\n";
      for (std::size_t i = 0; i < s.size(); ++i) {
        const Vec3& r = s.position[i];
        out += fmt::format("{:7d} {:4d} {} 16 {:13.6f} {:13.6f} {:13.6f}   6.0000  32.0650\n",
                           i + 1, 1, s.species_of(i).name, r[0], r[1], r[2]);
      }
      out += "\n\n";
    }
    out += fmt::format(
        "  Total energy:  -1.0\n\n ENERGY| Total FORCE_EVAL ( QS ) energy [a.u.]: {:25.15f}\n",
        *frame.energy_eV / hartree);
    out +=
        "\n ATOMIC FORCES in [a.u.]\n\n # Atom   Kind   Element          X              Y          "
        "    Z\n";
    for (std::size_t i = 0; i < s.size(); ++i) {
      const Vec3 f = frame.forces[i] * bohr / hartree;
      out += fmt::format("{:7d} {:4d}      {}  {:15.8f} {:15.8f} {:15.8f}\n", i + 1, 1,
                         s.species_of(i).name, f[0], f[1], f[2]);
    }
    out +=
        " SUM OF ATOMIC FORCES           0.0     0.0     0.0     0.0\n\n"
        " STRESS| Analytical stress tensor [GPa]\n"
        " STRESS|                        x                   y                   z\n";
    const Mat3 stress = -*frame.stress_eV_A3 * 160.21766339999997;
    for (int k = 0; k < 3; ++k) {
      out += fmt::format(" STRESS|      {} {:20.11E} {:20.11E} {:20.11E}\n", "xyz"[k], stress(k, 0),
                         stress(k, 1), stress(k, 2));
    }
    out +=
        " STRESS| 1/3 Trace                                             1.0\n"
        " STRESS| Eigenvectors and eigenvalues of the analytical stress tensor [GPa]\n";
    if (dynamics) {
      out += fmt::format(" MD| Time [fs]            {:.6f}\n MD| Temperature [K]   300.5  301.0\n",
                         2.0 * static_cast<double>(n));
    }
  }
  return out + "  **** **** ******  **  PROGRAM ENDED AT   2026\n";
}

/// Formats of one file that are read only, with a text of some frames in each.
inline std::map<std::string, std::string> read_only_texts(const std::vector<Frame>& frames) {
  return {{"vasprun", vasprun_text(frames)},
          {"outcar", outcar_text(frames)},
          {"ml-ab", ml_ab_text(frames)},
          {"cp2k", cp2k_text(frames)}};
}

}  // namespace vitrion::testing
