#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "build/monte_carlo.hpp"
#include "build/separation.hpp"

namespace vitrion {
namespace {

constexpr double room_left = 0.75;  // of the distances that keep packed ions apart: hard cores

std::vector<std::string> elements_of_plan(const SystemPlan& plan) {
  std::vector<std::string> out;
  for (const auto& [symbol, n] : plan.atoms_by_element) out.push_back(symbol);
  return out;
}

double cutoff_of(const ClassicalForm& form, const Cell& cell, bool volume_changes) {
  const double half = 0.4999 * cell.heights().minCoeff();
  return std::min(form.charges.empty() ? 9.0 : form.coulomb_cutoff_A,
                  volume_changes ? 0.93 * half : half);
}

// Neighbouring temperatures exchange by the usual rule, from the hottest down.
void exchange(std::vector<UnitEnsemble>& copies, const std::vector<double>& kT,
              const std::optional<double>& pressure, RandomStream& random, long& taken) {
  for (std::size_t k = copies.size() - 1; k > 0; --k) {
    double a = copies[k - 1].energy_eV();
    double b = copies[k].energy_eV();
    if (pressure) {
      a += *pressure * copies[k - 1].structure().cell.volume();
      b += *pressure * copies[k].structure().cell.volume();
    }
    const double x = (1 / kT[k - 1] - 1 / kT[k]) * (a - b);
    if (x >= 0 || random.uniform() < std::exp(x)) {
      std::swap(copies[k - 1], copies[k]);
      ++taken;
    }
  }
}

// The system with every chain in a shape of its own: grown alone by its torsional energy and cores,
// without charges, as others screen them in a melt. Packed, a cell of stretched chains would stay
// stretched.
PreparedSystem coiled(const PreparedSystem& system, ClassicalForm form,
                      const MinimumDistances& cores, double kT, RandomStream& random) {
  form.charges.clear();
  PreparedSystem out = system;
  out.units.clear();
  for (const auto& [unit, count] : system.units) {
    if (unit.torsions.empty()) {
      out.units.emplace_back(unit, count);
      continue;
    }
    PreparedSystem alone;
    alone.plan.atoms_by_element = unit.counts();
    alone.units = {{unit, 1}};
    double reach = 0;
    for (const Vec3& r : unit.position) reach = std::max(reach, r.norm());
    alone.cell = Cell::cubic(4 * reach + 30);
    const auto energy = std::make_shared<PairEnergy>(form, atom_kinds(alone), cores, 9.0);
    for (long n = 0; n < count; ++n) {
      UnitEnsemble chain(alone, energy);
      Unit shaped = unit;
      if (chain.insert_all(kT, 16, random)) shaped.position = chain.chain_shape(0);
      out.units.emplace_back(std::move(shaped), 1);
    }
  }
  return out;
}

}  // namespace

Schema MonteCarloSettings::schema() {
  Schema s("monte_carlo");
  s.text("potential", potential, "classical potential between the ions: a name, a file, or auto")
      .quantity("hot", hot_K, Dimension::temperature, "where cooling begins", positive)
      .quantity("temperature", temperature_K, Dimension::temperature, "of the model", positive)
      .integer("sweeps", sweeps, "moves for each ion while cooling", {0, 1e7})
      .integer("equilibrate", equilibrate, "moves for each ion at the temperature", {0, 1e7})
      .integer("trials", trials, "places tried for each insertion", {1, 1e5})
      .integer("copies", copies, "of parallel tempering, between the two temperatures", {1, 256})
      .optional_quantity("pressure", pressure_GPa, Dimension::pressure,
                         "lets the volume change; auto: the density is kept");
  return s;
}

SystemPlan plan_monte_carlo(const SystemSettings& settings) {
  SystemPlan plan = prepare_system(settings).plan;
  const auto& mc = settings.monte_carlo;
  const ClassicalForm form = classical_form_for(mc.potential, elements_of_plan(plan));
  plan.notes.push_back(fmt::format(
      "Monte Carlo of rigid ions with {}: {} sweeps from {:g} to {:g} K, {} at {:g} K, {} cop{}{}",
      form.name, mc.sweeps, mc.hot_K, mc.temperature_K, mc.equilibrate, mc.temperature_K, mc.copies,
      mc.copies == 1 ? "y" : "ies",
      mc.pressure_GPa ? fmt::format(", at {:g} GPa", *mc.pressure_GPa) : ", at fixed volume"));
  return plan;
}

BuiltSystem build_monte_carlo(const SystemSettings& settings, std::uint64_t seed,
                              std::uint64_t replica) {
  const PreparedSystem system = prepare_system(settings);
  const auto& mc = settings.monte_carlo;
  const ClassicalForm form = classical_form_for(mc.potential, elements_of_plan(system.plan));
  const MinimumDistances least = minimum_distances(settings, system.plan.atoms_by_element);
  const MinimumDistances cores =
      settings.separation == "plain" ? least : separated(least, settings, system, room_left);
  RandomStream random(seed, "build.monte-carlo", replica);
  const auto energy = std::make_shared<PairEnergy>(
      form, atom_kinds(system), cores, cutoff_of(form, system.cell, mc.pressure_GPa.has_value()));
  UnitEnsemble first(system, energy);
  BuiltSystem out;
  const double hot = mc.hot_K * constants::boltzmann_eV_K;
  const double cold = mc.temperature_K * constants::boltzmann_eV_K;
  if (first.insert_all(hot, mc.trials, random)) {
    out.notes.push_back(fmt::format("all {} ions inserted with bias", first.units()));
  } else {
    first = UnitEnsemble(system, energy);
    first.adopt(pack_units(coiled(system, form, cores, hot, random), cores, random));
    out.notes.push_back("insertion found no room for the last ions: started from a packing");
  }
  const double inserted = first.energy_eV();
  const std::optional<double> pressure =
      mc.pressure_GPa ? std::optional(*mc.pressure_GPa / constants::eV_A3_in_GPa) : std::nullopt;
  const auto copies = static_cast<std::size_t>(mc.copies);
  std::vector<UnitEnsemble> chain(copies, first);
  std::vector<RandomStream> streams;
  std::vector<double> kT(copies, cold);
  for (std::size_t k = 0; k < copies; ++k) {
    streams.emplace_back(seed, "build.monte-carlo.copy", replica * 1000 + k);
    if (copies > 1)
      kT[k] = cold * std::pow(hot / cold, static_cast<double>(k) / static_cast<double>(copies - 1));
  }
  Progress progress("Monte Carlo", "sweeps",
                    static_cast<std::uint64_t>(mc.sweeps + mc.equilibrate));
  long exchanges = 0;
  for (long sweep = 0; sweep < mc.sweeps + mc.equilibrate; ++sweep) {
    const double x =
        mc.sweeps == 0 ? 1.0
                       : std::min(1.0, static_cast<double>(sweep) / static_cast<double>(mc.sweeps));
    const double now = hot * std::pow(cold / hot, x);
    parallel_for(
        copies, [&](std::size_t k) { chain[k].sweep(std::max(kT[k], now), pressure, streams[k]); });
    if (copies > 1 && sweep >= mc.sweeps) exchange(chain, kT, pressure, random, exchanges);
    check_interrupt();
    progress.update(static_cast<std::uint64_t>(sweep + 1));
  }
  progress.finish();
  const UnitEnsemble& made = chain.front();
  out.frame.structure = made.structure();
  const auto ions = static_cast<double>(made.units());
  out.notes.push_back(fmt::format("energy between ions {:.4f} eV an ion, {:.4f} after insertion",
                                  made.recount() / ions, inserted / ions));
  if (const std::size_t n = made.torsions().size(); n > 0)
    out.notes.push_back(fmt::format("{} chains grown anew {} times in {} attempts", n,
                                    made.regrowths.taken, made.regrowths.tried));
  if (copies > 1) out.notes.push_back(fmt::format("{} exchanges of copies", exchanges));
  return out;
}

}  // namespace vitrion
