// Paths of chosen atoms over a whole run, in a stated frame of reference.
//
// Averages over all time origins need every position, so the paths are kept: 12 bytes an atom and
// frame (float, relative to where the atom began: an error of 1e-5 Å after 100 Å). 5,000 atoms ×
// 500 frames take 30 MB, and 100,000 frames 6 GB. A store that is bounded drops every second frame
// when it is full, and again: what is lost are time origins of long lags that lie close together.
// Lags shorter than eight kept frames come from displacement_moments.hpp, which has seen every
// frame, and the common motion of each species is kept whole.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "dynamics/displacement_moments.hpp"

namespace vitrion {

/// The reference against which atoms are said to move.
struct DriftFrame {
  std::string text;            ///< "centre of mass of all atoms", for the result
  std::vector<double> weight;  ///< of each atom of the structure, sum 1; empty: laboratory frame
  std::string warning;         ///< why it is not the frame asked for; empty: it is
};

inline constexpr const char* drift_help =
    "frame of reference: none, cell (centre of mass of all atoms), framework (of all atoms but "
    "the mobile species), or species:X";

/// `choice` is none, cell, framework or species:X; throws InputError for anything else. A framework
/// without atoms falls back to the laboratory frame, with a warning.
DriftFrame choose_drift_frame(const std::string& choice, const Structure& structure,
                              const std::vector<std::string>& mobile);

/// The mobile species by default: monovalent cations (Li, Na, K, Rb, Cs, Ag, Cu) that are there.
std::vector<std::string> default_mobile_species(const Structure& structure);

/// Formal charge of a species by its element, if it has one.
std::optional<double> formal_charge_of(const Species& species);

/// Atoms of the named species (all where empty), grouped by species in the order of the table.
struct SpeciesRange {
  std::string name;
  std::size_t begin = 0;  ///< within the store
  std::size_t end = 0;
  [[nodiscard]] std::size_t count() const { return end - begin; }
};

class DisplacementStore {
 public:
  DisplacementStore() = default;
  /// Throws InputError where a named species is not in the structure.
  DisplacementStore(const Frame& first, const std::vector<std::string>& species,
                    const DriftFrame& drift);

  /// An empty store of the same atoms and frame of reference.
  [[nodiscard]] DisplacementStore fork() const;
  void consume(const FrameView& view);
  /// As consume, but keeps the velocities (Å/ps) against that of the frame of reference.
  void consume_velocities(const FrameView& view);
  void merge(DisplacementStore& later);
  /// Paths take at most about so much from here on.
  void bound(std::size_t bytes) { most_bytes_ = bytes; }

  /// What is taken off every displacement (or velocity) of a frame: the motion of the reference.
  [[nodiscard]] Vec3 drift_of(const std::vector<Vec3>& unwrapped) const;
  [[nodiscard]] Vec3 drift_velocity_of(const std::vector<Vec3>& velocities) const;
  /// Where the atoms of the whole structure began.
  [[nodiscard]] const std::vector<Vec3>& start() const { return plan_->start; }
  /// Index within the structure of each atom of the store.
  [[nodiscard]] const std::vector<std::size_t>& chosen() const { return plan_->atoms; }

  [[nodiscard]] const std::vector<SpeciesRange>& ranges() const { return plan_->ranges; }
  [[nodiscard]] std::size_t atoms() const { return plan_->atoms.size(); }
  /// Kept: every stride()-th of the run.
  [[nodiscard]] std::size_t frames() const { return paths_.size(); }
  [[nodiscard]] std::size_t stride() const { return stride_; }
  [[nodiscard]] std::size_t run_frames() const { return times_ps_.size(); }
  /// x, y, z of each atom in turn, Å from where it began.
  [[nodiscard]] const float* frame(std::size_t t) const { return paths_[t].data(); }
  /// Σ of the displacements of a range, in every frame of the run.
  [[nodiscard]] const Vec3& common(std::size_t t, std::size_t range) const {
    return common_[t * plan_->ranges.size() + range];
  }
  /// Of every frame of the run.
  [[nodiscard]] DisplacementMoments moments() const;
  /// Time between frames of the run in ps; NaN with fewer than two.
  [[nodiscard]] double dt_ps() const;
  [[nodiscard]] double time_ps(std::size_t t) const { return times_ps_[t]; }
  [[nodiscard]] double volume_A3(std::size_t t) const { return volumes_A3_[t]; }
  [[nodiscard]] double mean_volume_A3() const;

 private:
  struct Plan {
    std::vector<SpeciesRange> ranges;
    std::vector<std::size_t> atoms;
    std::vector<Vec3> start;  // of all atoms of the structure
    std::vector<double> drift_weight;
  };
  void keep(const FrameView& view, const std::vector<Vec3>& now, const Vec3& drift, bool paths);
  [[nodiscard]] DisplacementMoments moments_so_far() const;
  void thin();

  std::shared_ptr<const Plan> plan_;
  std::size_t most_bytes_ = std::numeric_limits<std::size_t>::max();
  std::size_t stride_ = 1;
  DisplacementMoments running_;  // from when the store is first full
  std::vector<std::vector<float>> paths_;
  std::vector<Vec3> common_;  // [frame][range]
  std::vector<double> times_ps_;
  std::vector<double> volumes_A3_;
};

}  // namespace vitrion
