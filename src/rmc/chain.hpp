// One Markov chain: a configuration, its histograms, its fits and its constraints.
//
// It minimises, in the sense of Metropolis, C = Σ W_s R_χ²(s) + Σ W_c P_c with R_χ of Wright
// (DOI 10.1016/0022-3093(93)90232-M), a move being accepted with probability
// min(1, exp(−ΔC/T_χ)) (Xu & Xia, Eq. 3), with an energy times min(1, exp(−ΔE/k_BT))
// (move_energy.hpp). The run goes in blocks: at the end of each everything but
// the whole-number positions is computed anew, and each block has a random stream of its own, so
// that a chain that goes on from a checkpoint is the chain that was not interrupted, bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "core/structure.hpp"
#include "rmc/constraint.hpp"
#include "rmc/data_set.hpp"
#include "rmc/move_energy.hpp"
#include "rmc/near_atoms.hpp"
#include "rmc/pair_counts.hpp"

namespace vitrion::rmc {

enum class MoveKind : std::size_t { translate, swap, unit_translate, unit_rotate, volume, jump };
inline constexpr std::size_t move_kinds = 6;
const char* name_of(MoveKind kind);

/// How moves are drawn.
struct MoveSettings {
  double step_A = 0.1;          ///< longest displacement of an atom, at the start
  double largest_step_A = 0.2;  ///< tuning stops here
  double acceptance = 0.3;      ///< towards which steps are tuned; 0: not
  std::array<double, move_kinds> weight{1, 0, 0, 0, 0, 0};
  std::vector<std::string> swap;  ///< pairs of species that may change places: "Li-P"
  double jump_A = 3;              ///< longest jump; not tuned
  double unit_step_A = 0.1;
  double unit_angle_deg = 5;
  std::map<std::string, double> unit_bonds;  ///< pairs that hold a unit together, and how near
  double volume_step = 0.002;                ///< largest relative change of the volume
  double lowest_density = 0, highest_density = 0;  ///< of atoms, 1/Å³; where the volume may go
  std::vector<std::string> fixed;                  ///< species that never move
  std::vector<double> fixed_z_A;                   ///< low, high: atoms of the start between stay

  Schema schema();
};

/// What all chains share.
struct ChainSetup {
  PairTable table;
  double width_A = 0.05;
  std::size_t bins = 0;
  PairDistances shortest;
  std::vector<std::shared_ptr<const DataMap>> data;
  std::vector<std::shared_ptr<const Constraint>> constraints;
  std::shared_ptr<const MoveEnergy> energy;  ///< null: none
  double pressure_eV_A3 = 0;                 ///< with an energy, for moves of the volume
  MoveSettings moves;
  std::uint64_t seed = 1;
};

/// All of a chain that is not recomputed: what a checkpoint holds.
struct ChainState {
  Mat3 cell = Mat3::Identity();
  std::vector<Site> sites;
  std::array<double, move_kinds> step{};  ///< in units of each move's own
  std::vector<double> refined;            ///< scale, offset, slope of each data set
  std::uint64_t blocks = 0;
  double temperature = 0;
};

struct BlockReport {
  std::array<std::uint64_t, move_kinds> tried{}, refused{}, accepted{};
  double cost = 0;
  std::vector<double> r_chi;   ///< of each data set
  double penalty = 0;          ///< weighted, of the soft constraints
  double drift = 0;            ///< largest difference of R_χ² from its exact value at the end
  double energy_drift_eV = 0;  ///< of the energy kept move by move from that computed anew
};

class Chain {
 public:
  Chain(const ChainSetup& setup, const Structure& start, std::uint64_t index);
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  /// Runs moves at T_χ, with an energy also at T in K, then computes everything anew. WorkError
  /// where counts have drifted.
  BlockReport run_block(std::uint64_t moves, double temperature, double temperature_K = 0);
  /// Puts positions from outside in (after dynamics or a relaxation).
  void set_positions(const Structure& structure);

  [[nodiscard]] double cost() const { return cost_; }
  [[nodiscard]] Structure structure() const;
  [[nodiscard]] double number_density() const;
  /// NaN without an energy.
  [[nodiscard]] double energy_eV() const;
  [[nodiscard]] const std::vector<DataFit>& fits() const { return fits_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Constraint>>& constraints() const {
    return constraints_;
  }
  /// Atoms that may move.
  [[nodiscard]] const std::vector<std::uint32_t>& free_atoms() const { return free_; }
  [[nodiscard]] const PairCounts& counts() const { return counts_; }
  [[nodiscard]] const NearAtoms& near() const { return near_; }
  [[nodiscard]] const std::array<double, move_kinds>& steps_now() const { return step_; }
  [[nodiscard]] std::uint64_t blocks() const { return blocks_; }

  [[nodiscard]] ChainState state() const;
  void restore(const ChainState& state);

 private:
  struct Verdict {
    bool tested = false;  // the hard constraints were met
    bool accepted = false;
  };
  void recompute(bool refine);
  void find_units(const Structure& start);
  void tune(const BlockReport& report);
  MoveKind choose(RandomStream& random) const;
  Verdict step(MoveKind kind, double temperature, RandomStream& random);
  bool propose_translate(RandomStream& random, double longest);
  bool propose_swap(RandomStream& random);
  bool propose_unit(RandomStream& random, bool rotate);
  Verdict try_moves(double temperature, RandomStream& random);
  Verdict try_volume(double temperature, RandomStream& random);
  /// Weighted, in C; `exponent` takes the sum of those that are not part of it.
  [[nodiscard]] double soft_penalty(double& exponent) const;
  bool propose_constraints(double& penalty, double& exponent);
  void end_constraints(bool accept);
  bool energy_refuses(RandomStream& random);
  void place_all(const Cell& cell, const std::vector<Site>& sites);

  const ChainSetup* setup_;
  std::uint64_t index_;
  Structure base_;  // species and kinds; positions of the start
  Cell cell_;
  PairCounts counts_;
  NearAtoms near_;
  std::vector<DataFit> fits_;
  std::vector<std::unique_ptr<Constraint>> constraints_;
  std::vector<std::uint32_t> free_;  // atoms that may move
  std::vector<std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>>> swaps_;
  std::vector<std::vector<std::uint32_t>> units_;
  std::array<double, move_kinds> step_{};
  std::array<double, move_kinds> cumulative_{};
  std::uint64_t blocks_ = 0;
  double cost_ = 0;
  double data_cost_ = 0;
  double penalty_ = 0;
  double exponent_ = 0;
  std::unique_ptr<MoveEnergy> energy_;
  double kT_eV_ = 0;  // of this block

  std::vector<AtomMove> moves_;
  std::vector<PairChange> change_;  // of each group
  std::vector<float> difference_;
  std::vector<Site> back_;
};

}  // namespace vitrion::rmc
