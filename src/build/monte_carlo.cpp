#include "build/monte_carlo.hpp"

#include <algorithm>
#include <cmath>

#include "build/composition.hpp"

namespace vitrion {

UnitEnsemble::UnitEnsemble(const PreparedSystem& system, std::shared_ptr<const PairEnergy> energy)
    : energy_(std::move(energy)) {
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : system.plan.atoms_by_element) symbols.push_back(symbol);
  for (const auto& symbol : order_by_electropositivity(symbols)) order_.species_index(symbol);
  const auto kinds = atom_kinds(system);
  for (const auto& [unit, count] : system.units) {
    add_form(unit);
    Body body{0, static_cast<std::uint32_t>(unit.size()), forms_.size() - 1, Vec3::Zero(),
              Eigen::Quaterniond::Identity()};
    for (const auto& torsion : unit.torsions) body.torsion.push_back(torsion.angle);
    if (is_chain(body)) body.shape = unit.position;
    for (long n = 0; n < count; ++n) {
      body.first = static_cast<std::uint32_t>(order_.size());
      if (is_chain(body)) chains_.push_back(bodies_.size());
      bodies_.push_back(body);
      for (std::size_t k = 0; k < unit.size(); ++k) {
        order_.add(unit.elements[k], Vec3::Zero());
        body_of_.push_back(static_cast<std::uint32_t>(bodies_.size() - 1));
        pair_kind_.push_back(static_cast<std::uint32_t>(
            std::find(kinds.begin(), kinds.end(), kind_of_atom(unit, k)) - kinds.begin()));
      }
    }
  }
  fraction_.assign(order_.size(), Vec3::Zero());
  set_cell(system.cell);
}

void UnitEnsemble::set_cell(const Cell& cell) {
  cell_ = cell;
  h_ = cell.vectors();
  for (std::size_t k = 0; k < 3; ++k) {
    const double h = cell.heights()[static_cast<Eigen::Index>(k)];
    const auto n = static_cast<int>(h / energy_->cutoff_A());
    bins_[k] = n >= 4 ? n : 1;
  }
  rebuild_bins();
}

std::size_t UnitEnsemble::bin_of(const Vec3& f) const {
  std::size_t out = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    const double x = f[static_cast<Eigen::Index>(k)];
    const auto i = static_cast<int>((x - std::floor(x)) * bins_[k]);
    out = out * static_cast<std::size_t>(bins_[k]) +
          static_cast<std::size_t>(std::min(i, bins_[k] - 1));
  }
  return out;
}

void UnitEnsemble::rebuild_bins() {
  in_bin_.assign(static_cast<std::size_t>(bins_[0] * bins_[1] * bins_[2]), {});
  bin_.assign(fraction_.size(), 0);
  for (std::uint32_t i = 0; i < fraction_.size(); ++i) {
    if (!bodies_[body_of_[i]].placed) continue;
    bin_[i] = bin_of(fraction_[i]);
    in_bin_[bin_[i]].push_back(i);
  }
}

void UnitEnsemble::atoms_of(const Body& body, std::vector<Vec3>& at) const {
  at.resize(body.size);
  const auto& shape = is_chain(body) ? body.shape : forms_[body.kind].position;
  for (std::uint32_t k = 0; k < body.size; ++k) {
    const Vec3 r = body.size == 1 ? body.centre : Vec3(body.centre + body.turn * shape[k]);
    at[k] = cell_.to_fractional(r);
  }
}

// With all other ions that are placed. The cut-off is at most half a height, where rounding the
// fractions finds the nearest image.
double UnitEnsemble::energy_with_others(std::size_t body, const std::vector<Vec3>& at,
                                        std::size_t from, std::size_t to) const {
  double e = 0;
  const Body& b = bodies_[body];
  for (std::size_t k = from; k < to; ++k) {
    const std::size_t kind = pair_kind_[b.first + k];
    Int3 first{0, 0, 0};
    Int3 reach{0, 0, 0};
    for (std::size_t c = 0; c < 3; ++c) {
      if (bins_[c] == 1) continue;
      const double x = at[k][static_cast<Eigen::Index>(c)];
      first[c] = static_cast<int>((x - std::floor(x)) * bins_[c]);
      reach[c] = 1;
    }
    for (int x = first[0] - reach[0]; x <= first[0] + reach[0]; ++x) {
      for (int y = first[1] - reach[1]; y <= first[1] + reach[1]; ++y) {
        for (int z = first[2] - reach[2]; z <= first[2] + reach[2]; ++z) {
          const auto wrap = [](int i, int n) { return static_cast<std::size_t>((i % n + n) % n); };
          const std::size_t bin =
              (wrap(x, bins_[0]) * static_cast<std::size_t>(bins_[1]) + wrap(y, bins_[1])) *
                  static_cast<std::size_t>(bins_[2]) +
              wrap(z, bins_[2]);
          for (const std::uint32_t j : in_bin_[bin]) {
            if (body_of_[j] == body) continue;
            Vec3 d = fraction_[j] - at[k];
            d -= Vec3(std::nearbyint(d[0]), std::nearbyint(d[1]), std::nearbyint(d[2]));
            e += (*energy_)(kind, pair_kind_[j], (h_ * d).squaredNorm());
          }
          if (e >= PairEnergy::overlap / 2) return PairEnergy::overlap;
        }
      }
    }
  }
  return e;
}

void UnitEnsemble::put(std::size_t body, const std::vector<Vec3>& at) {
  Body& b = bodies_[body];
  for (std::uint32_t k = 0; k < b.size; ++k) {
    const std::uint32_t i = b.first + k;
    const std::size_t to = bin_of(at[k]);
    fraction_[i] = at[k];
    if (b.placed && to == bin_[i]) continue;
    if (b.placed) {
      auto& old = in_bin_[bin_[i]];
      *std::find(old.begin(), old.end(), i) = old.back();
      old.pop_back();
    }
    bin_[i] = to;
    in_bin_[to].push_back(i);
  }
  b.placed = true;
}

bool UnitEnsemble::insert_all(double kT, long trials, RandomStream& random) {
  // The largest first, while there is room; alike ones in any order.
  std::vector<std::size_t> order(bodies_.size());
  for (std::size_t b = 0; b < order.size(); ++b) order[b] = b;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return bodies_[a].size > bodies_[b].size; });
  total_ = 0;
  if (!insert_chains(kT, trials, random)) return false;
  return std::all_of(order.begin(), order.end(), [&](std::size_t b) {
    return is_chain(bodies_[b]) || insert(b, kT, trials, random);
  });
}

void UnitEnsemble::adopt(const Structure& s) {
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    Body& body = bodies_[b];
    if (is_chain(body)) {
      adopt_chain(body, s);
      continue;
    }
    const auto& shape = forms_[body.kind].position;
    // The rotation that carries the shape onto the atoms, which may be cut by a face (Kabsch).
    const Vec3 origin = s.position[body.first];
    Eigen::Matrix3Xd from(3, body.size);
    Eigen::Matrix3Xd to(3, body.size);
    for (std::uint32_t k = 0; k < body.size; ++k) {
      from.col(k) = shape[k];
      to.col(k) = origin + cell_.minimum_image(s.position[body.first + k] - origin);
    }
    body.centre = to.rowwise().mean();
    if (body.size > 1) {
      const Eigen::Matrix4d fit = Eigen::umeyama(from, to, false);
      body.turn = Eigen::Quaterniond(Mat3(fit.topLeftCorner<3, 3>())).normalized();
    }
  }
  for (Body& body : bodies_) {
    body.placed = true;
    atoms_of(body, scratch_);
    for (std::uint32_t k = 0; k < body.size; ++k) fraction_[body.first + k] = scratch_[k];
  }
  rebuild_bins();
  total_ = recount();
}

double UnitEnsemble::recount() const {
  double sum = 0;
  std::vector<Vec3> at;
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    if (!bodies_[b].placed) continue;
    const std::size_t size = bodies_[b].size;
    at.assign(fraction_.begin() + bodies_[b].first, fraction_.begin() + bodies_[b].first + size);
    sum += 0.5 * energy_with_others(b, at, 0, size) + own_energy(b, at, 0, size) +
           torsion_energy(bodies_[b]);
  }
  return sum;
}

Structure UnitEnsemble::structure() const {
  Structure out = order_;
  out.cell = cell_;
  for (std::size_t i = 0; i < out.size(); ++i)
    out.position[i] = cell_.wrap(cell_.to_cartesian(fraction_[i]));
  return out;
}

}  // namespace vitrion
