#include "engine/mlp_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "neighbor/neighbor_list.hpp"
#include "potential/learned.hpp"
#include "potential/species.hpp"

namespace vitrion {
namespace {

constexpr std::size_t block_atoms = 64;     // a whole number of any vector's lanes
constexpr std::size_t blocks_at_once = 64;  // bounds the memory of gradients

// The centres of a block with their neighbours, and the answer.
struct Block {
  std::vector<int> element, neighbor_element;
  std::vector<std::uint32_t> first, neighbor;
  std::vector<double> dx, dy, dz, gx, gy, gz;
  std::vector<double> energy, grade, deviation;

  void clear() {
    for (auto* v : {&element, &neighbor_element}) v->clear();
    for (auto* v : {&dx, &dy, &dz}) v->clear();
    neighbor.clear();
    first.assign(1, 0);
  }
  void add(int centre_element, std::span<const Neighbor> neighbors, const std::vector<int>& kinds) {
    element.push_back(centre_element);
    for (const Neighbor& n : neighbors) {
      neighbor.push_back(n.atom);
      neighbor_element.push_back(kinds[n.atom]);
      dx.push_back(n.vector[0]);
      dy.push_back(n.vector[1]);
      dz.push_back(n.vector[2]);
    }
    first.push_back(static_cast<std::uint32_t>(dx.size()));
  }
  void evaluate(const mlp::Evaluator& evaluator, bool uncertainty) {
    for (auto* v : {&gx, &gy, &gz}) v->resize(dx.size());
    energy.resize(element.size());
    grade.resize(uncertainty ? element.size() : 0);
    deviation.resize(grade.size());
    evaluator.evaluate({element, first, neighbor_element, dx, dy, dz},
                       {energy, gx, gy, gz, grade, deviation, {}});
  }
};

// The model's element of each atom.
std::vector<int> elements_of(const mlp::Model& model, const Structure& structure) {
  require_elements(model.name, model.elements, structure);
  std::vector<int> of_species;
  for (const auto& name : species_elements(structure)) {
    of_species.push_back(static_cast<int>(
        std::find(model.elements.begin(), model.elements.end(), name) - model.elements.begin()));
  }
  std::vector<int> out;
  for (const auto kind : structure.kind) out.push_back(of_species[kind]);
  return out;
}

void refuse_coincidence(const NeighborList& list) {
  for (std::size_t i = 0; i < list.atoms(); ++i) {
    const auto neighbors = list.of(i);  // the nearest first
    if (!neighbors.empty() && neighbors.front().distance < 1e-6) {
      throw InputError(fmt::format("atoms {} and {} lie in one place: move one of them", i + 1,
                                   neighbors.front().atom + 1));
    }
  }
}

}  // namespace

MlpProvider::MlpProvider(mlp::Model model, mlp::Precision precision)
    : model_(std::move(model)), evaluator_(model_, precision) {}

void MlpProvider::evaluate(Frame& frame) { (void)work(frame, false); }

AtomResponse MlpProvider::evaluate_atoms(Frame& frame) { return work(frame, true); }

AtomResponse MlpProvider::work(Frame& frame, bool uncertainty) {
  check_frame(frame);
  const Structure& s = frame.structure;
  if (s.size() == 0) throw InputError("the structure has no atoms: there is nothing to evaluate");
  const std::vector<int> kinds = elements_of(model_, s);
  const NeighborList list = build_neighbor_list(s, evaluator_.cutoff_A());
  refuse_coincidence(list);
  std::vector<std::size_t> order(s.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return kinds[a] < kinds[b]; });
  AtomResponse out;
  out.energy_eV.resize(s.size());
  out.grade.resize(uncertainty ? s.size() : 0);
  out.deviation_eV.resize(out.grade.size());
  std::vector<Vec3> forces(s.size(), Vec3::Zero());
  Mat3 virial = Mat3::Zero();
  std::vector<Block> blocks(blocks_at_once);
  for (std::size_t begin = 0; begin < s.size(); begin += block_atoms * blocks_at_once) {
    const std::size_t end = std::min(s.size(), begin + block_atoms * blocks_at_once);
    const std::size_t count = (end - begin + block_atoms - 1) / block_atoms;
    parallel_for(count, [&](std::size_t b) {
      blocks[b].clear();
      for (std::size_t i = begin + b * block_atoms;
           i < std::min(end, begin + (b + 1) * block_atoms); ++i) {
        blocks[b].add(kinds[order[i]], list.of(order[i]), kinds);
      }
      blocks[b].evaluate(evaluator_, uncertainty);
    });
    for (std::size_t b = 0; b < count; ++b) {
      const Block& block = blocks[b];
      for (std::size_t c = 0; c < block.element.size(); ++c) {
        const std::size_t i = order[begin + b * block_atoms + c];
        out.energy_eV[i] = block.energy[c];
        if (uncertainty) {
          out.grade[i] = block.grade[c];
          out.deviation_eV[i] = block.deviation[c];
        }
        for (std::size_t j = block.first[c]; j < block.first[c + 1]; ++j) {
          const Vec3 g(block.gx[j], block.gy[j], block.gz[j]);
          forces[i] += g;
          forces[block.neighbor[j]] -= g;
          virial += Vec3(block.dx[j], block.dy[j], block.dz[j]) * g.transpose();
        }
      }
    }
  }
  frame.forces = std::move(forces);
  frame.energy_eV = std::accumulate(out.energy_eV.begin(), out.energy_eV.end(), 0.0);
  frame.stress_eV_A3.reset();
  if (s.cell.is_defined() && s.cell.fully_periodic()) {
    frame.stress_eV_A3 = 0.5 / s.cell.volume() * (virial + virial.transpose());
  }
  return out;
}

std::unique_ptr<ForceProvider> make_provider(const Potential& potential,
                                             const LammpsProviderOptions& options) {
  if (const auto* learned = dynamic_cast<const LearnedPotential*>(&potential)) {
    return std::make_unique<MlpProvider>(learned->model());
  }
  return make_lammps_provider(potential, options);
}

}  // namespace vitrion
