// Quantities with units, as users write them: "300 K", "2 fs", "0.05 K/fs", "1.9 g/cm3".
//
// Each dimension has one canonical unit, in which values live inside the program:
// length Å, time ps, temperature K, energy eV, mass amu, charge e, pressure GPa,
// density g/cm³, heating rate K/ps, velocity Å/ps, angle °, frequency THz, diffusivity cm²/s,
// conductivity mS/cm, wavenumber 1/Å, number density 1/Å³.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace vitrion {

enum class Dimension {
  none,
  length,
  time,
  temperature,
  energy,
  mass,
  charge,
  pressure,
  density,
  rate,
  velocity,
  angle,
  frequency,
  diffusivity,
  conductivity,
  wavenumber,
  number_density,
};

/// The unit in which a dimension's values are held and written ("A", "ps", "K", …).
std::string_view canonical_unit(Dimension dimension);

/// The dimension's name in words ("length", "heating rate"), for messages.
std::string_view dimension_name(Dimension dimension);

/// All accepted units of a dimension, the canonical one first.
std::vector<std::string> accepted_units(Dimension dimension);

/// Reads "12.5 A", "2fs", "1e-3 ps" into the canonical unit.
/// A missing, unknown or wrong unit, or a number that is not finite, throws InputError at `where`.
double parse_quantity(std::string_view text, Dimension dimension, const Location& where = {});

/// Reads a plain finite number; the whole text must be used.
double parse_number(std::string_view text, const Location& where = {});
long parse_integer(std::string_view text, const Location& where = {});

/// "300 K": the shortest text that reads back to the same value.
std::string format_quantity(double value, Dimension dimension);

}  // namespace vitrion
