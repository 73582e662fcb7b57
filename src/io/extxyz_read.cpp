#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/extxyz.hpp"
#include "io/extxyz_format.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

using Comment = std::vector<KeyValue>;

// Keys with a meaning here, of which a frame keeps the best of those that say the same.
constexpr std::array known_keys{
    "lattice",    "cell",         "pbc",         "origin",     "properties",    "ref_energy",
    "dft_energy", "energy",       "free_energy", "time",       "time_ps",       "temperature",
    "step",       "sampled_at_k", "timestep",    "ref_stress", "temperature_k", "dft_stress",
    "stress",     "ref_virial",   "ref_virials", "dft_virial", "dft_virials",   "virial",
    "virials",    "config_type",  "phase",       "wrapping"};

const KeyValue* find(const Comment& comment, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    for (const auto& entry : comment) {
      if (entry.key == key) return &entry;
    }
  }
  return nullptr;
}

std::optional<double> number(const Comment& comment, std::initializer_list<std::string_view> keys,
                             const LineReader& reader) {
  const KeyValue* entry = find(comment, keys);
  if (entry == nullptr) return std::nullopt;
  const auto values = numbers_of(*entry, reader);
  if (values.size() != 1)
    reader.fail(fmt::format("{}: one number is needed, not {}", entry->key, values.size()));
  return values[0];
}

// Nine numbers row by row, or six in Voigt's order xx yy zz yz xz xy.
Mat3 tensor(const KeyValue& entry, const LineReader& reader) {
  const auto v = numbers_of(entry, reader);
  Mat3 out;
  if (v.size() == 9) {
    out << v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8];
  } else if (v.size() == 6) {
    out << v[0], v[5], v[4], v[5], v[1], v[3], v[4], v[3], v[2];
  } else {
    reader.fail(fmt::format("{}: 9 or 6 numbers are needed, not {}", entry.key, v.size()));
  }
  return out;
}

std::array<bool, 3> periodic(const Comment& comment, const LineReader& reader) {
  std::array<bool, 3> out{true, true, true};
  const KeyValue* entry = find(comment, {"pbc"});
  if (entry == nullptr) return out;
  std::string text = to_lower(entry->value);
  for (char& c : text) {
    if (c == '[' || c == ']' || c == ',') c = ' ';
  }
  const auto words = split_words(text);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto word = words.size() == 3   ? words[i]
                      : words.size() == 1 ? words[0]
                                          : std::string_view{};
    if (word == "t" || word == "true" || word == "1") continue;
    if (word != "f" && word != "false" && word != "0")
      reader.fail("pbc: three of T or F are needed, as in pbc=\"T T F\"");
    out[i] = false;
  }
  return out;
}

Cell read_cell(const Comment& comment, const LineReader& reader) {
  const KeyValue* lattice = find(comment, {"lattice", "cell"});
  if (lattice == nullptr) return {};
  const auto v = numbers_of(*lattice, reader);
  if (std::all_of(v.begin(), v.end(), [](double x) { return x == 0; })) return {};
  Mat3 h = Mat3::Zero();
  if (v.size() == 9) {
    h << v[0], v[3], v[6], v[1], v[4], v[7], v[2], v[5], v[8];
  } else if (v.size() == 3) {
    h.diagonal() << v[0], v[1], v[2];
  } else {
    reader.fail(fmt::format("Lattice: 9 numbers are needed, not {}", v.size()));
  }
  Vec3 origin = Vec3::Zero();
  if (const KeyValue* entry = find(comment, {"origin"})) {
    const auto o = numbers_of(*entry, reader);
    if (o.size() != 3) reader.fail(fmt::format("Origin: 3 numbers are needed, not {}", o.size()));
    origin << o[0], o[1], o[2];
  }
  return make_cell(h, origin, periodic(comment, reader), reader);
}

struct Meaning {
  Column column = Column::skip;
  std::int64_t width = 0;  ///< how many columns it must have
  bool momenta = false;
  bool reference = false;  ///< marked as a reference: goes before the plain name
};

Meaning meaning(const std::string& name) {
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (is({"species", "element", "symbol", "symbols", "z", "numbers", "atomic_numbers"}))
    return {Column::species, 1};
  if (is({"pos", "position", "positions"})) return {Column::position, 3};
  if (is({"velo", "vel", "velocities", "velocity"})) return {Column::velocity, 3};
  if (is({"momenta"})) return {Column::velocity, 3, true};
  if (is({"forces", "force"})) return {Column::force, 3};
  if (is({"ref_forces", "ref_force", "dft_forces", "dft_force"}))
    return {Column::force, 3, false, true};
  if (is({"images", "image", "image_flags"})) return {Column::image, 3};
  if (is({"charges", "charge", "q", "initial_charges", "initial_charge"}))
    return {Column::charge, 1};
  if (is({"id", "ids"})) return {Column::id, 1};
  return {};
}

struct Layout {
  std::vector<Column> columns;
  bool momenta = false;
};

// The columns of a vector that something better takes the place of.
void drop(std::vector<Column>& columns, Column vector) {
  for (Column& column : columns) {
    if (column >= vector && column < component(vector, 3)) column = Column::skip;
  }
}

Layout read_properties(const KeyValue& entry, const LineReader& reader) {
  const auto pieces = split(entry.value, ':');
  if (pieces.empty() || pieces.size() % 3 != 0) {
    reader.fail("Properties: threes of name:type:columns are needed, as in species:S:1:pos:R:3");
  }
  Layout out;
  std::array<bool, static_cast<std::size_t>(Column::end)> seen{};
  bool velocities = false;
  bool referenced = false;
  for (std::size_t i = 0; i < pieces.size(); i += 3) {
    const auto width = to_integer(pieces[i + 2]);
    if (!width || *width < 1 || *width > 10000 || out.columns.size() > 100000) {
      reader.fail(
          fmt::format("Properties: {} has a wrong number of columns", pieces[i].substr(0, 40)));
    }
    Meaning what = meaning(to_lower(pieces[i]));
    const auto index = static_cast<std::size_t>(what.column);
    if (what.column != Column::skip && what.width != *width) {
      if (what.column == Column::position) reader.fail("Properties: pos needs 3 columns");
      what = {};
    }
    // Of two that mean the same the first is taken, but a marked reference before a plain name.
    if (what.column != Column::skip && seen[index]) {
      if (what.reference && !referenced) {
        drop(out.columns, what.column);
      } else {
        what = {};
      }
    }
    seen[index] = true;
    referenced = referenced || what.reference;
    if (what.column == Column::velocity) velocities = true;
    out.momenta = out.momenta || (what.momenta && velocities);
    for (int k = 0; k < *width; ++k) {
      out.columns.push_back(what.column == Column::skip ? Column::skip : component(what.column, k));
    }
  }
  for (const Column needed : {Column::species, Column::position}) {
    if (std::find(out.columns.begin(), out.columns.end(), needed) == out.columns.end()) {
      reader.fail("Properties: both species (or Z) and pos are needed");
    }
  }
  return out;
}

class ExtxyzSource : public FrameSource {
 public:
  ExtxyzSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)),
        options_(std::move(options)),
        table_(SpeciesNames(&species_of_word)) {}

  bool next(Frame& frame) override {
    if (!reader_.skip_blank()) {
      if (frames_ == 0) reader_.fail("the file is empty");
      return false;
    }
    const std::size_t atoms =
        read_count(reader_.require("the number of atoms"), "the number of atoms", reader_);
    const auto comment = parse_comment(reader_.require("the comment line"), reader_);
    clear_frame(frame);
    frame.step = frames_;
    const bool extended = find(comment, {"lattice", "properties"}) != nullptr;
    Layout layout{{Column::species, component(Column::position, 0), component(Column::position, 1),
                   component(Column::position, 2)},
                  false};
    const KeyValue* properties = extended ? find(comment, {"properties"}) : nullptr;
    if (properties != nullptr) layout = read_properties(*properties, reader_);
    if (extended) {
      read_values(comment, frame);
    } else {
      read_cp2k(comment, frame);
    }
    table_.set_columns(layout.columns, properties == nullptr);
    table_.read(reader_, atoms, frame);
    if (layout.momenta) momenta_to_velocities(frame);
    fill_time(frame, options_);
    ++frames_;
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  void read_values(const Comment& comment, Frame& frame) {
    frame.structure.cell = read_cell(comment, reader_);
    // A marked reference goes before plain keys, which may hold another calculator's values.
    frame.energy_eV =
        number(comment, {"ref_energy", "dft_energy", "energy", "free_energy"}, reader_);
    frame.time_ps = number(comment, {"time", "time_ps"}, reader_);
    frame.temperature_K =
        number(comment, {"temperature", "temperature_k", "sampled_at_k"}, reader_);
    if (const auto step = number(comment, {"step", "timestep"}, reader_)) {
      if (std::abs(*step) > 9e15) reader_.fail("step: the number is too large");
      frame.step = static_cast<std::int64_t>(*step);
    }
    read_stress(comment, frame);
    if (const KeyValue* phase = find(comment, {"config_type", "phase"})) frame.phase = phase->value;
    if (const KeyValue* wrapping = find(comment, {"wrapping"})) {
      const std::string value = to_lower(wrapping->value);
      frame.wrapping = value == "wrapped"     ? Wrapping::wrapped
                       : value == "unwrapped" ? Wrapping::unwrapped
                                              : Wrapping::unknown;
    }
    for (const auto& entry : comment) {
      if (std::find(known_keys.begin(), known_keys.end(), entry.key) == known_keys.end())
        frame.info.emplace(entry.key, entry.value);
    }
  }

  void read_stress(const Comment& comment, Frame& frame) const {
    const KeyValue* entry =
        find(comment, {"ref_stress", "dft_stress", "ref_virial", "ref_virials", "dft_virial",
                       "dft_virials", "stress", "virial", "virials"});
    if (entry == nullptr) return;
    const Mat3 value = tensor(*entry, reader_);
    if (entry->key.find("virial") == std::string::npos) {
      frame.stress_eV_A3 = value;
    } else if (frame.structure.cell.is_defined()) {
      frame.stress_eV_A3 = -value / frame.structure.cell.volume();
    }
  }

  // " i =       12, time =        6.000, E =     -1029.9934" of CP2K's trajectories.
  void read_cp2k(const Comment& comment, Frame& frame) {
    const KeyValue* i = find(comment, {"i"});
    const KeyValue* energy = find(comment, {"e"});
    if (i == nullptr || energy == nullptr) return;
    const auto first = [](const KeyValue* entry) -> std::optional<double> {
      if (entry == nullptr) return std::nullopt;
      return to_double(trim(std::string_view(entry->value).substr(0, entry->value.find(','))));
    };
    if (const auto step = first(i); step && std::abs(*step) < 9e15)
      frame.step = static_cast<std::int64_t>(*step);
    if (const auto time = first(find(comment, {"time"}))) frame.time_ps = *time * 1e-3;
    if (const auto value = first(energy)) frame.energy_eV = *value * constants::hartree_eV;
  }

  // ASE's momenta are in amu·Å over its own unit of time, √(amu Å²/eV).
  void momenta_to_velocities(Frame& frame) {
    const double ase_velocity = 1.0 / std::sqrt(constants::amu_A2_ps2_in_eV);
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const Species& species = frame.structure.species_of(i);
      if (!(species.mass_amu > 0)) {
        reader_.fail(fmt::format(
            "momenta of \"{}\" cannot become velocities: its mass is not known", species.name));
      }
      frame.velocities[i] *= ase_velocity / species.mass_amu;
    }
  }

  LineReader reader_;
  ReadOptions options_;
  AtomTable table_;
  std::int64_t frames_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> read_extxyz(LineReader reader, const ReadOptions& options) {
  return std::make_unique<ExtxyzSource>(std::move(reader), options);
}

}  // namespace vitrion::io
