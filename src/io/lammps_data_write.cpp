#include <fmt/compile.h>

#include <cctype>
#include <iterator>

#include "base/text.hpp"
#include "io/lammps.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

// A line "<number> atoms" near the beginning.
bool recognises_lammps_data(std::string_view head) {
  for (int i = 1; i < 40; ++i) {
    const auto words = split_words(line_of(head, i));
    if (words.size() >= 2 && words[1] == "atoms" && to_integer(words[0])) return true;
  }
  return false;
}

void write_header(const Frame& frame, TextBuffer& out) {
  const auto to = std::back_inserter(out);
  const LammpsBox box = lammps_box(frame.structure.cell);
  fmt::format_to(
      to,
      "LAMMPS data file by vitrion, timestep = {}, units = metal\n\n{} atoms\n{} atom types\n\n",
      frame.step, frame.size(), frame.structure.species.size());
  for (int k = 0; k < 3; ++k)
    fmt::format_to(to, "{} {} {}lo {}hi\n", box.low[k], box.high[k], "xyz"[k], "xyz"[k]);
  if (box.xy != 0 || box.xz != 0 || box.yz != 0)
    fmt::format_to(to, "{} {} {} xy xz yz\n", box.xy, box.xz, box.yz);
  fmt::format_to(to, "\nMasses\n\n");
  for (std::size_t k = 0; k < frame.structure.species.size(); ++k) {
    const Species& species = frame.structure.species[k];
    // LAMMPS takes no mass of 0; the name behind it is what counts.
    fmt::format_to(to, "{} {} # {}\n", k + 1, species.mass_amu > 0 ? species.mass_amu : 1.0,
                   species.name);
  }
}

void write_lammps_data(const Frame& given, std::size_t, const WriteOptions& options,
                       TextBuffer& out) {
  Frame frame = in_standard_orientation(given);
  const Cell& cell = frame.structure.cell;
  if (frame.wrapping == Wrapping::unwrapped) {
    // LAMMPS folds atoms in and counts from the flags given; so the flags must be those of the
    // path.
    frame.images.resize(frame.size());
    for (std::size_t i = 0; i < frame.size(); ++i) {
      frame.structure.position[i] = cell.wrap(frame.structure.position[i], frame.images[i]);
    }
  }
  write_header(frame, out);
  const auto to = std::back_inserter(out);
  const bool charges = !frame.charges.empty();
  fmt::format_to(to, "\nAtoms # {}\n\n", charges ? "charge" : "atomic");
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const Vec3& r = frame.structure.position[i];
    fmt::format_to(to, FMT_COMPILE("{} {}"), i + 1, frame.structure.kind[i] + 1);
    if (charges) fmt::format_to(to, FMT_COMPILE(" {}"), frame.charges[i]);
    fmt::format_to(to, FMT_COMPILE(" {} {} {}"), r[0], r[1], r[2]);
    if (!frame.images.empty()) {
      fmt::format_to(to, FMT_COMPILE(" {} {} {}"), frame.images[i][0], frame.images[i][1],
                     frame.images[i][2]);
    }
    out.push_back('\n');
  }
  if (!options.velocities || frame.velocities.empty()) return;
  fmt::format_to(to, "\nVelocities\n\n");
  for (std::size_t i = 0; i < frame.size(); ++i) {
    const Vec3& v = frame.velocities[i];
    fmt::format_to(to, FMT_COMPILE("{} {} {} {}\n"), i + 1, v[0], v[1], v[2]);
  }
}

}  // namespace

const FormatEntry& lammps_data_format() {
  static const FormatEntry entry{
      .info = {"lammps-data",
               "LAMMPS data file, one structure (atom styles atomic, charge, molecular, full)",
               {"*.data", "*.lmp", "data.*"},
               true,
               true,
               false},
      .recognises = &recognises_lammps_data,
      .read_text = &read_lammps_data,
      .write_text = &write_lammps_data};
  return entry;
}

}  // namespace vitrion::io
