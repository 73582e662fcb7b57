#include <fmt/compile.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "io/extxyz_format.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

bool recognises_extxyz(std::string_view head) {
  if (!to_integer(trim_line(head, 0))) return false;
  const auto comment = line_of(head, 1);
  if (comment.find("Lattice") != comment.npos || comment.find("Properties") != comment.npos)
    return true;
  const auto atom = trim_line(head, 2);
  return !atom.empty() &&
         ((atom[0] >= 'A' && atom[0] <= 'Z') || (atom[0] >= 'a' && atom[0] <= 'z'));
}

void write_matrix(TextBuffer& out, std::string_view key, const Mat3& columns) {
  const auto* v = columns.data();  // column by column
  fmt::format_to(std::back_inserter(out), " {}=\"{} {} {} {} {} {} {} {} {}\"", key, v[0], v[1],
                 v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out + "\"";
}

bool is_plain(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' ||
           c == '+';
  });
}

std::string word(const std::string& text) { return is_plain(text) ? text : quoted(text); }

void write_comment(const Frame& frame, bool velocities, TextBuffer& out) {
  const auto to = std::back_inserter(out);
  const Cell& cell = frame.structure.cell;
  fmt::format_to(to, "Properties=species:S:1:pos:R:3{}{}{}{}", velocities ? ":velo:R:3" : "",
                 frame.forces.empty() ? "" : ":forces:R:3",
                 frame.images.empty() ? "" : ":images:I:3",
                 frame.charges.empty() ? "" : ":charges:R:1");
  if (cell.is_defined()) {
    write_matrix(out, "Lattice", cell.vectors());
    const Vec3& o = cell.origin();
    if (!o.isZero(0)) fmt::format_to(to, " Origin=\"{} {} {}\"", o[0], o[1], o[2]);
  }
  if (frame.energy_eV) fmt::format_to(to, " energy={}", *frame.energy_eV);
  // Eigen is column-major and the file row-major.
  if (frame.stress_eV_A3) write_matrix(out, "stress", frame.stress_eV_A3->transpose());
  if (frame.time_ps) fmt::format_to(to, " time={}", *frame.time_ps);
  fmt::format_to(to, " step={}", frame.step);
  if (frame.temperature_K) fmt::format_to(to, " temperature={}", *frame.temperature_K);
  if (!frame.phase.empty()) fmt::format_to(to, " config_type={}", quoted(frame.phase));
  if (frame.wrapping != Wrapping::unknown) {
    fmt::format_to(to, " wrapping={}",
                   frame.wrapping == Wrapping::wrapped ? "wrapped" : "unwrapped");
  }
  for (const auto& [key, value] : frame.info) {
    fmt::format_to(to, " {}={}", word(key), word(value));
  }
  const auto flag = [&](std::size_t i) { return cell.periodic()[i] ? "T" : "F"; };
  fmt::format_to(to, " pbc=\"{} {} {}\"\n", flag(0), flag(1), flag(2));
}

}  // namespace

void write_extxyz(const Frame& frame, std::size_t, const WriteOptions& options, TextBuffer& out) {
  const auto to = std::back_inserter(out);
  const bool velocities = options.velocities && !frame.velocities.empty();
  fmt::format_to(to, "{}\n", frame.size());
  write_comment(frame, velocities, out);
  const auto vector = [&](const Vec3& v) {
    fmt::format_to(to, FMT_COMPILE(" {} {} {}"), v[0], v[1], v[2]);
  };
  for (std::size_t i = 0; i < frame.size(); ++i) {
    fmt::format_to(to, FMT_COMPILE("{}"), frame.structure.species_of(i).name);
    vector(frame.structure.position[i]);
    if (velocities) vector(frame.velocities[i]);
    if (!frame.forces.empty()) vector(frame.forces[i]);
    if (!frame.images.empty()) {
      const auto& n = frame.images[i];
      fmt::format_to(to, FMT_COMPILE(" {} {} {}"), n[0], n[1], n[2]);
    }
    if (!frame.charges.empty()) fmt::format_to(to, FMT_COMPILE(" {}"), frame.charges[i]);
    out.push_back('\n');
  }
}

const FormatEntry& extxyz_format() {
  static const FormatEntry entry{.info = {"extxyz",
                                          "extended XYZ: many frames with cell, forces, "
                                          "velocities, energy and stress; also plain xyz",
                                          {"*.extxyz", "*.xyz"},
                                          true,
                                          true,
                                          true,
                                          true},
                                 .recognises = &recognises_extxyz,
                                 .read_text = &read_extxyz,
                                 .write_text = &write_extxyz};
  return entry;
}

}  // namespace vitrion::io
