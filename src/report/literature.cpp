#include "report/literature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/data_files.hpp"
#include "base/schema.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

struct Literature {
  std::string system;
  std::map<std::string, double> fractions;  // atomic
  std::vector<ReferenceRow> rows;
  std::vector<ReferencePoint> points;
};

template <class Item>
std::vector<Item> read_items(const Node& list, Schema (*schema)(Item&)) {
  std::vector<Item> out;
  for (const auto& node : list.items) {
    Item item;
    schema(item).read(node);
    out.push_back(item);
  }
  return out;
}

Schema row_schema(ReferenceRow& r) {
  Schema s("row");
  s.text("source", r.source, "who and how")
      .text("doi", r.doi, "")
      .text("density", r.density, "g/cm3")
      .text("atoms", r.atoms, "")
      .text("time", r.time_ps, "ps")
      .text("activation_energy", r.activation_energy_eV, "eV")
      .text("conductivity", r.conductivity_mS_cm, "mS/cm at 300 K");
  return s;
}

Schema point_schema(ReferencePoint& p) {
  Schema s("point");
  s.text("label", p.label, "")
      .quantity("temperature", p.temperature_K, Dimension::temperature, "", positive)
      .quantity("conductivity", p.conductivity_mS_cm, Dimension::conductivity, "", positive)
      .quantity("conductivity_high", p.conductivity_high_mS_cm, Dimension::conductivity,
                "end of a range", not_negative)
      .quantity("activation_energy", p.activation_energy_eV, Dimension::energy, "", not_negative);
  return s;
}

Literature read_literature(const fs::path& file) {
  Literature out;
  Schema s("literature");
  s.text("system", out.system, "in words")
      .quantity_map("atomic_fractions", out.fractions, Dimension::none, "of each element",
                    not_negative)
      .custom(
          "table", "list", "rows of the comparison",
          [&](const Node& n) { out.rows = read_items(n, &row_schema); }, [] { return Node(); })
      .custom(
          "points", "list", "of the Arrhenius plot",
          [&](const Node& n) { out.points = read_items(n, &point_schema); }, [] { return Node(); });
  s.read(load_yaml(file));
  return out;
}

bool same_composition(const Literature& l, const SystemPlan& system) {
  double total = 0;
  for (const auto& [symbol, fraction] : l.fractions) total += fraction;
  for (const auto& [symbol, count] : system.atoms_by_element) {
    const auto found = l.fractions.find(symbol);
    const double expected = found == l.fractions.end() ? 0.0 : found->second / total;
    if (std::abs(static_cast<double>(count) / static_cast<double>(system.atoms) - expected) > 0.01)
      return false;
  }
  return std::all_of(l.fractions.begin(), l.fractions.end(), [&](const auto& f) {
    return f.second == 0 || system.atoms_by_element.contains(f.first);
  });
}

std::string scalar_text(const Result* result, const std::string& key) {
  const Scalar* scalar = result == nullptr ? nullptr : result->find_scalar(key);
  return scalar == nullptr ? "–" : format_with_error(scalar->value, scalar->error);
}

ReferenceRow this_work(const ReportInput& in, const SystemPlan& system) {
  ReferenceRow row;
  row.source = "this run, " + in.potential_name;
  row.this_work = true;
  row.atoms = std::to_string(system.atoms);
  row.density = "–";
  row.time_ps = "–";
  for (const auto& state : in.states) {
    for (const auto& result : state.results) {
      if (result.name == "density" && row.density == "–")
        row.density = scalar_text(&result, "density");
      if (result.name == "msd") {
        const Table* table = result.find_table("msd");
        const Column* t = table == nullptr ? nullptr : table->find("t");
        if (t != nullptr && !t->data.empty()) row.time_ps = fmt::format("{:.3g}", t->data.back());
      }
    }
  }
  const Result* arrhenius = in.arrhenius ? &*in.arrhenius : nullptr;
  row.activation_energy_eV = scalar_text(arrhenius, "E_a");
  row.conductivity_mS_cm = scalar_text(arrhenius, "sigma_300K");
  return row;
}

}  // namespace

void add_literature(ReportInput& input, const SystemPlan& system) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data_folder() / "literature", error)) {
    if (entry.path().extension() != ".yaml") continue;
    const Literature literature = read_literature(entry.path());
    if (!same_composition(literature, system)) continue;
    input.references_table.push_back(this_work(input, system));
    input.references_table.insert(input.references_table.end(), literature.rows.begin(),
                                  literature.rows.end());
    input.reference_points.insert(input.reference_points.end(), literature.points.begin(),
                                  literature.points.end());
  }
}

}  // namespace vitrion
