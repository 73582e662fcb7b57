#include "structure/scattering_tables.hpp"

#include <fmt/format.h>

#include <cmath>
#include <gemmi/it92.hpp>
#include <gemmi/neutron92.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace {

struct IsotopeRow {
  const char* name;
  Isotope isotope;
};

// Sears 1992, as the elements.
constexpr IsotopeRow isotopes[] = {
    {"1H", {1, -3.7406}},   {"2H", {1, 6.671}},   {"D", {1, 6.671}},     {"6Li", {3, 2.00}},
    {"7Li", {3, -2.22}},    {"10B", {5, -0.1}},   {"11B", {5, 6.65}},    {"12C", {6, 6.6511}},
    {"13C", {6, 6.19}},     {"14N", {7, 9.37}},   {"15N", {7, 6.44}},    {"16O", {8, 5.803}},
    {"17O", {8, 5.78}},     {"18O", {8, 5.84}},   {"28Si", {14, 4.107}}, {"29Si", {14, 4.70}},
    {"30Si", {14, 4.58}},   {"32S", {16, 2.804}}, {"33S", {16, 4.74}},   {"34S", {16, 3.48}},
    {"35Cl", {17, 11.65}},  {"37Cl", {17, 3.08}}, {"58Ni", {28, 14.4}},  {"60Ni", {28, 2.8}},
    {"62Ni", {28, -8.7}},   {"63Cu", {29, 6.43}}, {"65Cu", {29, 10.61}}, {"107Ag", {47, 7.555}},
    {"109Ag", {47, 4.165}},
};

struct IonRow {
  const char* name;
  Ion ion;
};

// a and b alternate in the printed table; here the four a stand first. O2- is not in that table:
// Hovestreydt, Acta Cryst. A39, 268 (1983), DOI 10.1107/S0108767383000550.
constexpr IonRow ions[] = {
    {"Li1+", {3, 1, {{0.6968, 0.7888, 0.3414, 0.1563}, {4.6237, 1.9557, 0.6316, 10.0953}, 0.0167}}},
    {"O1-",
     {8,
      -1,
      {{4.1916, 1.63969, 1.52673, -20.307}, {12.8573, 4.17236, 47.0179, -0.01404}, 21.9412}}},
    {"O2-",
     {8,
      -2,
      {{3.7504, 2.84294, 1.54298, 1.62091}, {16.5151, 6.59203, 0.319201, 43.3486}, 0.242060}}},
    {"F1-",
     {9,
      -1,
      {{3.6322, 3.51057, 1.26064, 0.940706}, {5.27756, 14.7353, 0.442258, 47.3437}, 0.653396}}},
    {"Na1+", {11, 1, {{3.2565, 3.9362, 1.3998, 1.0032}, {2.6671, 6.1153, 0.2001, 14.039}, 0.404}}},
    {"Mg2+", {12, 2, {{3.4988, 3.8378, 1.3284, 0.8497}, {2.1676, 4.7542, 0.185, 10.1411}, 0.4853}}},
    {"Al3+",
     {13,
      3,
      {{4.17448, 3.3876, 1.20296, 0.528137}, {1.93816, 4.14553, 0.228753, 8.28524}, 0.706786}}},
    {"Si4+",
     {14,
      4,
      {{4.43918, 3.20345, 1.19453, 0.41653}, {1.64167, 3.43757, 0.2149, 6.65365}, 0.746297}}},
    {"Cl1-",
     {17, -1, {{18.2915, 7.2084, 6.5337, 2.3386}, {0.0066, 1.1717, 19.5424, 60.4486}, -16.378}}},
    {"K1+",
     {19, 1, {{7.9578, 7.4917, 6.359, 1.1915}, {12.6331, 0.7674, -0.002, 31.9128}, -4.9978}}},
    {"Ca2+",
     {20, 2, {{15.6348, 7.9518, 8.4372, 0.8537}, {-0.0074, 0.6089, 10.3116, 25.9905}, -14.875}}},
    {"Zn2+",
     {30, 2, {{11.9719, 7.3862, 6.4668, 1.394}, {2.9946, 0.2031, 7.0826, 18.0995}, 0.7807}}},
    {"Ge4+",
     {32,
      4,
      {{12.9172, 6.70003, 6.06791, 0.859041}, {2.53718, 0.205855, 5.47913, 11.603}, 1.45572}}},
    {"Br1-",
     {35, -1, {{17.1718, 6.3338, 5.5754, 3.7272}, {2.2059, 19.3345, 0.2871, 58.1535}, 3.1776}}},
    {"Ag1+",
     {47,
      1,
      {{19.1812, 15.9719, 5.27475, 0.357534}, {0.646179, 7.19123, 21.7326, 66.1147}, 5.21572}}},
    {"Sn4+",
     {50, 4, {{18.9333, 19.7131, 3.4182, 0.0193}, {5.764, 0.4655, 14.0049, -0.7583}, 3.9182}}},
    {"Sb5+",
     {51, 5, {{19.8685, 19.0302, 2.41253, 0.0}, {5.44853, 0.467973, 14.1259, 0.0}, 4.69263}}},
    {"I1-",
     {53, -1, {{20.2332, 18.997, 7.8069, 2.8868}, {4.3579, 0.3815, 29.5259, 84.9304}, 4.0714}}},
};

// "Li+" and "Li1+" are one.
std::string with_digit(std::string_view name) {
  std::string out(name);
  if (out.size() > 1 && (out.back() == '+' || out.back() == '-') &&
      !(out[out.size() - 2] >= '0' && out[out.size() - 2] <= '9')) {
    out.insert(out.size() - 1, "1");
  }
  return out;
}

}  // namespace

std::optional<double> neutron_length_fm(int z) {
  if (z < 1 || z >= static_cast<int>(gemmi::El::D)) return std::nullopt;
  const auto element = static_cast<gemmi::El>(z);
  if (!gemmi::Neutron92<double>::has(element)) return std::nullopt;
  return gemmi::Neutron92<double>::get_(element);
}

Isotope isotope(std::string_view name) {
  for (const auto& row : isotopes) {
    if (name == row.name) return row.isotope;
  }
  throw InputError(
      fmt::format("there is no neutron length for the isotope \"{}\"{}: known are {}; or give the "
                  "length of the "
                  "element with neutron_lengths",
                  name, did_you_mean(name, isotope_names()), join(isotope_names(), ", ")));
}

double FormFactor::operator()(double q_A) const {
  const double s = q_A / (4 * constants::pi);
  double f = c;
  for (std::size_t k = 0; k < 4; ++k) f += a[k] * std::exp(-b[k] * s * s);
  return f;
}

std::optional<FormFactor> form_factor(int z) {
  if (z < 1 || z > 98) return std::nullopt;
  const auto& table = gemmi::IT92<double>::get(static_cast<gemmi::El>(z));
  FormFactor out;
  for (int k = 0; k < 4; ++k) {
    out.a[static_cast<std::size_t>(k)] = table.a(k);
    out.b[static_cast<std::size_t>(k)] = table.b(k);
  }
  out.c = table.c();
  return out;
}

Ion ion(std::string_view name) {
  const std::string full = with_digit(name);
  for (const auto& row : ions) {
    if (full == row.name) return row.ion;
  }
  throw InputError(fmt::format(
      "there is no X-ray form factor for the ion \"{}\"{}: known are {}; other atoms are "
      "taken as neutral",
      name, did_you_mean(full, ion_names()), join(ion_names(), ", ")));
}

std::vector<std::string> isotope_names() {
  std::vector<std::string> out;
  for (const auto& row : isotopes) out.emplace_back(row.name);
  return out;
}

std::vector<std::string> ion_names() {
  std::vector<std::string> out;
  for (const auto& row : ions) out.emplace_back(row.name);
  return out;
}

}  // namespace vitrion
