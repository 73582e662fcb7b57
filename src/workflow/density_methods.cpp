#include "workflow/density_methods.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/combine.hpp"
#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace {

using constants::amu_A3_in_g_cm3;
constexpr double pressure_left_GPa = 0.05;  // moves the volume of a glass by 0.3 % or less

void rescale(Frame& frame, double length_scale) {
  const Cell& old = frame.structure.cell;
  for (auto& r : frame.structure.position) r = old.origin() + length_scale * (r - old.origin());
  frame.structure.cell = Cell(old.vectors() * length_scale, old.origin(), old.periodic());
}

// ρ = m/V: its relative error is that of V.
Estimate density_of(double mass_amu, const Estimate& volume_A3) {
  const double rho = mass_amu * amu_A3_in_g_cm3 / volume_A3.value;
  return {rho, rho * volume_A3.error / volume_A3.value};
}

Estimate mean_of(const std::vector<RelaxedSnapshot>& snapshots, double RelaxedSnapshot::*field) {
  std::vector<double> values;
  for (const auto& s : snapshots) values.push_back(s.*field);
  return mean_and_error(values);
}

}  // namespace

void scale_volume(Frame& frame, double share) { rescale(frame, std::cbrt(share)); }

void scale_to_density(Frame& frame, double density_g_cm3) {
  const double now = frame.structure.density_g_cm3();
  if (!(now > 0) || !(density_g_cm3 > 0))
    throw WorkError("a density without masses or a cell cannot be set");
  rescale(frame, std::cbrt(now / density_g_cm3));
}

Result relaxed_density_result(const std::vector<RelaxedSnapshot>& snapshots, double pressure_GPa) {
  if (snapshots.empty()) throw WorkError("relaxed_density has no snapshot");
  Result out;
  out.name = "relaxed_density";
  out.summary =
      "Density of snapshots brought to rest (0 K) together with their cells: what the potential's "
      "own structures have without thermal expansion.";
  const std::string how = snapshots.size() > 1
                              ? fmt::format("scatter of {} snapshots", snapshots.size())
                              : "none: one snapshot";
  const Estimate density = mean_of(snapshots, &RelaxedSnapshot::density_g_cm3);
  const Estimate energy = mean_of(snapshots, &RelaxedSnapshot::energy_eV_atom);
  out.scalars.push_back({"density", density.value, density.error, "g/cm3", how});
  out.scalars.push_back({"energy", energy.value, energy.error, "eV/atom", how});
  Table table{"snapshots",
              {column("snapshot", ""), column("density", "g/cm3"), column("energy", "eV/atom"),
               column("pressure_left", "GPa")}};
  double worst = 0;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const auto& s = snapshots[i];
    const double left = s.pressure_GPa - pressure_GPa;
    table.columns[0].data.push_back(static_cast<double>(i + 1));
    table.columns[1].data.push_back(s.density_g_cm3);
    table.columns[2].data.push_back(s.energy_eV_atom);
    table.columns[3].data.push_back(left);
    worst = std::max(worst, std::abs(left));
  }
  out.tables.push_back(std::move(table));
  if (worst > pressure_left_GPa) {
    out.warnings.push_back(
        fmt::format("the relaxation left {:.2g} GPa: make force_tolerance smaller or "
                    "max_iterations larger",
                    worst));
  }
  out.settings.emplace_back("snapshots", std::to_string(snapshots.size()));
  out.settings.emplace_back("pressure", fmt::format("{:g} GPa", pressure_GPa));
  return out;
}

Result equation_of_state_result(const EquationOfStateInput& in) {
  const EquationOfState eos = fit_equation_of_state(in.points, in.form, in.pressure_GPa);
  const std::string other_form = in.form == "quadratic" ? "birch-murnaghan" : "quadratic";
  Result out;
  out.name = "equation_of_state";
  out.summary = fmt::format(
      "Mean pressure of short runs at fixed volumes; the density is that at which a fit to them "
      "({}) has {:g} GPa.",
      in.form == "quadratic" ? "quadratic in V" : "Birch-Murnaghan, third order", in.pressure_GPa);
  const std::string how = eos.errors_of_fit ? "scatter of the points about the fit"
                                            : "blocks of the pressures, through the fit";
  const Estimate density = density_of(in.mass_amu, eos.volume_A3);
  const auto atoms = static_cast<double>(in.atoms);
  out.scalars.push_back({"density", density.value, density.error, "g/cm3", how});
  out.scalars.push_back(
      {"volume_per_atom", eos.volume_A3.value / atoms, eos.volume_A3.error / atoms, "A3", how});
  out.scalars.push_back(
      {"bulk_modulus", eos.bulk_modulus_GPa.value, eos.bulk_modulus_GPa.error, "GPa", how});
  out.scalars.push_back({"bulk_modulus_derivative", eos.bulk_modulus_derivative.value,
                         eos.bulk_modulus_derivative.error, "", how});
  try {
    const EquationOfState other = fit_equation_of_state(in.points, other_form, in.pressure_GPa);
    const Estimate by_other = density_of(in.mass_amu, other.volume_A3);
    out.scalars.push_back({other_form == "quadratic" ? "density_quadratic" : "density_birch",
                           by_other.value, by_other.error, "g/cm3", how});
    const double apart = std::abs(by_other.value - density.value);
    if (apart > 2 * density.error && apart > 1e-3 * density.value) {
      out.warnings.push_back(
          fmt::format("the other form of the fit gives {:.4f} instead of {:.4f} g/cm3: make "
                      "\"spread\" smaller, or start nearer to the density at rest",
                      by_other.value, density.value));
    }
  } catch (const WorkError&) {
    // The form that was asked for has an answer; that the other has none is no news of it.
  }
  Table table{"pressure",
              {column("volume_scale", ""), column("pressure", "GPa"), column("error", "GPa"),
               column("fit", "GPa"), column("density", "g/cm3")}};
  for (std::size_t i = 0; i < in.points.size(); ++i) {
    const auto& p = in.points[i];
    table.columns[0].data.push_back(in.scales[i]);
    table.columns[1].data.push_back(p.pressure_GPa.value);
    table.columns[2].data.push_back(p.pressure_GPa.error);
    table.columns[3].data.push_back(eos.fitted_GPa[i]);
    table.columns[4].data.push_back(in.mass_amu * amu_A3_in_g_cm3 / p.volume_A3);
  }
  out.tables.push_back(std::move(table));
  Plot plot;
  plot.title = "Pressure against volume";
  plot.table = "pressure";
  plot.x = "volume_scale";
  plot.series = {"pressure", "fit"};
  plot.errors = {"error", ""};
  plot.x_label = "volume / that of the step before";
  plot.y_label = "pressure";
  const double at = eos.volume_A3.value / in.points.front().volume_A3 * in.scales.front();
  plot.marks.push_back({at, at, fmt::format("{:g} GPa", in.pressure_GPa)});
  out.plots.push_back(plot);
  if (!eos.is_inside) {
    out.warnings.push_back(
        "the density lies outside the volumes that were run and is extrapolated: make \"spread\" "
        "larger, or start from a better density");
  }
  if (eos.degrees_of_freedom > 0 &&
      eos.chi_squared > 4 * static_cast<double>(eos.degrees_of_freedom) && !eos.errors_of_fit) {
    out.warnings.push_back(
        fmt::format("the pressures scatter about the fit by {:.1f} times their errors: the volumes "
                    "remember different structures; make \"time\" longer",
                    std::sqrt(eos.chi_squared / static_cast<double>(eos.degrees_of_freedom))));
  }
  out.settings.emplace_back("fit", in.form);
  out.settings.emplace_back("chi squared", fmt::format("{:.3g} of {} degrees of freedom",
                                                       eos.chi_squared, eos.degrees_of_freedom));
  out.references = {"10.1126/sciadv.aaq0148", "10.1103/PhysRev.71.809"};
  return out;
}

Result density_methods_result(const std::vector<DensityByMethod>& methods) {
  Result out;
  out.name = "density_methods";
  out.summary =
      "The density by every method that the recipe asked for. They answer different questions: at "
      "a temperature or at rest, by the potential or by a measurement.";
  Table table{"methods",
              {{"method", "", {}, {}},
               column("temperature", "K"),
               column("density", "g/cm3"),
               column("error", "g/cm3"),
               column("replicas", ""),
               column("difference", "%"),
               {"how", "", {}, {}}}};
  double first = not_known;
  std::vector<std::pair<std::string, Estimate>> found;
  for (const auto& m : methods) {
    const Estimate all = combine_values(m.replicas);
    if (table.columns[0].text.empty()) first = all.value;
    const std::string how =
        m.replicas.size() > 1 ? fmt::format("{}; within and between replicas", m.how) : m.how;
    table.columns[0].text.push_back(m.method);
    table.columns[1].data.push_back(m.temperature_K);
    table.columns[2].data.push_back(all.value);
    table.columns[3].data.push_back(all.error);
    table.columns[4].data.push_back(static_cast<double>(m.replicas.size()));
    table.columns[5].data.push_back(100 * (all.value / first - 1));
    table.columns[6].text.push_back(how);
    out.scalars.push_back({"density_" + m.method, all.value, all.error, "g/cm3", how});
  }
  out.tables.push_back(std::move(table));
  out.settings.emplace_back("difference", "from the first row");
  return out;
}

}  // namespace vitrion
