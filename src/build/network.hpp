// A continuous random network: atoms, their bonds, and bond transposition.
//
// Wooten, Winer & Weaire, Phys. Rev. Lett. 54, 1392 (1985), DOI 10.1103/PhysRevLett.54.1392: of a
// link T1–T2 (a bond, or a bridging anion) one further neighbour A of T1 and D of T2 change places,
// which keeps every coordination number. The surroundings are relaxed and the move is accepted by
// Metropolis' rule. As Barkema & Mousseau (Phys. Rev. B 62, 4985 (2000),
// DOI 10.1103/PhysRevB.62.4985) propose, the random number is drawn first, only atoms near the
// switch are relaxed, and a move is given up as soon as E − c F² says that it cannot get below the
// threshold. O(1) a proposal, O(atoms) for each atom that an accepted one takes far.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "build/network_form.hpp"
#include "core/structure.hpp"

namespace vitrion {

class Network {
 public:
  static constexpr int most_bonds = 4;
  struct Site {
    std::array<std::uint32_t, most_bonds> bonded{};
    int bonds = 0;
  };

  /// `structure` holds formers and anions alone; bonds are added by link().
  Network(NetworkForm form, Structure structure);
  void link(std::uint32_t a, std::uint32_t b);

  struct SwitchCount {
    long proposed = 0;
    long accepted = 0;
  };
  /// `proposals` transpositions at kT (eV).
  SwitchCount transpose(long proposals, double kT_eV, RandomStream& random);
  /// All atoms downhill until the largest force is under the limit or the steps are spent.
  double relax(int most_steps, double force_eV_A);
  [[nodiscard]] double energy_eV() const;

  [[nodiscard]] const Structure& structure() const { return structure_; }
  [[nodiscard]] const std::vector<Site>& sites() const { return sites_; }
  [[nodiscard]] bool is_former(std::uint32_t atom) const { return former_[structure_.kind[atom]]; }
  [[nodiscard]] bool are_bonded(std::uint32_t a, std::uint32_t b) const;

 private:
  // Atoms that move or are felt, in coordinates of their own without images.
  struct Local {
    std::vector<std::uint32_t> atom;
    std::size_t mobile = 0;   // the first so many move
    std::size_t centres = 0;  // the first so many have angles that move
    std::vector<Vec3> position, force;
    struct Bond {
      std::uint32_t a, b;
      Vec3 shift;
      double length, strength;
      Vec3 vector = Vec3::Zero();
      double r = 0;
    };
    struct Angle {
      std::uint32_t first, second;  // bonds
      std::uint32_t centre, end_a, end_b;
      double sign_a, sign_b;
      double cosine, strength;
    };
    struct Contact {
      std::uint32_t a, b;
      Vec3 shift;
      double length, strength;
    };
    std::vector<Bond> bonds;
    std::vector<Angle> angles;
    std::vector<Contact> contacts;
  };

  static constexpr double list_skin_A = 0.8;  // of the list of unbonded neighbours

  struct Move {
    std::uint32_t t1, t2, a, d;
  };
  bool propose(Move& move, RandomStream& random) const;
  void apply(const Move& move);
  void undo(const Move& move);
  void replace(std::uint32_t site, std::uint32_t from, std::uint32_t to);
  [[nodiscard]] bool share_link(std::uint32_t a, std::uint32_t b, std::uint32_t other_than) const;
  void gather(const std::vector<std::uint32_t>& from, int shells, Local& local);
  void fill(Local& local);
  void add_contacts(Local& local);
  [[nodiscard]] bool near_in_bonds(std::uint32_t a, std::uint32_t b) const;
  static double evaluate(Local& local);
  static bool settle(Local& local, double threshold, int most_steps, double& energy);
  void refresh_list();
  void relist(std::uint32_t atom);
  [[nodiscard]] double list_reach_A() const { return longest_repulsion_ + list_skin_A + 0.5; }
  bool try_switch(double kT, RandomStream& random);

  NetworkForm form_;
  Structure structure_;
  std::vector<char> former_;
  std::vector<Site> sites_;
  bool bridged_ = false;
  std::vector<std::uint32_t> switchable_;  // anions, or formers of a direct network
  // By kinds of atoms.
  std::vector<NetworkForm::Bond> bond_of_;
  std::vector<NetworkForm::Angle> angle_of_;
  std::vector<NetworkForm::Repulsion> repulsion_of_;
  double longest_repulsion_ = 0;
  std::vector<std::vector<std::uint32_t>> near_;
  std::vector<Vec3> listed_at_;  // where each atom was when its neighbours were listed
  std::vector<std::uint32_t> local_index_;
  Local before_, after_;
};

}  // namespace vitrion
