// The table of file formats, and opening files by it.
//
// A file's format is found from its name ("run.dump.gz", "XDATCAR", "glass.extxyz.zst"), then from
// its first bytes; `ReadOptions::format` overrules both. gz and zst are transparent for all text
// formats: on reading by the file's content, on writing by its name.
//
// Sources read as a stream: one frame in memory, whatever the size of the file. Every broken file
// is an InputError with the file and (text formats) the line. Times are in ps, velocities in Å/ps;
// a time that the file gives goes before `timestep_ps`. Atoms are sorted by id where the file has
// ids. Frames of a file may differ in their atoms, except in nc.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/stream.hpp"

namespace vitrion {

struct ReadOptions {
  std::string format{};                      ///< "" finds it
  std::map<long, std::string> type_names{};  ///< LAMMPS type → species, where the file has no names
  std::optional<double> timestep_ps{};  ///< time of one MD step, to turn step numbers into time
};

struct WriteOptions {
  std::string format{};    ///< "" finds it from the name
  bool velocities = true;  ///< write them where the frame has them
  std::optional<std::size_t>
      resume_after_frames{};  ///< nc only: keep so many frames, go on behind them
};

struct FormatInfo {
  std::string name;         ///< "extxyz", "lammps-dump", "lammps-data", "poscar", "xdatcar", "nc"
  std::string description;  ///< one line
  std::vector<std::string> patterns;  ///< "*.extxyz", "XDATCAR*"
  bool reads;
  bool writes;
  bool many_frames;
  bool labels = false;  ///< can hold energies or forces, and so be trained on
};

const std::vector<FormatInfo>& all_formats();

/// The format that a name tells ("Li2S.extxyz.gz": "extxyz"; a folder with type.raw: "deepmd"), or
/// "" where it tells none.
std::string format_of_name(const std::filesystem::path& file);

/// Throws InputError where the file is absent or its format cannot be told.
std::unique_ptr<FrameSource> open_source(const std::filesystem::path& file,
                                         const ReadOptions& options = {});
/// The file has its final name only after close(). A sink closed before any frame leaves no file.
/// One that is destroyed without close() leaves nothing either, except for nc, whose unfinished
/// file stays so that it can be resumed. flush() brings all frames so far to disk.
std::unique_ptr<FrameSink> open_sink(const std::filesystem::path& file,
                                     const WriteOptions& options = {});

/// The first (or the last) frame of a file.
Frame read_first_frame(const std::filesystem::path& file, const ReadOptions& options = {});
Frame read_last_frame(const std::filesystem::path& file, const ReadOptions& options = {});
/// One frame, written whole or not at all.
void write_frame(const std::filesystem::path& file, const Frame& frame,
                 const WriteOptions& options = {});

}  // namespace vitrion
