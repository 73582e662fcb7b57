#include "build/monte_carlo.hpp"

#include <algorithm>
#include <cmath>

#include "build/composition.hpp"
#include "build/random_turn.hpp"

namespace vitrion {

UnitEnsemble::UnitEnsemble(const PreparedSystem& system, std::shared_ptr<const PairEnergy> energy)
    : energy_(std::move(energy)) {
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : system.plan.atoms_by_element) symbols.push_back(symbol);
  for (const auto& symbol : order_by_electropositivity(symbols)) order_.species_index(symbol);
  for (const auto& [unit, count] : system.units) {
    shapes_.push_back(unit.position);
    for (long n = 0; n < count; ++n) {
      bodies_.push_back({static_cast<std::uint32_t>(order_.size()),
                         static_cast<std::uint32_t>(unit.size()), shapes_.size() - 1, Vec3::Zero(),
                         Eigen::Quaterniond::Identity()});
      for (const auto& symbol : unit.elements) {
        order_.add(symbol, Vec3::Zero());
        body_of_.push_back(static_cast<std::uint32_t>(bodies_.size() - 1));
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
  const auto& shape = shapes_[body.kind];
  for (std::uint32_t k = 0; k < body.size; ++k) {
    const Vec3 r = body.size == 1 ? body.centre : Vec3(body.centre + body.turn * shape[k]);
    at[k] = cell_.to_fractional(r);
  }
}

// With all other ions that are placed. The cut-off is at most half a height, where rounding the
// fractions finds the nearest image.
double UnitEnsemble::energy_of(std::size_t body, const std::vector<Vec3>& at) const {
  double e = 0;
  const Body& b = bodies_[body];
  for (std::uint32_t k = 0; k < b.size; ++k) {
    const std::size_t kind = order_.kind[b.first + k];
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
            e += (*energy_)(kind, order_.kind[j], (h_ * d).squaredNorm());
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
  constexpr int rounds = 200;
  total_ = 0;
  for (const std::size_t b : order) {
    bool done = false;
    for (int round = 0; round < rounds && !done; ++round) {
      std::vector<Body> places;
      std::vector<double> energies;
      double lowest = 1e300;
      for (long t = 0; t < trials; ++t) {
        Body trial = bodies_[b];
        const double x = random.uniform();
        const double y = random.uniform();
        trial.centre = cell_.to_cartesian({x, y, random.uniform()});
        if (trial.size > 1) trial.turn = random_turn(random);
        atoms_of(trial, scratch_);
        places.push_back(trial);
        energies.push_back(energy_of(b, scratch_));
        lowest = std::min(lowest, energies.back());
      }
      if (lowest >= PairEnergy::overlap / 2) continue;
      double sum = 0;
      for (const double e : energies) sum += std::exp(-(e - lowest) / kT);
      double pick = random.uniform() * sum;
      std::size_t chosen = 0;
      while (chosen + 1 < places.size() &&
             (pick -= std::exp(-(energies[chosen] - lowest) / kT)) > 0)
        ++chosen;
      if (energies[chosen] >= PairEnergy::overlap / 2) continue;
      bodies_[b].centre = places[chosen].centre;
      bodies_[b].turn = places[chosen].turn;
      atoms_of(bodies_[b], scratch_);
      put(b, scratch_);
      total_ += energies[chosen];
      done = true;
    }
    if (!done) return false;
  }
  return true;
}

void UnitEnsemble::adopt(const Structure& s) {
  for (std::size_t b = 0; b < bodies_.size(); ++b) {
    Body& body = bodies_[b];
    const auto& shape = shapes_[body.kind];
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
    at.assign(fraction_.begin() + bodies_[b].first,
              fraction_.begin() + bodies_[b].first + bodies_[b].size);
    sum += energy_of(b, at);
  }
  return 0.5 * sum;
}

Structure UnitEnsemble::structure() const {
  Structure out = order_;
  out.cell = cell_;
  for (std::size_t i = 0; i < out.size(); ++i)
    out.position[i] = cell_.wrap(cell_.to_cartesian(fraction_[i]));
  return out;
}

}  // namespace vitrion
