#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "coupling/coupling.hpp"
#include "dynamics/spectrum.hpp"

namespace vitrion {
void CouplingAnalysis::add_spectra(Result& out) const {
  const std::size_t lags = spectrum_.max_lag() + 1;
  const std::size_t longest = std::min(spectrum_.max_lag(), spectrum_.rows() / 2);
  if (longest < 4) return;
  const auto nu = spectrum_frequencies(longest, dt_ps_);
  constexpr std::size_t groups = 4;
  const auto spectra = [&](std::span<const double> sums) {
    std::vector<std::vector<double>> out_g;
    for (std::size_t g = 0; g < groups; ++g) {
      std::vector<double> c(longest + 1);
      for (std::size_t m = 0; m <= longest; ++m) {
        c[m] = sums[g * lags + m] / sums[groups * lags + m];
      }
      auto s = power_spectrum(c, dt_ps_, LagWindow::hann);
      for (std::size_t k = 0; k < s.size(); ++k) s[k] /= difference_response(nu[k], dt_ps_);
      const double area = trapezoid(nu, s);
      for (double& x : s) x = area > 0 ? x / area : 0.0;
      out_g.push_back(std::move(s));
    }
    return out_g;
  };
  const auto overlap = [&](const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> ab(a.size());
    std::vector<double> aa(a.size());
    std::vector<double> bb(a.size());
    for (std::size_t k = 0; k < a.size(); ++k) {
      ab[k] = a[k] * b[k];
      aa[k] = a[k] * a[k];
      bb[k] = b[k] * b[k];
    }
    return trapezoid(nu, ab) / std::sqrt(trapezoid(nu, aa) * trapezoid(nu, bb));
  };
  const std::size_t bins = nu.size();
  const BlockSums sums = spectrum_.sums();
  const auto estimates = sums.jackknife_all([&](std::span<const double> x) {
    const auto s = spectra(x);
    std::vector<double> flat;
    for (const auto& g : s) flat.insert(flat.end(), g.begin(), g.end());
    for (std::size_t g = 0; g < groups; ++g) flat.push_back(band_centre(nu, s[g]));
    for (std::size_t g = 1; g < groups; ++g) flat.push_back(overlap(s[0], s[g]));
    return flat;
  });
  const std::string how = fmt::format("jackknife over {} blocks", sums.blocks());
  const char* names[] = {"ions", "ligands_angular", "units_angular", "units_translation"};
  const char* centres[] = {"band_centre_ions", "band_centre_ligands_angular", "libration_frequency",
                           "band_centre_units_translation"};
  const char* overlaps[] = {"", "overlap_ligands_angular", "overlap_units_angular",
                            "overlap_units_translation"};
  Table table{"spectra", {column("nu", "THz", nu)}};
  Plot plot{Plot::Kind::lines,
            "Spectra of ions and units, each of area 1",
            "spectra",
            "nu",
            {},
            {},
            "nu (THz)",
            "power (1/THz)",
            false,
            false,
            {}};
  for (std::size_t g = 0; g < groups; ++g) {
    const Estimate& centre = estimates[groups * bins + g];
    out.scalars.push_back({centres[g], centre.value, centre.error, "THz", how});
    Column y = column(names[g], "1/THz");
    Column e = column(std::string(names[g]) + "_error", "1/THz");
    for (std::size_t k = 0; k < bins; ++k) {
      y.data.push_back(estimates[g * bins + k].value);
      e.data.push_back(estimates[g * bins + k].error);
    }
    plot.series.push_back(y.name);
    plot.errors.emplace_back();
    table.columns.push_back(std::move(y));
    table.columns.push_back(std::move(e));
    if (g == 0) continue;
    const Estimate& o = estimates[groups * bins + groups + g - 1];
    out.scalars.push_back(
        {overlaps[g], o.value, o.error, "", "with the spectrum of the ions, 0 to 1; " + how});
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
  out.settings.emplace_back("spectra",
                            fmt::format("from differences of positions, up to {:.4g} "
                                        "THz; resolution {:.3g} THz",
                                        0.5 / dt_ps_, 1 / (static_cast<double>(longest) * dt_ps_)));
}

void CouplingAnalysis::add_energies(Result& out, std::size_t hops, std::size_t turns) const {
  if (!temperature_here_K_) {
    out.warnings.emplace_back("the temperature is not known: no barriers are given; give -T");
    return;
  }
  const double kT = constants::boltzmann_eV_K * *temperature_here_K_;
  const auto barrier = [&](std::size_t events, double movers, const char* attempts) {
    const Scalar* nu = out.find_scalar(attempts);
    if (events == 0 || nu == nullptr || !(nu->value > 0)) return Estimate{not_known, not_known};
    const auto n = static_cast<double>(events);
    return Estimate{kT * std::log(nu->value * movers * observed_ps() / n),
                    kT * std::hypot(nu->error / nu->value, 1 / std::sqrt(n))};
  };
  const Estimate hop = barrier(hops, static_cast<double>(plan_->ions.size()), "band_centre_ions");
  const Estimate turn =
      barrier(turns, static_cast<double>(tracker_.units().size()), "libration_frequency");
  const std::string how = "k_B T ln(band centre / rate), a free energy; counting";
  out.scalars.push_back({"hop_barrier", hop.value, hop.error, "eV", how});
  out.scalars.push_back({"turn_barrier", turn.value, turn.error, "eV", how});
}

}  // namespace vitrion
