#include "learn/linear_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "learn/linear_uncertainty.hpp"
#include "learn/reference_energies.hpp"

namespace vitrion {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void set_reference_energies(mlp::Model& model, const Dataset& data, const Split& split) {
  const bool any = std::any_of(split.train.begin(), split.train.end(), [&](std::size_t i) {
    return data.samples[i].frame.energy_eV.has_value();
  });
  if (!any) return;
  const auto reference = fit_reference_energies(data, split.train);
  for (std::size_t z = 0; z < model.elements.size(); ++z) {
    const auto at = reference.per_atom_eV.find(model.elements[z]);
    if (at != reference.per_atom_eV.end()) model.reference_energy_eV[z] = at->second;
  }
}

NormalEquations equations(const LinearDesign& design, const Dataset& data,
                          const std::vector<std::size_t>& indices, const std::string& stage,
                          const FitProgress& progress) {
  NormalEquations out(design.invariants(), design.model().elements.size());
  out.add(design, data.samples, indices, [&](std::size_t done) {
    if (progress) progress(stage, done, indices.size());
  });
  return out;
}

// E = c·B + e⁰ as c̃·(B − μ)∘s + (e⁰ + c·μ), with μ and 1/s the mean and deviation over the data.
void write_readout(mlp::Model& model, const std::vector<double>& base_reference,
                   const NormalEquations& train, const LinearSolution& solution) {
  const std::size_t count = train.invariants();
  for (std::size_t z = 0; z < train.elements(); ++z) {
    auto& r = model.readout[z];
    const double atoms = std::max(train.atoms()[z], 1.0);
    model.reference_energy_eV[z] =
        base_reference[z] + solution.reference[static_cast<Eigen::Index>(z)];
    for (std::size_t f = 0; f < count; ++f) {
      const std::size_t k = z * count + f;
      const double mean = train.feature_sum()[k] / atoms;
      const double variance = train.feature_squares()[k] / atoms - mean * mean;
      const double deviation =
          std::sqrt(std::max({variance, 1e-8 * train.feature_squares()[k] / atoms, 1e-20}));
      const double c = solution.coefficients[static_cast<Eigen::Index>(k)];
      r.shift[f] = mean;
      r.scale[f] = 1 / deviation;
      r.linear[f] = c * deviation;
      model.reference_energy_eV[z] += c * mean;
    }
  }
}

nlohmann::json errors_json(const NormalEquations::Errors& e) {
  return {{"energy_rmse_meV_atom", 1e3 * e.energy_eV_atom},
          {"force_rmse_meV_A", 1e3 * e.force_eV_A},
          {"stress_rmse_eV_A3", e.stress_eV_A3}};
}

nlohmann::json calibration_json(const Calibration& c) {
  nlohmann::json j;
  j["energy_ratio"] = c.energy_ratio;
  for (const auto& e : c.elements) {
    auto& of = j["elements"][e.name];
    of["force_per_deviation_A"] = e.force_per_deviation_A;
    of["largest_grade"] = e.largest_grade;
    for (const auto& b : e.bins) {
      of["bins"].push_back({{"deviation_eV", b.deviation_eV},
                            {"force_error_eV_A", b.force_error_eV_A},
                            {"grade", b.grade},
                            {"atoms", b.atoms}});
    }
  }
  return j;
}

std::string training_json(const LinearFitReport& r, const LinearFitOptions& o) {
  nlohmann::json j;
  j["method"] = "linear";
  j["frames"] = {
      {"train", r.train_frames}, {"validation", r.validation_frames}, {"test", r.test_frames}};
  j["columns"] = r.columns;
  j["weights"] = {{"energy_eV_atom", o.weights.energy_eV_atom},
                  {"force_eV_A", o.weights.force_eV_A},
                  {"stress_eV_A3", o.weights.stress_eV_A3}};
  j["prior"] = {{"chosen_by", o.kappa ? "given" : o.prior},
                {"smoothness", o.smoothness},
                {"kappa", r.chosen.evidence.kappa},
                {"effective_parameters", r.chosen.evidence.effective_parameters},
                {"log_evidence", r.chosen.evidence.log_evidence}};
  j["train"] = errors_json(r.train);
  if (r.validation_frames > 0) j["validation"] = errors_json(r.validation);
  if (r.test_frames > 0) j["test"] = errors_json(r.test);
  if (r.calibration) j["calibration"] = calibration_json(*r.calibration);
  return j.dump();
}

}  // namespace

Schema LinearFitOptions::schema() {
  Schema s("linear_fit");
  s.quantity("smoothness", smoothness, Dimension::none,
             "power by which the prior narrows with the degree", not_negative)
      .quantity("standardise", standardise, Dimension::none,
                "power by which it narrows with the size of an invariant in the data", not_negative)
      .choice("prior", prior, {"validation", "evidence"}, "how the width of the prior is chosen")
      .quantity("energy_error", weights.energy_eV_atom, Dimension::energy,
                "what an error of the energy an atom is worth: its rows weigh one over the square",
                positive)
      .quantity("force_error", weights.force_eV_A, Dimension::none,
                "the same of a force component, eV/A", positive)
      .quantity("stress_error", weights.stress_eV_A3, Dimension::none,
                "the same of a stress component, eV/A3", positive)
      .flag("refit", refit, "validation frames join in the final solution")
      .flag("uncertainty", uncertainty, "keep the posterior and the active sets");
  return s;
}

mlp::Model linear_skeleton_for(const Dataset& data, const Split& split,
                               const LinearSkeletonOptions& options) {
  std::vector<const Structure*> structures;
  for (const std::size_t i : split.train) structures.push_back(&data.samples[i].frame.structure);
  const auto elements = data.elements();
  return make_linear_skeleton(
      elements, smallest_distances(structures, elements, 0.75 * options.cutoff_A), options);
}

LinearFit fit_linear(const Dataset& data, const Split& split, const mlp::Model& skeleton,
                     const LinearFitOptions& options, const FitProgress& progress) {
  if (split.train.empty()) throw InputError("there is no frame to train on");
  LinearFit fit;
  fit.model = skeleton;
  auto& report = fit.report;
  report.train_frames = split.training_frames();
  report.validation_frames = split.validation.size();
  report.test_frames = split.test.size();
  const auto start = Clock::now();
  set_reference_energies(fit.model, data, split);
  const std::vector<double> base_reference = fit.model.reference_energy_eV;
  const LinearDesign design(fit.model);
  report.columns = design.columns();
  const NormalEquations train = equations(design, data, split.train, "train", progress);
  const NormalEquations validation =
      equations(design, data, split.validation, "validation", progress);
  const NormalEquations test = equations(design, data, split.test, "test", progress);
  report.seconds_equations = seconds_since(start);

  const auto solving = Clock::now();
  const bool held_out = !split.validation.empty();
  LinearSolution solution =
      solve_linear(train, held_out ? &validation : nullptr, fit.model, options);
  report.seconds_solution = seconds_since(solving);
  report.chosen = solution.chosen;
  report.scan = solution.scan;
  report.train = train.errors(solution.all());
  report.validation = validation.errors(solution.all());
  write_readout(fit.model, base_reference, train, solution);
  if (options.uncertainty) {
    const auto sure = Clock::now();
    write_uncertainty(fit.model, design, data, split.train, solution, options, progress);
    const auto& held = held_out ? split.validation : split.test;
    if (!held.empty()) {
      const double noise =
          options.weights.energy_eV_atom / std::sqrt(solution.chosen.evidence.beta);
      report.calibration = calibrate(fit.model, design, data, held, solution, noise);
    }
    report.seconds_uncertainty = seconds_since(sure);
  }
  if (held_out && options.refit) {
    const auto again = Clock::now();
    // As much prior for each row as before.
    auto given = options;
    given.kappa = solution.chosen.evidence.kappa *
                  (train.force_rows() + train.energy_rows() + validation.force_rows() +
                   validation.energy_rows()) /
                  (train.force_rows() + train.energy_rows());
    NormalEquations everything = train;
    everything.merge(validation);
    solution = solve_linear(everything, nullptr, fit.model, given);
    write_readout(fit.model, base_reference, train, solution);
    write_posterior(fit.model, solution);
    report.seconds_solution += seconds_since(again);
  }
  report.test = test.errors(solution.all());
  fit.model.training_json = training_json(report, options);
  return fit;
}

}  // namespace vitrion
