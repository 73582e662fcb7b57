// Minimisation from any start: conjugate gradients, and FIRE where their line search gives up.
//
// Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), DOI 10.1103/PhysRevLett.97.170201. No atom
// moves more than 0.1 Å in an iteration, so that a poor start cannot be thrown over the barrier in
// front of the Buckingham catastrophe.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "engine/lammps/worker/link.hpp"

namespace vitrion::worker {
namespace {

// Below this no glass or crystal of ions lies; an atom that fell onto another does.
constexpr double collapsed_eV_atom = -500;

void refuse_collapse(Instance& lammps) {
  const double energy = lammps.thermo("pe");
  if (energy < collapsed_eV_atom * static_cast<double>(lammps.atoms())) {
    throw WorkError(
        fmt::format("The minimisation collapsed (energy {:.3g} eV): atoms of the start lie on each "
                    "other; pack it with a larger minimum distance",
                    energy));
  }
}

double largest_force(Instance& lammps) {
  const auto f = lammps.gather("f");
  double largest = 0;
  for (std::size_t i = 0; i < f.size(); i += 3) {
    largest = std::max(largest, std::hypot(f[i], f[i + 1], f[i + 2]));
  }
  return largest;
}

void relax_positions(Instance& lammps, const Segment& s) {
  const long first = std::max(1L, s.max_iterations / 2);
  lammps.command("min_style cg");
  lammps.command("min_modify dmax 0.1 norm max line quadratic");
  lammps.command(fmt::format("minimize 0 {} {} {}", s.force_tolerance_eV_A, first, 10 * first));
  refuse_collapse(lammps);
  if (largest_force(lammps) <= s.force_tolerance_eV_A) return;
  const long rest = std::max(1L, s.max_iterations - first);
  lammps.command("min_style fire");
  lammps.command("timestep 0.001");
  lammps.command(fmt::format("minimize 0 {} {} {}", s.force_tolerance_eV_A, rest, 10 * rest));
  refuse_collapse(lammps);
}

// The reference cell of box/relax is that of its start: a few rounds bring the pressure home.
void relax_cell(Instance& lammps, const Segment& s) {
  constexpr int rounds = 4;
  const char* coupling = s.coupling == CellCoupling::isotropic     ? "iso"
                         : s.coupling == CellCoupling::anisotropic ? "aniso"
                                                                   : "tri";
  lammps.command("min_style cg");
  lammps.command("min_modify dmax 0.1 norm max line quadratic");
  for (int i = 0; i < rounds; ++i) {
    lammps.command(fmt::format("fix relax all box/relax {} {} vmax 0.002 fixedpoint 0 0 0",
                               coupling, 1e4 * s.pressure_GPa));
    lammps.command(fmt::format("minimize 0 {} {} {}", s.force_tolerance_eV_A,
                               std::max(1L, s.max_iterations / rounds), 10 * s.max_iterations));
    lammps.command("unfix relax");
    refuse_collapse(lammps);
  }
}

}  // namespace

void minimise(Instance& lammps, const Segment& segment, double timestep_ps, long step) {
  auto velocities = lammps.gather("v");  // FIRE uses them for its own ends
  relax_positions(lammps, segment);
  if (segment.relax_cell) relax_cell(lammps, segment);
  lammps.scatter("v", velocities);
  lammps.command(fmt::format("reset_timestep {}", step));
  lammps.command(fmt::format("timestep {}", timestep_ps));
}

}  // namespace vitrion::worker
