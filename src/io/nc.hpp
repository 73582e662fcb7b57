// Trajectories by the AMBER NetCDF convention 1.0, which MDAnalysis, ASE and OVITO open.
//
// https://ambermd.org/netcdf/nctraj.xhtml. The file is NetCDF "64-bit offset". Of the convention:
// coordinates (float, Å), velocities (float, Å/ps, no scale factor), forces (float, kcal/mol/Å),
// time (double, ps), cell_lengths (double, Å), cell_angles (double, degree). As ASE has it:
// atom_types (atomic numbers), cell_origin. Of our own: kind, species_names, species_masses,
// images (short, or int where the first frame has large ones), charges, step, energy (eV), stress
// (eV/Å³, row by row, positive under tension), temperature (K), and the attributes wrapping and
// periodic. What a frame lacks is NaN (or the fill value). Cells are turned to LAMMPS' orientation
// on writing, as lengths and angles say nothing of it; positions, velocities, forces and stress
// turn with them.
//
// The unfinished file stays where a sink is not closed, so that it can be resumed.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/stream.hpp"
#include "io/formats.hpp"

namespace vitrion::io {

/// What the head of a classic NetCDF file says about where its data lies.
struct NcHeader {
  int version = 0;                 ///< 1 classic, 2 with 64-bit offsets, 5
  std::uint64_t records = 0;       ///< frames, as the header has them
  std::uint64_t record_start = 0;  ///< first byte of the first frame
  std::uint64_t record_bytes = 0;  ///< bytes of a frame; 0 without frame variables
  std::uint64_t file_bytes = 0;

  [[nodiscard]] std::uint64_t whole_records()
      const;  ///< frames that are in the file to their last byte
};

/// Reads and checks the head, all of whose claims are held against the size of the file; after it
/// the NetCDF library can be trusted with the file. InputError where it is cut or broken.
NcHeader read_nc_header(const std::filesystem::path& file);

/// The library is not safe for threads: every use holds this.
std::mutex& nc_mutex();

/// An open file, closed (under the mutex) by the destructor.
class NcHandle {
 public:
  NcHandle() = default;
  ~NcHandle();
  NcHandle(const NcHandle&) = delete;
  NcHandle& operator=(const NcHandle&) = delete;

  int id = -1;
  /// Throws WorkError where the last data cannot be written. The caller holds the mutex.
  void close();
};

/// The variable's number, −1 where there is none.
int nc_variable(int id, const char* name);
/// A text attribute, "" where there is none.
std::string nc_text(int id, int variable, const char* name);
/// Species table and kinds as our files have them; false where the file is another's.
bool read_nc_species(int id, std::size_t atoms, Structure& structure);

std::unique_ptr<FrameSource> read_nc(const std::filesystem::path& file, const ReadOptions& options);
std::unique_ptr<FrameSink> write_nc(const std::filesystem::path& file, const WriteOptions& options);

}  // namespace vitrion::io
