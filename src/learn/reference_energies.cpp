#include "learn/reference_energies.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion {

Composition composition_of(const Structure& structure) {
  Composition out;
  const auto counts = structure.counts();
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (counts[k] > 0) out[structure.species[k].name] += counts[k];
  return out;
}

double ReferenceEnergies::of(const Composition& composition) const {
  double sum = 0;
  for (const auto& [name, count] : composition) {
    const auto found = per_atom_eV.find(name);
    if (found == per_atom_eV.end()) {
      throw InputError(fmt::format(
          "there is no reference energy for \"{}\": give one, or fit it from frames that hold it",
          name));
    }
    sum += static_cast<double>(count) * found->second;
  }
  return sum;
}

ReferenceEnergies fit_reference_energies(std::span<const Composition> compositions,
                                         std::span<const double> energies_eV) {
  if (compositions.size() != energies_eV.size())
    throw std::invalid_argument("fit_reference_energies: as many compositions as energies");
  if (compositions.empty())
    throw InputError("no frame has an energy: reference energies cannot be fitted");
  std::map<std::string, Eigen::Index> column;
  for (const auto& composition : compositions)
    for (const auto& [name, count] : composition) column.try_emplace(name, 0);
  Eigen::Index next = 0;
  for (auto& [name, index] : column) index = next++;

  const auto rows = static_cast<Eigen::Index>(compositions.size());
  Eigen::MatrixXd fractions = Eigen::MatrixXd::Zero(rows, next);
  Eigen::VectorXd energy(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Composition& composition = compositions[static_cast<std::size_t>(i)];
    double atoms = 0;
    for (const auto& [name, count] : composition) atoms += static_cast<double>(count);
    for (const auto& [name, count] : composition)
      fractions(i, column.at(name)) = static_cast<double>(count) / atoms;
    energy[i] = energies_eV[static_cast<std::size_t>(i)] / atoms;
  }
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
  solver.setThreshold(1e-8);
  solver.compute(fractions);
  const Eigen::VectorXd solution = solver.solve(energy);

  ReferenceEnergies out;
  out.rank = solver.rank();
  out.frames = compositions.size();
  out.residual_eV_per_atom =
      std::sqrt((energy - fractions * solution).squaredNorm() / static_cast<double>(rows));
  std::vector<std::string> names;
  for (const auto& [name, index] : column) {
    out.per_atom_eV[name] = solution[index];
    names.push_back(name);
  }
  if (out.rank < next) {
    out.notes.push_back(fmt::format(
        "the compositions fix {} of {} reference energies ({}): those of single elements are of "
        "least norm and mean nothing alone; energies of other compositions than these are not "
        "told",
        out.rank, next, join(names, ", ")));
  }
  return out;
}

ReferenceEnergies fit_reference_energies(const Dataset& data,
                                         std::span<const std::size_t> indices) {
  std::vector<Composition> compositions;
  std::vector<double> energies;
  const auto take = [&](const Frame& frame) {
    if (!frame.energy_eV || !std::isfinite(*frame.energy_eV) || frame.size() == 0) return;
    compositions.push_back(composition_of(frame.structure));
    energies.push_back(*frame.energy_eV);
  };
  if (indices.empty()) {
    for (const auto& sample : data.samples) take(sample.frame);
  } else {
    for (const auto i : indices) take(data.samples.at(i).frame);
  }
  return fit_reference_energies(compositions, energies);
}

ReferenceEnergies given_reference_energies(std::map<std::string, double> per_atom_eV) {
  ReferenceEnergies out;
  out.rank = static_cast<long>(per_atom_eV.size());
  out.per_atom_eV = std::move(per_atom_eV);
  return out;
}

}  // namespace vitrion
