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
  std::vector<double> message_gradient;  // [neighbour][messages]

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
  [[nodiscard]] mlp::Centres centres() const {
    return {element, first, neighbor_element, dx, dy, dz};
  }
  void evaluate(const mlp::Evaluator& evaluator, std::span<const double> message,
                bool uncertainty) {
    for (auto* v : {&gx, &gy, &gz}) v->resize(dx.size());
    energy.resize(element.size());
    grade.resize(uncertainty ? element.size() : 0);
    deviation.resize(grade.size());
    message_gradient.resize(dx.size() * static_cast<std::size_t>(evaluator.messages()));
    mlp::Centres in = centres();
    in.neighbor = neighbor;
    in.message = message;
    evaluator.evaluate(in, {energy, gx, gy, gz, grade, deviation, {}, message_gradient});
  }
  void pull_messages(const mlp::Evaluator& evaluator, std::span<const double> adjoint) {
    for (auto* v : {&gx, &gy, &gz}) v->resize(dx.size());
    evaluator.pull_messages(centres(), adjoint, gx, gy, gz);
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

namespace {

// The passes over all centres of a structure, a few blocks of them at a time on all threads.
class Passes {
 public:
  std::vector<Vec3> forces;
  Mat3 virial = Mat3::Zero();

  Passes(const mlp::Evaluator& evaluator, const std::vector<int>& kinds, const NeighborList& list)
      : evaluator_(evaluator),
        kinds_(kinds),
        list_(list),
        order_(kinds.size()),
        messages_(static_cast<std::size_t>(evaluator.messages())) {
    forces.assign(kinds.size(), Vec3::Zero());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return kinds[a] < kinds[b]; });
  }

  void send_messages() {
    if (messages_ == 0) return;
    message_.resize(kinds_.size() * messages_);
    adjoint_.assign(message_.size(), 0.0);
    std::vector<std::vector<double>> said(blocks_at_once);
    over_blocks(
        [&](Block& block, std::size_t b) {
          said[b].resize(block.element.size() * messages_);
          evaluator_.send_messages(block.centres(), said[b]);
        },
        [&](const Block& block, std::size_t b, std::size_t begin) {
          for (std::size_t c = 0; c < block.element.size(); ++c) {
            std::copy_n(said[b].data() + c * messages_, messages_,
                        message_.data() + order_[begin + c] * messages_);
          }
        });
  }

  void evaluate(bool uncertainty, AtomResponse& out) {
    over_blocks(
        [&](Block& block, std::size_t) { block.evaluate(evaluator_, message_, uncertainty); },
        [&](const Block& block, std::size_t, std::size_t begin) {
          for (std::size_t c = 0; c < block.element.size(); ++c) {
            const std::size_t i = order_[begin + c];
            out.energy_eV[i] = block.energy[c];
            if (!uncertainty) continue;
            out.grade[i] = block.grade[c];
            out.deviation_eV[i] = block.deviation[c];
          }
          collect(block, begin);
          for (std::size_t j = 0; j < block.dx.size(); ++j) {
            for (std::size_t h = 0; h < messages_; ++h) {
              adjoint_[block.neighbor[j] * messages_ + h] +=
                  block.message_gradient[j * messages_ + h];
            }
          }
        });
  }

  void pull_messages() {
    if (messages_ == 0) return;
    over_blocks(
        [&](Block& block, std::size_t b) {
          std::vector<double> adjoint;
          for (std::size_t c = 0; c < block.element.size(); ++c) {
            const double* from = adjoint_.data() + order_[begins_[b] + c] * messages_;
            adjoint.insert(adjoint.end(), from, from + messages_);
          }
          block.pull_messages(evaluator_, adjoint);
        },
        [&](const Block& block, std::size_t, std::size_t begin) { collect(block, begin); });
  }

 private:
  const mlp::Evaluator& evaluator_;
  const std::vector<int>& kinds_;
  const NeighborList& list_;
  std::vector<std::size_t> order_;
  std::size_t messages_;
  std::vector<double> message_, adjoint_;  // [atom][messages]
  std::vector<Block> blocks_{blocks_at_once};
  std::vector<std::size_t> begins_ = std::vector<std::size_t>(blocks_at_once);

  // work(block, number) on any thread, then take(block, number, begin) in order.
  template <class Work, class Take>
  void over_blocks(Work&& work, Take&& take) {
    const std::size_t atoms = kinds_.size();
    for (std::size_t begin = 0; begin < atoms; begin += block_atoms * blocks_at_once) {
      const std::size_t end = std::min(atoms, begin + block_atoms * blocks_at_once);
      const std::size_t count = (end - begin + block_atoms - 1) / block_atoms;
      parallel_for(count, [&](std::size_t b) {
        begins_[b] = begin + b * block_atoms;
        blocks_[b].clear();
        for (std::size_t i = begins_[b]; i < std::min(end, begins_[b] + block_atoms); ++i) {
          blocks_[b].add(kinds_[order_[i]], list_.of(order_[i]), kinds_);
        }
        work(blocks_[b], b);
      });
      for (std::size_t b = 0; b < count; ++b) take(blocks_[b], b, begins_[b]);
    }
  }

  void collect(const Block& block, std::size_t begin) {
    for (std::size_t c = 0; c < block.element.size(); ++c) {
      const std::size_t i = order_[begin + c];
      for (std::size_t j = block.first[c]; j < block.first[c + 1]; ++j) {
        const Vec3 g(block.gx[j], block.gy[j], block.gz[j]);
        forces[i] += g;
        forces[block.neighbor[j]] -= g;
        virial += Vec3(block.dx[j], block.dy[j], block.dz[j]) * g.transpose();
      }
    }
  }
};

}  // namespace

AtomResponse MlpProvider::work(Frame& frame, bool uncertainty) {
  check_frame(frame);
  const Structure& s = frame.structure;
  if (s.size() == 0) throw InputError("the structure has no atoms: there is nothing to evaluate");
  const std::vector<int> kinds = elements_of(model_, s);
  const NeighborList list = build_neighbor_list(s, evaluator_.cutoff_A());
  refuse_coincidence(list);
  AtomResponse out;
  out.energy_eV.resize(s.size());
  out.grade.resize(uncertainty ? s.size() : 0);
  out.deviation_eV.resize(out.grade.size());
  Passes passes(evaluator_, kinds, list);
  passes.send_messages();
  passes.evaluate(uncertainty, out);
  passes.pull_messages();
  frame.forces = std::move(passes.forces);
  frame.energy_eV = std::accumulate(out.energy_eV.begin(), out.energy_eV.end(), 0.0);
  frame.stress_eV_A3.reset();
  if (s.cell.is_defined() && s.cell.fully_periodic()) {
    frame.stress_eV_A3 = 0.5 / s.cell.volume() * (passes.virial + passes.virial.transpose());
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
