#include "build/network_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "build/packing.hpp"
#include "build/random_turn.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double start_filling = 0.40;  // of the formers' spheres, for their first packing

// Links between formers as a list that never holds one twice.
class Links {
 public:
  explicit Links(std::size_t formers) : of_(formers) {}
  [[nodiscard]] bool joined(std::size_t a, std::size_t b) const { return of_[a].contains(b); }
  void add(std::size_t a, std::size_t b) {
    of_[a].insert(b);
    of_[b].insert(a);
    list_.emplace_back(a, b);
  }
  void move(std::size_t link, std::size_t a, std::size_t b) {
    const auto [x, y] = list_[link];
    of_[x].erase(y);
    of_[y].erase(x);
    of_[a].insert(b);
    of_[b].insert(a);
    list_[link] = {a, b};
  }
  [[nodiscard]] const std::vector<std::pair<std::size_t, std::size_t>>& list() const {
    return list_;
  }

 private:
  std::vector<std::set<std::size_t>> of_;
  std::vector<std::pair<std::size_t, std::size_t>> list_;
};

Structure pack_formers(const std::map<std::string, long>& atoms, const Cell& cell,
                       const NetworkForm& form, RandomStream& random) {
  PreparedSystem system;
  system.cell = cell;
  long n = 0;
  for (const auto& [symbol, count] : atoms) {
    if (form.formers.count(symbol) == 0) continue;
    system.units.emplace_back(Unit{symbol, 0, "", {symbol}, {Vec3::Zero()}}, count);
    system.plan.atoms_by_element[symbol] = count;
    n += count;
  }
  const double d =
      std::cbrt(start_filling * 6 / constants::pi * cell.volume() / static_cast<double>(n));
  MinimumDistances distances;
  for (const auto& [a, na] : system.plan.atoms_by_element) {
    for (const auto& [b, nb] : system.plan.atoms_by_element) distances[std::minmax(a, b)] = d;
  }
  return pack_units(system, distances, random);
}

// Nearest first; what is left over takes the place of a link that is there.
Links join_formers(const Structure& s, std::vector<int> free, RandomStream& random) {
  Links links(s.size());
  const double spacing = std::cbrt(s.cell.volume() / static_cast<double>(s.size()));
  const NeighborList near = build_neighbor_list(s, 2.0 * spacing);
  std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (const Neighbor& b : near.of(i)) {
      if (b.atom > i) pairs.emplace_back(b.distance, i, b.atom);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [r, i, j] : pairs) {
    if (free[i] == 0 || free[j] == 0 || links.joined(i, j)) continue;
    links.add(i, j);
    --free[i];
    --free[j];
  }
  std::vector<std::size_t> loose;
  for (std::size_t i = 0; i < free.size(); ++i)
    loose.insert(loose.end(), static_cast<std::size_t>(free[i]), i);
  for (std::size_t k = 0; k + 1 < loose.size(); k += 2) {
    const std::size_t a = loose[k];
    const std::size_t b = loose[k + 1];
    double best = 1e300;
    std::size_t chosen = links.list().size();
    bool turned = false;
    // The link whose ends are nearest to the two loose ones, of a sample.
    for (int trial = 0; trial < 4000; ++trial) {
      const std::size_t at = random.below(links.list().size());
      auto [x, y] = links.list()[at];
      const bool turn = random.below(2) != 0;
      if (turn) std::swap(x, y);
      if (x == a || x == b || y == a || y == b || links.joined(a, x) || links.joined(b, y))
        continue;
      const double cost = s.cell.minimum_image(s.position[a] - s.position[x]).norm() +
                          s.cell.minimum_image(s.position[b] - s.position[y]).norm();
      if (cost >= best) continue;
      best = cost;
      chosen = at;
      turned = turn;
    }
    if (chosen == links.list().size())
      throw WorkError("the network is too small to link its formers: ask for more atoms");
    auto [x, y] = links.list()[chosen];
    if (turned) std::swap(x, y);
    links.move(chosen, a, x);
    links.add(b, y);
  }
  return links;
}

std::string any_anion(std::map<std::string, long>& left, RandomStream& random) {
  long total = 0;
  for (const auto& [symbol, n] : left) total += n;
  auto pick = static_cast<long>(random.below(static_cast<std::uint64_t>(total)));
  for (auto& [symbol, n] : left) {
    if (pick < n) {
      --n;
      return symbol;
    }
    pick -= n;
  }
  return left.begin()->first;
}

Vec3 direction(RandomStream& random) { return random_turn(random) * Vec3::UnitX(); }

}  // namespace

Schema NetworkSettings::schema() {
  Schema s("network");
  s.text("form", form, "energy of the network: a name of data/networks, a file, or auto")
      .quantity("hot", hot_eV, Dimension::energy, "kT at which bond transposition begins", positive)
      .quantity("cold", cold_eV, Dimension::energy, "kT at which it ends, before kT = 0", positive)
      .integer("sweeps", sweeps, "proposals for each link over the whole schedule", {0, 1e7});
  return s;
}

NetworkCounts count_links(const std::map<std::string, long>& atoms, const NetworkForm& form) {
  NetworkCounts out;
  long own = 0;
  for (const auto& [symbol, n] : atoms) {
    const auto former = form.formers.find(symbol);
    if (former != form.formers.end()) {
      out.formers += n;
      out.bonds += n * former->second.coordination;
      own += n * former->second.terminal;
    } else if (std::find(form.anions.begin(), form.anions.end(), symbol) != form.anions.end()) {
      out.anions += n;
    }
  }
  if (out.formers == 0)
    throw InputError("the composition has no network former: use the method packing");
  if (out.anions == 0) {
    if (out.bonds % 2 != 0)
      throw InputError("the formers have an odd number of bonds: ask for one atom more");
    return out;
  }
  out.bridging = out.bonds - out.anions;
  out.terminal = 2 * out.anions - out.bonds;
  if (out.terminal < 0) {
    throw InputError(fmt::format(
        "{} anions cannot saturate the {} bonds of the formers: the network would need bonds "
        "between formers; add anions, at least {}",
        out.anions, out.bonds, (out.bonds + 1) / 2));
  }
  if (out.bridging < 0 || out.terminal > out.bonds) {
    throw InputError(fmt::format(
        "{} anions are more than the {} bonds of the formers: {} would be isolated ions, which "
        "belong to the method packing",
        out.anions, out.bonds, -out.bridging));
  }
  if (own > out.terminal) {
    throw InputError(fmt::format(
        "the formers keep {} anions to themselves (as P=S does) and the composition leaves {} "
        "that do not bridge: add anions",
        own, out.terminal));
  }
  return out;
}

Network random_network(const std::map<std::string, long>& atoms, const Cell& cell,
                       const NetworkForm& form, RandomStream& random) {
  const NetworkCounts counts = count_links(atoms, form);
  Structure s = pack_formers(atoms, cell, form, random);
  const std::size_t formers = s.size();
  std::vector<int> free(formers);
  std::vector<int> terminal(formers, 0);
  long to_end = counts.terminal;
  for (std::size_t i = 0; i < formers; ++i) {
    const auto& former = form.formers.at(s.species_of(i).name);
    free[i] = former.coordination - former.terminal;
    terminal[i] = former.terminal;
    to_end -= former.terminal;
  }
  while (to_end > 0) {
    const std::size_t i = random.below(formers);
    if (free[i] == 0) continue;
    --free[i];
    ++terminal[i];
    --to_end;
  }
  const Links links = join_formers(s, free, random);
  std::map<std::string, long> anions;
  for (const auto& symbol : form.anions) {
    if (const auto found = atoms.find(symbol); found != atoms.end()) anions.insert(*found);
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> bonds;
  for (const auto& [a, b] : links.list()) {
    const auto i = static_cast<std::uint32_t>(a);
    const auto j = static_cast<std::uint32_t>(b);
    if (counts.anions == 0) {
      bonds.emplace_back(i, j);
      continue;
    }
    const Vec3 d = s.cell.minimum_image(s.position[b] - s.position[a]);
    const auto x = static_cast<std::uint32_t>(s.size());
    s.add(any_anion(anions, random), s.position[a] + 0.5 * d + 0.3 * direction(random));
    bonds.emplace_back(i, x);
    bonds.emplace_back(j, x);
  }
  for (std::size_t i = 0; i < formers; ++i) {
    for (int k = 0; k < terminal[i]; ++k) {
      const auto x = static_cast<std::uint32_t>(s.size());
      s.add(any_anion(anions, random), s.position[i] + 2.0 * direction(random));
      bonds.emplace_back(static_cast<std::uint32_t>(i), x);
    }
  }
  Network out(form, std::move(s));
  for (const auto& [a, b] : bonds) out.link(a, b);
  out.relax(400, 0.2);
  return out;
}

std::vector<std::string> describe_network(const Network& network) {
  const Structure& s = network.structure();
  struct Sum {
    double n = 0, x = 0, xx = 0;
    void add(double v) {
      n += 1;
      x += v;
      xx += v * v;
    }
    [[nodiscard]] double mean() const { return x / n; }
    [[nodiscard]] double sd() const { return std::sqrt(std::max(0.0, xx / n - mean() * mean())); }
  };
  std::map<std::string, Sum> lengths, angles;
  for (std::uint32_t i = 0; i < s.size(); ++i) {
    const auto& site = network.sites()[i];
    for (int k = 0; k < site.bonds; ++k) {
      const std::uint32_t a = site.bonded[static_cast<std::size_t>(k)];
      const Vec3 u = s.cell.minimum_image(s.position[a] - s.position[i]);
      const auto& [low, high] = std::minmax(s.species_of(i).name, s.species_of(a).name);
      lengths[low + "-" + high].add(u.norm());
      for (int m = 0; m < k; ++m) {
        const std::uint32_t b = site.bonded[static_cast<std::size_t>(m)];
        const Vec3 v = s.cell.minimum_image(s.position[b] - s.position[i]);
        const double c = std::clamp(u.normalized().dot(v.normalized()), -1.0, 1.0);
        const auto& [first, last] = std::minmax(s.species_of(a).name, s.species_of(b).name);
        angles[first + "-" + s.species_of(i).name + "-" + last].add(std::acos(c) * 180 /
                                                                    constants::pi);
      }
    }
  }
  std::vector<std::string> out{fmt::format("network energy {:.4f} eV an atom",
                                           network.energy_eV() / static_cast<double>(s.size()))};
  std::string text = "bonds:";
  for (const auto& [name, sum] : lengths)
    text += fmt::format(" {} {:.3f} ± {:.3f} Å", name, sum.mean(), sum.sd());
  out.push_back(text);
  text = "angles:";
  for (const auto& [name, sum] : angles)
    text += fmt::format(" {} {:.1f} ± {:.1f}°", name, sum.mean(), sum.sd());
  out.push_back(text);
  text = "rings for each former:";
  for (const auto& [size, n] : ring_statistics(network))
    text += fmt::format(" {}: {:.3f}", size, n);
  out.push_back(text);
  return out;
}

}  // namespace vitrion
