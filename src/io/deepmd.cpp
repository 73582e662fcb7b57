// DeePMD's folders: type.raw, type_map.raw and set.*/coord.npy, box.npy, energy.npy, force.npy,
// virial.npy (deepmd/npy of dpdata).
//
// https://docs.deepmodeling.com/projects/deepmd/en/stable/data/system.html. Å, eV, eV/Å; cells row
// by row; virial in eV, −V·stress. All frames of a folder have the same atoms in the same order; a
// file "nopbc" marks an open system. Sets are read in the order of their names.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/labelled.hpp"
#include "io/npy.hpp"
#include "io/numbers.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t frames_of_set = 5000;

std::vector<std::string> words_of(const fs::path& file) {
  const std::string text = read_text_file(file);
  std::vector<std::string> out;
  for (const auto word : split_words(text)) out.emplace_back(word);
  return out;
}

// The symbols of all atoms, from type.raw and type_map.raw (or --types, counted from 0).
std::vector<std::string> symbols_of(const fs::path& folder, const ReadOptions& options) {
  const fs::path types = folder / "type.raw";
  std::vector<std::string> names;
  if (fs::exists(folder / "type_map.raw")) names = words_of(folder / "type_map.raw");
  std::vector<std::string> out;
  for (const auto& word : words_of(types)) {
    const auto type = to_integer(word);
    if (!type || *type < 0)
      throw InputError(fmt::format("{}: {}", types.string(), not_a_number(word)));
    if (names.empty()) {
      const auto given = options.type_names.find(static_cast<long>(*type));
      if (given == options.type_names.end())
        throw InputError(
            fmt::format("{}: type {} has no name: give type_map.raw, or --types {}=SYMBOL",
                        types.string(), *type, *type));
      out.push_back(given->second);
    } else if (static_cast<std::uint64_t>(*type) < names.size()) {
      out.push_back(names[static_cast<std::size_t>(*type)]);
    } else {
      throw InputError(fmt::format("{}: type {} is not among the {} of type_map.raw",
                                   types.string(), *type, names.size()));
    }
  }
  if (out.empty()) throw InputError(fmt::format("{}: there are no atoms", types.string()));
  return out;
}

class DeepmdSource : public FrameSource {
 public:
  DeepmdSource(const fs::path& folder, ReadOptions options)
      : folder_(folder), options_(std::move(options)) {
    std::error_code error;
    if (!fs::is_directory(folder_, error) || !fs::exists(folder_ / "type.raw"))
      throw InputError(
          fmt::format("{}: is no folder with a type.raw, as DeePMD has them", folder_.string()));
    // Only for messages of the shared pieces, which want a reader.
    const LineReader reader(memory_bytes("", folder_.string()), (folder_ / "type.raw").string());
    set_species(symbols_of(folder_, options_), reader, structure_);
    atoms_ = structure_.kind.size();
    periodic_ = !fs::exists(folder_ / "nopbc");
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
      if (at->path().filename().string().rfind("set", 0) == 0 && at->is_directory(error))
        sets_.push_back(at->path());
    }
    std::sort(sets_.begin(), sets_.end());
    if (sets_.empty())
      throw InputError(fmt::format("{}: holds no set.000 or other set", folder_.string()));
  }

  bool next(Frame& frame) override {
    while (!coord_ || row_ == coord_->rows()) {
      if (set_ == sets_.size()) {
        if (frames_ == 0) throw InputError(fmt::format("{}: has no frames", folder_.string()));
        return false;
      }
      open_set(sets_[set_++]);
    }
    clear_frame(frame);
    frame.structure.species = structure_.species;
    frame.structure.kind = structure_.kind;
    vectors(*coord_, frame.structure.position);
    if (box_) read_cell(frame);
    if (force_) vectors(*force_, frame.forces);
    if (energy_) {
      energy_->read_row(values_);
      frame.energy_eV = values_[0];
    }
    if (virial_) {
      virial_->read_row(values_);
      Mat3 w;
      for (Eigen::Index k = 0; k < 9; ++k) w(k / 3, k % 3) = values_[static_cast<std::size_t>(k)];
      if (frame.structure.cell.is_defined())
        frame.stress_eV_A3 = -w / frame.structure.cell.volume();
    }
    frame.step = frames_++;
    ++row_;
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return folder_.string(); }
  [[nodiscard]] std::optional<double> progress() const override {
    return static_cast<double>(set_) / static_cast<double>(sets_.size());
  }

 private:
  std::optional<NpyReader> open(const char* name, std::uint64_t row_size, bool needed) const {
    const fs::path file = sets_[set_ - 1] / (std::string(name) + ".npy");
    if (!needed && !fs::exists(file)) return std::nullopt;
    NpyReader out(file);
    if (out.row_size() != row_size)
      throw InputError(fmt::format("{}: has {} numbers a frame, and {} atoms need {}",
                                   file.string(), out.row_size(), atoms_, row_size));
    if (coord_ && out.rows() != coord_->rows())
      throw InputError(fmt::format("{}: has {} frames, and coord.npy has {}", file.string(),
                                   out.rows(), coord_->rows()));
    return out;
  }

  void open_set(const fs::path& set) {
    if (fs::exists(set / "real_atom_types.npy"))
      throw InputError(fmt::format(
          "{}: is in DeePMD's mixed format, which is not read: write deepmd/npy with dpdata",
          set.string()));
    row_ = 0;
    coord_.reset();
    coord_ = open("coord", 3 * atoms_, true);
    box_ = open("box", 9, periodic_);
    energy_ = open("energy", 1, false);
    force_ = open("force", 3 * atoms_, false);
    virial_ = open("virial", 9, false);
  }

  void vectors(NpyReader& from, std::vector<Vec3>& to) {
    from.read_row(values_);
    to.reserve(atoms_);
    for (std::size_t i = 0; i < atoms_; ++i)
      to.emplace_back(values_[3 * i], values_[3 * i + 1], values_[3 * i + 2]);
  }

  void read_cell(Frame& frame) {
    box_->read_row(values_);
    if (!periodic_) return;
    Mat3 h;
    for (Eigen::Index k = 0; k < 9; ++k) h(k % 3, k / 3) = values_[static_cast<std::size_t>(k)];
    try {
      frame.structure.cell = Cell(h);
    } catch (const InputError& e) {
      throw InputError(
          fmt::format("{}: frame {}: {}", (sets_[set_ - 1] / "box.npy").string(), row_, e.what()));
    }
  }

  fs::path folder_;
  ReadOptions options_;
  Structure structure_;  // species and kinds
  std::size_t atoms_ = 0;
  bool periodic_ = true;
  std::vector<fs::path> sets_;
  std::size_t set_ = 0;  // the one after that which is open
  std::uint64_t row_ = 0;
  std::int64_t frames_ = 0;
  std::optional<NpyReader> coord_, box_, energy_, force_, virial_;
  std::vector<double> values_;
};

// Gathers a set in memory, writes sets into an unfinished folder, renames that at the end.
class DeepmdSink : public FrameSink {
 public:
  explicit DeepmdSink(fs::path folder) : folder_(std::move(folder)) {
    if (fs::exists(folder_))
      throw InputError(
          fmt::format("{}: is there already: remove it or take another name", folder_.string()));
  }
  ~DeepmdSink() override {
    std::error_code error;
    if (begun_) fs::remove_all(unfinished_name(folder_), error);
  }

  void write(const Frame& frame) override {
    try {
      if (frame.size() == 0) throw InputError("there are no atoms to write");
      check_frame(frame);
      begun_ ? require_same(frame) : begin(frame);
    } catch (const InputError& e) {
      throw InputError(fmt::format("{}: {}", folder_.string(), e.what()));
    }
    const Structure& s = frame.structure;
    add(coord_, s.position);
    if (periodic_) add(box_, s.cell.vectors());
    if (has_forces_) add(force_, frame.forces);
    if (has_energy_) energy_.push_back(*frame.energy_eV);
    if (has_stress_) add(virial_, Mat3(-s.cell.volume() * frame.stress_eV_A3->transpose()));
    if (++in_set_ == frames_of_set) write_set();
  }

  void close() override {
    if (!begun_) return;
    if (in_set_ > 0) write_set();
    std::error_code error;
    fs::rename(unfinished_name(folder_), folder_, error);
    if (error)
      throw WorkError(fmt::format("{}: cannot be made: {}", folder_.string(), error.message()));
    begun_ = false;
  }

 private:
  static void add(std::vector<double>& to, const std::vector<Vec3>& from) {
    for (const auto& v : from) to.insert(to.end(), {v[0], v[1], v[2]});
  }
  // Column by column: the rows of the file.
  static void add(std::vector<double>& to, const Mat3& from) {
    to.insert(to.end(), from.data(), from.data() + 9);
  }

  void begin(const Frame& frame) {
    const Structure& s = frame.structure;
    first_ = s;
    periodic_ = s.cell.is_defined();
    if (periodic_ && !s.cell.origin().isZero(0))
      throw InputError("DeePMD has no cells with an origin: write extxyz instead");
    has_forces_ = !frame.forces.empty();
    has_energy_ = frame.energy_eV.has_value();
    has_stress_ = frame.stress_eV_A3.has_value() && periodic_;
    const fs::path folder = unfinished_name(folder_);
    fs::remove_all(folder);
    make_directory(folder);
    begun_ = true;
    std::string types, names;
    for (const auto k : s.kind) types += fmt::format("{}\n", k);
    for (const auto& species : s.species) names += species.name + "\n";
    write_file_atomically(folder / "type.raw", types);
    write_file_atomically(folder / "type_map.raw", names);
    if (!periodic_) write_file_atomically(folder / "nopbc", "");
  }

  void require_same(const Frame& frame) const {
    const Structure& s = frame.structure;
    bool same = s.size() == first_.size() && s.cell.is_defined() == periodic_;
    for (std::size_t i = 0; same && i < s.size(); ++i)
      same = s.species_of(i).name == first_.species_of(i).name;
    if (!same)
      throw InputError(
          "DeePMD's folders hold frames of the same atoms in the same order: write one folder for "
          "each kind of frame");
    if (frame.forces.empty() == has_forces_ || frame.energy_eV.has_value() != has_energy_ ||
        (frame.stress_eV_A3.has_value() && periodic_) != has_stress_)
      throw InputError("some frames have labels that others lack: write them to another folder");
  }

  void write_set() {
    const fs::path set = unfinished_name(folder_) / fmt::format("set.{:03d}", sets_++);
    make_directory(set);
    const auto put = [&](const char* name, std::vector<double>& values, std::uint64_t row) {
      if (values.empty()) return;
      write_file_atomically(set / (std::string(name) + ".npy"), npy_bytes(values, in_set_, row));
      values.clear();
    };
    const std::uint64_t atoms = first_.size();
    put("coord", coord_, 3 * atoms);
    put("box", box_, 9);
    put("energy", energy_, 0);
    put("force", force_, 3 * atoms);
    put("virial", virial_, 9);
    in_set_ = 0;
  }

  fs::path folder_;
  Structure first_;
  bool begun_ = false, periodic_ = true, has_forces_ = false, has_energy_ = false,
       has_stress_ = false;
  std::vector<double> coord_, box_, energy_, force_, virial_;
  std::uint64_t in_set_ = 0;
  int sets_ = 0;
};

std::unique_ptr<FrameSource> read_deepmd(const fs::path& folder, const ReadOptions& options) {
  return std::make_unique<DeepmdSource>(folder, options);
}
std::unique_ptr<FrameSink> write_deepmd(const fs::path& folder, const WriteOptions& options) {
  if (options.resume_after_frames)
    throw InputError(fmt::format("{}: only nc files can be resumed, not deepmd", folder.string()));
  return std::make_unique<DeepmdSink>(folder);
}

}  // namespace

const FormatEntry& deepmd_format() {
  static const FormatEntry entry{
      .info = {"deepmd",
               "DeePMD's folder of NumPy files: type.raw, type_map.raw and set.*/*.npy",
               {"*.deepmd"},
               true,
               true,
               true,
               true},
      .recognises = [](std::string_view) { return false; },
      .read_file = &read_deepmd,
      .write_file = &write_deepmd};
  return entry;
}

}  // namespace vitrion::io
