#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "learn/scores_summary.hpp"

#include "base/constants.hpp"

namespace vitrion::scoring {
namespace {

Column texts(std::string name, std::vector<std::string> text = {}) {
  return {std::move(name), "", {}, std::move(text)};
}

// Columns that stand in all tables of errors.
class ErrorColumns {
 public:
  void add(const Row& row) {
    const auto put = [](Column& c, double v) { c.data.push_back(v); };
    put(frames_, static_cast<double>(row.frames));
    put(energy_rmse_, row.energy_rmse.value);
    put(energy_mae_, row.energy_mae.value);
    put(force_rmse_, row.force_rmse.value);
    put(force_rmse_error_, row.force_rmse.error);
    put(force_mae_, row.force_mae.value);
    put(force_rms_, row.force_rms.value);
    put(stress_rmse_, row.stress_rmse.value);
  }
  void finish(Table& table) {
    for (auto* c : {&frames_, &energy_rmse_, &energy_mae_, &force_rmse_, &force_rmse_error_,
                    &force_mae_, &force_rms_, &stress_rmse_}) {
      if (std::any_of(c->data.begin(), c->data.end(), [](double v) { return std::isfinite(v); }))
        table.columns.push_back(*c);
    }
  }

 private:
  Column frames_ = column("frames", ""), energy_rmse_ = column("energy_rmse", "meV/atom"),
         energy_mae_ = column("energy_mae", "meV/atom"),
         force_rmse_ = column("force_rmse", "meV/A"),
         force_rmse_error_ = column("force_rmse_error", "meV/A"),
         force_mae_ = column("force_mae", "meV/A"), force_rms_ = column("force_rms", "meV/A"),
         stress_rmse_ = column("stress_rmse", "GPa");
};

}  // namespace

Table by_phase(const std::vector<Record>& records, const Summary& summary) {
  std::map<std::string, Records> groups;
  for (const auto& r : records) groups[r.phase].push_back(&r);
  Column names = texts("phase");
  ErrorColumns columns;
  for (const auto& [name, list] : groups) {
    names.text.push_back(name);
    columns.add(summary.row(list));
  }
  Table out{"by_phase", {names}};
  columns.finish(out);
  return out;
}

Table by_element(const std::vector<Record>& records, const Summary& summary) {
  std::set<std::string> elements;
  Records all;
  for (const auto& r : records) {
    all.push_back(&r);
    for (const auto& [name, sum] : r.force) elements.insert(name);
  }
  Column names = texts("element");
  Column forces = column("forces", ""), rmse = column("force_rmse", "meV/A"),
         error = column("force_rmse_error", "meV/A"), mae = column("force_mae", "meV/A"),
         rms = column("force_rms", "meV/A");
  for (const auto& name : elements) {
    const Row row = summary.row(all, name);
    names.text.push_back(name);
    forces.data.push_back(row.components);
    rmse.data.push_back(row.force_rmse.value);
    error.data.push_back(row.force_rmse.error);
    mae.data.push_back(row.force_mae.value);
    rms.data.push_back(row.force_rms.value);
  }
  return {"by_element", {names, forces, rmse, error, mae, rms}};
}

namespace {

// Bins of a round width, so that there are at most ten; a few temperatures stay as they are.
double bin_width_K(const Records& records) {
  std::set<double> different;
  for (const auto* r : records) different.insert(*r->temperature_K);
  if (different.size() <= 10) return 0;
  const double span = *different.rbegin() - *different.begin();
  for (const double width : {10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0})
    if (span / width <= 10) return width;
  return span / 10;
}

}  // namespace

std::optional<Table> by_temperature(const std::vector<Record>& records, const Summary& summary) {
  Records timed;
  for (const auto& r : records)
    if (r.temperature_K) timed.push_back(&r);
  if (timed.empty()) return std::nullopt;
  const double width = bin_width_K(timed);
  std::map<double, Records> groups;
  for (const auto* r : timed) {
    const double T = *r->temperature_K;
    groups[width > 0 ? (std::floor(T / width) + 0.5) * width : T].push_back(r);
  }
  Column T = column("T", "K");
  ErrorColumns columns;
  for (const auto& [temperature, list] : groups) {
    T.data.push_back(temperature);
    columns.add(summary.row(list));
  }
  Table out{"by_temperature", {T}};
  columns.finish(out);
  return out;
}

Table worst_frames(const std::vector<Record>& records, const Summary& summary, std::size_t count) {
  struct Bad {
    const Record* record;
    double force;   // meV/Å
    double energy;  // meV/atom
  };
  std::vector<Bad> list;
  for (const auto& r : records) {
    const auto force = r.all_forces();
    list.push_back({&r, force.count > 0 ? 1e3 * std::sqrt(force.square / force.count) : not_known,
                    r.energy_eV ? 1e3 * summary.energy_error(r) : not_known});
  }
  const auto key = [](const Bad& b) {
    return std::isfinite(b.force) ? b.force : std::isfinite(b.energy) ? std::abs(b.energy) : 0.0;
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const Bad& a, const Bad& b) { return key(a) > key(b); });
  list.resize(std::min(list.size(), count));
  Column file = texts("file"), phase = texts("phase"), frame = column("frame", ""),
         force = column("force_rmse", "meV/A"), largest = column("largest_force_error", "meV/A"),
         atom = column("atom", ""), energy = column("energy_error", "meV/atom");
  for (const auto& b : list) {
    file.text.push_back(b.record->file);
    phase.text.push_back(b.record->phase);
    frame.data.push_back(static_cast<double>(b.record->index));
    force.data.push_back(b.force);
    const bool known = b.record->worst_atom > 0;
    largest.data.push_back(known ? 1e3 * b.record->worst_force : not_known);
    atom.data.push_back(known ? static_cast<double>(b.record->worst_atom) : not_known);
    energy.data.push_back(b.energy);
  }
  return {"worst", {file, frame, phase, force, largest, atom, energy}};
}

Table parity_force(const std::vector<Record>& records, std::size_t most) {
  std::vector<std::pair<float, float>> all;
  for (const auto& r : records) all.insert(all.end(), r.parity.begin(), r.parity.end());
  Column label = column("label", "eV/A"), predicted = column("predicted", "eV/A");
  const std::size_t n = std::min(all.size(), most);
  for (std::size_t i = 0; i < n; ++i) {
    const auto& [x, y] = all[i * all.size() / n];
    label.data.push_back(static_cast<double>(x));
    predicted.data.push_back(static_cast<double>(y));
  }
  return {"parity_force", {label, predicted}};
}

// Both less the reference energies fitted to the labels, which would hide everything else.
Table parity_energy(const std::vector<Record>& records, const Summary& summary, std::size_t most) {
  const auto zero = fit_energies(records, [](const Record& r) { return *r.energy_label_eV; });
  Records all;
  for (const auto& r : records)
    if (r.energy_eV) all.push_back(&r);
  Column label = column("label", "eV/atom"), predicted = column("predicted", "eV/atom");
  const std::size_t n = std::min(all.size(), most);
  for (std::size_t i = 0; i < n; ++i) {
    const Record& r = *all[i * all.size() / n];
    const auto atoms = static_cast<double>(r.size());
    label.data.push_back((*r.energy_label_eV - zero.of(r.atoms)) / atoms);
    predicted.data.push_back((summary.shifted_energy_eV(r) - zero.of(r.atoms)) / atoms);
  }
  return {"parity_energy", {label, predicted}};
}

}  // namespace vitrion::scoring
