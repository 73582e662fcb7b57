// `system: {method: monte-carlo}`: rigid ions placed and moved against an energy, by Monte Carlo.
//
// Ions are inserted one by one, each at one of several trial places and orientations chosen with
// its Boltzmann weight (configurational bias: Frenkel, Mooij & Smit, J. Phys.: Condens. Matter 4,
// 3053 (1992), DOI 10.1088/0953-8984/4/12/006). Then they are translated, turned, exchanged and,
// under a pressure, the volume is changed, from a hot temperature down to the wanted one. With
// several temperatures, copies exchange by parallel tempering (Earl & Deem, Phys. Chem. Chem. Phys.
// 7, 3910 (2005), DOI 10.1039/B509983H). A move costs O(neighbours) with bins, O(N) in small cells.
//
// Chains (build/chain.hpp) grow piece by piece: of several torsions of each bond one is chosen with
// its Boltzmann weight, in the torsional energy, that with other ions and that with the chain's own
// atoms four bonds away or more (three, about bonds that have no torsional energy). The product of
// the mean weights is Rosenbluth's W: of several whole chains one is inserted with probability ∝ W,
// and a chain that stands is grown anew, from a torsion drawn at random on, with probability min(1,
// W_new/W_old), W_old being that of its own places among fresh trials. Pivots turn one torsion.
// Torsions are uniform without energies: bonds and angles are rigid, and the metric of that
// constraint is left out.
#pragma once

#include <Eigen/Geometry>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "build/pair_energy.hpp"

namespace vitrion {

/// Rigid ions in a cell with the energy between them; also the state of a Markov chain.
class UnitEnsemble {
 public:
  UnitEnsemble(const PreparedSystem& system, std::shared_ptr<const PairEnergy> energy);

  /// Everything inserted with bias at kT; false where an ion found no place free of overlap. Where
  /// a chain finds none, a few that stand are taken out again and follow it.
  bool insert_all(double kT_eV, long trials, RandomStream& random);
  /// Takes the places and orientations from a model whose atoms stand in the system's order.
  void adopt(const Structure& structure);
  /// One move for each ion, on average, at kT; steps are tuned to a third of acceptance. Then
  /// as many pivots as there are torsions, and as many regrowths as chains.
  void sweep(double kT_eV, const std::optional<double>& pressure_eV_A3, RandomStream& random);

  [[nodiscard]] double energy_eV() const { return total_; }
  /// Summed anew, pair by pair.
  [[nodiscard]] double recount() const;
  [[nodiscard]] Structure structure() const;
  [[nodiscard]] std::size_t units() const { return bodies_.size(); }
  struct Counts {
    long tried = 0;
    long taken = 0;
  };
  Counts translations, rotations, swaps, volumes, pivots, regrowths;
  /// One attempt each, on a chain drawn at random; nothing where there is none.
  void pivot(double kT_eV, RandomStream& random);
  void regrow(double kT_eV, long trials, RandomStream& random);
  /// The torsions of every chain, rad in (−π, π].
  [[nodiscard]] std::vector<std::vector<double>> torsions() const;
  /// The atoms of a chain about their centre, not wrapped.
  [[nodiscard]] std::vector<Vec3> chain_shape(std::size_t chain) const;

 private:
  struct Body {
    std::uint32_t first, size;
    std::size_t kind;
    Vec3 centre;
    Eigen::Quaterniond turn;
    bool placed = false;
    std::vector<Vec3> shape{};      // of a chain: its own, about the centre
    std::vector<double> torsion{};  // rad
  };
  // What bodies of one kind have in common.
  struct Form {
    std::vector<Vec3> position;
    std::vector<Unit::Torsion> torsions;
    std::vector<int> parent;
    std::vector<std::vector<std::uint32_t>> far;  // by atom: earlier ones that have a pair energy
  };
  // A body at trial places, with its energy and the logarithm of Rosenbluth's weight.
  struct Growth {
    Body body;
    double log_weight = 0;
    double energy = 0;
    bool free = false;
  };

  void add_form(const Unit& unit);
  void set_cell(const Cell& cell);
  [[nodiscard]] double energy_of(std::size_t body, const std::vector<Vec3>& at) const;
  [[nodiscard]] double energy_with_others(std::size_t body, const std::vector<Vec3>& at,
                                          std::size_t from, std::size_t to) const;
  [[nodiscard]] double own_energy(std::size_t body, const std::vector<Vec3>& at, std::size_t from,
                                  std::size_t to) const;
  [[nodiscard]] double torsion_energy(const Body& body) const;
  void turn_torsion(Body& body, std::size_t which, double angle) const;
  Growth grow(std::size_t body, std::size_t stage, double kT, long trials, bool retrace,
              RandomStream& random) const;
  void place_first(Growth& growth, std::size_t body, double kT, long trials, bool retrace,
                   RandomStream& random) const;
  bool insert(std::size_t body, double kT, long trials, RandomStream& random);
  bool insert_chains(double kT, long trials, RandomStream& random);
  void remove(std::size_t body);
  void take(std::size_t body, const Body& made);
  void adopt_chain(Body& body, const Structure& structure) const;
  [[nodiscard]] bool is_chain(const Body& body) const { return !body.torsion.empty(); }
  void atoms_of(const Body& body, std::vector<Vec3>& at) const;
  void put(std::size_t body, const std::vector<Vec3>& at);
  [[nodiscard]] std::size_t bin_of(const Vec3& fraction) const;
  void rebuild_bins();
  bool accept(double change, double kT, RandomStream& random) const;
  void try_translation(double kT, RandomStream& random);
  void try_rotation(double kT, RandomStream& random);
  void try_swap(double kT, RandomStream& random);
  [[nodiscard]] double recount_pair(std::size_t a, std::size_t b) const;
  void try_volume(double kT, double pressure, RandomStream& random);
  bool try_place(std::size_t body, const Body& trial, double kT, RandomStream& random);

  std::shared_ptr<const PairEnergy> energy_;
  Structure order_;  // species and kinds in output order
  Cell cell_;
  Mat3 h_ = Mat3::Identity();
  std::vector<Form> forms_;
  std::vector<Body> bodies_;
  std::vector<std::size_t> chains_;       // bodies that have torsions
  std::vector<std::uint32_t> pair_kind_;  // of each atom, in the energy
  std::vector<std::uint32_t> body_of_;
  std::vector<Vec3> fraction_;
  std::array<int, 3> bins_{1, 1, 1};
  std::vector<std::vector<std::uint32_t>> in_bin_;
  std::vector<std::size_t> bin_;
  double total_ = 0;
  double step_A_ = 0.5, angle_ = 0.3, scale_ = 0.01, pivot_ = 0.5;
  mutable std::vector<Vec3> scratch_;
};

SystemPlan plan_monte_carlo(const SystemSettings& settings);
BuiltSystem build_monte_carlo(const SystemSettings& settings, std::uint64_t seed,
                              std::uint64_t replica);

}  // namespace vitrion
