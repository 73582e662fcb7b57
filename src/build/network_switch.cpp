#include <algorithm>
#include <cmath>

#include "base/log.hpp"
#include "build/network.hpp"

namespace vitrion {
namespace {

constexpr int most_steps = 100;
constexpr std::uint32_t nowhere = UINT32_MAX;

}  // namespace

// Whether two formers are joined by an anion other than the one given.
bool Network::share_link(std::uint32_t a, std::uint32_t b, std::uint32_t other_than) const {
  const Site& site = sites_[a];
  for (int k = 0; k < site.bonds; ++k) {
    const std::uint32_t x = site.bonded[static_cast<std::size_t>(k)];
    if (x != other_than && are_bonded(x, b)) return true;
  }
  return false;
}

bool Network::propose(Move& m, RandomStream& random) const {
  const auto any = [&](std::uint32_t atom) {
    const Site& site = sites_[atom];
    return site.bonded[random.below(static_cast<std::uint64_t>(site.bonds))];
  };
  const std::uint32_t first = switchable_[random.below(switchable_.size())];
  const Site& link = sites_[first];
  if (bridged_) {
    if (link.bonds != 2) return false;
    const bool swap = random.below(2) != 0;
    m.t1 = link.bonded[swap ? 1 : 0];
    m.t2 = link.bonded[swap ? 0 : 1];
  } else {
    m.t1 = first;
    m.t2 = any(first);
  }
  m.a = any(m.t1);
  m.d = any(m.t2);
  if (m.a == m.d || m.a == m.t2 || m.d == m.t1 || m.a == first || m.d == first) return false;
  if (are_bonded(m.a, m.t2) || are_bonded(m.d, m.t1)) return false;
  if (!bridged_) return true;
  if (sites_[m.a].bonds == 1 && sites_[m.d].bonds == 1) return false;
  if (form_.edge_sharing) return true;
  // A bridge that arrives at T2 must not join it to a former it is joined to already.
  for (const auto& [x, leaves, arrives] :
       {std::tuple(m.a, m.t1, m.t2), std::tuple(m.d, m.t2, m.t1)}) {
    const Site& bridge = sites_[x];
    for (int k = 0; k < bridge.bonds; ++k) {
      const std::uint32_t far = bridge.bonded[static_cast<std::size_t>(k)];
      if (far != leaves && (far == arrives || share_link(far, arrives, x))) return false;
    }
  }
  return true;
}

void Network::replace(std::uint32_t site, std::uint32_t from, std::uint32_t to) {
  auto& bonded = sites_[site].bonded;
  *std::find(bonded.begin(), bonded.begin() + sites_[site].bonds, from) = to;
}

void Network::apply(const Move& m) {
  replace(m.t1, m.a, m.d);
  replace(m.t2, m.d, m.a);
  replace(m.a, m.t1, m.t2);
  replace(m.d, m.t2, m.t1);
}

void Network::undo(const Move& m) { apply({m.t1, m.t2, m.d, m.a}); }

bool Network::try_switch(double kT, RandomStream& random) {
  Move m{};
  if (!propose(m, random)) return false;
  const int shells = bridged_ ? 3 : 2;
  const std::vector<std::uint32_t> around{m.t1, m.t2, m.a, m.d};
  // The same atoms under the old bonding and the new: gathered after the switch, felt in both.
  apply(m);
  gather(around, shells, after_);
  before_.atom = after_.atom;
  before_.position = after_.position;
  before_.mobile = after_.mobile;
  before_.centres = after_.centres;
  fill(after_);
  undo(m);
  fill(before_);
  for (const auto atom : after_.atom) local_index_[atom] = nowhere;
  for (const auto atom : before_.atom) local_index_[atom] = nowhere;
  const double threshold = evaluate(before_) - kT * std::log(1 - random.uniform());
  double energy = 0;
  if (!settle(after_, threshold, most_steps, energy)) return false;
  apply(m);
  for (std::size_t k = 0; k < after_.mobile; ++k) {
    const std::uint32_t atom = after_.atom[k];
    structure_.position[atom] = structure_.cell.wrap(after_.position[k]);
    if (listed_at_.empty()) continue;
    const Vec3 d = structure_.cell.minimum_image(structure_.position[atom] - listed_at_[atom]);
    if (2 * d.norm() > list_skin_A) relist(atom);
  }
  return true;
}

// An accepted switch takes few atoms far: each is listed anew where it is, O(atoms), which is much
// less than to list them all.
void Network::relist(std::uint32_t atom) {
  for (const std::uint32_t other : near_[atom]) std::erase(near_[other], atom);
  near_[atom].clear();
  listed_at_[atom] = structure_.position[atom];
  const double reach = list_reach_A();
  for (std::uint32_t j = 0; j < structure_.size(); ++j) {
    const Vec3 d = structure_.cell.minimum_image(listed_at_[j] - listed_at_[atom]);
    if (j == atom || d.squaredNorm() >= reach * reach) continue;
    near_[atom].push_back(j);
    near_[j].push_back(atom);
  }
}

Network::SwitchCount Network::transpose(long proposals, double kT, RandomStream& random) {
  SwitchCount out;
  switchable_.clear();
  for (std::uint32_t i = 0; i < sites_.size(); ++i) {
    if (is_former(i) != bridged_ && sites_[i].bonds >= 2) switchable_.push_back(i);
  }
  if (switchable_.empty()) return out;
  if (longest_repulsion_ > 0) {
    refresh_list();
  } else {
    near_.assign(structure_.size(), {});
  }
  for (; out.proposed < proposals; ++out.proposed) {
    if (out.proposed % 1000 == 0) check_interrupt();
    if (try_switch(kT, random)) ++out.accepted;
  }
  return out;
}

}  // namespace vitrion
