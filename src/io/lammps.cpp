#include "io/lammps.hpp"

#include <fmt/format.h>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion::io {

LammpsUnits lammps_units(std::string_view style, const LineReader& reader) {
  if (style == "metal") return {};
  if (style == "real") {
    // kcal/mol with the thermochemical calorie, as LAMMPS has it.
    const double kcal_mol_eV = 4184.0 / (constants::elementary_charge_C * constants::avogadro);
    return {1e-3, 1e3, kcal_mol_eV};
  }
  reader.fail(
      fmt::format("LAMMPS units \"{}\" are not read: only metal and real", style.substr(0, 20)));
}

Mat3 LammpsBox::vectors() const {
  Mat3 h;
  h << high[0] - low[0], xy, xz,  //
      0, high[1] - low[1], yz,    //
      0, 0, high[2] - low[2];
  return h;
}

LammpsBox lammps_box(const Cell& cell) {
  const Mat3& h = cell.vectors();
  LammpsBox box;
  box.low = cell.origin();
  box.high = cell.origin() + h.diagonal();
  box.xy = h(0, 1);
  box.xz = h(0, 2);
  box.yz = h(1, 2);
  return box;
}

}  // namespace vitrion::io
