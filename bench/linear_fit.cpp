// Fits a linear potential and prints its errors and times: bench_linear_fit TRAIN [TEST] [key=value
// …]
//   without TEST, blocks of time of TRAIN are held out (8 : 1 : 1); keys: cutoff, functions,
//   scaling (exponential, cosine, linear), lambda, orders (degree:l[:n],…), every, energy, force,
//   stress, validation (fraction of TRAIN that chooses the prior), uncertainty (0, 1), model (file
//   to write)
#include <fmt/format.h>

#include <chrono>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "learn/linear_fit.hpp"

namespace {

using namespace vitrion;
using Settings = std::map<std::string, std::string>;

double number(const Settings& s, const std::string& key, double otherwise) {
  const auto at = s.find(key);
  return at == s.end() ? otherwise : std::stod(at->second);
}

LinearSkeletonOptions skeleton_options(const Settings& s) {
  LinearSkeletonOptions o;
  o.cutoff_A = number(s, "cutoff", o.cutoff_A);
  o.functions = static_cast<long>(number(s, "functions", static_cast<double>(o.functions)));
  o.lambda = number(s, "lambda", o.lambda);
  const auto scaling = s.find("scaling");
  if (scaling != s.end()) o.scaling = scaling->second;
  if (const auto orders = s.find("orders"); orders != s.end()) {
    o.degrees.clear(), o.l_max.clear(), o.n_max.clear();
    for (const auto& part : split(orders->second, ',')) {
      const auto numbers = split(part, ':');
      o.degrees.push_back(std::stod(numbers.at(0)));
      o.l_max.push_back(std::stod(numbers.at(1)));
      o.n_max.push_back(std::stod(numbers.at(numbers.size() > 2 ? 2 : 0)));
    }
  }
  return o;
}

void print(const char* what, const NormalEquations::Errors& e) {
  fmt::print("{:<11} F {:7.2f} meV/Å  E {:6.2f} meV/atom  S {:5.3f} GPa\n", what,
             1e3 * e.force_eV_A, 1e3 * e.energy_eV_atom, 160.21766 * e.stress_eV_A3);
}

void work(const std::vector<std::string>& files, const Settings& s) {
  const auto start = std::chrono::steady_clock::now();
  DatasetOptions reading;
  reading.every = static_cast<std::int64_t>(number(s, "every", 1));
  std::vector<std::filesystem::path> train;
  for (const auto& part : split(files.at(0), ',')) train.emplace_back(part);
  Dataset data = load_dataset(train, reading);
  SplitOptions splitting;
  splitting.validation = number(s, "validation", 0.1);
  splitting.test = files.size() > 1 ? 0 : 0.1;
  Split parts = split_dataset(data, splitting);
  if (files.size() > 1) {
    Dataset test = load_dataset({files[1]}, {});
    for (auto& sample : test.samples) {
      parts.test.push_back(data.size());
      data.samples.push_back(std::move(sample));
    }
  }
  LinearFitOptions o;
  o.weights.energy_eV_atom = number(s, "energy", o.weights.energy_eV_atom);
  o.weights.force_eV_A = number(s, "force", o.weights.force_eV_A);
  o.weights.stress_eV_A3 = number(s, "stress", o.weights.stress_eV_A3);
  o.uncertainty = number(s, "uncertainty", 0) != 0;
  const auto skeleton = linear_skeleton_for(data, parts, skeleton_options(s));
  const auto fit = fit_linear(data, parts, skeleton, o);
  const auto& r = fit.report;
  fmt::print("{} + {} frames, {} to test; {} columns, {:.0f} fixed by the data\n", r.train_frames,
             r.validation_frames, r.test_frames, r.columns, r.chosen.evidence.effective_parameters);
  print("train", r.train);
  print("validation", r.validation);
  print("test", r.test);
  if (r.calibration) {
    for (const auto& e : r.calibration->elements) {
      for (const auto& b : e.bins) {
        fmt::print("  {:<2} deviation {:.4f} eV  grade {:6.2f}  force error {:.4f} eV/Å\n", e.name,
                   b.deviation_eV, b.grade, b.force_error_eV_A);
      }
    }
    fmt::print("  energy error / deviation {:.2f}\n", r.calibration->energy_ratio);
  }
  fmt::print("{:.1f} s: equations {:.1f} (test included), solution {:.1f}, uncertainty {:.1f}\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
             r.seconds_equations, r.seconds_solution, r.seconds_uncertainty);
  if (const auto file = s.find("model"); file != s.end()) write_model(file->second, fit.model);
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> files;
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string text = arguments[i];
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      files.push_back(text);
    } else {
      settings[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  try {
    if (files.empty()) throw InputError("name the file to train on");
    work(files, settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_linear_fit: {}\n", error.what());
    return 1;
  }
  return 0;
}
