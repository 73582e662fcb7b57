#include "workflow/vibrations.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/driver.hpp"
#include "base/constants.hpp"
#include "base/error.hpp"
#include "io/formats.hpp"
#include "workflow/recipe.hpp"

namespace vitrion {
namespace {

constexpr double planck_eV_ps = 4.135667696e-3;

struct Oscillator {
  double entropy_kB;
  double free_energy_eV;
};

Oscillator oscillator(double nu_THz, double kT) {
  const double x = planck_eV_ps * nu_THz / kT;
  const double log_term = std::log(-std::expm1(-x));
  return {x / std::expm1(x) - log_term, 0.5 * planck_eV_ps * nu_THz + kT * log_term};
}

// Frames [begin, end) of a trajectory.
Vibrations of_frames(const std::filesystem::path& file, std::int64_t begin, std::int64_t end,
                     double temperature_K) {
  std::vector<std::unique_ptr<Analysis>> wanted;
  wanted.push_back(analyses().make("vdos"));
  StridedSource source(open_source(file), begin, end, 1);
  DriverOptions options;
  options.series.temperature_K = temperature_K;
  run_analyses(source, wanted, options);
  const Result result = wanted.front()->result();
  const Table* table = result.find_table("vdos");
  if (table == nullptr) {
    throw WorkError(
        fmt::format("{}: has too few frames for vibrations: make "
                    "stability.vibrations longer",
                    file.string()));
  }
  const auto& nu = table->find("nu")->data;
  std::vector<double> dos(nu.size(), 0);
  for (const auto& column : table->columns) {
    if (column.name == "nu" || column.name == "total" || column.name.ends_with("_error")) continue;
    // A window can leave tiny negative values.
    for (std::size_t k = 0; k < nu.size(); ++k) dos[k] += std::max(0.0, column.data[k]);
  }
  double states = 0;
  for (std::size_t k = 1; k < nu.size(); ++k)
    states += 0.5 * (dos[k] + dos[k - 1]) * (nu[k] - nu[k - 1]);
  return harmonic_vibrations(nu, dos, states / 3, temperature_K);
}

}  // namespace

Vibrations harmonic_vibrations(std::span<const double> nu, std::span<const double> dos,
                               double atoms, double temperature_K) {
  const double kT = constants::boltzmann_eV_K * temperature_K;
  Vibrations out;
  // The logarithm at ν = 0 is integrated by hand: ∫₀^ν (1 − ln x) dν = ν (2 − ln x).
  const double x1 = planck_eV_ps * nu[1] / kT;
  const double first = 0.5 * (dos[0] + dos[1]) * nu[1];
  out.entropy_kB_atom += first * (2 - std::log(x1));
  out.free_energy_eV_atom += first * kT * (std::log(x1) - 1);
  Oscillator before = oscillator(nu[1], kT);
  for (std::size_t k = 2; k < nu.size(); ++k) {
    const Oscillator now = oscillator(nu[k], kT);
    const double half = 0.5 * (nu[k] - nu[k - 1]);
    out.entropy_kB_atom += half * (dos[k - 1] * before.entropy_kB + dos[k] * now.entropy_kB);
    out.free_energy_eV_atom +=
        half * (dos[k - 1] * before.free_energy_eV + dos[k] * now.free_energy_eV);
    before = now;
  }
  out.entropy_kB_atom /= atoms;
  out.free_energy_eV_atom /= atoms;
  return out;
}

VibrationEstimates vibrations_of_run(const std::filesystem::path& trajectory, double from_ps,
                                     double temperature_K) {
  std::int64_t begin = -1, end = 0;
  const auto source = open_source(trajectory);
  for (Frame frame; source->next(frame); ++end) {
    if (begin < 0 && frame.time_ps.value_or(0) >= from_ps - 1e-9) begin = end;
  }
  if (begin < 0 || end - begin < 40) {
    throw WorkError(
        fmt::format("{}: has too few frames for vibrations: make stability.vibrations longer",
                    trajectory.string()));
  }
  const std::int64_t middle = begin + (end - begin) / 2;
  const Vibrations all = of_frames(trajectory, begin, end, temperature_K);
  const Vibrations early = of_frames(trajectory, begin, middle, temperature_K);
  const Vibrations late = of_frames(trajectory, middle, end, temperature_K);
  return {{all.entropy_kB_atom, 0.5 * std::abs(early.entropy_kB_atom - late.entropy_kB_atom)},
          {all.free_energy_eV_atom,
           0.5 * std::abs(early.free_energy_eV_atom - late.free_energy_eV_atom)}};
}

}  // namespace vitrion
