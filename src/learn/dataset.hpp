// Labelled frames in memory: what potentials are trained on and scored against.
//
// Read from files of any format of io/ (gz and zst too), from folders of such files, or from
// folders of DeePMD. A frame keeps what training needs (positions, energy, forces, stress,
// temperature) and nothing else: about 50 bytes an atom and 1 kB a frame.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/frame.hpp"
#include "io/formats.hpp"

namespace vitrion {

/// One labelled frame, and where it came from.
struct Sample {
  Frame frame;
  std::string phase;       ///< of the frame (config_type, phase), else the stem of its file
  std::size_t file = 0;    ///< index into Dataset::files
  std::int64_t index = 0;  ///< 0-based among the frames of that file
};

struct Dataset {
  std::vector<Sample> samples;  ///< file by file, within a file in its order (of time)
  std::vector<std::string> files;
  std::vector<std::string> notes;  ///< what was left out in reading, and why

  [[nodiscard]] std::size_t size() const { return samples.size(); }
  /// "Li2S.extxyz.gz, frame 12" (counted from 0), for messages.
  [[nodiscard]] std::string where(const Sample& sample) const;
  /// Names of all species, in alphabetical order.
  [[nodiscard]] std::vector<std::string> elements() const;
  /// Names of all phases with their number of frames.
  [[nodiscard]] std::map<std::string, std::size_t> phases() const;
};

struct DatasetOptions {
  ReadOptions read{};                 ///< format, types of LAMMPS, time step
  std::vector<std::string> phases{};  ///< only these; empty: all. An unknown name is an error
  std::int64_t every = 1;             ///< only every so many frames of each file
  bool labels_needed = true;          ///< refuse files without energies and forces
  bool show_progress = false;
};

/// Reads files, one thread a file; the order of `sources` is kept, folders are entered and read in
/// the order of their names. InputError where a source is absent or broken, holds no frame, or has
/// neither energies nor forces (such files inside a folder are left out, with a note). Of a folder
/// with a vasprun.xml the OUTCAR is not read, as it holds the same steps.
Dataset load_dataset(const std::vector<std::filesystem::path>& sources,
                     const DatasetOptions& options = {});

/// The files that load_dataset would read.
std::vector<std::filesystem::path> dataset_files(const std::vector<std::filesystem::path>& sources);

/// Kinetic temperature, (Σ m v²)/((3N − 3) k_B); empty without velocities, masses or 2 atoms.
std::optional<double> kinetic_temperature_K(const Frame& frame);

}  // namespace vitrion
