#include "coupling/hop_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "structure/bonds.hpp"
#include "structure/peaks.hpp"

namespace vitrion {
namespace {

constexpr double g_width_A = 0.05;
constexpr std::size_t g_bins = 160;      // to 8 Å
constexpr std::size_t g_ions = 64;       // sampled a frame
constexpr double beyond_anions_A = 1.2;  // a former's cut-off where g(r) has no minimum

}  // namespace

std::string HopTypesAnalysis::summary() const {
  return "hops classed by anions and polyhedra around the ion before, at and after the top";
}

Schema HopTypesAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "ion that hops; empty: the first monovalent cation");
  schema.texts("formers", formers_, "centres of polyhedra; empty: P, Si, Ge, B, Sn, As, Sb");
  schema.texts("anions", anions_, "empty: chalcogens, halogens and nitrogen");
  schema.quantity_map("cutoffs", cutoffs_A_, Dimension::length,
                      "of neighbours of the ion, by pair, like Li-S: 3.2 A; else those of "
                      "coordination for anions, and the first minimum of g(r) for formers",
                      positive);
  schema.quantity("window", window_ps_, Dimension::time,
                  "over which positions are averaged before and after a hop", positive);
  schema.quantity("min_length", least_length_A_, Dimension::length,
                  "between the mean positions before and after: less is no hop", positive);
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "for barriers; auto: as the trajectory says", positive);
  schema.text("drift", drift_, drift_help);
  return schema;
}

std::size_t HopTypesAnalysis::Environment::type() const {
  if (anions[0] != anions[2]) return 2;
  return anions[1] == anions[0] ? 0 : 1;
}

bool HopTypesAnalysis::Environment::same_formers() const {
  return formers[0] == formers[1] && formers[1] == formers[2];
}

void HopTypesAnalysis::choose_neighbors(const Structure& structure) {
  const PairTable table(structure);
  const std::size_t ion = table.group(ion_);
  const BondCutoffs bonds(table, cutoffs_A_, name());
  const auto among = [](const std::vector<std::string>& names, const std::string& x) {
    return std::find(names.begin(), names.end(), x) != names.end();
  };
  for (const auto& x : formers_) static_cast<void>(table.group(x));
  for (const auto& x : anions_) static_cast<void>(table.group(x));
  bool any = false;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    const Role role = role_of(table.atomic_number(g));
    const std::string& x = table.name(g);
    const bool former = formers_.empty() ? role == Role::former : among(formers_, x);
    const bool anion = !former && (anions_.empty() ? role == Role::anion : among(anions_, x));
    if (g == ion || (!former && !anion)) continue;
    any = any || anion;
    const double cutoff = bonds.of(ion, g);
    if (anion && !(cutoff > 0)) {
      throw InputError(
          fmt::format("hop_types: how near to {0} an atom of {1} is a neighbour is not "
                      "known: give it, like --set hop_types.cutoffs={0}-{1}:3.2A",
                      ion_, x));
    }
    around_.push_back({x, former, cutoff, 0, 0, std::vector<double>(g_bins, 0.0)});
  }
  if (!any) {
    throw InputError(fmt::format(
        "hop_types: {} has no anions around {}: name them with --set hop_types.anions=X",
        structure.formula(), ion_));
  }
}

void HopTypesAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& structure = first.structure;
  const auto mobile = default_mobile_species(structure);
  ion_ = !species_.empty() || mobile.empty() ? species_ : mobile.front();
  if (ion_.empty()) {
    throw InputError(fmt::format(
        "hop_types: {} has no monovalent cation: name the ion with --set hop_types.species=X",
        structure.formula()));
  }
  choose_neighbors(structure);
  auto moving = mobile;
  if (std::find(moving.begin(), moving.end(), ion_) == moving.end()) moving.push_back(ion_);
  frame_ = choose_drift_frame(drift_, structure, moving);
  std::vector<std::string> followed{ion_};
  for (const auto& a : around_) followed.push_back(a.name);
  store_ = DisplacementStore(first, followed, frame_);
  const auto add = [&](const std::string& species) {
    for (const auto& range : store_.ranges()) {
      if (range.name != species) continue;
      for (std::size_t k = range.begin; k < range.end; ++k) place_.push_back(k);
    }
  };
  add(ion_);
  ions_ = place_.size();
  for (auto& a : around_) {
    a.begin = place_.size() - ions_;
    add(a.name);
    a.end = place_.size() - ions_;
  }
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
}

std::unique_ptr<Analysis> HopTypesAnalysis::fork() const {
  auto out = std::make_unique<HopTypesAnalysis>();
  out->store_ = store_.fork();
  return out;
}

void HopTypesAnalysis::consume(const FrameView& view) {
  store_.consume(view);
  cells_.push_back(view.frame.structure.cell);
}

void HopTypesAnalysis::merge(Analysis& other) {
  auto& later = static_cast<HopTypesAnalysis&>(other);
  for (std::size_t t = 0; t < later.store_.frames(); ++t) {
    take(later.cells_[t], later.store_.frame(t), later.store_.time_ps(t));
  }
}

void HopTypesAnalysis::take(const Cell& cell, const float* moved, double time_ps) {
  std::vector<float> row;
  row.reserve(3 * place_.size());
  for (const std::size_t k : place_) {
    const Vec3& start = store_.start()[store_.chosen()[k]];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      row.push_back(moved[3 * k + axis] + static_cast<float>(start[static_cast<int>(axis)]));
    }
  }
  if (++frames_ == 1) {
    first_time_ps_ = time_ps;
    first_cell_ = cell;
    first_row_ = std::move(row);
    return;
  }
  if (frames_ == 2) {
    dt_ps_ = time_ps - first_time_ps_;
    window_ = std::max<std::size_t>(
        2, static_cast<std::size_t>(std::lround(std::clamp(window_ps_ / dt_ps_, 1.0, 1e7))));
    double reach = g_width_A * static_cast<double>(g_bins);
    for (const auto& a : around_) reach = std::max(reach, a.cutoff_A + 1);
    hops_ = HopCollector({ions_, place_.size() - ions_, window_, least_length_A_, reach});
    feed(first_cell_, std::move(first_row_));
  }
  feed(cell, std::move(row));
}

void HopTypesAnalysis::feed(const Cell& cell, std::vector<float> row) {
  if (hops_.frames() % window_ == 0) count_pairs(cell, row);
  hops_.append(cell, std::move(row));
}

// Distances of formers from some of the ions, others each time.
void HopTypesAnalysis::count_pairs(const Cell& cell, const std::vector<float>& row) {
  if (!cell.is_defined()) return;
  const auto at = [&](std::size_t k) { return Vec3(row[3 * k], row[3 * k + 1], row[3 * k + 2]); };
  const std::size_t count = std::min(g_ions, ions_);
  const std::size_t from = hops_.frames() / window_ * count;
  for (std::size_t n = 0; n < count; ++n) {
    const Vec3 ion = at((from + n) % ions_);
    for (auto& a : around_) {
      if (!a.former || a.cutoff_A > 0) continue;
      for (std::size_t k = a.begin; k < a.end; ++k) {
        const double r = cell.minimum_image(at(ions_ + k) - ion).norm();
        if (r < g_width_A * static_cast<double>(g_bins)) {
          a.pairs[static_cast<std::size_t>(r / g_width_A)] += 1;
        }
      }
    }
  }
  samples_per_volume_ += static_cast<double>(count) / cell.volume();
}

std::vector<double> HopTypesAnalysis::cutoffs(Result& out) const {
  double anions = 0;
  for (const auto& a : around_) {
    if (!a.former) anions = std::max(anions, a.cutoff_A);
  }
  std::vector<double> found;
  std::vector<std::string> text;
  for (const auto& a : around_) {
    double cutoff = a.cutoff_A;
    if (!(cutoff > 0)) {
      Curve g{g_width_A, a.pairs, std::vector<double>(g_bins)};
      for (std::size_t k = 0; k < g_bins; ++k) {
        const double low = g_width_A * static_cast<double>(k);
        const double shell =
            4 * constants::pi / 3 * (std::pow(low + g_width_A, 3) - std::pow(low, 3));
        g.expected[k] = samples_per_volume_ * static_cast<double>(a.end - a.begin) * shell;
        g.value[k] /= std::max(g.expected[k], 1e-300);
      }
      const FirstShell shell = find_first_shell(g);
      cutoff = shell.has_minimum ? first_minimum_A(shell, g) : anions + beyond_anions_A;
      if (!shell.has_minimum) {
        out.warnings.push_back(fmt::format(
            "g(r) of {0}-{1} shows no first minimum: {2:.3g} A is taken; give a cut-off, like "
            "--set hop_types.cutoffs={0}-{1}:4.2A",
            ion_, a.name, cutoff));
      }
    }
    found.push_back(cutoff);
    text.push_back(fmt::format("{}-{} {:.3g} A", ion_, a.name, cutoff));
  }
  out.settings.emplace_back("cut-offs", join(text, ", "));
  return found;
}

HopTypesAnalysis::Environment HopTypesAnalysis::environment(
    const SeenHop& hop, const std::vector<double>& cutoffs) const {
  Environment out;
  for (const auto& n : hop.near) {
    std::size_t kind = 0;
    while (n.atom >= around_[kind].end) ++kind;
    auto& counts = around_[kind].former ? out.formers : out.anions;
    const std::array<float, 3> r{n.before, n.top, n.after};
    for (std::size_t k = 0; k < 3; ++k) {
      counts[k] += static_cast<double>(r[k]) <= cutoffs[kind] ? 1 : 0;
    }
  }
  return out;
}

}  // namespace vitrion
