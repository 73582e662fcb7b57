#include <fmt/compile.h>

#include <algorithm>
#include <iterator>

#include "io/lammps.hpp"

namespace vitrion::io {
namespace {

bool recognises_lammps_dump(std::string_view head) { return head.rfind("ITEM:", 0) == 0; }

void write_box(const Cell& cell, TextBuffer& out) {
  const auto to = std::back_inserter(out);
  const LammpsBox box = lammps_box(cell);
  const auto flag = [&](std::size_t i) { return cell.periodic()[i] ? "pp" : "ff"; };
  if (box.xy == 0 && box.xz == 0 && box.yz == 0) {
    fmt::format_to(to, "ITEM: BOX BOUNDS {} {} {}\n", flag(0), flag(1), flag(2));
    for (int i = 0; i < 3; ++i) fmt::format_to(to, "{} {}\n", box.low[i], box.high[i]);
    return;
  }
  // LAMMPS writes the rectangle around the tilted box.
  const double x[4] = {0.0, box.xy, box.xz, box.xy + box.xz};
  fmt::format_to(to, "ITEM: BOX BOUNDS xy xz yz {} {} {}\n", flag(0), flag(1), flag(2));
  fmt::format_to(to, "{} {} {}\n", box.low[0] + *std::min_element(x, x + 4),
                 box.high[0] + *std::max_element(x, x + 4), box.xy);
  fmt::format_to(to, "{} {} {}\n", box.low[1] + std::min(0.0, box.yz),
                 box.high[1] + std::max(0.0, box.yz), box.xz);
  fmt::format_to(to, "{} {} {}\n", box.low[2], box.high[2], box.yz);
}

void write_lammps_dump(const Frame& given, std::size_t index, const WriteOptions& options,
                       TextBuffer& out) {
  const Frame frame = in_standard_orientation(given);
  const auto to = std::back_inserter(out);
  const bool velocities = options.velocities && !frame.velocities.empty();
  if (index == 0) fmt::format_to(to, "ITEM: UNITS\nmetal\n");
  if (frame.time_ps) fmt::format_to(to, "ITEM: TIME\n{}\n", *frame.time_ps);
  fmt::format_to(to, "ITEM: TIMESTEP\n{}\nITEM: NUMBER OF ATOMS\n{}\n", frame.step, frame.size());
  write_box(frame.structure.cell, out);
  fmt::format_to(to, "ITEM: ATOMS id type element {}{}{}{}{}\n",
                 frame.wrapping == Wrapping::unwrapped ? "xu yu zu" : "x y z",
                 frame.images.empty() ? "" : " ix iy iz", velocities ? " vx vy vz" : "",
                 frame.forces.empty() ? "" : " fx fy fz", frame.charges.empty() ? "" : " q");
  const auto vector = [&](const Vec3& v) {
    fmt::format_to(to, FMT_COMPILE(" {} {} {}"), v[0], v[1], v[2]);
  };
  for (std::size_t i = 0; i < frame.size(); ++i) {
    fmt::format_to(to, FMT_COMPILE("{} {} {}"), i + 1, frame.structure.kind[i] + 1,
                   frame.structure.species_of(i).name);
    vector(frame.structure.position[i]);
    if (!frame.images.empty()) {
      const auto& n = frame.images[i];
      fmt::format_to(to, FMT_COMPILE(" {} {} {}"), n[0], n[1], n[2]);
    }
    if (velocities) vector(frame.velocities[i]);
    if (!frame.forces.empty()) vector(frame.forces[i]);
    if (!frame.charges.empty()) fmt::format_to(to, FMT_COMPILE(" {}"), frame.charges[i]);
    out.push_back('\n');
  }
}

}  // namespace

const FormatEntry& lammps_dump_format() {
  static const FormatEntry entry{
      .info = {"lammps-dump",
               "LAMMPS text dump (units metal or real): any of x, xs, xu, xsu; any column order",
               {"*.dump", "*.lammpstrj", "dump.*"},
               true,
               true,
               true,
               true},
      .recognises = &recognises_lammps_dump,
      .read_text = &read_lammps_dump,
      .write_text = &write_lammps_dump};
  return entry;
}

}  // namespace vitrion::io
