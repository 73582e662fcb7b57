// What VASP's POSCAR, CONTCAR and XDATCAR share: the header of scale, cell, names and counts.
//
// https://www.vasp.at/wiki/index.php/POSCAR
#pragma once

#include <string>
#include <vector>

#include "core/structure.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {

struct VaspHeader {
  Cell cell;
  Vec3 scale = Vec3::Ones();  ///< for Cartesian positions
  std::vector<Species> species;
  std::vector<std::pair<std::uint16_t, std::size_t>>
      blocks;  ///< kind and number of atoms, in order
  std::size_t atoms = 0;
};

/// From the line behind the title up to the counts.
VaspHeader read_vasp_header(LineReader& reader);

/// Three numbers at the beginning of a line; what follows is not looked at.
Vec3 read_vector(std::string_view line, std::string_view what, const LineReader& reader);

/// Reads the positions of all atoms as they stand, and sets species and kinds.
void read_vasp_positions(LineReader& reader, const VaspHeader& header, Structure& structure);

/// Atoms in the order in which VASP has them: by species, else as they were.
std::vector<std::size_t> vasp_order(const Structure& structure);

/// Title, cell, names and counts.
void write_vasp_header(const Structure& structure, TextBuffer& out);

}  // namespace vitrion::io
