#include "build/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/log.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double estimate_A2_eV = 0.15;  // c: what the energy can still fall is about c F²
constexpr std::uint32_t nowhere = UINT32_MAX;

}  // namespace

Network::Network(NetworkForm form, Structure structure)
    : form_(std::move(form)), structure_(std::move(structure)) {
  sites_.resize(structure_.size());
  local_index_.assign(structure_.size(), nowhere);
  const auto& species = structure_.species;
  for (const auto& a : species) {
    former_.push_back(form_.formers.count(a.name) != 0 ? 1 : 0);
    bridged_ = bridged_ || former_.back() == 0;
    for (const auto& b : species) {
      const auto found = form_.bonds.find(std::minmax(a.name, b.name));
      bond_of_.push_back(found == form_.bonds.end() ? NetworkForm::Bond{} : found->second);
      repulsion_of_.push_back(form_.repulsion(a.name, b.name));
      longest_repulsion_ = std::max(longest_repulsion_, repulsion_of_.back().length_A);
      for (const auto& c : species) angle_of_.push_back(form_.angle(a.name, b.name, c.name));
    }
  }
}

void Network::link(std::uint32_t a, std::uint32_t b) {
  for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
    Site& site = sites_[from];
    if (site.bonds == most_bonds)
      throw WorkError("an atom of the network has more than four bonds");
    site.bonded[static_cast<std::size_t>(site.bonds++)] = to;
  }
}

bool Network::are_bonded(std::uint32_t a, std::uint32_t b) const {
  const Site& site = sites_[a];
  return std::find(site.bonded.begin(), site.bonded.begin() + site.bonds, b) !=
         site.bonded.begin() + site.bonds;
}

bool Network::near_in_bonds(std::uint32_t a, std::uint32_t b) const {
  if (a == b || are_bonded(a, b)) return true;
  const Site& site = sites_[a];
  for (int k = 0; k < site.bonds; ++k) {
    if (are_bonded(site.bonded[static_cast<std::size_t>(k)], b)) return true;
  }
  return false;
}

// The atoms within so many bonds of the given ones move; those two bonds further are felt. Each is
// placed next to the one through which it was reached, so that no images are needed.
void Network::gather(const std::vector<std::uint32_t>& from, int shells, Local& local) {
  local.atom.clear();
  local.position.clear();
  const auto add = [&](std::uint32_t atom, const Vec3& at) {
    local_index_[atom] = static_cast<std::uint32_t>(local.atom.size());
    local.atom.push_back(atom);
    local.position.push_back(at);
  };
  const Vec3 origin = structure_.position[from.front()];
  for (const auto atom : from) {
    if (local_index_[atom] == nowhere)
      add(atom, origin + structure_.cell.minimum_image(structure_.position[atom] - origin));
  }
  std::size_t begin = 0;
  for (int shell = 0; shell <= shells + 1; ++shell) {
    const std::size_t end = local.atom.size();
    if (shell == shells) local.mobile = end;
    if (shell == shells + 1) local.centres = end;
    for (std::size_t k = begin; k < end; ++k) {
      const Site& site = sites_[local.atom[k]];
      for (int n = 0; n < site.bonds; ++n) {
        const std::uint32_t next = site.bonded[static_cast<std::size_t>(n)];
        if (local_index_[next] != nowhere) continue;
        const Vec3 d = structure_.cell.minimum_image(structure_.position[next] -
                                                     structure_.position[local.atom[k]]);
        add(next, local.position[k] + d);
      }
    }
    begin = end;
  }
}

// Bonds, angles and contacts of the gathered atoms under the present bonding.
void Network::fill(Local& local) {
  local.bonds.clear();
  local.angles.clear();
  local.contacts.clear();
  const std::size_t kinds = structure_.species.size();
  std::vector<std::array<std::uint32_t, most_bonds>> bond_at(local.atom.size());
  for (auto& row : bond_at) row.fill(nowhere);
  for (std::uint32_t k = 0; k < local.atom.size(); ++k) {
    const std::uint32_t i = local.atom[k];
    const Site& site = sites_[i];
    for (int n = 0; n < site.bonds; ++n) {
      const std::uint32_t j = site.bonded[static_cast<std::size_t>(n)];
      const std::uint32_t l = local_index_[j];
      if (l == nowhere || (k >= local.centres && l >= local.centres)) continue;
      if (l < k) {  // made already, by the other end
        const Site& other = sites_[j];
        for (int m = 0; m < other.bonds; ++m) {
          if (other.bonded[static_cast<std::size_t>(m)] == i)
            bond_at[k][static_cast<std::size_t>(n)] = bond_at[l][static_cast<std::size_t>(m)];
        }
        continue;
      }
      const NetworkForm::Bond& form = bond_of_[structure_.kind[i] * kinds + structure_.kind[j]];
      const bool terminal = site.bonds == 1 || sites_[j].bonds == 1;
      const Vec3 d = local.position[l] - local.position[k];
      bond_at[k][static_cast<std::size_t>(n)] = static_cast<std::uint32_t>(local.bonds.size());
      local.bonds.push_back({k, l, structure_.cell.minimum_image(d) - d,
                             terminal ? form.terminal_length_A : form.length_A, form.strength});
    }
  }
  for (std::uint32_t k = 0; k < local.centres; ++k) {
    const Site& site = sites_[local.atom[k]];
    for (std::size_t n = 0; n < static_cast<std::size_t>(site.bonds); ++n) {
      for (std::size_t m = 0; m < n; ++m) {
        const std::uint32_t p = bond_at[k][n];
        const std::uint32_t q = bond_at[k][m];
        if (p == nowhere || q == nowhere) continue;
        const auto& first = local.bonds[p];
        const auto& second = local.bonds[q];
        const std::uint32_t end_a = first.a == k ? first.b : first.a;
        const std::uint32_t end_b = second.a == k ? second.b : second.a;
        if (k >= local.mobile && end_a >= local.mobile && end_b >= local.mobile) continue;
        const auto kind = [&](std::uint32_t at) { return structure_.kind[local.atom[at]]; };
        const auto& form = angle_of_[(kind(k) * kinds + kind(end_a)) * kinds + kind(end_b)];
        if (form.strength <= 0) continue;
        local.angles.push_back({p, q, k, end_a, end_b, first.a == k ? 1.0 : -1.0,
                                second.a == k ? 1.0 : -1.0, form.cosine, form.strength});
      }
    }
  }
  add_contacts(local);
}

void Network::add_contacts(Local& local) {
  const std::size_t kinds = structure_.species.size();
  const std::size_t bonded_atoms = local.atom.size();
  for (std::uint32_t k = 0; k < local.mobile; ++k) {
    const std::uint32_t i = local.atom[k];
    for (const std::uint32_t j : near_[i]) {
      std::uint32_t l = local_index_[j];
      if (l != nowhere && l < local.mobile && l < k) continue;
      const auto& form = repulsion_of_[structure_.kind[i] * kinds + structure_.kind[j]];
      if (form.strength <= 0) continue;
      const Vec3 d = structure_.cell.minimum_image(structure_.position[j] - structure_.position[i]);
      const double reach = form.length_A + 0.5;
      if (d.squaredNorm() > reach * reach || near_in_bonds(i, j)) continue;
      if (l == nowhere) {  // felt by contact alone
        l = static_cast<std::uint32_t>(local.atom.size());
        local_index_[j] = l;
        local.atom.push_back(j);
        local.position.push_back(local.position[k] + d);
      }
      const Vec3 here = local.position[l] - local.position[k];
      local.contacts.push_back(
          {k, l, structure_.cell.minimum_image(here) - here, form.length_A, form.strength});
    }
  }
  for (std::size_t k = bonded_atoms; k < local.atom.size(); ++k)
    local_index_[local.atom[k]] = nowhere;
}

double Network::evaluate(Local& local) {
  double energy = 0;
  local.force.assign(local.atom.size(), Vec3::Zero());
  for (auto& b : local.bonds) {
    b.vector = local.position[b.b] - local.position[b.a] + b.shift;
    b.r = std::max(b.vector.norm(), 1e-6);
    const double off = b.r - b.length;
    energy += 0.5 * b.strength * off * off;
    const Vec3 f = b.vector * (b.strength * off / b.r);
    local.force[b.a] += f;
    local.force[b.b] -= f;
  }
  for (const auto& t : local.angles) {
    const auto& p = local.bonds[t.first];
    const auto& q = local.bonds[t.second];
    const Vec3 u = p.vector * (t.sign_a / p.r);
    const Vec3 v = q.vector * (t.sign_b / q.r);
    const double c = u.dot(v);
    const double off = c - t.cosine;
    energy += 0.5 * t.strength * off * off;
    const double g = t.strength * off;
    const Vec3 fa = (v - c * u) * (-g / p.r);
    const Vec3 fb = (u - c * v) * (-g / q.r);
    local.force[t.end_a] += fa;
    local.force[t.end_b] += fb;
    local.force[t.centre] -= fa + fb;
  }
  for (const auto& x : local.contacts) {
    const Vec3 d = local.position[x.b] - local.position[x.a] + x.shift;
    const double r2 = d.squaredNorm();
    if (r2 >= x.length * x.length) continue;
    const double r = std::max(std::sqrt(r2), 1e-6);
    const double off = r - x.length;
    energy += 0.5 * x.strength * off * off;
    const Vec3 f = d * (x.strength * off / r);
    local.force[x.a] += f;
    local.force[x.b] -= f;
  }
  return energy;
}

// Downhill by FIRE; false as soon as the energy cannot come under the threshold.
bool Network::settle(Local& local, double threshold, int most_steps, double& energy) {
  std::vector<Vec3> velocity(local.mobile, Vec3::Zero());
  double dt = 0.12;
  double alpha = 0.1;
  int downhill = 0;
  energy = evaluate(local);
  for (int step = 1; step <= most_steps; ++step) {
    double power = 0;
    double f2 = 0;
    double v2 = 0;
    for (std::size_t k = 0; k < local.mobile; ++k) {
      power += local.force[k].dot(velocity[k]);
      f2 += local.force[k].squaredNorm();
      v2 += velocity[k].squaredNorm();
    }
    if (f2 < 1e-3 * static_cast<double>(local.mobile)) break;
    if (step > 6 && energy - estimate_A2_eV * f2 > threshold) return false;
    if (power > 0) {
      const double mix = alpha * std::sqrt(v2 / f2);
      for (std::size_t k = 0; k < local.mobile; ++k)
        velocity[k] = (1 - alpha) * velocity[k] + mix * local.force[k];
      if (++downhill > 3) {
        dt = std::min(dt * 1.15, 0.3);
        alpha *= 0.98;
      }
    } else if (step > 1) {
      for (Vec3& v : velocity) v.setZero();
      dt *= 0.5;
      alpha = 0.1;
      downhill = 0;
    }
    for (std::size_t k = 0; k < local.mobile; ++k) {
      velocity[k] += dt * local.force[k];
      Vec3 move = dt * velocity[k];
      const double length = move.norm();
      if (length > 0.15) move *= 0.15 / length;
      local.position[k] += move;
    }
    energy = evaluate(local);
  }
  return energy <= threshold;
}

void Network::refresh_list() {
  const NeighborList list = build_neighbor_list(structure_, list_reach_A());
  near_.assign(structure_.size(), {});
  for (std::uint32_t i = 0; i < structure_.size(); ++i) {
    auto& near = near_[i];
    for (const Neighbor& n : list.of(i)) {
      // In a small cell an atom's own images are near, and others' more than once.
      if (n.atom != i && std::find(near.begin(), near.end(), n.atom) == near.end()) {
        near.push_back(n.atom);
      }
    }
  }
  listed_at_ = structure_.position;
}

double Network::energy_eV() const {
  Network copy(form_, structure_);
  copy.sites_ = sites_;
  return copy.relax(0, 0);
}

double Network::relax(int most_steps, double force) {
  if (structure_.size() == 0) return 0;
  if (longest_repulsion_ > 0) {
    refresh_list();
  } else {
    near_.assign(structure_.size(), {});
  }
  Local all;
  std::vector<std::uint32_t> atoms(structure_.size());
  for (std::uint32_t i = 0; i < atoms.size(); ++i) atoms[i] = i;
  double energy = 0;
  // In stretches, as contacts are listed with little to spare.
  constexpr int stretch = 40;
  for (int step = 0;; step += stretch) {
    gather(atoms, 0, all);
    fill(all);
    for (const auto atom : all.atom) local_index_[atom] = nowhere;
    const int some = std::min(stretch, most_steps - step);
    settle(all, std::numeric_limits<double>::max(), std::max(some, 0), energy);
    for (std::size_t k = 0; k < all.mobile; ++k)
      structure_.position[all.atom[k]] = structure_.cell.wrap(all.position[k]);
    double largest = 0;
    for (std::size_t k = 0; k < all.mobile; ++k) largest = std::max(largest, all.force[k].norm());
    if (step + stretch >= most_steps || largest < force) break;
    if (longest_repulsion_ > 0) refresh_list();
    check_interrupt();
  }
  listed_at_.clear();
  return energy;
}

}  // namespace vitrion
