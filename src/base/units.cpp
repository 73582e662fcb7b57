#include "base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/constants.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace {

struct Unit {
  Dimension dimension;
  std::string_view name;
  double in_canonical;
};

// The first unit of each dimension is its canonical one.
constexpr std::array units{
    Unit{Dimension::length, "A", 1.0},
    Unit{Dimension::length, "Å", 1.0},
    Unit{Dimension::length, "angstrom", 1.0},
    Unit{Dimension::length, "nm", 10.0},
    Unit{Dimension::length, "pm", 0.01},
    Unit{Dimension::length, "bohr", constants::bohr_A},
    Unit{Dimension::time, "ps", 1.0},
    Unit{Dimension::time, "fs", 1e-3},
    Unit{Dimension::time, "ns", 1e3},
    Unit{Dimension::time, "us", 1e6},
    Unit{Dimension::temperature, "K", 1.0},
    Unit{Dimension::energy, "eV", 1.0},
    Unit{Dimension::energy, "meV", 1e-3},
    Unit{Dimension::energy, "kJ/mol", 0.010364269656262},
    Unit{Dimension::energy, "kcal/mol", 0.0433641042418},
    Unit{Dimension::energy, "Ha", 27.211386245988},
    Unit{Dimension::mass, "amu", 1.0},
    Unit{Dimension::mass, "u", 1.0},
    Unit{Dimension::charge, "e", 1.0},
    Unit{Dimension::pressure, "GPa", 1.0},
    Unit{Dimension::pressure, "MPa", 1e-3},
    Unit{Dimension::pressure, "Pa", 1e-9},
    Unit{Dimension::pressure, "bar", 1e-4},
    Unit{Dimension::pressure, "kbar", 0.1},
    Unit{Dimension::pressure, "atm", 1.01325e-4},
    Unit{Dimension::density, "g/cm3", 1.0},
    Unit{Dimension::density, "g/cm^3", 1.0},
    Unit{Dimension::density, "g/cm³", 1.0},
    Unit{Dimension::density, "g/cc", 1.0},
    Unit{Dimension::density, "kg/m3", 1e-3},
    Unit{Dimension::density, "kg/m^3", 1e-3},
    Unit{Dimension::rate, "K/ps", 1.0},
    Unit{Dimension::rate, "K/fs", 1e3},
    Unit{Dimension::rate, "K/ns", 1e-3},
    Unit{Dimension::velocity, "A/ps", 1.0},
    Unit{Dimension::velocity, "A/fs", 1e3},
    Unit{Dimension::velocity, "m/s", 0.01},
    Unit{Dimension::angle, "deg", 1.0},
    Unit{Dimension::angle, "°", 1.0},
    Unit{Dimension::angle, "rad", 57.29577951308232},
    Unit{Dimension::frequency, "THz", 1.0},
    Unit{Dimension::frequency, "1/ps", 1.0},
    Unit{Dimension::frequency, "cm-1", 0.0299792458},
    Unit{Dimension::frequency, "1/cm", 0.0299792458},
    Unit{Dimension::diffusivity, "cm2/s", 1.0},
    Unit{Dimension::diffusivity, "cm²/s", 1.0},
    Unit{Dimension::diffusivity, "A2/ps", 1e-4},
    Unit{Dimension::diffusivity, "m2/s", 1e4},
    Unit{Dimension::conductivity, "mS/cm", 1.0},
    Unit{Dimension::conductivity, "S/cm", 1e3},
    Unit{Dimension::conductivity, "S/m", 10.0},
    Unit{Dimension::wavenumber, "1/A", 1.0},
    Unit{Dimension::wavenumber, "A-1", 1.0},
    Unit{Dimension::wavenumber, "1/Å", 1.0},
    Unit{Dimension::wavenumber, "1/nm", 0.1},
    Unit{Dimension::number_density, "1/A3", 1.0},
    Unit{Dimension::number_density, "A-3", 1.0},
};

struct Split {
  double value;
  std::string_view unit;
};

Split split_number(std::string_view text, const Location& where) {
  std::string_view body = trim(text);
  if (!body.empty() && body.front() == '+') body.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (error != std::errc() || !std::isfinite(value)) {
    throw InputError(where, fmt::format("\"{}\" is not a finite number: write digits, then a unit "
                                        "where one is needed",
                                        trim(text)));
  }
  return {value, trim(body.substr(static_cast<std::size_t>(end - body.data())))};
}

std::string example(Dimension dimension, double value) {
  return fmt::format("\"{} {}\"", value, canonical_unit(dimension));
}

}  // namespace

std::string_view canonical_unit(Dimension dimension) {
  for (const auto& unit : units) {
    if (unit.dimension == dimension) return unit.name;
  }
  return "";
}

std::string_view dimension_name(Dimension dimension) {
  switch (dimension) {
    case Dimension::none: return "number";
    case Dimension::length: return "length";
    case Dimension::time: return "time";
    case Dimension::temperature: return "temperature";
    case Dimension::energy: return "energy";
    case Dimension::mass: return "mass";
    case Dimension::charge: return "charge";
    case Dimension::pressure: return "pressure";
    case Dimension::density: return "density";
    case Dimension::rate: return "heating or cooling rate";
    case Dimension::velocity: return "velocity";
    case Dimension::angle: return "angle";
    case Dimension::frequency: return "frequency";
    case Dimension::diffusivity: return "diffusion coefficient";
    case Dimension::conductivity: return "conductivity";
    case Dimension::wavenumber: return "wavenumber";
    case Dimension::number_density: return "number density";
  }
  return "number";
}

std::vector<std::string> accepted_units(Dimension dimension) {
  std::vector<std::string> out;
  for (const auto& unit : units) {
    if (unit.dimension == dimension) out.emplace_back(unit.name);
  }
  return out;
}

double parse_quantity(std::string_view text, Dimension dimension, const Location& where) {
  const auto [value, name] = split_number(text, where);
  if (dimension == Dimension::none) {
    if (name.empty()) return value;
    throw InputError(
        where, fmt::format("\"{}\" should be a plain number: remove \"{}\"", trim(text), name));
  }
  if (name.empty()) {
    throw InputError(
        where, fmt::format("\"{}\" lacks a unit: write the {} as, for example, {}", trim(text),
                           dimension_name(dimension), example(dimension, value)));
  }
  for (const auto& unit : units) {
    if (unit.dimension == dimension && unit.name == name) return value * unit.in_canonical;
  }
  throw InputError(where,
                   fmt::format("\"{}\" is not a unit of {}: use one of {}", name,
                               dimension_name(dimension), join(accepted_units(dimension), ", ")));
}

double parse_number(std::string_view text, const Location& where) {
  return parse_quantity(text, Dimension::none, where);
}

long parse_integer(std::string_view text, const Location& where) {
  std::string_view body = trim(text);
  if (!body.empty() && body.front() == '+') body.remove_prefix(1);
  long value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (error != std::errc() || end != body.data() + body.size()) {
    throw InputError(where, fmt::format("\"{}\" is not a whole number", trim(text)));
  }
  return value;
}

std::string format_quantity(double value, Dimension dimension) {
  const auto unit = canonical_unit(dimension);
  return unit.empty() ? fmt::format("{}", value) : fmt::format("{} {}", value, unit);
}

}  // namespace vitrion
