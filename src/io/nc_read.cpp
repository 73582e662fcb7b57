#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "io/atom_table.hpp"
#include "io/nc.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

constexpr double kcal_mol_eV = 4184.0 / (constants::elementary_charge_C * constants::avogadro);

// A variable whose values are taken frame by frame, with the factor to our units.
struct FrameVariable {
  int id = -1;
  double factor = 1;
  [[nodiscard]] bool there() const { return id >= 0; }
};

class NcSource : public FrameSource, public LastFrame {
 public:
  NcSource(std::filesystem::path file, ReadOptions options)
      : file_(std::move(file)), options_(std::move(options)) {
    const NcHeader header = read_nc_header(file_);
    frames_ = header.whole_records();
    claimed_ = header.records;
    if (header.record_bytes == 0) fail("has no frames: it is no trajectory, or its run wrote none");
    const std::lock_guard lock(nc_mutex());
    if (const int status = nc_open(file_.c_str(), NC_NOWRITE, &nc_.id); status != NC_NOERR)
      fail(nc_strerror(status));
    find_dimensions();
    find_variables();
    find_species();
  }

  bool next(Frame& frame) override {
    if (at_ == 0 && claimed_ == 0) fail("has no frames");
    if (at_ >= claimed_) return false;
    if (at_ >= frames_)
      fail(fmt::format("the file ends in frame {} of {}: it is cut off", at_ + 1, claimed_));
    const std::lock_guard lock(nc_mutex());
    clear_frame(frame);
    read_kinds(frame.structure);
    vectors(coordinates_, frame.structure.position);
    vectors(velocities_, frame.velocities);
    vectors(forces_, frame.forces);
    read_cell(frame.structure);
    read_values(frame);
    read_images(frame);
    if (ids_.there()) sort(frame);
    frame.wrapping = wrapping_;
    ++at_;
    fill_time(frame, options_);
    check(frame);
    return true;
  }
  void go_to_last() override {
    if (frames_ == claimed_ && frames_ > 0) at_ = frames_ - 1;
  }
  [[nodiscard]] std::string name() const override { return file_.string(); }
  [[nodiscard]] std::optional<double> progress() const override {
    return claimed_ > 0 ? static_cast<double>(at_) / static_cast<double>(claimed_) : 1.0;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw InputError(fmt::format("{}: {}", file_.string(), message));
  }
  void must(int status) const {
    if (status != NC_NOERR)
      fail(fmt::format("frame {} cannot be read: {}", at_ + 1, nc_strerror(status)));
  }

  void find_dimensions() {
    if (nc_inq_unlimdim(nc_.id, &frame_dimension_) != NC_NOERR || frame_dimension_ < 0 ||
        nc_inq_dimid(nc_.id, "atom", &atom_dimension_) != NC_NOERR) {
      fail("is not a trajectory by the AMBER convention: it lacks the dimensions frame and atom");
    }
    must(nc_inq_dimlen(nc_.id, atom_dimension_, &atoms_));
  }

  // −1 where the variable is absent or has another shape than (frame, [atom,] [width]).
  FrameVariable variable(const char* name, bool of_atoms, std::size_t width) const {
    FrameVariable out;
    const int id = nc_variable(nc_.id, name);
    int rank = 0;
    nc_type type = NC_NAT;
    int dimensions[NC_MAX_VAR_DIMS] = {};
    if (id < 0 || nc_inq_var(nc_.id, id, nullptr, &type, &rank, dimensions, nullptr) != NC_NOERR)
      return out;
    if (type == NC_CHAR || rank != 1 + (of_atoms ? 1 : 0) + (width > 1 ? 1 : 0) ||
        dimensions[0] != frame_dimension_)
      return out;
    if (of_atoms && dimensions[1] != atom_dimension_) return out;
    if (width > 1) {
      std::size_t length = 0;
      must(nc_inq_dimlen(nc_.id, dimensions[rank - 1], &length));
      if (length != width) return out;
    }
    out.id = id;
    std::size_t count = 0;
    double factor = 1;
    if (nc_inq_attlen(nc_.id, id, "scale_factor", &count) == NC_NOERR && count == 1 &&
        nc_get_att_double(nc_.id, id, "scale_factor", &factor) == NC_NOERR) {
      out.factor = factor;
    }
    return out;
  }

  [[nodiscard]] std::string units(const FrameVariable& of) const {
    return of.there() ? to_lower(nc_text(nc_.id, of.id, "units")) : "";
  }

  void find_variables() {
    const std::string program = nc_text(nc_.id, NC_GLOBAL, "program");
    coordinates_ = variable("coordinates", true, 3);
    const std::string said = nc_text(nc_.id, NC_GLOBAL, "wrapping");
    if (said == "wrapped") wrapping_ = Wrapping::wrapped;
    if (said == "unwrapped") wrapping_ = Wrapping::unwrapped;
    if (!coordinates_.there()) {
      coordinates_ = variable("unwrapped_coordinates", true, 3);  // LAMMPS' xu yu zu
      wrapping_ = Wrapping::unwrapped;
    }
    if (!coordinates_.there())
      fail("has no coordinates (frame, atom, 3): it is no trajectory by the AMBER convention");
    velocities_ = variable("velocities", true, 3);
    const std::string velocity = units(velocities_);
    if (velocity.find("femtosecond") != std::string::npos) velocities_.factor *= 1e3;
    if (velocity.empty() && program == "ASE")
      velocities_.factor /= std::sqrt(constants::amu_A2_ps2_in_eV);
    forces_ = variable("forces", true, 3);
    const std::string force = units(forces_);
    if (force.find("ev") == std::string::npos && program != "ASE") forces_.factor *= kcal_mol_eV;
    images_ = variable("images", true, 3);
    charges_ = variable("charges", true, 1);
    ids_ = variable("id", true, 1);
    lengths_ = variable("cell_lengths", false, 3);
    angles_ = variable("cell_angles", false, 3);
    origin_ = variable("cell_origin", false, 3);
    time_ = variable("time", false, 1);
    if (units(time_).rfind("femtosecond", 0) == 0) time_.factor *= 1e-3;
    step_ = variable("step", false, 1);
    energy_ = variable("energy", false, 1);
    temperature_ = variable("temperature", false, 1);
    stress_ = variable("stress", false, 9);
    const auto flags = split_words(periodic_text_ = nc_text(nc_.id, NC_GLOBAL, "periodic"));
    for (std::size_t i = 0; i < 3 && flags.size() == 3; ++i) periodic_[i] = flags[i] != "F";
  }

  void find_species() {
    if (read_nc_species(nc_.id, atoms_, structure_)) return;
    structure_ = {};
    for (const char* name : {"atom_types", "type", "Z"}) {
      if (types_ >= 0) break;
      types_ = nc_variable(nc_.id, name);
      types_are_numbers_ =
          std::string_view(name) != "type" && nc_text(nc_.id, NC_GLOBAL, "program") != "LAMMPS";
    }
    int rank = 0;
    nc_type type = NC_NAT;
    int dimensions[NC_MAX_VAR_DIMS] = {};
    if (types_ >= 0) must(nc_inq_var(nc_.id, types_, nullptr, &type, &rank, dimensions, nullptr));
    const bool by_atom = rank == 1 && dimensions[0] == atom_dimension_;
    types_by_frame_ =
        rank == 2 && dimensions[0] == frame_dimension_ && dimensions[1] == atom_dimension_;
    if (type == NC_CHAR || (!by_atom && !types_by_frame_)) {
      fail(
          "does not say what its atoms are (atom_types is missing): convert it with a program that "
          "knows the topology");
    }
    if (by_atom) read_types(structure_);
  }

  void read_types(Structure& structure) const {
    std::vector<int> types(atoms_);
    if (types_by_frame_) {
      const std::size_t start[] = {at_, 0};
      const std::size_t count[] = {1, atoms_};
      must(nc_get_vara_int(nc_.id, types_, start, count, types.data()));
    } else {
      must(nc_get_var_int(nc_.id, types_, types.data()));
    }
    structure.species.clear();
    structure.kind.clear();
    std::map<int, std::uint16_t> kinds;
    for (const int t : types) {
      auto found = kinds.find(t);
      if (found == kinds.end())
        found = kinds.emplace(t, structure.species_index(name_of_type(t))).first;
      structure.kind.push_back(found->second);
    }
  }

  [[nodiscard]] std::string name_of_type(int type) const {
    const auto given = options_.type_names.find(type);
    if (given != options_.type_names.end()) return given->second;
    if (types_are_numbers_ && options_.type_names.empty() && type >= 0 && type <= 103)
      return element::symbol(type);
    fail(fmt::format(
        "nothing says which element atom type {} is: name every type, as in --types 1=Li,2=P,3=S",
        type));
  }

  void read_kinds(Structure& structure) const {
    if (types_by_frame_) {
      read_types(structure);
    } else {
      structure.species = structure_.species;
      structure.kind = structure_.kind;
    }
  }

  void vectors(const FrameVariable& of, std::vector<Vec3>& out) const {
    if (!of.there()) return;
    out.resize(atoms_);
    const std::size_t start[] = {at_, 0, 0};
    const std::size_t count[] = {1, atoms_, 3};
    must(nc_get_vara_double(nc_.id, of.id, start, count, out[0].data()));
    if (of.factor != 1) {
      for (auto& v : out) v *= of.factor;
    }
    // A frame without them, in a file that has them.
    if (&of != &coordinates_ && std::isnan(out[0][0])) out.clear();
  }

  void numbers(const FrameVariable& of, std::size_t width, double* out) const {
    const std::size_t start[] = {at_, 0};
    const std::size_t count[] = {1, width};
    must(nc_get_vara_double(nc_.id, of.id, start, count, out));
    for (std::size_t i = 0; i < width; ++i) out[i] *= of.factor;
  }
  [[nodiscard]] std::optional<double> number(const FrameVariable& of) const {
    if (!of.there()) return std::nullopt;
    double value = 0;
    numbers(of, 1, &value);
    if (!std::isfinite(value) || value == NC_FILL_DOUBLE ||
        value == static_cast<double>(NC_FILL_FLOAT))
      return std::nullopt;
    return value;
  }

  void read_values(Frame& frame) const {
    frame.time_ps = number(time_);
    frame.energy_eV = number(energy_);
    frame.temperature_K = number(temperature_);
    const auto step = number(step_);
    frame.step = step && std::abs(*step) < 9e15 ? static_cast<std::int64_t>(*step)
                                                : static_cast<std::int64_t>(at_);
    if (stress_.there()) {
      Mat3 transposed;  // row by row in the file
      numbers(stress_, 9, transposed.data());
      if (transposed.allFinite()) frame.stress_eV_A3 = transposed.transpose();
    }
    if (charges_.there()) {
      frame.charges.resize(atoms_);
      numbers(charges_, atoms_, frame.charges.data());
      if (std::isnan(frame.charges[0])) frame.charges.clear();
    }
  }

  void read_images(Frame& frame) const {
    if (!images_.there()) return;
    frame.images.resize(atoms_);
    const std::size_t start[] = {at_, 0, 0};
    const std::size_t count[] = {1, atoms_, 3};
    must(nc_get_vara_int(nc_.id, images_.id, start, count, frame.images[0].data()));
    if (frame.images[0][0] == NC_FILL_SHORT || frame.images[0][0] == NC_FILL_INT)
      frame.images.clear();
  }

  void read_cell(Structure& structure) const {
    if (!lengths_.there() || !angles_.there()) return;
    Vec3 lengths;
    Vec3 angles;
    Vec3 origin = Vec3::Zero();
    numbers(lengths_, 3, lengths.data());
    numbers(angles_, 3, angles.data());
    if (origin_.there()) numbers(origin_, 3, origin.data());
    if (!lengths.allFinite() || lengths.isZero(0)) return;
    auto periodic = periodic_;
    // ASE and LAMMPS write a length of 0 where the cell is open.
    for (int k = 0; k < 3; ++k) {
      if (lengths[k] != 0) continue;
      periodic[static_cast<std::size_t>(k)] = false;
      double low = INFINITY;
      double high = -INFINITY;
      for (const auto& r : structure.position) {
        low = std::min(low, r[k]);
        high = std::max(high, r[k]);
      }
      origin[k] = low - 0.5;
      lengths[k] = high - low + 1;
    }
    try {
      structure.cell = Cell(Cell::from_parameters(lengths, angles).vectors(), origin, periodic);
    } catch (const InputError& error) {
      fail(fmt::format("frame {}: {}", at_ + 1, error.what()));
    }
  }

  // LAMMPS writes atoms in any order, with their ids.
  void sort(Frame& frame) const {
    std::vector<double> ids(atoms_);
    numbers(ids_, atoms_, ids.data());
    std::vector<std::size_t> order(atoms_);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!std::all_of(ids.begin(), ids.end(), [](double x) { return std::isfinite(x); }))
      fail("an id is not finite");
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return ids[a] < ids[b]; });
    const Frame read = frame;
    for (std::size_t i = 0; i < atoms_; ++i) {
      const std::size_t from = order[i];
      frame.structure.position[i] = read.structure.position[from];
      if (types_by_frame_) frame.structure.kind[i] = read.structure.kind[from];
      if (!read.velocities.empty()) frame.velocities[i] = read.velocities[from];
      if (!read.forces.empty()) frame.forces[i] = read.forces[from];
      if (!read.images.empty()) frame.images[i] = read.images[from];
      if (!read.charges.empty()) frame.charges[i] = read.charges[from];
    }
  }

  void check(const Frame& frame) const {
    try {
      check_frame(frame);
    } catch (const InputError& error) {
      fail(fmt::format("frame {}: {}", at_, error.what()));
    }
  }

  std::filesystem::path file_;
  ReadOptions options_;
  NcHandle nc_;
  std::size_t frames_ = 0;
  std::size_t claimed_ = 0;
  std::size_t atoms_ = 0;
  std::size_t at_ = 0;
  int frame_dimension_ = -1;
  int atom_dimension_ = -1;
  int types_ = -1;
  bool types_by_frame_ = false;
  bool types_are_numbers_ = true;
  Structure structure_;
  Wrapping wrapping_ = Wrapping::unknown;
  std::string periodic_text_;
  std::array<bool, 3> periodic_{true, true, true};
  FrameVariable coordinates_, velocities_, forces_, images_, charges_, ids_, lengths_, angles_,
      origin_, time_, step_, energy_, temperature_, stress_;
};

}  // namespace

std::unique_ptr<FrameSource> read_nc(const std::filesystem::path& file,
                                     const ReadOptions& options) {
  return std::make_unique<NcSource>(file, options);
}

}  // namespace vitrion::io
