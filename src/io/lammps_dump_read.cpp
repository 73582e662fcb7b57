// LAMMPS' text dump: https://docs.lammps.org/dump.html
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "io/atom_table.hpp"
#include "io/lammps.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

// Which of the ways to give positions the columns have, and what follows from it.
struct Positions {
  std::string_view names[3];
  bool scaled;
  bool unwrapped;
};
constexpr Positions ways[] = {{{"x", "y", "z"}, false, false},
                              {{"xs", "ys", "zs"}, true, false},
                              {{"xu", "yu", "zu"}, false, true},
                              {{"xsu", "ysu", "zsu"}, true, true}};

using Names = std::vector<std::string_view>;

std::optional<std::size_t> index_of(const Names& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

bool put_vector(const Names& names, const std::string_view (&wanted)[3], Column column,
                std::vector<Column>& out) {
  std::size_t at[3];
  for (int k = 0; k < 3; ++k) {
    const auto found = index_of(names, wanted[k]);
    if (!found) return false;
    at[k] = *found;
  }
  for (int k = 0; k < 3; ++k) out[at[k]] = component(column, k);
  return true;
}

class DumpSource : public FrameSource {
 public:
  DumpSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)), table_(SpeciesNames(nullptr)) {}

  bool next(Frame& frame) override {
    if (!reader_.skip_blank()) {
      if (frames_ == 0) reader_.fail("the file is empty");
      return false;
    }
    clear_frame(frame);
    frame.step = frames_;
    atoms_ = 0;
    bool box = false;
    while (true) {
      const std::string item(trim(reader_.require("the next ITEM")));
      if (item.rfind("ITEM: ATOMS", 0) == 0) {
        if (atoms_ == 0) reader_.fail("ITEM: ATOMS comes before ITEM: NUMBER OF ATOMS");
        if (!box) reader_.fail("ITEM: ATOMS comes before ITEM: BOX BOUNDS");
        read_atoms(item, frame);
        break;
      }
      box = read_item(item, frame) || box;
    }
    fill_time(frame, options_);
    ++frames_;
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  // True for the item that gives the box.
  bool read_item(const std::string& item, Frame& frame) {
    if (item == "ITEM: TIMESTEP") {
      frame.step = Words(reader_.require("the time step"), reader_).integer("the time step");
    } else if (item == "ITEM: TIME") {
      frame.time_ps =
          Words(reader_.require("the time"), reader_).number("the time") * units_.time_ps;
    } else if (item == "ITEM: UNITS") {
      units_ = lammps_units(trim(reader_.require("the units")), reader_);
    } else if (item == "ITEM: NUMBER OF ATOMS") {
      atoms_ = read_count(reader_.require("the number of atoms"), "the number of atoms", reader_);
    } else if (item.rfind("ITEM: BOX BOUNDS", 0) == 0) {
      read_box(item, frame);
      return true;
    } else if (item.rfind("ITEM: ", 0) == 0) {
      reader_.fail(fmt::format("\"{}\" is not an item of an atom dump", item.substr(0, 40)));
    } else {
      reader_.fail("an \"ITEM: …\" should stand here: are there as many atoms as the header says?");
    }
    return false;
  }

  void read_box(const std::string& item, Frame& frame) {
    const auto words = split_words(std::string_view(item).substr(16));
    const bool general = std::find(words.begin(), words.end(), "abc") != words.end();
    const bool tilted = std::find(words.begin(), words.end(), "xy") != words.end();
    std::array<bool, 3> periodic{true, true, true};
    if (words.size() >= 3 && words.back().size() == 2 && words.back() != "yz") {
      for (std::size_t i = 0; i < 3; ++i) periodic[i] = words[words.size() - 3 + i][0] == 'p';
    }
    double v[3][4] = {};
    for (auto& row : v) {
      Words numbers(reader_.require("the box"), reader_);
      const int count = general ? 4 : tilted ? 3 : 2;
      for (int k = 0; k < count; ++k) row[k] = numbers.number("the box");
    }
    Mat3 h;
    Vec3 origin;
    if (general) {
      for (int i = 0; i < 3; ++i) {
        for (int k = 0; k < 3; ++k) h(k, i) = v[i][k];
        origin[i] = v[i][3];
      }
    } else {
      // The bounds are those of a rectangle around the tilted box.
      LammpsBox box;
      box.xy = v[0][2];
      box.xz = v[1][2];
      box.yz = v[2][2];
      box.low << v[0][0] - std::min({0.0, box.xy, box.xz, box.xy + box.xz}),
          v[1][0] - std::min(0.0, box.yz), v[2][0];
      box.high << v[0][1] - std::max({0.0, box.xy, box.xz, box.xy + box.xz}),
          v[1][1] - std::max(0.0, box.yz), v[2][1];
      h = box.vectors();
      origin = box.low;
    }
    frame.structure.cell = make_cell(h, origin, periodic, reader_);
  }

  // Sets the table up anew where the columns are not those of the frame before.
  void set_columns(const std::string& item) {
    if (item == item_) return;
    item_ = item;
    const Names names = split_words(std::string_view(item_).substr(11));
    std::vector<Column> columns(names.size(), Column::skip);
    way_ = nullptr;
    for (const auto& way : ways) {
      if (way_ == nullptr && put_vector(names, way.names, Column::position, columns)) way_ = &way;
    }
    if (way_ == nullptr) {
      reader_.fail(
          "the dump has no positions: it needs the columns x y z, xs ys zs, xu yu zu or xsu ysu "
          "zsu");
    }
    put_vector(names, {"vx", "vy", "vz"}, Column::velocity, columns);
    put_vector(names, {"fx", "fy", "fz"}, Column::force, columns);
    put_vector(names, {"ix", "iy", "iz"}, Column::image, columns);
    if (const auto q = index_of(names, "q")) columns[*q] = Column::charge;
    if (const auto id = index_of(names, "id")) columns[*id] = Column::id;
    table_ = AtomTable(species_column(names, columns));
    table_.set_columns(std::move(columns), false);
  }

  // Types with a map the user gave come before the file's own names: he said so.
  SpeciesNames species_column(const Names& names, std::vector<Column>& columns) {
    const auto type = index_of(names, "type");
    const auto element = index_of(names, "element");
    const auto mass = index_of(names, "mass");
    if (type && (!options_.type_names.empty() || (!element && !mass))) {
      columns[*type] = Column::species;
      return SpeciesNames(
          [map = options_.type_names](std::string_view word, const LineReader& reader) {
            return species_of_type(word, map, reader);
          });
    }
    if (element) {
      columns[*element] = Column::species;
      return SpeciesNames(&species_of_word);
    }
    if (!mass)
      reader_.fail(
          "the dump does not say what the atoms are: it needs the column element, type or mass");
    columns[*mass] = Column::species;
    return SpeciesNames([](std::string_view word, const LineReader& reader) {
      const auto value = to_double(word);
      const int z = value ? element::from_mass(*value) : 0;
      if (z == 0) reader.fail(fmt::format("no element has the mass {}", word.substr(0, 40)));
      return Species::of_element(element::symbol(z));
    });
  }

  void read_atoms(const std::string& item, Frame& frame) {
    set_columns(item);
    table_.read(reader_, atoms_, frame);
    if (reader_.unterminated()) reader_.fail("the last line has no end: the file is cut off");
    const Cell& cell = frame.structure.cell;
    if (way_->scaled) {
      for (auto& r : frame.structure.position) r = cell.to_cartesian(r);
    }
    if (units_.velocity_A_ps != 1) {
      for (auto& v : frame.velocities) v *= units_.velocity_A_ps;
      for (auto& f : frame.forces) f *= units_.force_eV_A;
    }
    frame.wrapping = way_->unwrapped ? Wrapping::unwrapped : Wrapping::wrapped;
  }

  LineReader reader_;
  ReadOptions options_;
  AtomTable table_;
  LammpsUnits units_;
  std::string item_;
  const Positions* way_ = nullptr;
  std::size_t atoms_ = 0;
  std::int64_t frames_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> read_lammps_dump(LineReader reader, const ReadOptions& options) {
  return std::make_unique<DumpSource>(std::move(reader), options);
}

}  // namespace vitrion::io
