#include "learn/packed_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion {
namespace {

std::vector<int> elements_of(const Structure& s, const mlp::Model& model,
                             const std::string& where) {
  std::vector<int> out;
  for (const auto& species : s.species) {
    const auto at = std::find(model.elements.begin(), model.elements.end(), species.name);
    if (at == model.elements.end()) {
      throw InputError(fmt::format("{}: the model has no element '{}'", where, species.name));
    }
    out.push_back(static_cast<int>(at - model.elements.begin()));
  }
  return out;
}

// Takes half of the ZBL energy of one directed pair away from the labels.
void subtract_core(PackedFrame& p, std::size_t i, const Neighbor& n, const mlp::PairShape& pair,
                   int z1, int z2) {
  const auto core = mlp::zbl(pair, z1, z2, n.distance);
  p.energy_eV -= 0.5 * core.value;
  const Vec3 g = 0.5 * core.slope / n.distance * n.vector;
  for (int a = 0; a < 3; ++a) {
    if (!p.force.empty()) {
      p.force[3 * i + static_cast<std::size_t>(a)] -= static_cast<float>(g[a]);
      p.force[3 * n.atom + static_cast<std::size_t>(a)] += static_cast<float>(g[a]);
    }
    for (int b = 0; b < 3; ++b) {
      p.virial_eV[static_cast<std::size_t>(3 * a + b)] -= g[a] * n.vector[b];
    }
  }
}

PackedFrame pack(const Frame& frame, const mlp::Model& model, const std::string& where) {
  const Structure& s = frame.structure;
  const std::vector<int> kinds = elements_of(s, model, where);
  const int z_count = model.element_count();
  PackedFrame p;
  p.has_energy = frame.energy_eV.has_value();
  p.energy_eV = frame.energy_eV.value_or(0.0);
  p.has_virial = frame.stress_eV_A3.has_value() && s.cell.is_defined();
  if (p.has_virial) {
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b) {
        p.virial_eV[static_cast<std::size_t>(3 * a + b)] =
            (*frame.stress_eV_A3)(a, b) * s.cell.volume();
      }
    }
  }
  for (const auto& f : frame.forces) {
    for (int a = 0; a < 3; ++a) p.force.push_back(static_cast<float>(f[a]));
  }
  for (const auto k : s.kind) {
    const int z = kinds[k];
    p.element.push_back(static_cast<std::uint8_t>(z));
    p.energy_eV -= model.reference_energy_eV[static_cast<std::size_t>(z)];
  }
  const NeighborList list = build_neighbor_list(s, model.max_cutoff_A());
  p.first.push_back(0);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const int z = p.element[i];
    for (int other = 0; other < z_count; ++other) {
      p.start.push_back(static_cast<std::uint32_t>(p.neighbor.size() - p.first.back()));
      const mlp::PairShape& pair = model.pair(z, other);
      for (const auto& n : list.of(i)) {
        if (n.distance >= pair.cutoff_A) break;
        if (p.element.size() <= n.atom || p.element[n.atom] != other) continue;
        p.neighbor.push_back(n.atom);
        p.dx.push_back(static_cast<float>(n.vector[0]));
        p.dy.push_back(static_cast<float>(n.vector[1]));
        p.dz.push_back(static_cast<float>(n.vector[2]));
        if (model.zbl && n.distance < pair.core_outer_A) {
          subtract_core(p, i, n, pair,
                        element::atomic_number(model.elements[static_cast<std::size_t>(z)]),
                        element::atomic_number(model.elements[static_cast<std::size_t>(other)]));
        }
      }
    }
    p.start.push_back(static_cast<std::uint32_t>(p.neighbor.size() - p.first.back()));
    p.first.push_back(static_cast<std::uint32_t>(p.neighbor.size()));
  }
  return p;
}

}  // namespace

std::vector<PackedFrame> pack_frames(const Dataset& data, std::span<const std::size_t> indices,
                                     const mlp::Model& model) {
  std::vector<PackedFrame> out(indices.size());
  parallel_for(indices.size(), [&](std::size_t i) {
    const Sample& sample = data.samples[indices[i]];
    out[i] = pack(sample.frame, model, data.where(sample));
  });
  return out;
}

std::vector<double> invariants_of(const mlp::Model& model, const mlp::Evaluator& evaluator,
                                  const PackedFrame& frame) {
  const std::vector<int> element(frame.element.begin(), frame.element.end());
  std::vector<int> other;
  for (const auto j : frame.neighbor) other.push_back(element[j]);
  const std::vector<double> dx(frame.dx.begin(), frame.dx.end()),
      dy(frame.dy.begin(), frame.dy.end()), dz(frame.dz.begin(), frame.dz.end());
  std::vector<double> energy(frame.atoms()), gx(dx.size()), gy(dx.size()), gz(dx.size());
  std::vector<double> out(static_cast<std::size_t>(model.features_B()) * frame.atoms());
  mlp::Response response;
  response.energy = energy;
  response.gx = gx;
  response.gy = gy;
  response.gz = gz;
  response.features = out;
  mlp::Centres centres{element, frame.first, other, dx, dy, dz};
  std::vector<double> message(static_cast<std::size_t>(evaluator.messages()) * frame.atoms());
  if (!message.empty()) evaluator.send_messages(centres, message);
  centres.neighbor = frame.neighbor;
  centres.message = message;
  evaluator.evaluate(centres, response);
  return out;
}

}  // namespace vitrion
