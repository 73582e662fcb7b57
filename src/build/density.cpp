#include "build/density.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>

#include "base/constants.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

// Volumes per ion (Å³) such that the cells of simple crystals add up: Li2S 46.7, Li3PS4 154.6, Na2S
// 69.9, Na3PS4 171, LiCl 33.7, LiBr 41.6, LiI 54.0, NaCl 44.9, GeS2 and SiS2 glass 83 and 77 Å³ per
// formula. Formers sit in the holes between anions and take next to nothing.
const std::map<std::string, double>& ion_volumes() {
  static const std::map<std::string, double> table{
      {"H", 4},  {"Li", 4},  {"Na", 12},  {"K", 27},  {"Rb", 34}, {"Cs", 45}, {"Ag", 12},
      {"Cu", 7}, {"Mg", 4},  {"Ca", 12},  {"Sr", 18}, {"Ba", 26}, {"Zn", 6},  {"Cd", 10},
      {"B", 0},  {"Al", 4},  {"Ga", 6},   {"In", 10}, {"La", 18}, {"Y", 12},  {"Sc", 8},
      {"C", 0},  {"Si", 3},  {"Ge", 9},   {"Sn", 14}, {"Ti", 6},  {"Zr", 10}, {"P", 0},
      {"As", 8}, {"Sb", 16}, {"Nb", 8},   {"Ta", 8},  {"F", 13},  {"Cl", 30}, {"Br", 38},
      {"I", 50}, {"O", 18},  {"S", 36.5}, {"Se", 43}, {"Te", 57}, {"N", 15}};
  return table;
}

// Glasses are less dense than crystals: by 5–8 % in Li2S–P2S5 (Baba & Kawamura 2016).
constexpr double glass_expansion = 1.06;

double mass_amu(const std::map<std::string, double>& atoms) {
  double mass = 0;
  for (const auto& [symbol, n] : atoms) mass += n * element::mass_amu(element::require(symbol));
  return mass;
}

double estimate_g_cm3(const std::map<std::string, double>& atoms) {
  return mass_amu(atoms) / ionic_volume_A3(atoms) * constants::amu_A3_in_g_cm3;
}

// x of x A2S – (1−x) P2S5, where the atoms are that and nothing else.
std::optional<double> sulfide_fraction(const std::map<std::string, double>& atoms,
                                       const std::string& cation) {
  if (atoms.size() != 3 || atoms.count(cation) == 0 || atoms.count("P") == 0 ||
      atoms.count("S") == 0)
    return std::nullopt;
  const double a = atoms.at(cation) / 2;
  const double p = atoms.at("P") / 2;
  if (std::abs(atoms.at("S") - a - 5 * p) > 0.02 * atoms.at("S")) return std::nullopt;
  return a / (a + p);
}

struct Point {
  double x;
  double g_cm3;
};

// x Li2S – (1−x) P2S5 at 300 K by first-principles NPT, one method for the whole series: Baba &
// Kawamura, Front. Energy Res. 4, 22 (2016). Ohara et al., Sci. Rep. 6, 21302 (2016) measured
// 1.93 g/cm³ for milled 70:30, 2 % more than the series has there.
constexpr std::array<Point, 2> lithium_thiophosphate{{{0.70, 1.89}, {0.75, 1.79}}};
constexpr const char* thiophosphate_source =
    "xLi2S-(1-x)P2S5 by first-principles NPT (1.89 g/cm3 at x = 0.70, 1.79 at 0.75), Baba & "
    "Kawamura 2016, "
    "DOI 10.3389/fenrg.2016.00022; milled 70:30 was measured at 1.93, DOI 10.1038/srep21302";

std::map<std::string, double> thiophosphate(double x) {
  return {{"Li", 2 * x}, {"P", 2 * (1 - x)}, {"S", x + 5 * (1 - x)}};
}

DensityGuess lithium_thiophosphate_glass(double x) {
  const Point& first = lithium_thiophosphate.front();
  const Point& last = lithium_thiophosphate.back();
  if (x >= first.x - 1e-9 && x <= last.x + 1e-9) {
    const double f = (x - first.x) / (last.x - first.x);
    return {first.g_cm3 + f * (last.g_cm3 - first.g_cm3),
            fmt::format("interpolated to x = {:.3g}: {}", x, thiophosphate_source)};
  }
  // Beyond the series the nearest point sets the packing and ionic volumes the trend.
  const Point& near = x < first.x ? first : last;
  const double packing = near.g_cm3 / estimate_g_cm3(thiophosphate(near.x));
  return {packing * estimate_g_cm3(thiophosphate(x)),
          fmt::format("an estimate, carried from x = {:.3g} to x = {:.3g} by ionic volumes: {}",
                      near.x, x, thiophosphate_source)};
}

}  // namespace

double ionic_volume_A3(const std::map<std::string, double>& atoms) {
  double volume = 0;
  for (const auto& [symbol, n] : atoms) {
    const auto it = ion_volumes().find(symbol);
    const double radius = element::covalent_radius_A(element::require(symbol));
    volume +=
        n * (it != ion_volumes().end() ? it->second
                                       : 4.0 / 3.0 * constants::pi * radius * radius * radius);
  }
  return glass_expansion * volume;
}

DensityGuess guess_density(const std::map<std::string, double>& atoms) {
  if (const auto x = sulfide_fraction(atoms, "Li"); x && *x >= 0.5 && *x <= 0.85) {
    return lithium_thiophosphate_glass(*x);
  }
  return {
      estimate_g_cm3(atoms),
      "an estimate from ionic volumes, good to about a tenth: give the density where it is known"};
}

}  // namespace vitrion
