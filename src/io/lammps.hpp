// What LAMMPS' two text formats share: units and the box with its tilt factors.
//
// https://docs.lammps.org/units.html, https://docs.lammps.org/Howto_triclinic.html
#pragma once

#include <string_view>

#include "core/frame.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {

/// Factors from a LAMMPS unit style to Å, ps, eV.
struct LammpsUnits {
  double time_ps = 1;
  double velocity_A_ps = 1;
  double force_eV_A = 1;
};

/// "metal" or "real"; InputError for the other styles.
LammpsUnits lammps_units(std::string_view style, const LineReader& reader);

/// Lower and upper ends along x, y, z and the tilt factors xy, xz, yz.
struct LammpsBox {
  Vec3 low = Vec3::Zero();
  Vec3 high = Vec3::Zero();
  double xy = 0;
  double xz = 0;
  double yz = 0;

  [[nodiscard]] Mat3 vectors() const;
};

/// Of a cell in standard orientation.
LammpsBox lammps_box(const Cell& cell);

std::unique_ptr<FrameSource> read_lammps_dump(LineReader reader, const ReadOptions& options);
std::unique_ptr<FrameSource> read_lammps_data(LineReader reader, const ReadOptions& options);

}  // namespace vitrion::io
