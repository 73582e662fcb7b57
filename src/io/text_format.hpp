// What a format has to give to stand in the table, and the sink that all text formats share.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "io/formats.hpp"
#include "io/line_reader.hpp"

namespace vitrion::io {

using TextBuffer = fmt::memory_buffer;

/// One row of the table. A text format has read_text and write_text; a binary one the other two.
struct FormatEntry {
  FormatInfo info;
  /// Whether a file of this format may begin like this.
  bool (*recognises)(std::string_view head) = nullptr;
  std::unique_ptr<FrameSource> (*read_text)(LineReader reader,
                                            const ReadOptions& options) = nullptr;
  /// Adds the text of the frame (the `index`-th of the file) to `out`.
  void (*write_text)(const Frame& frame, std::size_t index, const WriteOptions& options,
                     TextBuffer& out) = nullptr;
  std::unique_ptr<FrameSource> (*read_file)(const std::filesystem::path& file,
                                            const ReadOptions& options) = nullptr;
  std::unique_ptr<FrameSink> (*write_file)(const std::filesystem::path& file,
                                           const WriteOptions& options) = nullptr;
};

/// A source that can go to its last frame without reading the others.
struct LastFrame {
  virtual ~LastFrame() = default;
  virtual void go_to_last() = 0;
};

const std::vector<FormatEntry>& format_table();

const FormatEntry& extxyz_format();
const FormatEntry& lammps_dump_format();
const FormatEntry& lammps_data_format();
const FormatEntry& poscar_format();
const FormatEntry& xdatcar_format();
const FormatEntry& nc_format();
const FormatEntry& vasprun_format();
const FormatEntry& outcar_format();
const FormatEntry& ml_ab_format();
const FormatEntry& deepmd_format();
const FormatEntry& cp2k_format();
const FormatEntry& rmc6f_format();
const FormatEntry& cif_format();

/// The `head`-th line (from 0) of the first bytes of a file, "" where there is none.
std::string_view line_of(std::string_view head, int index);
/// The same without white space at both ends.
std::string_view trim_line(std::string_view head, int index);

/// Sets the time from the step where the file gives no time and the length of a step is known.
void fill_time(Frame& frame, const ReadOptions& options);

/// The frame in LAMMPS' orientation (a along x, b in the xy plane): cell, origin, positions,
/// velocities, forces and stress turned together. Without a cell, one that just holds the atoms and
/// is open on all sides, as LAMMPS has no space without a box.
Frame in_standard_orientation(const Frame& frame);

}  // namespace vitrion::io
