// Extended XYZ: the comment line of an xyz file as a list of key=value.
//
// https://github.com/libAtoms/extxyz. Read: Lattice, Properties, pbc, Origin, time (ps), step,
// temperature (K; also sampled_at_K), wrapping, energy (eV; also free_energy), stress (eV/Å³,
// positive under tension) or virial (eV; −V·stress), config_type or phase, each in any case;
// columns species or Z, pos, velo|vel|velocities (Å/ps), momenta (ASE's units), forces|force
// (eV/Å), images, charges|charge|q|initial_charges, id (atoms are sorted by it). Energy, forces,
// stress and virial are also taken as REF_… and DFT_…, which go before the plain names. A comment
// with neither Lattice nor Properties is free text, except CP2K's "i = …, time = …, E = …" (fs,
// hartree). Written with every digit that a double has; ASE opens the result.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/line_reader.hpp"

namespace vitrion::io {

struct KeyValue {
  std::string key;  ///< in lower case
  std::string value;
};

/// Values may stand in "…", '…', {…} or […]; a key without a value is "T". A quotation or list that
/// does not end is an error, except in free text (a comment with neither Lattice nor Properties).
std::vector<KeyValue> parse_comment(std::string_view comment, const LineReader& reader);

/// The numbers of a value, whatever brackets and commas stand between them.
std::vector<double> numbers_of(const KeyValue& entry, const LineReader& reader);

}  // namespace vitrion::io
