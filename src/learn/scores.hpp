// How far predicted energies, forces and stresses are from their labels.
//
// A mergeable accumulator: one small record a frame, from which everything is made at the end.
//   energy  E_predicted − E_label per atom (meV/atom), after the shift that was asked for
//   force   each Cartesian component of each atom (meV/Å)
//   stress  the six components xx yy zz yz xz xy (GPa)
// RMSE = √⟨Δ²⟩, MAE = ⟨|Δ|⟩. Errors of these are by jackknife over blocks that each hold one
// stretch of time of every phase, so that they know of the correlation of neighbouring frames and
// not of the differences between phases. O(atoms) a frame; about 0.5 kB a frame kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"
#include "learn/dataset.hpp"
#include "learn/reference_energies.hpp"

namespace vitrion {

struct ScoreOptions {
  /// "none": energies as they are. "per-element": the predictions get a reference energy for each
  /// element, fitted by least squares to E_label − E_predicted, because energies of different
  /// sources differ by such a shift.
  std::string shift = "none";
  std::size_t worst = 20;            ///< rows of the table of worst frames
  std::size_t parity_points = 3000;  ///< at most, of each parity table
};

class Scores {
 public:
  explicit Scores(ScoreOptions options = {}) : options_(std::move(options)) {}

  /// Compares a prediction for `label.frame` (same atoms in the same order) with its labels; what
  /// either lacks is passed over. WorkError where the prediction is not finite.
  void add(const Sample& label, const Frame& predicted, const std::string& file);
  /// Takes over the frames that `later` has seen, behind ours.
  void merge(const Scores& later);
  [[nodiscard]] std::size_t frames() const { return records_.size(); }

  /// The result "evaluate": scalars energy_rmse, energy_mae, force_rmse, force_mae, stress_rmse;
  /// tables by_phase, by_element, by_temperature, worst, parity_force, parity_energy.
  [[nodiscard]] Result result() const;

  /// Sums of errors: of squares, of absolute values, of squared labels; and how many.
  struct Sum {
    double square = 0;
    double absolute = 0;
    double label_square = 0;
    double count = 0;

    void add(double error, double label);
    void add(const Sum& other);
  };
  /// What is kept of a frame.
  struct Record {
    std::string file;
    std::int64_t index = 0;
    std::string phase;
    std::optional<double> temperature_K;
    Composition atoms;
    std::optional<double> energy_label_eV;
    std::optional<double> energy_eV;
    std::map<std::string, Sum> force;             ///< by element, eV/Å
    Sum stress;                                   ///< eV/Å³
    double worst_force = 0;                       ///< largest |Δf| of an atom, eV/Å
    std::size_t worst_atom = 0;                   ///< counted from 1
    std::vector<std::pair<float, float>> parity;  ///< some components: label, prediction

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] Sum all_forces() const;
  };

 private:
  ScoreOptions options_;
  std::vector<Record> records_;
};

}  // namespace vitrion
