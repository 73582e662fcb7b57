// Physical constants in the internal units: Å, ps, eV, amu, K, e (CODATA 2018, exact where SI is).
#pragma once

#include <limits>
#include <numbers>

namespace vitrion {

/// A value or an error that cannot be told; `null` in JSON.
inline constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

namespace constants {

inline constexpr double pi = std::numbers::pi;
inline constexpr double degree = pi / 180;
inline constexpr double barn_per_fm2 = 0.01;
inline constexpr double boltzmann_eV_K = 8.617333262145179e-5;
inline constexpr double elementary_charge_C = 1.602176634e-19;
inline constexpr double avogadro = 6.02214076e23;
inline constexpr double amu_kg = 1.66053906660e-27;
/// 1 amu Å²/ps² in eV: kinetic energy is ½ m v² times this.
inline constexpr double amu_A2_ps2_in_eV = 1.0364269656262175e-4;
/// e²/(4πε₀) in eV Å.
inline constexpr double coulomb_eV_A = 14.399645478425668;
/// 1 amu/Å³ in g/cm³.
inline constexpr double amu_A3_in_g_cm3 = 1.66053906660;
inline constexpr double bohr_A = 0.529177210903;
inline constexpr double hartree_eV = 27.211386245988;
/// 1 eV/Å³ in GPa.
inline constexpr double eV_A3_in_GPa = 160.21766339999997;
/// 1 Å²/ps in cm²/s.
inline constexpr double A2_ps_in_cm2_s = 1e-4;
/// 1 e²/(Å eV ps)·(Å²/ps-type) conductivity unit: e² Å²/ps / (Å³ eV) in mS/cm.
///   e²/(Å·eV·ps) = e/(V·Å·ps) = 1.602176634e-19 / (1e-10 · 1e-12) S/m = 1602.18 S/m = 16021.8
///   mS/cm
inline constexpr double conductivity_mS_cm = 16021.76634;

}  // namespace constants
}  // namespace vitrion
