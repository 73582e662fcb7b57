// Voronoi cells of atoms in any periodic cell, face by face.
//
// By voro++ (Rycroft, DOI 10.1063/1.3215722) in a reduced basis of the lattice, so that skewed
// cells cost no more than square ones. Every face knows the image of the neighbour behind it, its
// area, its solid angle (Van Oosterom & Strackee, DOI 10.1109/TBME.1983.325207) and its edges.
// O(N), about 10 µs an atom.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

struct VoronoiFace {
  std::uint32_t atom = 0;  ///< behind the face
  Vec3 vector;             ///< from the centre to that image of it, Å
  double distance = 0;     ///< Å
  double area = 0;         ///< Å²
  double solid_angle = 0;  ///< sr; those of a cell sum to 4π
  int edges = 0;
};

/// `faces` holds those that pass the filter; `volume`, `area` and `all_faces` are of all of them.
struct VoronoiCell {
  double volume = 0;  ///< Å³
  double area = 0;    ///< Å²
  int all_faces = 0;
  std::vector<VoronoiFace> faces;
};

/// What is too small to count. In crystals such as fcc, where more than four cells meet in a point,
/// the slightest motion opens tiny faces and short edges there.
struct FaceFilter {
  double face = 0;  ///< share of the cell's area below which a face does not count
  /// Share of (cell volume)^⅓ below which an edge does not count. Edges are borders between faces
  /// that count; where a sliver lies between two such faces, they border on each other.
  double edge = 0;
};

/// Which atoms make planes, and which have their cells computed (one flag an atom).
struct VoronoiChoice {
  std::vector<bool> planes;
  std::vector<bool> centres;
  bool solid_angles = true;  ///< else those of the faces are 0, which is faster
};

/// Calls body(atom, cell) for every chosen centre; the cell is overwritten by the next. Throws
/// InputError (naming `who`) where the cell is not fully periodic or two atoms coincide.
void each_voronoi_cell(const Structure& structure, const VoronoiChoice& choice,
                       const FaceFilter& filter, const std::string& who,
                       const std::function<void(std::size_t, const VoronoiCell&)>& body);

/// Throws InputError where there is no cell, or one that is open in a direction.
void require_periodic(const Cell& cell, const std::string& who);

}  // namespace vitrion
