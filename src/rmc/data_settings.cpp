#include <filesystem>

#include "rmc/data_set.hpp"

namespace vitrion::rmc {

namespace {

void add_refined(Schema& schema, const std::string& key, Refined& r, const std::string& what) {
  schema.quantity(key, r.value, Dimension::none, what)
      .flag("refine_" + key, r.refine, "fit it to the data as the run goes")
      .quantities(key + "_limits", r.limits, Dimension::none, "lowest and highest, when refined");
}

}  // namespace

Schema DataSettings::schema() {
  Schema s("data");
  s.text("file", file, "two or three columns: x, value, error; relative to the recipe")
      .text("name", name, "short name for tables and plots; empty: that of the file")
      .choice("probe", probe, {"neutron", "xray"}, "what was scattered")
      .choice("form", form, {"S", "i", "F", "g", "D", "T", "G"},
              "what the values are: S(q); i(q) = S - 1; F(q) = q (S - 1); g(r); D(r) = 4 pi r rho "
              "(g - 1), also called the reduced PDF or G(r); T(r) = 4 pi r rho g; G(r) = Keen's, "
              "(g - 1) times the norm")
      .choice("norm", norm, {"average_squared", "squared_average", "barn"},
              "by what the scattering was divided: <w>^2, <w^2>, or nothing (barn per atom; "
              "electron units per atom for X-rays)")
      .quantity("weight", weight, Dimension::none, "of this set in the sum of R_chi^2", positive)
      .flag("use_errors", use_errors, "weigh points by 1/error^2 of the third column")
      .quantities("range", range, Dimension::none, "lowest and highest x that are fitted")
      .optional_quantity("rebin", rebin, Dimension::none,
                         "mean over bins of x this wide; auto: 0.05 1/A in q, none in r",
                         not_negative)
      .quantity("sigma", sigma_A, Dimension::length,
                "standard deviation of a Gaussian that broadens computed distances", not_negative)
      .optional_quantity("q_max", q_max_A, Dimension::wavenumber,
                         "r only: the highest q from which the curve was made, whose ringing is "
                         "then in the computed one; auto: none",
                         positive)
      .choice("window", window, {"none", "lorch", "cosine"},
              "r only: the modification function that was used with q_max")
      .quantity("damping", damping_A, Dimension::wavenumber,
                "standard deviation of the instrument's resolution in q (Q_damp)", not_negative);
  add_refined(s, "scale", scale, "factor on the computed curve");
  add_refined(s, "offset", offset, "added to the computed curve");
  add_refined(s, "slope", slope, "times x, added to the computed curve");
  s.flag("accept_density", accept_density, "go on where the slope at low r contradicts the density")
      .flag("accept_limit", accept_limit, "go on where the curve does not end at its limit");
  scattering.add_neutron(s);
  scattering.add_xray(s);
  return s;
}

std::string DataSettings::label() const {
  return name.empty() ? std::filesystem::path(file).stem().string() : name;
}
std::string DataSettings::x_label() const { return in_q() ? "q (1/Å)" : "r (Å)"; }
std::string DataSettings::y_label() const {
  const std::string who = probe == "neutron" ? "neutron " : "X-ray ";
  const std::string unit = y_unit();
  return who + form + (in_q() ? "(q)" : "(r)") + (unit.empty() ? "" : " (" + unit + ")");
}
std::string DataSettings::y_unit() const {
  const bool barn = norm == "barn";
  const std::string of = barn ? (probe == "neutron" ? "barn" : "e2") : "";
  if (form == "F") return barn ? of + "/A" : "1/A";
  if (form == "D" || form == "T") return barn ? of + "/A2" : "1/A2";
  if (form == "G" && probe == "neutron" && norm == "barn") return "barn";
  return form == "g" || form == "S" ? "" : of;
}

}  // namespace vitrion::rmc
