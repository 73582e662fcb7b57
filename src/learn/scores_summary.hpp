// Inside of scores: sums over any choice of frames, with jackknife errors, and the tables of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "learn/scores.hpp"
#include "numeric/statistics.hpp"

namespace vitrion::scoring {

using Record = Scores::Record;
using Records = std::vector<const Record*>;

/// Everything that a row of a table says of some frames; NaN where it cannot be told.
struct Row {
  Estimate energy_rmse, energy_mae;           ///< meV/atom
  Estimate force_rmse, force_mae, force_rms;  ///< meV/Å; the last of the labels themselves
  Estimate stress_rmse;                       ///< GPa
  std::size_t frames = 0;
  double components = 0;  ///< of forces
};

class Summary {
 public:
  /// `shift` is added to the predicted energies.
  Summary(const std::vector<Record>& records, ReferenceEnergies shift);

  /// Predicted less given, eV/atom.
  [[nodiscard]] double energy_error(const Record& record) const;
  [[nodiscard]] double shifted_energy_eV(const Record& record) const;
  /// Of some frames, and of the forces on one element alone where one is named.
  [[nodiscard]] Row row(const Records& records, const std::string& element = {}) const;
  /// "jackknife over 20 blocks".
  [[nodiscard]] std::string how() const;

 private:
  ReferenceEnergies shift_;
  std::map<const Record*, std::size_t> block_;
  std::size_t blocks_ = 0;
};

Table by_phase(const std::vector<Record>& records, const Summary& summary);
Table by_element(const std::vector<Record>& records, const Summary& summary);
std::optional<Table> by_temperature(const std::vector<Record>& records, const Summary& summary);
Table worst_frames(const std::vector<Record>& records, const Summary& summary, std::size_t count);
Table parity_force(const std::vector<Record>& records, std::size_t most);
Table parity_energy(const std::vector<Record>& records, const Summary& summary, std::size_t most);

/// Reference energies fitted to some energy of the records that have one.
template <class Energy>
ReferenceEnergies fit_energies(const std::vector<Record>& records, Energy energy) {
  std::vector<Composition> compositions;
  std::vector<double> energies;
  for (const auto& r : records) {
    if (!r.energy_eV) continue;
    compositions.push_back(r.atoms);
    energies.push_back(energy(r));
  }
  return compositions.empty() ? ReferenceEnergies{}
                              : fit_reference_energies(compositions, energies);
}

}  // namespace vitrion::scoring
