#include <fcntl.h>
#include <fmt/format.h>
#include <netcdf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <system_error>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "io/nc.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

constexpr double eV_kcal_mol = constants::elementary_charge_C * constants::avogadro / 4184.0;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void sync_to_disk(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::fsync(fd) != 0) {
    const int why = errno;
    if (fd >= 0) ::close(fd);
    throw WorkError(
        fmt::format("{}: cannot be brought to disk: {}", file.string(), std::strerror(why)));
  }
  ::close(fd);
}

// Cuts the file behind so many frames: the header's count, then the bytes.
void keep_frames(const std::filesystem::path& file, const NcHeader& header, std::uint64_t frames) {
  const unsigned char count[4] = {
      static_cast<unsigned char>(frames >> 24), static_cast<unsigned char>(frames >> 16),
      static_cast<unsigned char>(frames >> 8), static_cast<unsigned char>(frames)};
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const bool done =
      fd >= 0 && ::pwrite(fd, count, sizeof count, 4) == 4 &&
      ::ftruncate(fd, static_cast<off_t>(header.record_start + frames * header.record_bytes)) ==
          0 &&
      ::fsync(fd) == 0;
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (!done)
    throw WorkError(fmt::format("{}: cannot be cut to {} frames: {}", file.string(), frames,
                                std::strerror(why)));
}

// The library does not tell of every write that found no room on the disk: what it should have
// written is then missing at the end of the file, or a hole in it.
bool is_whole(const std::filesystem::path& file, const NcHeader& header, std::uint64_t frames) {
  const auto need = static_cast<off_t>(header.record_start + frames * header.record_bytes);
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const off_t end = ::lseek(fd, 0, SEEK_END);
  const off_t hole = ::lseek(fd, 0, SEEK_HOLE);
  ::close(fd);
  // Up to three bytes at the very end only fill the last frame up.
  return end + 3 >= need && (hole < 0 || hole + 3 >= need);
}

class NcSink : public FrameSink {
 public:
  NcSink(std::filesystem::path file, WriteOptions options)
      : file_(std::move(file)), unfinished_(unfinished_name(file_)), options_(std::move(options)) {
    if (options_.resume_after_frames.value_or(0) > 0) resume(*options_.resume_after_frames);
  }

  void write(const Frame& given) override {
    if (closed_) throw WorkError(fmt::format("{}: is closed already", file_.string()));
    check(given);
    const Frame turned =
        given.structure.cell.is_defined() && !given.structure.cell.is_standard_orientation()
            ? in_standard_orientation(given)
            : Frame{};
    const Frame& frame = turned.size() > 0 ? turned : given;
    const std::lock_guard lock(nc_mutex());
    if (nc_.id < 0) create(frame);
    check_same(frame);
    put_vectors("coordinates", frame.structure.position, 1);
    put_vectors("velocities", frame.velocities, 1);
    put_vectors("forces", frame.forces, eV_kcal_mol);
    put_images(frame);
    put_charges(frame);
    put_values(frame);
    ++frames_;
  }
  void flush() override {
    if (nc_.id < 0) return;
    {
      const std::lock_guard lock(nc_mutex());
      must(nc_sync(nc_.id));
    }
    sync_to_disk(unfinished_);
    require_whole(read_nc_header(unfinished_));
  }
  void close() override {
    if (closed_) return;
    closed_ = true;
    if (nc_.id < 0) return;
    {
      const std::lock_guard lock(nc_mutex());
      try {
        nc_.close();
      } catch (const WorkError& error) {
        throw WorkError(fmt::format("{}: {}", file_.string(), error.what()));
      }
    }
    if (frames_ == 0) {
      std::error_code error;
      std::filesystem::remove(unfinished_, error);
      return;
    }
    // A frame that was refused half-way may have lengthened the file.
    const NcHeader header = read_nc_header(unfinished_);
    require_whole(header);
    if (header.records != frames_) keep_frames(unfinished_, header, frames_);
    sync_to_disk(unfinished_);
    commit_file(file_);
  }

 private:
  void must(int status) const {
    if (status != NC_NOERR) fail(nc_strerror(status));
  }
  void require_whole(const NcHeader& header) const {
    if (!is_whole(unfinished_, header, frames_)) fail("not all of it came to the disk");
  }
  // After a write that found no room the library names whatever failed next.
  [[noreturn]] void fail(const std::string& why) const {
    std::error_code error;
    const auto folder = std::filesystem::absolute(file_).parent_path();
    const auto room = std::filesystem::space(folder, error);
    const bool full = !error && room.available < (1U << 20);
    throw WorkError(fmt::format("{}: cannot be written: {}", file_.string(),
                                full ? "no space is left on the disk" : why));
  }
  [[noreturn]] void refuse(const std::string& message) const {
    throw InputError(fmt::format("{}: frame {}: {}", file_.string(), frames_ + 1, message));
  }

  void check(const Frame& frame) const {
    if (frame.size() == 0) refuse("there are no atoms to write");
    try {
      check_frame(frame);
    } catch (const InputError& error) {
      refuse(error.what());
    }
  }

  void resume(std::size_t keep) {
    std::error_code error;
    if (!std::filesystem::exists(unfinished_, error)) {
      throw InputError(fmt::format("{}: there is no unfinished file to resume: run the stage anew",
                                   unfinished_.string()));
    }
    const NcHeader header = read_nc_header(unfinished_);
    if (header.version != 2 || header.whole_records() < keep) {
      throw InputError(fmt::format(
          "{}: has {} whole frames, and {} are to be kept: resume from an earlier checkpoint",
          unfinished_.string(), header.whole_records(), keep));
    }
    keep_frames(unfinished_, header, keep);
    const std::lock_guard lock(nc_mutex());
    must(nc_open(unfinished_.c_str(), NC_WRITE, &nc_.id));
    int old_fill = 0;
    must(nc_set_fill(nc_.id, NC_NOFILL, &old_fill));
    int atom = -1;
    if (nc_inq_dimid(nc_.id, "atom", &atom) != NC_NOERR ||
        nc_inq_dimlen(nc_.id, atom, &atoms_) != NC_NOERR ||
        !read_nc_species(nc_.id, atoms_, first_)) {
      throw InputError(fmt::format("{}: was not written by this program and cannot be resumed",
                                   unfinished_.string()));
    }
    wrapping_ = nc_text(nc_.id, NC_GLOBAL, "wrapping");
    const int images = nc_variable(nc_.id, "images");
    nc_type type = NC_NAT;
    short_images_ =
        images >= 0 && nc_inq_vartype(nc_.id, images, &type) == NC_NOERR && type == NC_SHORT;
    frames_ = keep;
  }

  int dimension(const char* name, std::size_t length) {
    int id = -1;
    must(nc_def_dim(nc_.id, name, length, &id));
    return id;
  }
  int define(const char* name, nc_type type, std::initializer_list<int> dimensions,
             const char* units) {
    int id = -1;
    must(nc_def_var(nc_.id, name, type, static_cast<int>(dimensions.size()), dimensions.begin(),
                    &id));
    if (*units != '\0') must(nc_put_att_text(nc_.id, id, "units", std::strlen(units), units));
    return id;
  }
  void attribute(const char* name, const std::string& text) {
    must(nc_put_att_text(nc_.id, NC_GLOBAL, name, text.size(), text.data()));
  }
  static std::string wrapping_name(const Frame& frame) {
    return frame.wrapping == Wrapping::wrapped     ? "wrapped"
           : frame.wrapping == Wrapping::unwrapped ? "unwrapped"
                                                   : "unknown";
  }

  void create(const Frame& frame) {
    std::size_t buffer = std::size_t{1} << 20;
    if (nc__create(unfinished_.c_str(), NC_CLOBBER | NC_64BIT_OFFSET, 0, &buffer, &nc_.id) !=
        NC_NOERR) {
      nc_.id = -1;
      throw WorkError(
          fmt::format("{}: cannot be written: {}", file_.string(), std::strerror(errno)));
    }
    int old_fill = 0;
    must(nc_set_fill(nc_.id, NC_NOFILL, &old_fill));
    atoms_ = frame.size();
    first_.species = frame.structure.species;
    first_.kind = frame.structure.kind;
    wrapping_ = wrapping_name(frame);
    attribute("Conventions", "AMBER");
    attribute("ConventionVersion", "1.0");
    attribute("application", "vitrion");
    attribute("program", "vitrion");
    attribute("programVersion", VITRION_VERSION);
    attribute("title", frame.structure.formula());
    attribute("wrapping", wrapping_);
    const auto& p = frame.structure.cell.periodic();
    attribute("periodic",
              fmt::format("{} {} {}", p[0] ? "T" : "F", p[1] ? "T" : "F", p[2] ? "T" : "F"));
    define_all(frame);
  }

  void define_all(const Frame& frame) {
    const auto& species = frame.structure.species;
    std::size_t label = 1;
    for (const auto& s : species) label = std::max(label, s.name.size());
    const int frames = dimension("frame", NC_UNLIMITED);
    const int atom = dimension("atom", atoms_);
    const int spatial = dimension("spatial", 3);
    const int cell_spatial = dimension("cell_spatial", 3);
    const int cell_angular = dimension("cell_angular", 3);
    const int angle_label = dimension("label", 5);
    const int tensor = dimension("tensor", 9);
    const int kinds = dimension("species", species.size());
    const int name = dimension("species_label", label);
    const int spatial_id = define("spatial", NC_CHAR, {spatial}, "");
    const int cell_spatial_id = define("cell_spatial", NC_CHAR, {cell_spatial}, "");
    const int cell_angular_id = define("cell_angular", NC_CHAR, {cell_angular, angle_label}, "");
    const int types_id = define("atom_types", NC_INT, {atom}, "");
    const int kind_id = define("kind", NC_INT, {atom}, "");
    const int names_id = define("species_names", NC_CHAR, {kinds, name}, "");
    const int masses_id = define("species_masses", NC_DOUBLE, {kinds}, "amu");
    define("time", NC_DOUBLE, {frames}, "picosecond");
    define("step", NC_DOUBLE, {frames}, "");
    define("energy", NC_DOUBLE, {frames}, "eV");
    define("temperature", NC_DOUBLE, {frames}, "kelvin");
    define("stress", NC_DOUBLE, {frames, tensor}, "eV/angstrom3");
    define("cell_origin", NC_DOUBLE, {frames, cell_spatial}, "angstrom");
    define("cell_lengths", NC_DOUBLE, {frames, cell_spatial}, "angstrom");
    define("cell_angles", NC_DOUBLE, {frames, cell_angular}, "degree");
    define("coordinates", NC_FLOAT, {frames, atom, spatial}, "angstrom");
    if (!frame.images.empty()) {
      short_images_ = std::all_of(frame.images.begin(), frame.images.end(), [](const Int3& n) {
        return std::all_of(n.begin(), n.end(), [](int k) { return std::abs(k) < 16384; });
      });
      define("images", short_images_ ? NC_SHORT : NC_INT, {frames, atom, spatial}, "");
    }
    if (options_.velocities && !frame.velocities.empty())
      define("velocities", NC_FLOAT, {frames, atom, spatial}, "angstrom/picosecond");
    if (!frame.forces.empty())
      define("forces", NC_FLOAT, {frames, atom, spatial}, "kilocalorie/mole/angstrom");
    if (!frame.charges.empty()) define("charges", NC_FLOAT, {frames, atom}, "e");
    must(nc_enddef(nc_.id));
    must(nc_put_var_text(nc_.id, spatial_id, "xyz"));
    must(nc_put_var_text(nc_.id, cell_spatial_id, "abc"));
    must(nc_put_var_text(nc_.id, cell_angular_id, "alphabeta gamma"));
    put_species(types_id, kind_id, names_id, masses_id, label);
  }

  void put_species(int types_id, int kind_id, int names_id, int masses_id, std::size_t label) {
    std::vector<int> numbers;
    std::vector<int> kinds;
    for (const auto k : first_.kind) {
      numbers.push_back(first_.species[k].atomic_number);
      kinds.push_back(k);
    }
    std::string names;
    std::vector<double> masses;
    for (const auto& s : first_.species) {
      names += s.name;
      names.resize(masses.size() * label + label, '\0');
      masses.push_back(s.mass_amu);
    }
    must(nc_put_var_int(nc_.id, types_id, numbers.data()));
    must(nc_put_var_int(nc_.id, kind_id, kinds.data()));
    must(nc_put_var_text(nc_.id, names_id, names.data()));
    must(nc_put_var_double(nc_.id, masses_id, masses.data()));
  }

  void check_same(const Frame& frame) const {
    if (frame.size() != atoms_) {
      refuse(fmt::format(
          "has {} atoms and the file {}: an nc file holds one set of atoms, extxyz holds any",
          frame.size(), atoms_));
    }
    for (std::size_t i = 0; i < atoms_; ++i) {
      if (frame.structure.species_of(i).name == first_.species[first_.kind[i]].name) continue;
      refuse(fmt::format(
          "atom {} is {} and was {}: an nc file holds one set of atoms, extxyz holds any", i + 1,
          frame.structure.species_of(i).name, first_.species[first_.kind[i]].name));
    }
    if (wrapping_name(frame) != wrapping_) {
      refuse(fmt::format(
          "its positions are {} and those of the file {}: write them to files of their own",
          wrapping_name(frame), wrapping_));
    }
  }

  void put_vectors(const char* name, const std::vector<Vec3>& values, double factor) {
    const int id = nc_variable(nc_.id, name);
    if (id < 0) return;
    floats_.assign(3 * atoms_, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t k = 0; k < 3; ++k) {
        const auto value = static_cast<float>(values[i][static_cast<Eigen::Index>(k)] * factor);
        if (!std::isfinite(value))
          refuse(fmt::format("a value of the {} of atom {} is too large", name, i + 1));
        floats_[3 * i + k] = value;
      }
    }
    const std::size_t start[] = {frames_, 0, 0};
    const std::size_t count[] = {1, atoms_, 3};
    must(nc_put_vara_float(nc_.id, id, start, count, floats_.data()));
  }

  void put_images(const Frame& frame) {
    const int id = nc_variable(nc_.id, "images");
    if (id < 0) return;
    const int absent = short_images_ ? NC_FILL_SHORT : NC_FILL_INT;
    std::vector<Int3> images = frame.images;
    if (images.empty()) images.assign(atoms_, Int3{absent, absent, absent});
    for (const auto& n : frame.images) {
      for (const int k : n) {
        if (short_images_ && std::abs(k) > 32766)
          refuse("an image flag is too large for this file: write extxyz");
      }
    }
    const std::size_t start[] = {frames_, 0, 0};
    const std::size_t count[] = {1, atoms_, 3};
    must(nc_put_vara_int(nc_.id, id, start, count, images[0].data()));
  }

  void put_charges(const Frame& frame) {
    const int id = nc_variable(nc_.id, "charges");
    if (id < 0) return;
    floats_.assign(atoms_, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < frame.charges.size(); ++i)
      floats_[i] = static_cast<float>(frame.charges[i]);
    const std::size_t start[] = {frames_, 0};
    const std::size_t count[] = {1, atoms_};
    must(nc_put_vara_float(nc_.id, id, start, count, floats_.data()));
  }

  void put_numbers(const char* name, std::size_t width, const double* values) {
    const std::size_t start[] = {frames_, 0};
    const std::size_t count[] = {1, width};
    must(nc_put_vara_double(nc_.id, nc_variable(nc_.id, name), start, count, values));
  }

  void put_values(const Frame& frame) {
    const auto one = [&](const char* name, double value) { put_numbers(name, 1, &value); };
    one("time", frame.time_ps.value_or(nan));
    one("step", static_cast<double>(frame.step));
    one("energy", frame.energy_eV.value_or(nan));
    one("temperature", frame.temperature_K.value_or(nan));
    const Mat3 stress =
        frame.stress_eV_A3 ? Mat3(frame.stress_eV_A3->transpose()) : Mat3(Mat3::Constant(nan));
    put_numbers("stress", 9, stress.data());
    const Cell& cell = frame.structure.cell;
    const Vec3 lengths = cell.lengths();
    const Vec3 angles = cell.is_defined() ? cell.angles_deg() : Vec3(90, 90, 90);
    put_numbers("cell_origin", 3, cell.origin().data());
    put_numbers("cell_lengths", 3, lengths.data());
    put_numbers("cell_angles", 3, angles.data());
  }

  std::filesystem::path file_;
  std::filesystem::path unfinished_;
  WriteOptions options_;
  NcHandle nc_;
  std::size_t frames_ = 0;
  std::size_t atoms_ = 0;
  Structure first_;  // species and kinds of the file; no positions
  std::string wrapping_;
  bool short_images_ = false;
  bool closed_ = false;
  std::vector<float> floats_;
};

}  // namespace

std::unique_ptr<FrameSink> write_nc(const std::filesystem::path& file,
                                    const WriteOptions& options) {
  return std::make_unique<NcSink>(file, options);
}

}  // namespace vitrion::io
