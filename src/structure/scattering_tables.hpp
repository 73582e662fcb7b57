// How strongly atoms scatter: neutron lengths of elements and isotopes, X-ray form factors of atoms
// and ions.
//
// Neutrons: real parts of bound coherent lengths in fm, Sears, Neutron News 3(3), 26 (1992),
// DOI 10.1080/10448639208218770. X-rays: f(q) = Σ a exp(−b s²) + c with s = q/4π (Cromer–Mann),
// International Tables for Crystallography C, table 6.1.1.4, good to q = 25 1/Å; without
// dispersion.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrion {

/// Of the natural element; nothing where it has not been measured.
std::optional<double> neutron_length_fm(int atomic_number);

struct Isotope {
  int atomic_number = 0;
  double length_fm = 0;
};
/// Of "7Li", "34S", "D"; throws InputError with the names that are known.
Isotope isotope(std::string_view name);

struct FormFactor {
  std::array<double, 4> a{};
  std::array<double, 4> b{};
  double c = 0;

  [[nodiscard]] double operator()(double q_A) const;
};
/// Of the neutral atom; nothing above californium.
std::optional<FormFactor> form_factor(int atomic_number);

struct Ion {
  int atomic_number = 0;
  int charge = 0;
  FormFactor form;
};
/// Of "Li1+", "Cl-", "O2-"; throws InputError with the names that are known.
Ion ion(std::string_view name);

std::vector<std::string> isotope_names();
std::vector<std::string> ion_names();

}  // namespace vitrion
