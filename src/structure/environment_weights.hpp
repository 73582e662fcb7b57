// Sets of ligands and their weights, as in the statistics of oxides by Waroquiers et al.
// (DOI 10.1021/acs.chemmater.7b02766), the multi-weights strategy of ChemEnv
// (DOI 10.1107/S2052520620007994).
//
// Faces are sorted into plateaus of distance and of solid angle; each pair of cut-offs between
// plateaus chooses a set of ligands. The weight of a set is a product:
//   area   1 where some pair of its cut-offs lies between two quarter ellipses in the plane of
//          distance and angle, else 0
//   self   (1 − x)² exp(−x), x = S/8 up to 1, S the effective symmetry measure
//   delta  the least, over sets of more ligands, of a smooth step that rises from 0 to 1 with the
//          measure that the larger set has more
// The measure of a set is the mean over its polyhedra, weighted by (1 − x)²/x; the set's weight is
// shared out among them by ((1 − x)/x)².
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace vitrion {

/// A face of a Voronoi cell: its distance over the nearest one's, its solid angle over the largest.
struct FaceShare {
  double distance = 1;
  double angle = 1;
  bool ligand = true;  ///< may be chosen; others shape the plateaus alone
};

struct LigandSet {
  std::vector<std::size_t> faces;
  bool in_area = false;
};

/// Every different set that a pair of cut-offs chooses; empty sets are left out.
std::vector<LigandSet> ligand_sets(std::span<const FaceShare> faces);

/// Effective measure of a set from those of its polyhedra; 100 where none is below 8.
double effective_measure(std::span<const double> measures);

/// Weights of the sets by their effective measures; they sum to one, or all are 0.
std::vector<double> set_weights(std::span<const LigandSet> sets,
                                std::span<const double> effective_measures);

/// How the weight of a set is shared among its polyhedra; all 0 where none is below 8.
std::vector<double> polyhedron_shares(std::span<const double> measures);

}  // namespace vitrion
