// Lines of columns, one line an atom: what extxyz, LAMMPS dump and LAMMPS data have in common.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/frame.hpp"
#include "io/line_reader.hpp"
#include "io/species_names.hpp"

namespace vitrion::io {

/// What a column holds. The components of a vector follow one another: position + 1 is y.
enum class Column : std::uint8_t {
  skip,
  species,
  id,
  charge,
  position,
  velocity = position + 3,
  force = velocity + 3,
  image = force + 3,
  end = image + 3,
};

constexpr Column component(Column vector, int k) {
  return static_cast<Column>(static_cast<int>(vector) + k);
}

class AtomTable {
 public:
  explicit AtomTable(SpeciesNames names) : names_(std::move(names)) {}

  /// The columns of the lines to come. Where `more_allowed`, further words on a line are ignored.
  void set_columns(std::vector<Column> columns, bool more_allowed);
  [[nodiscard]] bool has(Column column) const;

  /// Reads `count` lines into the arrays of the frame (which are emptied first), sorts them by id
  /// where there is one, and sets the species. Memory grows with the lines that are there, not
  /// with the count that is claimed.
  void read(LineReader& reader, std::size_t count, Frame& frame);

  /// Ids of the atoms read last, in order; empty without that column.
  [[nodiscard]] const std::vector<std::int64_t>& ids() const { return ids_; }

 private:
  void read_line(std::string_view line, const LineReader& reader, Frame& frame);
  void sort_by_id(const LineReader& reader, Frame& frame);

  SpeciesNames names_;
  std::vector<Column> columns_;
  std::vector<std::int64_t> ids_;
  bool more_allowed_ = false;
  bool has_[static_cast<std::size_t>(Column::end)] = {};
};

/// Empties the frame but keeps its memory.
void clear_frame(Frame& frame);

/// The cell, or InputError at the reader's line.
Cell make_cell(const Mat3& vectors, const Vec3& origin, const std::array<bool, 3>& periodic,
               const LineReader& reader);

}  // namespace vitrion::io
