#include "workflow/stability.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <cmath>

#include "analysis/combine.hpp"
#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

constexpr double balance = 1e-6;  // of atomic fractions

// The shares of a set of phases that make the composition exactly, if any.
std::optional<Eigen::VectorXd> shares_of(const Eigen::MatrixXd& all, const Eigen::VectorXd& wanted,
                                         const std::vector<int>& set) {
  Eigen::MatrixXd a(all.rows(), static_cast<Eigen::Index>(set.size()));
  for (std::size_t k = 0; k < set.size(); ++k)
    a.col(static_cast<Eigen::Index>(k)) = all.col(set[k]);
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(a);
  if (qr.rank() < a.cols()) return std::nullopt;  // a smaller set says the same
  const Eigen::VectorXd x = qr.solve(wanted);
  if ((a * x - wanted).cwiseAbs().maxCoeff() > balance || x.minCoeff() < -balance)
    return std::nullopt;
  return x;
}

}  // namespace

Estimate of_mixture(const std::vector<double>& shares, const std::vector<Estimate>& values) {
  double value = 0, variance = 0;
  for (std::size_t j = 0; j < shares.size(); ++j) {
    if (!(shares[j] > 0)) continue;  // what is not taken may be unknown
    value += shares[j] * values[j].value;
    variance += std::pow(shares[j] * values[j].error, 2);
  }
  return {value, std::sqrt(variance)};
}

std::optional<Mixture> lowest_mixture(const Fractions& composition,
                                      const std::vector<Fractions>& phases,
                                      const std::vector<Estimate>& energies) {
  std::map<std::string, Eigen::Index> row;
  for (const auto& [symbol, x] : composition) row.emplace(symbol, 0);
  for (const auto& phase : phases) {
    for (const auto& [symbol, x] : phase) row.emplace(symbol, 0);
  }
  Eigen::Index rows = 0;
  for (auto& [symbol, r] : row) r = rows++;
  Eigen::VectorXd wanted = Eigen::VectorXd::Zero(rows);
  for (const auto& [symbol, x] : composition) wanted[row[symbol]] = x;
  Eigen::MatrixXd all = Eigen::MatrixXd::Zero(rows, static_cast<Eigen::Index>(phases.size()));
  for (std::size_t j = 0; j < phases.size(); ++j) {
    for (const auto& [symbol, x] : phases[j]) all(row[symbol], static_cast<Eigen::Index>(j)) = x;
  }
  std::optional<Mixture> best;
  std::vector<int> set;
  const auto try_set = [&] {
    const auto x = shares_of(all, wanted, set);
    if (!x) return;
    std::vector<double> shares(phases.size(), 0);
    for (std::size_t k = 0; k < set.size(); ++k) {
      shares[static_cast<std::size_t>(set[k])] = std::max(0.0, (*x)[static_cast<Eigen::Index>(k)]);
    }
    const Estimate energy = of_mixture(shares, energies);
    if (!best || energy.value < best->energy.value) best = Mixture{std::move(shares), energy};
  };
  const auto grow = [&](const auto& self, int from) -> void {
    for (int j = from; j < static_cast<int>(phases.size()); ++j) {
      set.push_back(j);
      try_set();
      if (static_cast<Eigen::Index>(set.size()) < rows) self(self, j + 1);
      set.pop_back();
    }
  };
  grow(grow, 0);
  return best;
}

Fractions fractions_of(const Structure& structure) {
  Fractions out;
  for (std::size_t i = 0; i < structure.size(); ++i)
    out[structure.species_of(i).name] += 1.0 / static_cast<double>(structure.size());
  return out;
}

namespace {

constexpr double in_meV = 1000;

Estimate over_replicas(const std::vector<GlassEnergies>& glass,
                       const std::function<std::optional<Estimate>(const GlassEnergies&)>& of) {
  std::vector<Estimate> values;
  for (const auto& g : glass) {
    if (const auto e = of(g)) values.push_back(*e);
  }
  return combine_values(values);
}

Estimate difference(const Estimate& a, const Estimate& b) {
  return {a.value - b.value, std::hypot(a.error, b.error)};
}

Estimate times(double factor, const Estimate& e) {
  return {factor * e.value, std::abs(factor) * e.error};
}

bool same_composition(const Fractions& a, const Fractions& b) {
  Fractions all = a;
  for (const auto& [symbol, x] : b) all[symbol] -= x;
  for (const auto& [symbol, x] : all) {
    if (std::abs(x) > 1e-4) return false;
  }
  return true;
}

// The glass beside what it would be as crystals, at rest or at the temperature.
struct Comparison {
  std::string state;
  Estimate glass;
  Estimate crystals;
  Estimate work;  ///< P (V_glass − V_crystals), eV/atom
  std::vector<double> shares;
};

double volume_of(const PhaseEnergies& c, double density_g_cm3) {
  double mass = 0;
  for (const auto& [symbol, x] : c.fractions) mass += x * Species::of_element(symbol).mass_amu;
  return mass * constants::amu_A3_in_g_cm3 / density_g_cm3;
}

class StabilityTables {
 public:
  StabilityTables(const Fractions& composition, double temperature_K,
                  const std::vector<GlassEnergies>& glass,
                  const std::vector<PhaseEnergies>& crystals)
      : composition_(composition), T_(temperature_K), glass_(glass), crystals_(crystals) {
    hot_ = over_replicas(glass,
                         [](const GlassEnergies& g) { return std::optional(g.at_temperature); });
    rest_ = over_replicas(glass, [](const GlassEnergies& g) { return g.at_rest; });
  }

  Result result() {
    compare();
    Result out;
    out.name = "stability";
    out.summary =
        "Energy and enthalpy per atom of the glass above the lowest mixture of the given crystals "
        "that has its composition, all by the same potential: relaxed with their cells (0 K), and "
        "run at the temperature of the glass.";
    scalars(out);
    if (!comparisons_.empty()) out.tables.push_back(comparison_table());
    out.tables.push_back(crystal_table());
    warn(out);
    out.settings.emplace_back("temperature", fmt::format("{:g} K", T_));
    out.settings.emplace_back("replicas of the glass", std::to_string(glass_.size()));
    out.settings.emplace_back(
        "enthalpy", "U + P (V of the glass - V of the crystals), P that of the glass' own run");
    out.references = {"10.1021/cm702327g"};
    return out;
  }

 private:
  [[nodiscard]] double kT() const { return constants::boltzmann_eV_K * T_; }

  void compare() {
    std::vector<Fractions> phases;
    std::vector<Estimate> rest, hot;
    for (const auto& c : crystals_) {
      phases.push_back(c.fractions);
      rest.push_back(c.at_rest);
      hot.push_back(c.at_temperature);
    }
    const auto at_rest = lowest_mixture(composition_, phases, rest);
    const auto at_T = lowest_mixture(composition_, phases, hot);
    if (at_rest && std::isfinite(rest_.value))
      comparisons_.push_back({"0 K", rest_, at_rest->energy, {0, 0}, at_rest->shares});
    if (at_T) {
      double volume = 0;
      for (std::size_t j = 0; j < crystals_.size(); ++j)
        volume += at_T->shares[j] * volume_of(crystals_[j], crystals_[j].density_g_cm3.value);
      const Estimate work = over_replicas(glass_, [&](const GlassEnergies& g) {
        return std::optional(
            times((g.volume_A3_atom - volume) / constants::eV_A3_in_GPa, g.pressure_GPa));
      });
      comparisons_.push_back({fmt::format("{:g} K", T_), hot_, at_T->energy, work, at_T->shares});
    }
  }

  void scalars(Result& out) const {
    const std::string how = glass_.size() > 1
                                ? fmt::format(
                                      "{} replicas: within and between; blocks of the "
                                      "crystals' energies",
                                      glass_.size())
                                : "blocks or snapshots of one replica; blocks of the crystals";
    const auto add = [&](const std::string& key, const Estimate& e, const std::string& unit) {
      out.scalars.push_back({key, e.value, e.error, unit, how});
    };
    for (const auto& c : comparisons_) {
      const std::string at = c.state == "0 K" ? "0K" : fmt::format("{:g}K", T_);
      const Estimate above = difference(c.glass, c.crystals);
      add("energy_above_crystals_" + at, times(in_meV, above), "meV/atom");
      if (at == "0K") continue;
      const Estimate enthalpy{above.value + c.work.value, std::hypot(above.error, c.work.error)};
      add("enthalpy_above_crystals_" + at, times(in_meV, enthalpy), "meV/atom");
      add("enthalpy_in_kT_" + at, times(1 / kT(), enthalpy), "");
    }
    add_vibrations(out);
    out.scalars.push_back(
        {fmt::format("thermal_energy_{:g}K", T_), in_meV * 1.5 * kT(), 0, "meV/atom", "3/2 k_B T"});
  }

  // Entropies at the temperature, and the free energy E(0 K) + F_vib with its own mixture.
  void add_vibrations(Result& out) const {
    std::vector<Estimate> entropy, free_energy;
    std::vector<Fractions> phases;
    for (const auto& c : crystals_) {
      if (!c.vibrations) return;
      phases.push_back(c.fractions);
      entropy.push_back(c.vibrations->entropy_kB_atom);
      const Estimate& f = c.vibrations->free_energy_eV_atom;
      free_energy.push_back({c.at_rest.value + f.value, std::hypot(c.at_rest.error, f.error)});
    }
    const Estimate glass_entropy = over_replicas(glass_, [](const GlassEnergies& g) {
      return g.vibrations ? std::optional(g.vibrations->entropy_kB_atom) : std::nullopt;
    });
    const Estimate glass_free = over_replicas(glass_, [](const GlassEnergies& g) {
      if (!g.vibrations || !g.at_rest) return std::optional<Estimate>();
      const Estimate& f = g.vibrations->free_energy_eV_atom;
      return std::optional(
          Estimate{g.at_rest->value + f.value, std::hypot(g.at_rest->error, f.error)});
    });
    const auto mixture = lowest_mixture(composition_, phases, free_energy);
    if (!mixture || !std::isfinite(glass_entropy.value)) return;
    const std::string at = fmt::format("_{:g}K", T_);
    const std::string how = "half the difference of the halves of each run; replicas";
    const Estimate s = difference(glass_entropy, of_mixture(mixture->shares, entropy));
    const Estimate f = times(in_meV, difference(glass_free, mixture->energy));
    const auto add = [&](const std::string& key, const Estimate& e, const std::string& unit) {
      out.scalars.push_back({key + at, e.value, e.error, unit, how});
    };
    add("vibrational_entropy_of_glass", glass_entropy, "k_B/atom");
    add("vibrational_entropy_above_crystals", s, "k_B/atom");
    add("free_energy_above_crystals", f, "meV/atom");
  }

  [[nodiscard]] Table comparison_table() const {
    Table t{"comparison",
            {{"state", "", {}, {}},
             column("above", "meV/atom"),
             column("error", "meV/atom"),
             column("enthalpy_above", "meV/atom"),
             column("above_in_3/2kT", ""),
             {"crystals_taken", "", {}, {}},
             column("glass", "eV/atom"),
             column("crystals", "eV/atom")}};
    for (const auto& c : comparisons_) {
      const Estimate above = times(in_meV, difference(c.glass, c.crystals));
      std::string taken;
      for (std::size_t j = 0; j < crystals_.size(); ++j) {
        if (c.shares[j] < 1e-4) continue;
        taken += fmt::format("{}{:.1f} % {}", taken.empty() ? "" : " + ", 100 * c.shares[j],
                             crystals_[j].name);
      }
      t.columns[0].text.push_back(c.state);
      t.columns[1].data.push_back(above.value);
      t.columns[2].data.push_back(above.error);
      t.columns[3].data.push_back(above.value + in_meV * c.work.value);
      t.columns[4].data.push_back(above.value / (in_meV * 1.5 * kT()));
      t.columns[5].text.push_back(taken);
      t.columns[6].data.push_back(c.glass.value);
      t.columns[7].data.push_back(c.crystals.value);
    }
    return t;
  }

  [[nodiscard]] Table crystal_table() const {
    Table t{"crystals",
            {{"crystal", "", {}, {}},
             column("energy_0K", "eV/atom"),
             column(fmt::format("energy_{:g}K", T_), "eV/atom"),
             column("error", "eV/atom"),
             column("glass_above_0K", "meV/atom"),
             column(fmt::format("glass_above_{:g}K", T_), "meV/atom"),
             column("published", "g/cm3"),
             column("at_0K", "g/cm3"),
             column(fmt::format("at_{:g}K", T_), "g/cm3"),
             column("vibrational_entropy", "k_B/atom"),
             column("atoms", ""),
             {"formula", "", {}, {}}}};
    for (const auto& c : crystals_) {
      const bool same = same_composition(composition_, c.fractions);
      t.columns[0].text.push_back(c.name);
      const double numbers[] = {c.at_rest.value,
                                c.at_temperature.value,
                                c.at_temperature.error,
                                same ? in_meV * (rest_.value - c.at_rest.value) : not_known,
                                same ? in_meV * (hot_.value - c.at_temperature.value) : not_known,
                                c.published_g_cm3,
                                c.rest_g_cm3,
                                c.density_g_cm3.value,
                                c.vibrations ? c.vibrations->entropy_kB_atom.value : not_known,
                                static_cast<double>(c.atoms)};
      for (std::size_t k = 0; k < std::size(numbers); ++k)
        t.columns[k + 1].data.push_back(numbers[k]);
      t.columns[11].text.push_back(c.formula);
    }
    return t;
  }

  void warn(Result& out) const {
    if (comparisons_.empty()) {
      out.warnings.push_back(
          "no mixture of the crystals has the composition of the glass: name more of them under "
          "stability.crystals");
    }
    out.warnings.push_back(
        "the crystals are those named alone, and energies of the potential: a classical field is "
        "seldom made for differences of a few meV between phases; the entropy of disorder is left "
        "out, and that of vibrations stands in the free energy alone");
    for (const auto& c : crystals_) {
      if (std::abs(c.pressure_left_GPa) > 0.05) {
        out.warnings.push_back(
            fmt::format("the relaxation left {:.2g} GPa in {}: make stability.force_tolerance "
                        "smaller or max_iterations larger",
                        c.pressure_left_GPa, c.name));
      }
      const double heated = c.density_g_cm3.value / c.rest_g_cm3 - 1;
      if (std::abs(heated) > 0.03) {
        out.warnings.push_back(
            fmt::format("{} changes its density by {:+.1f} % from 0 K to {:g} K: with this "
                        "potential it does not keep its structure",
                        c.name, 100 * heated, T_));
      }
      const double off = c.density_g_cm3.value / c.published_g_cm3 - 1;
      if (std::abs(off) > 0.1) {
        out.warnings.push_back(
            fmt::format("the potential holds {} at {:.0f} % {} density than published: its energy "
                        "says little",
                        c.name, 100 * std::abs(off), off > 0 ? "more" : "less"));
      }
    }
  }

  const Fractions& composition_;
  double T_;
  const std::vector<GlassEnergies>& glass_;
  const std::vector<PhaseEnergies>& crystals_;
  Estimate hot_, rest_;
  std::vector<Comparison> comparisons_;
};

}  // namespace

Result stability_result(const Fractions& composition, double temperature_K,
                        const std::vector<GlassEnergies>& glass,
                        const std::vector<PhaseEnergies>& crystals) {
  return StabilityTables(composition, temperature_K, glass, crystals).result();
}

}  // namespace vitrion
