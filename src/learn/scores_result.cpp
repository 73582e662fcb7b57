// The result "evaluate" from the records of all frames.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "learn/scores_summary.hpp"

namespace vitrion {
namespace {

using namespace scoring;

Plot plot_of(Plot::Kind kind, std::string title, std::string table, std::string x,
             std::string series, std::string error) {
  Plot out;
  out.kind = kind;
  out.title = std::move(title);
  out.table = std::move(table);
  out.x = std::move(x);
  out.series = {std::move(series)};
  out.errors = {std::move(error)};
  return out;
}

void add_plots(Result& out) {
  const auto force = [&](const char* table) {
    const Table* t = out.find_table(table);
    return t != nullptr && t->find("force_rmse") != nullptr && !t->columns.front().name.empty();
  };
  const auto error_of = [&](const char* table) {
    return out.find_table(table)->find("force_rmse_error") != nullptr ? "force_rmse_error" : "";
  };
  if (force("by_phase")) {
    Plot p = plot_of(Plot::Kind::bars, "Force error by phase", "by_phase", "phase", "force_rmse",
                     error_of("by_phase"));
    p.y_label = "force RMSE";
    out.plots.push_back(p);
  }
  if (force("by_temperature")) {
    Plot p = plot_of(Plot::Kind::lines, "Force error by temperature", "by_temperature", "T",
                     "force_rmse", error_of("by_temperature"));
    p.x_label = "temperature";
    p.y_label = "force RMSE";
    out.plots.push_back(p);
  }
  for (const auto& [table, title] : {std::pair{"parity_force", "Forces, predicted and given"},
                                     {"parity_energy", "Energies, predicted and given"}}) {
    const Table* t = out.find_table(table);
    if (t == nullptr || t->columns.front().data.empty()) continue;
    Plot p = plot_of(Plot::Kind::points, title, table, "label", "predicted", "");
    p.x_label = "given";
    p.y_label = "predicted";
    out.plots.push_back(p);
  }
}

// A shift where it was asked for, and what to say where it was not and is missing.
ReferenceEnergies energy_shift(const std::vector<Record>& records, const std::string& kind,
                               Result& out) {
  if (kind == "per-element") {
    auto shift =
        fit_energies(records, [](const Record& r) { return *r.energy_label_eV - *r.energy_eV; });
    out.settings.emplace_back("energy shift",
                              fmt::format("a reference energy for each element, fitted to these "
                                          "{} energies ({} independent compositions)",
                                          shift.frames, shift.rank));
    Column names{"element", "", {}, {}};
    Column values{"shift", "eV", {}, {}};
    for (const auto& [name, value] : shift.per_atom_eV) {
      names.text.push_back(name);
      values.data.push_back(value);
    }
    if (!names.text.empty()) out.tables.push_back({"shift", {names, values}});
    if (shift.frames > 0 && shift.frames <= static_cast<std::size_t>(shift.rank))
      out.warnings.push_back(
          "there are no more energies than fitted shifts: the errors of the energy say nothing");
    return shift;
  }
  if (kind != "none")
    throw InputError(fmt::format("shift: \"{}\" is neither \"per-element\" nor \"none\"", kind));
  out.settings.emplace_back("energy shift", "none");
  const Summary plain(records, {});
  double largest = 0;
  for (const auto& r : records)
    if (r.energy_eV) largest = std::max(largest, std::abs(plain.energy_error(r)));
  if (largest > 1)
    out.warnings.push_back(
        fmt::format("predicted and given energies are up to {:.4g} eV/atom apart: they seem to "
                    "have different references; take the difference out with --shift per-element",
                    largest));
  return {};
}

}  // namespace

Result Scores::result() const {
  if (records_.empty()) throw InputError("no frame was evaluated");
  Result out;
  out.name = "evaluate";
  out.summary =
      "Errors of predicted energies (per atom), forces (each Cartesian component) and stresses "
      "(each of six components) against their labels.";
  const Summary summary(records_, energy_shift(records_, options_.shift, out));
  Records all;
  std::size_t atoms = 0;
  for (const auto& r : records_) {
    all.push_back(&r);
    atoms += r.size();
  }
  const Row total = summary.row(all);
  const auto scalar = [&](const char* key, const Estimate& e, const char* unit) {
    if (std::isfinite(e.value)) out.scalars.push_back({key, e.value, e.error, unit, summary.how()});
  };
  scalar("energy_rmse", total.energy_rmse, "meV/atom");
  scalar("energy_mae", total.energy_mae, "meV/atom");
  scalar("force_rmse", total.force_rmse, "meV/A");
  scalar("force_mae", total.force_mae, "meV/A");
  scalar("stress_rmse", total.stress_rmse, "GPa");
  scalar("force_rms", total.force_rms, "meV/A");
  out.tables.push_back(by_phase(records_, summary));
  if (std::isfinite(total.force_rmse.value)) out.tables.push_back(by_element(records_, summary));
  if (auto table = by_temperature(records_, summary)) out.tables.push_back(std::move(*table));
  out.tables.push_back(worst_frames(records_, summary, options_.worst));
  if (std::isfinite(total.force_rmse.value))
    out.tables.push_back(parity_force(records_, options_.parity_points));
  if (std::isfinite(total.energy_rmse.value))
    out.tables.push_back(parity_energy(records_, summary, options_.parity_points));
  add_plots(out);
  out.settings.emplace_back("frames", std::to_string(records_.size()));
  out.settings.emplace_back("atoms", std::to_string(atoms));
  if (records_.size() < 20)
    out.warnings.push_back(fmt::format("only {} frame{}: the errors of these errors are rough",
                                       records_.size(), records_.size() == 1 ? "" : "s"));
  return out;
}

}  // namespace vitrion
