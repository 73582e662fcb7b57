#include "build/pair_energy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "build/composition.hpp"
#include "core/element.hpp"
#include "potential/classical.hpp"

namespace vitrion {
namespace {

constexpr double damping_A1 = 0.2;  // of the Coulomb forces
constexpr std::size_t steps = 4000;

bool is_pair(const std::string& a, const std::string& b, const std::string& x,
             const std::string& y) {
  return (a == x && b == y) || (a == y && b == x);
}

bool has_all(const std::vector<std::string>& known, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& e) {
    return std::find(known.begin(), known.end(), e) != known.end();
  });
}

}  // namespace

ClassicalForm classical_form_for(const std::string& name,
                                 const std::vector<std::string>& elements) {
  std::vector<std::string> classical;
  for (const auto& candidate :
       name == "auto" ? catalogue_names() : std::vector<std::string>{name}) {
    const auto potential = load_potential(candidate);
    const auto* made = dynamic_cast<const ClassicalPotential*>(potential.get());
    if (made == nullptr) continue;
    if (has_all(made->form().elements, elements)) return made->form();
    classical.push_back(candidate);
  }
  throw InputError(fmt::format(
      "the method monte-carlo needs a classical potential for {}, and {}: name a file of one with "
      "monte_carlo.potential, or use the method packing",
      join(elements, ", "),
      name == "auto" ? fmt::format("the catalogue's ({}) lack one", join(classical, ", "))
                     : fmt::format("{} is none", name)));
}

AtomKind kind_of_atom(const Unit& unit, std::size_t k) {
  const std::string& symbol = unit.elements[k];
  if (unit.charge.empty()) return {symbol, {}};
  const auto usual = element::formal_charge(element::require(symbol));
  if (usual && std::abs(*usual - unit.charge[k]) < 1e-9) return {symbol, {}};
  return {symbol, unit.charge[k]};
}

std::vector<AtomKind> atom_kinds(const PreparedSystem& system) {
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : system.plan.atoms_by_element) symbols.push_back(symbol);
  std::vector<AtomKind> out;
  for (const auto& symbol : order_by_electropositivity(symbols)) out.push_back({symbol, {}});
  for (const auto& [unit, n] : system.units) {
    for (std::size_t k = 0; k < unit.size(); ++k) {
      const AtomKind kind = kind_of_atom(unit, k);
      if (std::find(out.begin(), out.end(), kind) == out.end()) out.push_back(kind);
    }
  }
  return out;
}

namespace {

std::vector<AtomKind> kinds_of(const std::vector<Species>& species) {
  std::vector<AtomKind> out;
  for (const auto& s : species) out.push_back({s.name, {}});
  return out;
}

// A potential with charges of 0.42 times the formal ones keeps to that for other charges too.
double charge_of(const ClassicalForm& form, const AtomKind& kind) {
  const auto own = form.charges.find(kind.element);
  if (own == form.charges.end()) return 0;
  if (!kind.charge_e) return own->second;
  const auto usual = element::formal_charge(element::require(kind.element)).value_or(0);
  return usual == 0 ? *kind.charge_e : own->second / usual * *kind.charge_e;
}

}  // namespace

PairEnergy::PairEnergy(const ClassicalForm& form, const std::vector<Species>& species,
                       const MinimumDistances& cores, double cutoff)
    : PairEnergy(form, kinds_of(species), cores, cutoff) {}

PairEnergy::PairEnergy(const ClassicalForm& form, const std::vector<AtomKind>& kinds,
                       const MinimumDistances& cores, double cutoff)
    : form_(form),
      kinds_(kinds.size()),
      cutoff_(cutoff),
      cutoff2_(cutoff * cutoff),
      per_step_(static_cast<double>(steps) / (cutoff * cutoff)) {
  for (const auto& kind : kinds) {
    names_.push_back(kind.element);
    charges_.push_back(charge_of(form, kind));
  }
  for (std::size_t a = 0; a < kinds_; ++a) {
    for (std::size_t b = 0; b < kinds_; ++b) {
      Table t;
      const double core = cores.at(std::minmax(names_[a], names_[b]));
      t.core2 = core * core;
      t.value.resize(steps + 2, 0.0);
      for (std::size_t k = 0; k <= steps; ++k) {
        const double r = std::sqrt(static_cast<double>(k) / per_step_);
        // Below the core the table is never read, save for one step of interpolation.
        t.value[k] = exact(a, b, std::max(r, 0.9 * core));
      }
      tables_.push_back(std::move(t));
    }
  }
}

double PairEnergy::unshifted(std::size_t a, std::size_t b, double r) const {
  double e = 0;
  for (const auto& t : form_.exponentials) {
    if (!is_pair(t.a, t.b, names_[a], names_[b]) || r >= t.cutoff_A) continue;
    e += t.A_eV * std::exp(-r / t.rho_A) - t.C_eV_A6 / std::pow(r, 6) - t.D_eV_A8 / std::pow(r, 8);
  }
  for (const auto& t : form_.lennard_jones) {
    if (!is_pair(t.a, t.b, names_[a], names_[b]) || r >= t.cutoff_A) continue;
    const auto lj = [&](double x) {
      const double s6 = std::pow(t.sigma_A / x, 6);
      return 4 * t.epsilon_eV * (s6 * s6 - s6);
    };
    e += lj(r) - lj(t.cutoff_A);
  }
  return e;
}

double PairEnergy::exact(std::size_t a, std::size_t b, double r) const {
  if (r >= cutoff_) return 0;
  double e = unshifted(a, b, r) - unshifted(a, b, cutoff_ * (1 - 1e-12));
  const double qq = charges_[a] * charges_[b];
  if (qq != 0) {
    const double root = 2 * damping_A1 / std::sqrt(constants::pi);
    const auto v = [](double x) { return std::erfc(damping_A1 * x) / x; };
    const double slope = -v(cutoff_) / cutoff_ -
                         root * std::exp(-damping_A1 * damping_A1 * cutoff_ * cutoff_) / cutoff_;
    e += qq * constants::coulomb_eV_A * (v(r) - v(cutoff_) - slope * (r - cutoff_));
  }
  return e;
}

}  // namespace vitrion
