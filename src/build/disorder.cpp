#include "build/disorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/log.hpp"
#include "build/composition.hpp"
#include "build/ewald.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double clash_eV = 50;   // for two sites that are too close
constexpr double same_eV = 1e-4;  // arrangements that differ by less are one
constexpr int most_change = 4;    // of a whole number, to make the cell neutral

double charge_of(const std::string& symbol) {
  return element::formal_charge(element::require(symbol)).value_or(0);
}

// Sites with the same occupants are alike.
std::string signature(const CrystalSite& site) {
  std::string out;
  for (const auto& [symbol, x] : site.occupancy) out += fmt::format("{} {:.4f} ", symbol, x);
  return out;
}

// One number that may be changed for neutrality.
struct Change {
  SiteGroup* group;
  std::string symbol;
  double exact;
};

// The changes of least squared deviation that bring the charge to zero: by charge reached, after
// each variable (dynamic programming).
bool neutralise(std::vector<SiteGroup>& groups, long charge) {
  std::vector<Change> variables;
  for (auto& group : groups) {
    for (const auto& [symbol, exact] : group.exact) {
      const bool partial = std::abs(exact - static_cast<double>(group.sites.size())) > 1e-6;
      if (partial && charge_of(symbol) != 0) variables.push_back({&group, symbol, exact});
    }
  }
  struct Best {
    double cost = 0;
    std::vector<int> change;
  };
  std::map<long, Best> reached{{charge, {}}};
  for (const auto& v : variables) {
    std::map<long, Best> next;
    const long base = v.group->counts[v.symbol];
    for (const auto& [at, best] : reached) {
      for (int d = -most_change; d <= most_change; ++d) {
        const long n = base + d;
        if (n < 0 || n > static_cast<long>(v.group->sites.size())) continue;
        const double off = static_cast<double>(n) - v.exact;
        const long to = at + d * std::lround(charge_of(v.symbol));
        const auto found = next.find(to);
        if (found != next.end() && found->second.cost <= best.cost + off * off) continue;
        Best made{best.cost + off * off, best.change};
        made.change.push_back(d);
        next[to] = std::move(made);
      }
    }
    reached = std::move(next);
  }
  const auto zero = reached.find(0);
  if (zero == reached.end()) return false;
  for (std::size_t k = 0; k < variables.size(); ++k)
    variables[k].group->counts[variables[k].symbol] += zero->second.change[k];
  for (const auto& group : groups) {
    long filled = 0;
    for (const auto& [symbol, n] : group.counts) filled += n;
    if (filled > static_cast<long>(group.sites.size())) return false;
  }
  return true;
}

// Occupants of all sites, and the cost of exchanging two.
class Arrangement {
 public:
  Arrangement(const std::vector<SiteGroup>& groups, std::size_t sites,
              const Eigen::MatrixXd& matrix, const std::vector<std::vector<std::uint32_t>>& clashes)
      : groups_(groups), matrix_(matrix), clashes_(clashes), occupant_(sites), charge_(sites, 0) {}

  void shuffle(RandomStream& random) {
    for (const auto& group : groups_) {
      std::vector<std::string> names;
      for (const auto& [symbol, n] : group.counts)
        names.insert(names.end(), static_cast<std::size_t>(n), symbol);
      names.resize(group.sites.size());
      for (std::size_t k = names.size(); k > 1; --k)
        std::swap(names[k - 1], names[random.below(k)]);
      for (std::size_t k = 0; k < names.size(); ++k) {
        occupant_[group.sites[k]] = names[k];
        charge_[group.sites[k]] = names[k].empty() ? 0 : charge_of(names[k]);
      }
    }
    if (matrix_.size() > 0) {
      const Eigen::Map<const Eigen::VectorXd> q(charge_.data(),
                                                static_cast<Eigen::Index>(charge_.size()));
      potential_ = matrix_ * q;
    }
  }

  [[nodiscard]] double electrostatic() const {
    if (matrix_.size() == 0) return 0;
    const Eigen::Map<const Eigen::VectorXd> q(charge_.data(),
                                              static_cast<Eigen::Index>(charge_.size()));
    return 0.5 * q.dot(potential_);
  }
  [[nodiscard]] long clashes() const {
    long out = 0;
    for (std::size_t i = 0; i < occupant_.size(); ++i) out += occupant_[i].empty() ? 0 : clashes(i);
    return out / 2;
  }

  // One Metropolis exchange at kT (eV) between two sites of a group.
  void exchange(const SiteGroup& group, double kT, RandomStream& random) {
    const std::size_t a = group.sites[random.below(group.sites.size())];
    const std::size_t b = group.sites[random.below(group.sites.size())];
    if (occupant_[a] == occupant_[b]) return;
    const auto ia = static_cast<Eigen::Index>(a);
    const auto ib = static_cast<Eigen::Index>(b);
    double change = 0;
    const double d = charge_[b] - charge_[a];  // what a gains
    if (matrix_.size() > 0) {
      change = d * (potential_[ia] - potential_[ib]) +
               0.5 * d * d * (matrix_(ia, ia) + matrix_(ib, ib) - 2 * matrix_(ia, ib));
    }
    const long before = filled_clashes(a) + filled_clashes(b);
    std::swap(occupant_[a], occupant_[b]);
    change += clash_eV * static_cast<double>(filled_clashes(a) + filled_clashes(b) - before);
    if (change > 0 && random.uniform() >= std::exp(-change / kT)) {
      std::swap(occupant_[a], occupant_[b]);
      return;
    }
    std::swap(charge_[a], charge_[b]);
    if (matrix_.size() > 0) potential_ += d * (matrix_.col(ia) - matrix_.col(ib));
  }

  [[nodiscard]] const std::vector<std::string>& occupants() const { return occupant_; }

 private:
  [[nodiscard]] long clashes(std::size_t site) const {
    return std::count_if(clashes_[site].begin(), clashes_[site].end(),
                         [&](std::uint32_t j) { return !occupant_[j].empty(); });
  }
  [[nodiscard]] long filled_clashes(std::size_t site) const {
    return occupant_[site].empty() ? 0 : clashes(site);
  }

  const std::vector<SiteGroup>& groups_;
  const Eigen::MatrixXd& matrix_;
  const std::vector<std::vector<std::uint32_t>>& clashes_;
  std::vector<std::string> occupant_;
  std::vector<double> charge_;
  Eigen::VectorXd potential_;
};

void anneal(Arrangement& state, const std::vector<const SiteGroup*>& open, bool ewald,
            RandomStream& random) {
  if (open.empty()) return;
  std::size_t sites = 0;
  for (const auto* group : open) sites += group->sites.size();
  const double hottest = ewald ? 2.0 : 0.01;
  const double coldest = ewald ? 0.02 : 0.01;
  const int sweeps = ewald ? 60 : 100;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    check_interrupt();
    if (!ewald && state.clashes() == 0) return;
    const double kT = hottest * std::pow(coldest / hottest, sweep / (sweeps - 1.0));
    for (std::size_t k = 0; k < sites; ++k)
      state.exchange(*open[random.below(open.size())], kT, random);
  }
}

Structure fill(const Crystal& crystal, const std::vector<std::string>& occupants) {
  Structure out;
  out.cell = crystal.cell;
  std::vector<std::string> symbols;
  for (const auto& name : occupants) {
    if (!name.empty() && std::find(symbols.begin(), symbols.end(), name) == symbols.end())
      symbols.push_back(name);
  }
  for (const auto& symbol : order_by_electropositivity(symbols)) {
    for (std::size_t i = 0; i < occupants.size(); ++i) {
      if (occupants[i] == symbol)
        out.add(symbol, crystal.cell.to_cartesian(crystal.sites[i].fraction));
    }
  }
  return out;
}

}  // namespace

std::map<std::string, long> contents(const std::vector<SiteGroup>& groups) {
  std::map<std::string, long> out;
  for (const auto& group : groups) {
    for (const auto& [symbol, n] : group.counts) out[symbol] += n;
  }
  std::erase_if(out, [](const auto& item) { return item.second == 0; });
  return out;
}

std::vector<SiteGroup> count_occupants(const Crystal& crystal) {
  std::map<std::string, SiteGroup> by_label;
  for (std::size_t i = 0; i < crystal.sites.size(); ++i) {
    SiteGroup& group = by_label[signature(crystal.sites[i])];
    group.sites.push_back(i);
    for (const auto& [symbol, x] : crystal.sites[i].occupancy) group.exact[symbol] += x;
  }
  std::vector<SiteGroup> out;
  double exact_charge = 0;
  long charge = 0;
  for (auto& [label, group] : by_label) {
    long left = static_cast<long>(group.sites.size());
    for (const auto& [symbol, exact] : group.exact) {
      const long n = std::min(left, std::lround(exact));
      group.counts[symbol] = n;
      left -= n;
      exact_charge += exact * charge_of(symbol);
      charge += n * std::lround(charge_of(symbol));
    }
    out.push_back(std::move(group));
  }
  const bool neutral = std::abs(exact_charge) < 1e-3 * static_cast<double>(crystal.sites.size());
  if (neutral && charge != 0 && !neutralise(out, charge)) {
    throw InputError(
        fmt::format("{}: whole atoms leave a charge of {:+} e that no partial site can balance: "
                    "ask for another number of atoms",
                    crystal.name, charge));
  }
  return out;
}

ResolvedCrystal resolve_disorder(const Crystal& crystal, const std::vector<SiteGroup>& groups,
                                 const DisorderOptions& options, RandomStream& random) {
  std::vector<const SiteGroup*> open;
  for (const auto& group : groups) {
    const bool full = group.counts.size() == 1 &&
                      group.counts.begin()->second == static_cast<long>(group.sites.size());
    if (!full) open.push_back(&group);
  }
  std::vector<Vec3> position;
  Structure all;
  all.cell = crystal.cell;
  for (const auto& site : crystal.sites) {
    position.push_back(crystal.cell.to_cartesian(site.fraction));
    all.add("H", position.back());
  }
  std::vector<std::vector<std::uint32_t>> clashes(position.size());
  if (!open.empty()) {
    const NeighborList near = build_neighbor_list(all, options.too_close_A);
    for (std::size_t i = 0; i < position.size(); ++i) {
      for (const Neighbor& b : near.of(i)) clashes[i].push_back(b.atom);
    }
  }
  const bool ewald = options.ewald && !open.empty();
  const Eigen::MatrixXd matrix = ewald ? ewald_matrix(crystal.cell, position) : Eigen::MatrixXd();
  ResolvedCrystal out;
  double best = 1e300;
  Arrangement state(groups, position.size(), matrix, clashes);
  const long candidates = ewald ? options.candidates : open.empty() ? 1 : 20;
  for (long c = 0; c < candidates; ++c) {
    state.shuffle(random);
    anneal(state, open, ewald, random);
    if (state.clashes() > 0) continue;
    const double energy = state.electrostatic();
    if (ewald) out.energies_eV.push_back(energy);
    if (energy < best - same_eV || out.structure.size() == 0) {
      best = energy;
      out.structure = fill(crystal, state.occupants());
    }
    if (!ewald) break;
  }
  if (out.structure.size() == 0) {
    throw WorkError(fmt::format(
        "{}: the partial sites cannot be filled without two atoms within {:.2g} Å: check the "
        "occupancies, or lower too_close",
        crystal.name, options.too_close_A));
  }
  std::sort(out.energies_eV.begin(), out.energies_eV.end());
  const auto same = [](double a, double b) { return b - a < same_eV; };
  out.energies_eV.erase(std::unique(out.energies_eV.begin(), out.energies_eV.end(), same),
                        out.energies_eV.end());
  return out;
}

}  // namespace vitrion
