#include "learn/committee.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "engine/mlp_provider.hpp"

namespace vitrion {

Schema CommitteeOptions::schema() {
  Schema s("committee");
  s.integer("members", members, "networks whose mean the potential learns; 0: none", Bounds{0, 64})
      .quantities("cutoffs", cutoffs_A, Dimension::length, "of the members in turn", positive)
      .integer("channels", channels, "mixed channels of a member", Bounds{1, 256})
      .integer("hidden", hidden, "units of a member's hidden layer", Bounds{0, 512})
      .quantity("epochs", epochs, Dimension::none, "of the training of each member", positive)
      .section("sampling", sampling.schema(), "further structures that the mean labels");
  return s;
}

double label_by_mean(std::span<const mlp::Model> members, std::vector<Sample>& samples,
                     const std::function<void(std::size_t)>& progress) {
  if (members.empty()) throw InputError("a committee needs a member");
  const double share = 1 / static_cast<double>(members.size());
  std::vector<MlpProvider> providers;
  for (const auto& m : members) providers.emplace_back(m);
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    check_interrupt();
    Frame& label = samples[k].frame;
    const std::size_t atoms = label.size();
    std::vector<Frame> said(members.size());
    label.forces.assign(atoms, Vec3::Zero());
    double energy = 0;
    std::optional<Mat3> stress = Mat3::Zero().eval();
    for (std::size_t m = 0; m < members.size(); ++m) {
      said[m].structure = label.structure;
      providers[m].evaluate(said[m]);
      energy += share * said[m].energy_eV.value();
      for (std::size_t i = 0; i < atoms; ++i) label.forces[i] += share * said[m].forces[i];
      if (stress && said[m].stress_eV_A3) {
        *stress += share * *said[m].stress_eV_A3;
      } else {
        stress.reset();
      }
    }
    label.energy_eV = energy;
    label.stress_eV_A3 = stress;
    for (const auto& one : said) {
      for (std::size_t i = 0; i < atoms; ++i) {
        sum += (one.forces[i] - label.forces[i]).squaredNorm();
      }
    }
    count += 3 * static_cast<double>(atoms) * static_cast<double>(members.size());
    if (progress) progress(k + 1);
  }
  return count > 0 ? std::sqrt(sum / count) : 0;
}

}  // namespace vitrion
