// The worker's own pair style for learned potentials, inside LAMMPS:
//
//   pair_style vitrion/mlp [uncertainty_every N] [double]
//   pair_coeff * * MODEL.json El1 El2 …          (an element for each atom type)
//
// Full neighbour list, Newton's third law on; forces on ghosts go home by LAMMPS' own reverse
// communication. The virial is Σ r·f; per-atom energies are those of the centres, per-atom stress
// splits each pair between centre and neighbour, and the centroid form (for heat fluxes) gives all
// of it to the neighbour, as Fan et al., Phys. Rev. B 92, 094301 (2015),
// DOI 10.1103/PhysRevB.92.094301, derive for sums of centres.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <optional>
#include <string>

namespace vitrion::worker {

/// Makes the style known to an instance of LAMMPS.
void register_pair_mlp(void* lammps);

struct Extrapolation {
  double grade = 0;
  std::int64_t atom = 0;  ///< id
  std::string element;
};

/// The largest grade of all atoms, where it was computed at this very step. Every rank calls it and
/// gets the same.
std::optional<Extrapolation> extrapolation(void* lammps, MPI_Comm ranks);

}  // namespace vitrion::worker
