#include "io/vasp.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/numbers.hpp"
#include "io/species_names.hpp"

namespace vitrion::io {
namespace {

// One number (negative: the volume in Å³) or three for x, y, z.
Vec3 read_scale(std::string_view line, Mat3& h, const LineReader& reader) {
  const auto words = split_words(line);
  if (words.size() >= 3 && to_double(words[0]) && to_double(words[1]) && to_double(words[2])) {
    const Vec3 scale = read_vector(line, "the scale", reader);
    if (!(scale.minCoeff() > 0)) reader.fail("the scale: three factors must all be positive");
    h = scale.asDiagonal() * h;
    return scale;
  }
  double factor = Words(line, reader).number("the scale");
  if (factor == 0) reader.fail("the scale is 0");
  if (factor < 0) factor = std::cbrt(-factor / std::abs(h.determinant()));
  if (!std::isfinite(factor)) reader.fail("the scale gives no volume: the cell is flat");
  h *= factor;
  return Vec3::Constant(factor);
}

// "Li_sv" and "Li/6f2a…" name the potential of Li.
std::string element_part(std::string_view word) {
  return std::string(word.substr(0, word.find_first_of("_/")));
}

}  // namespace

Vec3 read_vector(std::string_view line, std::string_view what, const LineReader& reader) {
  Words words(line, reader);
  Vec3 out;
  for (int k = 0; k < 3; ++k) out[k] = words.number(what);
  return out;
}

VaspHeader read_vasp_header(LineReader& reader) {
  VaspHeader out;
  const std::string scale(reader.require("the scale"));
  if (split_words(scale).empty()) reader.fail("the scale is missing");
  Mat3 h;
  for (int i = 0; i < 3; ++i)
    h.col(i) = read_vector(reader.require("a cell vector"), "a cell vector", reader);
  out.scale = read_scale(scale, h, reader);
  out.cell = make_cell(h, Vec3::Zero(), {true, true, true}, reader);
  const std::string names_line(reader.require("the names of the elements"));
  const auto names = split_words(names_line);
  if (names.empty()) reader.fail("the line of element names is empty");
  if (to_integer(names[0])) {
    reader.fail(
        "the elements are not named (VASP 4): put a line of their names above the counts, as in "
        "\"Li P S\"");
  }
  const std::string counts_line(reader.require("the counts of atoms"));
  Words counts(counts_line, reader);
  Structure species;
  for (const auto name : names) {
    if (name == "!" || name == "#") break;
    const Species made = species_of_word(element_part(name), reader);
    const auto kind = species.species_index(made.name);
    const auto n = counts.integer("the count of atoms of each element");
    if (n < 0 || n > 1'000'000'000'000'000)
      reader.fail(fmt::format("the count {} of atoms is impossible", n));
    out.blocks.emplace_back(kind, static_cast<std::size_t>(n));
    out.atoms += static_cast<std::size_t>(n);
    if (out.blocks.size() > 1000) reader.fail("there are more than 1000 elements");
  }
  if (out.atoms == 0) reader.fail("there are no atoms");
  out.species = species.species;
  return out;
}

void read_vasp_positions(LineReader& reader, const VaspHeader& header, Structure& structure) {
  structure.species = header.species;
  structure.position.clear();
  structure.kind.clear();
  std::string_view line;
  for (const auto& [kind, count] : header.blocks) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!reader.next(line)) {
        reader.fail(fmt::format("the file ends after {} of {} atoms: it is cut off",
                                structure.size(), header.atoms));
      }
      Vec3& r = structure.position.emplace_back();
      const char* at = line.data();
      const char* const end = at + line.size();
      for (int k = 0; k < 3; ++k) {
        at = skip_blanks(at, end);
        if (at == end)
          reader.fail(
              "the line has fewer than three numbers: are there as many atoms as the counts say?");
        const char* next = read_double(at, end, r[k]);
        if (next == nullptr) {
          reader.fail("a position: " +
                      not_a_number({at, static_cast<std::size_t>(skip_word(at, end) - at)}));
        }
        at = next;
      }
      structure.kind.push_back(kind);
    }
  }
}

std::vector<std::size_t> vasp_order(const Structure& structure) {
  std::vector<std::size_t> order(structure.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return structure.kind[a] < structure.kind[b];
  });
  return order;
}

void write_vasp_header(const Structure& structure, TextBuffer& out) {
  if (!structure.cell.fully_periodic()) {
    throw InputError(
        "VASP's formats need a cell that is periodic in all directions: write extxyz instead");
  }
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{}\n1.0\n", structure.formula());
  for (int i = 0; i < 3; ++i) {
    const Vec3 v = structure.cell.vector(i);
    fmt::format_to(to, "{:22.16f} {:22.16f} {:22.16f}\n", v[0], v[1], v[2]);
  }
  const auto counts = structure.counts();
  std::string names;
  std::string numbers;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    names += " " + structure.species[k].name;
    numbers += fmt::format(" {}", counts[k]);
  }
  fmt::format_to(to, "{}\n{}\n", names, numbers);
}

}  // namespace vitrion::io
