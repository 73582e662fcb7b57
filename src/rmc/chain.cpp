#include "rmc/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "structure/bonds.hpp"

namespace vitrion::rmc {
namespace {

constexpr double worst = 1e-12;  // a hard constraint's penalty may differ so much by rounding

PairDistances listed_by(const std::vector<std::shared_ptr<const Constraint>>& constraints,
                        std::size_t groups) {
  PairDistances listed(groups);
  for (const auto& c : constraints) c->widen(listed);
  return listed;
}

}  // namespace

Chain::Chain(const ChainSetup& setup, const Structure& start, std::uint64_t index)
    : setup_(&setup),
      index_(index),
      base_(start),
      cell_(start.cell),
      counts_(start.cell, setup.table.group_of(), setup.table.groups(), setup.width_A, setup.bins),
      near_(setup.table.group_of(), setup.shortest,
            listed_by(setup.constraints, setup.table.groups())) {
  std::vector<Site> sites;
  for (const Vec3& r : start.position) sites.push_back(site_of(cell_, r));
  counts_.reset(cell_, sites);
  near_.reset(cell_, sites);
  for (const auto& map : setup.data) fits_.emplace_back(*map);
  for (const auto& c : setup.constraints) constraints_.push_back(c->clone());
  change_.resize(setup.table.groups());
  for (auto& c : change_) counts_.clear(c);
  const MoveSettings& m = setup.moves;
  step_ = {m.step_A, 1, m.unit_step_A, m.unit_angle_deg, m.volume_step, m.jump_A};
  double sum = 0;
  for (std::size_t k = 0; k < move_kinds; ++k) cumulative_[k] = sum += m.weight[k];
  if (!(sum > 0)) throw InputError("moves: all weights are 0: give translate a weight");
  std::set<std::size_t> fixed;
  for (const auto& name : m.fixed) fixed.insert(setup.table.group(name));
  for (std::uint32_t i = 0; i < base_.size(); ++i) {
    if (fixed.contains(setup.table.group_of()[i])) continue;
    const double z = position_of(cell_, sites[i])[2];
    if (m.fixed_z_A.size() == 2 && z >= m.fixed_z_A[0] && z <= m.fixed_z_A[1]) continue;
    free_.push_back(i);
  }
  if (free_.empty()) throw InputError("moves: every atom is fixed");
  for (const auto& pair : m.swap) {
    const auto [a, b] = parse_pair(setup.table, pair, "moves.swap");
    auto& [one, two] = swaps_.emplace_back();
    for (const auto i : free_) {
      if (setup.table.group_of()[i] == a) one.push_back(i);
      if (setup.table.group_of()[i] == b) two.push_back(i);
    }
  }
  if (m.weight[1] > 0 && swaps_.empty()) {
    throw InputError("moves: swap has a weight and no pairs: give swap_pairs: [Li-P]");
  }
  find_units(start);
  if (setup.energy) {
    energy_ = setup.energy->clone();
    energy_->reset(cell_, sites);
  }
  recompute(true);
}

double Chain::number_density() const { return static_cast<double>(base_.size()) / cell_.volume(); }

double Chain::energy_eV() const {
  return energy_ ? energy_->total_eV() : std::numeric_limits<double>::quiet_NaN();
}

double Chain::soft_penalty(double& exponent) const {
  double sum = 0;
  exponent = 0;
  for (const auto& c : constraints_) {
    if (c->hard()) continue;
    (c->is_exponent() ? exponent : sum) += c->weight() * c->penalty();
  }
  return sum;
}

void Chain::recompute(bool refine) {
  for (auto& c : constraints_) c->reset(near_);
  data_cost_ = 0;
  for (auto& fit : fits_) {
    fit.reset(counts_, number_density(), refine);
    data_cost_ += fit.map().settings().weight * fit.r2();
  }
  penalty_ = soft_penalty(exponent_);
  cost_ = data_cost_ + penalty_;
}

void Chain::place_all(const Cell& cell, const std::vector<Site>& sites) {
  cell_ = cell;
  counts_.reset(cell_, sites);
  near_.reset(cell_, sites);
  if (energy_) energy_->reset(cell_, sites);
  recompute(false);
}

Structure Chain::structure() const {
  Structure out = base_;
  out.cell = cell_;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.position[i] = position_of(cell_, counts_.site(i));
  }
  return out;
}

void Chain::set_positions(const Structure& structure) {
  std::vector<Site> sites;
  for (const Vec3& r : structure.position) sites.push_back(site_of(structure.cell, r));
  place_all(structure.cell, sites);
}

ChainState Chain::state() const {
  ChainState out;
  out.cell = cell_.vectors();
  out.sites = counts_.sites();
  out.step = step_;
  out.blocks = blocks_;
  for (const auto& fit : fits_) {
    out.refined.insert(out.refined.end(), {fit.scale, fit.offset, fit.slope});
  }
  return out;
}

void Chain::restore(const ChainState& state) {
  step_ = state.step;
  blocks_ = state.blocks;
  for (std::size_t k = 0; k < fits_.size(); ++k) {
    fits_[k].scale = state.refined[3 * k];
    fits_[k].offset = state.refined[3 * k + 1];
    fits_[k].slope = state.refined[3 * k + 2];
  }
  for (auto& c : change_) counts_.clear(c);
  place_all(Cell(state.cell, base_.cell.origin()), state.sites);
}

bool Chain::propose_constraints(double& penalty, double& exponent) {
  penalty = 0;
  exponent = 0;
  bool good = true;
  for (auto& c : constraints_) {
    const double before = c->penalty();
    const double now = c->propose(near_);
    if (c->hard()) {
      good = good && now <= before + worst;
    } else {
      (c->is_exponent() ? exponent : penalty) += c->weight() * now;
    }
  }
  return good;
}

// By a random number of its own: see move_energy.hpp.
bool Chain::energy_refuses(RandomStream& random) {
  const double most = -kT_eV_ * std::log(1 - random.uniform());
  if (energy_->propose(moves_) <= most) return false;
  energy_->reject();
  return true;
}

void Chain::end_constraints(bool accept) {
  for (auto& c : constraints_) accept ? c->accept() : c->reject();
}

Chain::Verdict Chain::try_moves(double temperature, RandomStream& random) {
  Verdict out;
  // Minimum distances first: they cost the least and refuse the most.
  if (!near_.apply(moves_)) return out;
  const auto refuse = [&] {
    end_constraints(false);
    near_.undo();
    return out;
  };
  double penalty = 0;
  double exponent = 0;
  if (!propose_constraints(penalty, exponent)) return refuse();
  out.tested = true;
  // C may rise so far; R² cannot fall below 0, so a penalty beyond that need not be weighed.
  const double most =
      cost_ - temperature * (std::log(1 - random.uniform()) + (exponent - exponent_));
  if (penalty > most) return refuse();
  if (energy_ && !energy_->costly() && energy_refuses(random)) return refuse();
  double data = 0;
  back_.clear();
  std::size_t touched = 0;  // bits of groups
  for (const AtomMove& m : moves_) {
    const std::size_t group = setup_->table.group_of()[m.atom];
    touched |= std::size_t{1} << group;
    counts_.add_move(m.atom, m.to, change_[group]);
    back_.push_back(counts_.site(m.atom));
    if (moves_.size() > 1) counts_.place(m.atom, m.to);
  }
  bool first = true;
  for (std::size_t g = 0; g < change_.size(); ++g) {
    if (!(touched >> g & 1U)) continue;
    counts_.difference(change_[g], difference_);
    for (auto& fit : fits_) fit.propose(g, difference_, number_density(), first);
    first = false;
  }
  for (const auto& fit : fits_) data += fit.map().settings().weight * fit.proposed_r2();
  out.accepted = data + penalty <= most;
  if (energy_) {
    if (energy_->costly()) {
      out.accepted = out.accepted && !energy_refuses(random);
    } else if (!out.accepted) {
      energy_->reject();
    }
  }
  if (out.accepted) {
    if (energy_) energy_->accept();
    if (moves_.size() == 1) counts_.place(moves_[0].atom, moves_[0].to);
    for (auto& fit : fits_) fit.accept();
    data_cost_ = data;
    penalty_ = penalty;
    exponent_ = exponent;
    cost_ = data + penalty;
  } else {
    near_.undo();
    if (moves_.size() > 1) {
      for (std::size_t k = moves_.size(); k-- > 0;) counts_.place(moves_[k].atom, back_[k]);
    }
  }
  end_constraints(out.accepted);
  for (std::size_t g = 0; g < change_.size(); ++g) {
    if (!(touched >> g & 1U)) continue;
    if (out.accepted) counts_.commit(g, change_[g]);
    counts_.clear(change_[g]);
  }
  return out;
}

// The cell and all distances grow by one factor; everything is counted anew. Steps are even in
// ln V: with an energy, exp(−(ΔE + pΔV)/k_BT) (V'/V)^(N+1) makes that the ensemble of constant
// pressure (Frenkel & Smit, Understanding Molecular Simulation, 5.4).
Chain::Verdict Chain::try_volume(double temperature, RandomStream& random) {
  Verdict out;
  const double change = std::exp(random.uniform(-1, 1) * step_[4]);
  const Cell old = cell_;
  const double before = cost_;
  const double exponent = exponent_;
  const double energy = energy_eV();
  const MoveSettings& m = setup_->moves;
  const double density = number_density() / change;
  if (m.lowest_density > 0 && density < m.lowest_density) return out;
  if (m.highest_density > 0 && density > m.highest_density) return out;
  const Cell grown(old.vectors() * std::cbrt(change), old.origin(), old.periodic());
  const double reach = std::max(setup_->width_A * static_cast<double>(setup_->bins),
                                energy_ ? energy_->reach_A() : 0);
  if (0.5 * grown.heights().minCoeff() < reach) return out;
  const std::size_t overlaps = near_.overlaps();
  std::vector<double> hard;
  for (const auto& c : constraints_) hard.push_back(c->penalty());
  const std::vector<Site> sites = counts_.sites();
  place_all(grown, sites);
  bool good = near_.overlaps() <= overlaps;
  for (std::size_t k = 0; k < constraints_.size(); ++k) {
    good = good && (!constraints_[k]->hard() || constraints_[k]->penalty() <= hard[k] + worst);
  }
  out.tested = good;
  const double most =
      before - temperature * (std::log(1 - random.uniform()) + (exponent_ - exponent));
  out.accepted = good && cost_ <= most;
  if (energy_ && out.accepted) {
    const double work = energy_eV() - energy + setup_->pressure_eV_A3 * old.volume() * (change - 1);
    const double gain = (static_cast<double>(base_.size()) + 1) * std::log(change);
    out.accepted = work <= kT_eV_ * (gain - std::log(1 - random.uniform()));
  }
  if (!out.accepted) place_all(old, sites);
  for (auto& c : change_) counts_.clear(c);
  return out;
}

Chain::Verdict Chain::step(MoveKind kind, double temperature, RandomStream& random) {
  moves_.clear();
  if (kind == MoveKind::volume) return try_volume(temperature, random);
  bool any = false;
  if (kind == MoveKind::translate) any = propose_translate(random, step_[0]);
  if (kind == MoveKind::jump) any = propose_translate(random, step_[5]);
  if (kind == MoveKind::swap) any = propose_swap(random);
  if (kind == MoveKind::unit_translate) any = propose_unit(random, false);
  if (kind == MoveKind::unit_rotate) any = propose_unit(random, true);
  return any ? try_moves(temperature, random) : Verdict{};
}

void Chain::tune(const BlockReport& report) {
  const MoveSettings& m = setup_->moves;
  if (!(m.acceptance > 0)) return;
  const double highest[] = {
      m.largest_step_A, 1, std::max(m.unit_step_A, m.largest_step_A), 30, 0.05, m.jump_A};
  for (std::size_t k = 0; k < move_kinds; ++k) {
    if (k == 1 || k == 5 || report.tried[k] < 20) continue;
    const double share =
        static_cast<double>(report.accepted[k]) / static_cast<double>(report.tried[k]);
    const double factor = std::clamp(std::sqrt(share / m.acceptance), 0.7, 1.4);
    step_[k] = std::clamp(step_[k] * factor, 0.01 * highest[k], highest[k]);
  }
}

BlockReport Chain::run_block(std::uint64_t moves, double temperature, double temperature_K) {
  kT_eV_ = constants::boltzmann_eV_K * temperature_K;
  RandomStream random(setup_->seed, fmt::format("rmc chain {}", index_), blocks_);
  BlockReport report;
  for (std::uint64_t n = 0; n < moves; ++n) {
    const MoveKind kind = choose(random);
    const auto k = static_cast<std::size_t>(kind);
    const Verdict verdict = step(kind, temperature, random);
    ++report.tried[k];
    if (!verdict.tested) ++report.refused[k];
    if (verdict.accepted) ++report.accepted[k];
  }
  ++blocks_;
  tune(report);
  std::vector<double> kept;
  for (const auto& fit : fits_) kept.push_back(fit.r2());
  if (counts_.recount() != counts_.counts()) {
    throw WorkError(
        "the histograms no longer agree with the positions: this is a fault of the "
        "program, please report it with the recipe");
  }
  near_.reset(cell_, counts_.sites());
  if (energy_) {
    const double then = energy_->total_eV();
    energy_->reset(cell_, counts_.sites());
    report.energy_drift_eV = std::abs(energy_->total_eV() - then);
  }
  recompute(false);
  for (std::size_t k = 0; k < fits_.size(); ++k) {
    report.drift = std::max(report.drift, std::abs(kept[k] - fits_[k].r2()));
  }
  recompute(true);
  report.cost = cost_;
  report.penalty = penalty_;
  for (const auto& fit : fits_) report.r_chi.push_back(std::sqrt(fit.r2()));
  return report;
}

}  // namespace vitrion::rmc
