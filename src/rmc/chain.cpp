#include "rmc/chain.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
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

Vec3 random_direction(RandomStream& random) {
  const double z = random.uniform(-1, 1);
  const double angle = random.uniform(0, 2 * constants::pi);
  const double rho = std::sqrt(1 - z * z);
  return {rho * std::cos(angle), rho * std::sin(angle), z};
}

}  // namespace

const char* name_of(MoveKind kind) {
  constexpr const char* names[] = {"translate",   "swap",   "unit_translate",
                                   "unit_rotate", "volume", "jump"};
  return names[static_cast<std::size_t>(kind)];
}

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
  recompute(true);
}

// Units are what the given bonds connect in the starting model.
void Chain::find_units(const Structure& start) {
  const MoveSettings& m = setup_->moves;
  if (!(m.weight[2] > 0) && !(m.weight[3] > 0)) return;
  if (m.unit_bonds.empty()) {
    throw InputError("moves: unit moves have a weight and no bonds: give unit_bonds: {P-S: 2.6 A}");
  }
  PairDistances bonds(setup_->table.groups());
  for (const auto& [pair, distance] : m.unit_bonds) {
    const auto [a, b] = parse_pair(setup_->table, pair, "moves.unit_bonds");
    bonds.set(a, b, distance);
  }
  NearAtoms near(setup_->table.group_of(), PairDistances(setup_->table.groups()), bonds);
  near.reset(start.cell, counts_.sites());
  std::vector<std::uint8_t> seen(start.size(), 0);
  const std::set<std::uint32_t> movable(free_.begin(), free_.end());
  for (const auto i : free_) {
    if (seen[i]) continue;
    std::vector<std::uint32_t> unit{i};
    seen[i] = 1;
    bool whole = true;
    for (std::size_t k = 0; k < unit.size(); ++k) {
      for (const Near& x : near.of(unit[k])) {
        whole = whole && movable.contains(x.atom);
        if (seen[x.atom]) continue;
        seen[x.atom] = 1;
        unit.push_back(x.atom);
      }
    }
    if (whole && unit.size() > 1 && unit.size() <= 32) units_.push_back(std::move(unit));
  }
  if (units_.empty()) {
    throw InputError(
        "moves: the bonds of unit_bonds connect no units of 2 to 32 atoms in the "
        "starting model");
  }
}

double Chain::number_density() const { return static_cast<double>(base_.size()) / cell_.volume(); }

double Chain::soft_penalty() const {
  double sum = 0;
  for (const auto& c : constraints_) {
    if (!c->hard()) sum += c->weight() * c->penalty();
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
  penalty_ = soft_penalty();
  cost_ = data_cost_ + penalty_;
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
  cell_ = structure.cell;
  std::vector<Site> sites;
  for (const Vec3& r : structure.position) sites.push_back(site_of(cell_, r));
  counts_.reset(cell_, sites);
  near_.reset(cell_, sites);
  recompute(false);
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
  cell_ = Cell(state.cell, base_.cell.origin());
  counts_.reset(cell_, state.sites);
  near_.reset(cell_, state.sites);
  step_ = state.step;
  blocks_ = state.blocks;
  for (std::size_t k = 0; k < fits_.size(); ++k) {
    fits_[k].scale = state.refined[3 * k];
    fits_[k].offset = state.refined[3 * k + 1];
    fits_[k].slope = state.refined[3 * k + 2];
  }
  for (auto& c : change_) counts_.clear(c);
  recompute(false);
}

MoveKind Chain::choose(RandomStream& random) const {
  const double at = random.uniform() * cumulative_.back();
  for (std::size_t k = 0; k < move_kinds; ++k) {
    if (at < cumulative_[k]) return static_cast<MoveKind>(k);
  }
  return MoveKind::translate;
}

bool Chain::propose_translate(RandomStream& random, double longest) {
  const std::uint32_t i = free_[random.below(free_.size())];
  const Vec3 d = random.uniform() * longest * random_direction(random);
  moves_.push_back({i, counts_.site(i) + displacement(cell_, d)});
  return true;
}

bool Chain::propose_swap(RandomStream& random) {
  const auto& [one, two] = swaps_[random.below(swaps_.size())];
  if (one.empty() || two.empty()) return false;
  const std::uint32_t i = one[random.below(one.size())];
  const std::uint32_t j = two[random.below(two.size())];
  if (i == j) return false;
  moves_.push_back({i, counts_.site(j)});
  moves_.push_back({j, counts_.site(i)});
  return true;
}

bool Chain::propose_unit(RandomStream& random, bool rotate) {
  const auto& unit = units_[random.below(units_.size())];
  if (!rotate) {
    const Vec3 d = random.uniform() * step_[2] * random_direction(random);
    const Site by = displacement(cell_, d);
    for (const auto i : unit) moves_.push_back({i, counts_.site(i) + by});
    return true;
  }
  // About the mean of its atoms as they stand around its first.
  const Site origin = counts_.site(unit.front());
  std::vector<Vec3> arm;
  Vec3 centre = Vec3::Zero();
  for (const auto i : unit) {
    arm.push_back(cell_.minimum_image(vector_of(cell_, counts_.site(i) - origin)));
    centre += arm.back() / static_cast<double>(unit.size());
  }
  const double angle = random.uniform() * step_[3] * constants::pi / 180;
  const Mat3 turn = Eigen::AngleAxisd(angle, random_direction(random)).toRotationMatrix();
  for (std::size_t k = 0; k < unit.size(); ++k) {
    const Vec3 d = centre + turn * (arm[k] - centre) - arm[k];
    moves_.push_back({unit[k], counts_.site(unit[k]) + displacement(cell_, d)});
  }
  return true;
}

bool Chain::propose_constraints(double& penalty) {
  penalty = 0;
  bool good = true;
  for (auto& c : constraints_) {
    const double before = c->penalty();
    const double now = c->propose(near_);
    if (c->hard()) {
      good = good && now <= before + worst;
    } else {
      penalty += c->weight() * now;
    }
  }
  return good;
}

void Chain::end_constraints(bool accept) {
  for (auto& c : constraints_) accept ? c->accept() : c->reject();
}

Chain::Verdict Chain::try_moves(double temperature, RandomStream& random) {
  Verdict out;
  // Minimum distances first: they cost the least and refuse the most.
  if (!near_.apply(moves_)) return out;
  double penalty = 0;
  if (!propose_constraints(penalty)) {
    end_constraints(false);
    near_.undo();
    return out;
  }
  out.tested = true;
  // C may rise so far; R² cannot fall below 0, so a penalty beyond that need not be weighed.
  const double most = cost_ - temperature * std::log(1 - random.uniform());
  if (penalty > most) {
    end_constraints(false);
    near_.undo();
    return out;
  }
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
  if (out.accepted) {
    if (moves_.size() == 1) counts_.place(moves_[0].atom, moves_[0].to);
    for (auto& fit : fits_) fit.accept();
    data_cost_ = data;
    penalty_ = penalty;
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

// The cell and all distances grow by one factor; everything is counted anew.
Chain::Verdict Chain::try_volume(double temperature, RandomStream& random) {
  Verdict out;
  const double change = std::exp(random.uniform(-1, 1) * step_[4]);
  const Cell old = cell_;
  const double before = cost_;
  const MoveSettings& m = setup_->moves;
  const double density = number_density() / change;
  if (m.lowest_density > 0 && density < m.lowest_density) return out;
  if (m.highest_density > 0 && density > m.highest_density) return out;
  const Cell grown(old.vectors() * std::cbrt(change), old.origin(), old.periodic());
  const double reach = setup_->width_A * static_cast<double>(setup_->bins);
  if (0.5 * grown.heights().minCoeff() < reach) return out;
  const std::size_t overlaps = near_.overlaps();
  std::vector<double> hard;
  for (const auto& c : constraints_) hard.push_back(c->penalty());
  const std::vector<Site> sites = counts_.sites();
  const auto put = [&](const Cell& cell) {
    cell_ = cell;
    counts_.reset(cell, sites);
    near_.reset(cell, sites);
    recompute(false);
  };
  put(grown);
  bool good = near_.overlaps() <= overlaps;
  for (std::size_t k = 0; k < constraints_.size(); ++k) {
    good = good && (!constraints_[k]->hard() || constraints_[k]->penalty() <= hard[k] + worst);
  }
  out.tested = good;
  out.accepted = good && cost_ <= before - temperature * std::log(1 - random.uniform());
  if (!out.accepted) put(old);
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

BlockReport Chain::run_block(std::uint64_t moves, double temperature) {
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
