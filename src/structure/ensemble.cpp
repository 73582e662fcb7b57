#include "structure/ensemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "structure/estimates.hpp"
#include "structure/xrd.hpp"

namespace vitrion {

EnsembleAnalysis::EnsembleAnalysis() : xrd_(std::make_unique<XrdAnalysis>()) {
  xrd_->parameters().set("method", "bragg", {});  // cells of an ensemble are small and periodic
}
EnsembleAnalysis::~EnsembleAnalysis() = default;

Schema EnsembleAnalysis::parameters() {
  Schema schema(name());
  schema
      .quantities("temperatures", temperatures_K_, Dimension::temperature,
                  "temperatures of the weights, like 300 K, 1000 K", positive)
      .optional_quantity("atoms", atoms_, Dimension::none,
                         "how many atoms the energy of a weight belongs to; auto: all of the cell",
                         positive)
      .optional_quantity("r_max", r_max_A_, Dimension::length, "how far g(r) goes; auto: as in rdf",
                         positive)
      .quantity("bin", bin_A_, Dimension::length, "width of the bins of g(r)", positive)
      .flag("with_xrd", with_xrd_, "compute the X-ray pattern")
      .section("xrd", xrd_->parameters(), "as in the analysis xrd");
  return schema;
}

void EnsembleAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  auto setup = std::make_shared<Setup>();
  const double r_max = r_max_A_.value_or(useful_r_max_A(first.structure.cell));
  setup->pairs = make_pair_distribution(first, r_max, bin_A_, name());
  if (temperatures_K_.empty()) throw InputError("ensemble: give at least one temperature");
  setup->temperatures_K = temperatures_K_;
  setup->atoms = atoms_;
  setup->atoms_in_cell = static_cast<double>(first.size());
  if (with_xrd_) {
    setup->xrd = xrd_->parameters().write();
    XrdAnalysis trial;  // what cannot be computed is said before the work
    trial.parameters().read(setup->xrd);
    trial.prepare(first, series);
  }
  setup_ = std::move(setup);
}

std::unique_ptr<Analysis> EnsembleAnalysis::fork() const {
  auto out = std::make_unique<EnsembleAnalysis>();
  out->setup_ = setup_;
  return out;
}

void EnsembleAnalysis::consume(const FrameView& view) {
  const Setup& s = *setup_;
  if (!view.frame.energy_eV) {
    throw InputError(fmt::format(
        "ensemble: frame {} has no energy, which its weight needs: give a file with energies "
        "(extxyz, vasprun.xml, OUTCAR)",
        view.index + 1));
  }
  Member member;
  member.energy_eV = *view.frame.energy_eV;
  PairDistribution pairs(s.pairs);
  pairs.consume(view.frame.structure);
  member.counters = pairs.sums().mean();
  if (!s.xrd.is_null()) {
    XrdAnalysis xrd;
    xrd.parameters().read(s.xrd);
    xrd.prepare(view.frame, {});
    xrd.consume(view);
    const Result pattern = xrd.result();
    const Table* table = pattern.find_table("pattern");
    member.intensity = table->find("intensity")->data;
    two_theta_deg_ = table->find("two_theta")->data;
  }
  members_.push_back(std::move(member));
}

void EnsembleAnalysis::merge(Analysis& later) {
  auto& other = dynamic_cast<EnsembleAnalysis&>(later);
  std::move(other.members_.begin(), other.members_.end(), std::back_inserter(members_));
  if (!other.two_theta_deg_.empty()) two_theta_deg_ = other.two_theta_deg_;
}

std::vector<double> EnsembleAnalysis::weights(double T) const {
  const double share = setup_->atoms.value_or(setup_->atoms_in_cell) / setup_->atoms_in_cell;
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto& m : members_) lowest = std::min(lowest, m.energy_eV);
  std::vector<double> w;
  double sum = 0;
  for (const auto& m : members_) {
    w.push_back(std::exp(-(m.energy_eV - lowest) * share / (constants::boltzmann_eV_K * T)));
    sum += w.back();
  }
  for (double& x : w) x /= sum;
  return w;
}

Estimate weighted_mean(std::span<const double> weights, std::span<const double> values) {
  double mean = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) mean += weights[i] * values[i];
  const auto n = static_cast<double>(weights.size());
  if (weights.size() < 3) return {mean, std::numeric_limits<double>::quiet_NaN()};
  double square = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    // Without member i the mean moves by w_i (mean − x_i)/(1 − w_i); nearly alone, it is all there
    // is and the error is unknown.
    if (weights[i] > 1 - 1e-9) return {mean, std::numeric_limits<double>::quiet_NaN()};
    const double moved = weights[i] * (mean - values[i]) / (1 - weights[i]);
    square += moved * moved;
  }
  return {mean, std::sqrt((n - 1) / n * square)};
}

namespace {

std::string at(double T) { return fmt::format("{:g}K", T); }

// The weighted mean of the members' curves and its error, as two columns and a line of the plot.
void add_weighted_curve(Table& table, Plot& plot, Column value, std::span<const double> weights,
                        const std::vector<std::vector<double>>& of_member) {
  Column error = column(value.name + "_error", value.unit, {});
  std::vector<double> values(of_member.size());
  for (std::size_t k = 0; k < of_member.front().size(); ++k) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = of_member[i][k];
    const Estimate e = weighted_mean(weights, values);
    value.data.push_back(e.value);
    error.data.push_back(e.error);
  }
  plot.series.push_back(value.name);
  plot.errors.emplace_back();
  table.columns.push_back(std::move(value));
  table.columns.push_back(std::move(error));
}

}  // namespace

void EnsembleAnalysis::add_pairs(Result& out, const std::vector<std::vector<double>>& all) const {
  const Setup& s = *setup_;
  const PairDistribution pairs(s.pairs);
  const auto mean_counters = [&](const std::vector<double>& w) {
    std::vector<double> sum(members_.front().counters.size(), 0.0);
    for (std::size_t i = 0; i < w.size(); ++i) {
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += w[i] * members_[i].counters[k];
    }
    return sum;
  };
  const std::vector<double> r = bin_centres(s.pairs.bins, s.pairs.width());
  Table total{"g_total", {column("r", "A", r)}};
  Plot plot;
  plot.title = "g(r) of the ensemble, all atoms";
  plot.table = total.name;
  plot.x = "r";
  plot.x_label = "r (Å)";
  plot.y_label = "g(r)";
  std::vector<std::vector<double>> of_member;
  for (const auto& m : members_) of_member.push_back(pairs.g_total(m.counters));
  for (std::size_t t = 0; t < all.size(); ++t) {
    const std::string label = t == 0 ? "equal" : at(s.temperatures_K[t - 1]);
    add_weighted_curve(total, plot, column(label, "", {}), all[t], of_member);
    Table partial{"g_r_" + label, {column("r", "A", r)}};
    const auto counters = mean_counters(all[t]);
    const auto& table = s.pairs.table;
    for (std::size_t a = 0; a < table.groups(); ++a) {
      for (std::size_t b = a; b < table.groups(); ++b) {
        partial.columns.push_back(column(table.pair_name(a, b), "", pairs.g(counters, a, b)));
      }
    }
    out.tables.push_back(std::move(partial));
  }
  out.tables.push_back(std::move(total));
  out.plots.push_back(std::move(plot));
}

void EnsembleAnalysis::add_pattern(Result& out, const std::vector<std::vector<double>>& all) const {
  const Setup& s = *setup_;
  if (s.xrd.is_null()) return;
  Table table{"pattern", {column("two_theta", "deg", two_theta_deg_)}};
  Plot plot;
  plot.title = "X-ray pattern of the ensemble";
  plot.table = table.name;
  plot.x = "two_theta";
  plot.x_label = "2θ (°)";
  plot.y_label = "intensity (e² per atom)";
  std::vector<std::vector<double>> of_member;
  for (const auto& m : members_) of_member.push_back(m.intensity);
  for (std::size_t t = 0; t < all.size(); ++t) {
    const std::string label = t == 0 ? "equal" : at(s.temperatures_K[t - 1]);
    add_weighted_curve(table, plot, column(label, "e2", {}), all[t], of_member);
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

void EnsembleAnalysis::add_weights(Result& out, const std::vector<std::vector<double>>& all) const {
  const Setup& s = *setup_;
  Table table{"weights", {column("frame", "", {}), column("energy", "eV/atom", {})}};
  std::vector<double> energy;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    table.columns[0].data.push_back(static_cast<double>(i + 1));
    energy.push_back(members_[i].energy_eV / s.atoms_in_cell);
  }
  table.columns[1].data = energy;
  for (std::size_t t = 1; t < all.size(); ++t) {
    const std::string label = at(s.temperatures_K[t - 1]);
    table.columns.push_back(column(label, "", all[t]));
    double square = 0;
    for (const double w : all[t]) square += w * w;
    const Estimate e = weighted_mean(all[t], energy);
    out.scalars.push_back(
        {"energy_" + label, e.value, e.error, "eV/atom", "jackknife over the structures"});
    out.scalars.push_back({"effective_structures_" + label, 1 / square,
                           std::numeric_limits<double>::quiet_NaN(), "", "none"});
    if (1 / square < 5 && members_.size() >= 5) {
      out.warnings.push_back(fmt::format(
          "at {:g} K only {:.1f} of {} structures carry the weight: the average is theirs; take "
          "smaller cells, more structures, or say with ensemble.atoms how many atoms vary together",
          s.temperatures_K[t - 1], 1 / square, members_.size()));
    }
  }
  out.tables.push_back(std::move(table));
}

Result EnsembleAnalysis::result() const {
  const Setup& s = *setup_;
  Result out;
  out.name = name();
  out.summary =
      "Averages over structures with weights exp(-E/kT): g_total and pattern at each temperature "
      "and with equal weights, g_r_T the partial ones; effective_structures: 1/sum of squared "
      "weights.";
  std::vector<std::vector<double>> all;
  all.emplace_back(members_.size(), 1.0 / static_cast<double>(members_.size()));
  for (const double T : s.temperatures_K) all.push_back(weights(T));
  add_weights(out, all);
  add_pairs(out, all);
  add_pattern(out, all);
  out.settings = {{"energy of", s.atoms ? fmt::format("{:g} atoms", *s.atoms) : "the whole cell"},
                  {"structures", std::to_string(members_.size())},
                  {"r_max", fmt::format("{} A", s.pairs.r_max_A)}};
  out.references = {"10.1038/s41524-020-0329-2"};
  return out;
}

}  // namespace vitrion
