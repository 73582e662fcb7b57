// Single frames: energy, forces and virial. The instance is kept while cell and species stay.
#include "engine/lammps/worker/link.hpp"

namespace vitrion::worker {
namespace {

constexpr double bar_in_eV_A3 = 1.0 / 1.6021765e6;  // LAMMPS' own factor for metal units

wire::PackedFrame answer(Instance& lammps) {
  wire::PackedFrame out;
  out.energy_eV = lammps.thermo("pe");
  out.cell = lammps.cell();
  const char* names[6] = {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"};
  for (std::size_t i = 0; i < 6; ++i) out.pressure[i] = lammps.thermo(names[i]) * bar_in_eV_A3;
  out.x = lammps.gather("x");
  out.f = lammps.gather("f");
  out.image.assign(3 * lammps.atoms(), 0);
  return out;
}

}  // namespace

void evaluate_frames(Link& link, const Setup& setup) {
  std::unique_ptr<Instance> lammps;
  wire::PackedFrame last;
  for (;;) {
    const wire::Message message = link.receive();
    wire::PackedFrame frame = wire::unpack_frame(message.payload);
    if (lammps && frame.cell == last.cell && frame.type == last.type) {
      lammps->scatter("x", frame.x);
    } else {
      lammps.reset();
      lammps = std::make_unique<Instance>(link.ranks());
      lammps->build(setup, frame);
      lammps->log(false);
    }
    lammps->command("run 0 post no");
    wire::PackedFrame out = answer(*lammps);
    link.send(wire::Kind::result, wire::pack(out));
    last = std::move(frame);
  }
}

}  // namespace vitrion::worker
