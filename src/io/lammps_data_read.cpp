// LAMMPS' data file: https://docs.lammps.org/read_data.html
//
// Atom styles atomic, charge, molecular and full; units metal unless the first line says "units =
// real", as LAMMPS' write_data does. Elements come from ReadOptions::type_names, from comments in
// Masses ("1 6.94 # Li"), from type labels, or from the masses.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "io/atom_table.hpp"
#include "io/lammps.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

std::string_view without_comment(std::string_view line) {
  return trim(line.substr(0, line.find('#')));
}
std::string_view comment_of(std::string_view line) {
  const auto at = line.find('#');
  return at == std::string_view::npos ? std::string_view{} : trim(line.substr(at + 1));
}

struct Mass {
  double amu = 0;
  std::string name;  ///< from the comment
};

class DataParser {
 public:
  DataParser(LineReader& reader, const ReadOptions& options) : reader_(reader), options_(options) {}

  void parse(Frame& frame) {
    read_title(frame);
    read_header(frame);
    bool atoms = false;
    std::string_view line;
    while (next_section(line)) {
      const std::string section(without_comment(line));
      if (section == "Masses") {
        read_masses();
      } else if (section == "Atoms") {
        read_atoms(std::string(comment_of(line)), frame);
        atoms = true;
      } else if (section == "Velocities") {
        read_velocities(frame);
      } else if (section == "Atom Type Labels") {
        read_labels();
      }
    }
    if (!atoms)
      reader_.fail("there is no Atoms section: the file is cut off or no LAMMPS data file");
    name_species(frame.structure);
    match_velocities(frame);
  }

 private:
  // "LAMMPS data file via write_data, version …, timestep = 100, units = real"
  void read_title(Frame& frame) {
    const std::string title(reader_.require("the title"));
    const auto value = [&](std::string_view key) -> std::string_view {
      const auto at = title.find(key);
      if (at == std::string::npos) return {};
      const auto words = split_words(std::string_view(title).substr(at + key.size()));
      return words.empty() ? std::string_view{} : words[0].substr(0, words[0].find(','));
    };
    frame.step = to_integer(value("timestep =")).value_or(0);
    if (const auto units = value("units ="); !units.empty()) units_ = lammps_units(units, reader_);
  }

  void read_header(Frame& frame) {
    LammpsBox box;
    bool bounds[3] = {};
    Mat3 general = Mat3::Zero();
    bool is_general = false;
    std::string_view line;
    while (reader_.next(line)) {
      const auto words = split_words(without_comment(line));
      if (words.empty()) continue;
      if (std::isalpha(static_cast<unsigned char>(words[0][0])) != 0) {
        reader_.unread();
        break;
      }
      Words numbers(line, reader_);
      const auto key = words.back();
      if (words.size() == 2 && key == "atoms") {
        atoms_ = read_count(words[0], "the number of atoms", reader_);
      } else if (words.size() == 4 && key.size() == 3 && key.substr(1) == "hi" && key[0] >= 'x' &&
                 key[0] <= 'z') {
        const int k = key[0] - 'x';
        box.low[k] = numbers.number("the box");
        box.high[k] = numbers.number("the box");
        bounds[k] = true;
      } else if (words.size() == 6 && key == "yz") {
        box.xy = numbers.number("the tilt");
        box.xz = numbers.number("the tilt");
        box.yz = numbers.number("the tilt");
      } else if (words.size() == 4 && (key == "avec" || key == "bvec" || key == "cvec")) {
        for (int k = 0; k < 3; ++k) general(k, key[0] - 'a') = numbers.number("the box");
        is_general = true;
      } else if (words.size() == 5 && key == "origin") {
        for (int k = 0; k < 3; ++k) box.low[k] = numbers.number("the box");
      }
    }
    if (atoms_ == 0)
      reader_.fail("the header does not give the number of atoms: this is no LAMMPS data file");
    if (!is_general && !(bounds[0] && bounds[1] && bounds[2])) {
      reader_.fail("the header does not give the box: xlo xhi, ylo yhi and zlo zhi are needed");
    }
    frame.structure.cell =
        make_cell(is_general ? general : box.vectors(), box.low, {true, true, true}, reader_);
  }

  // Sections begin with a letter; the lines of those that are not read are passed over.
  bool next_section(std::string_view& line) {
    while (reader_.next(line)) {
      const auto text = trim(line);
      if (!text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0) return true;
    }
    return false;
  }

  // Calls for every line up to the next section.
  template <class F>
  void each_line(F&& take) {
    std::string_view line;
    while (reader_.next(line)) {
      const auto text = without_comment(line);
      if (text.empty()) continue;
      if (std::isalpha(static_cast<unsigned char>(text[0])) != 0) {
        reader_.unread();
        return;
      }
      take(line);
    }
  }

  void read_masses() {
    each_line([&](std::string_view line) {
      Words words(line, reader_);
      const std::string type(words.word("the type"));
      const double amu = words.number("the mass");
      const auto name = split_words(comment_of(line));
      masses_[type] = {amu, name.empty() ? "" : std::string(name[0])};
      if (masses_.size() > 1000) reader_.fail("there are more than 1000 atom types");
    });
  }

  void read_labels() {
    each_line([&](std::string_view line) {
      Words words(line, reader_);
      const std::string type(words.word("the type"));
      labels_[type] = std::string(words.word("the label"));
      if (labels_.size() > 1000) reader_.fail("there are more than 1000 atom types");
    });
  }

  void begin_table(const char* what) {
    if (!reader_.skip_blank())
      reader_.fail(fmt::format("the file ends where {} should follow: it is cut off", what));
  }

  void read_atoms(std::string style, Frame& frame) {
    begin_table("the atoms");
    style = style.substr(0, style.find_first_of(" \t"));
    std::string_view line;
    reader_.next(line);
    const auto words = split_words(without_comment(line));
    reader_.unread();
    if (style.empty()) style = guess_style(words);
    using enum Column;
    std::vector<Column> columns;
    if (style == "atomic") {
      columns = {id, species};
    } else if (style == "charge") {
      columns = {id, species, charge};
    } else if (style == "molecular" || style == "bond" || style == "angle") {
      columns = {id, skip, species};
    } else if (style == "full") {
      columns = {id, skip, species, charge};
    } else {
      reader_.fail(
          fmt::format("atom style \"{}\" is not read: only atomic, charge, molecular and full",
                      style.substr(0, 30)));
    }
    for (int k = 0; k < 3; ++k) columns.push_back(component(position, k));
    if (words.size() >= columns.size() + 3) {
      for (int k = 0; k < 3; ++k) columns.push_back(component(image, k));
    }
    // The words are the types as they stand; what they mean may come later in the file.
    AtomTable table(SpeciesNames([](std::string_view word, const LineReader&) {
      return Species{std::string(word), 0, 0};
    }));
    table.set_columns(std::move(columns), true);
    table.read(reader_, atoms_, frame);
    ids_ = table.ids();
    frame.wrapping = Wrapping::wrapped;
  }

  std::string guess_style(const std::vector<std::string_view>& words) {
    if (words.size() == 5 || words.size() == 8) return "atomic";
    if (words.size() == 7 || words.size() == 10) return "full";
    if (words.size() != 6 && words.size() != 9) {
      reader_.fail(fmt::format(
          "a line of {} columns fits no atom style: say which it is, as in \"Atoms # charge\"",
          words.size()));
    }
    // "id type q x y z" and "id molecule type x y z" differ only where q is no whole number.
    if (!to_integer(words[2])) return "charge";
    reader_.fail(
        "the atom style cannot be told (charge or molecular): say which it is, as in \"Atoms # "
        "charge\"");
  }

  void read_velocities(Frame& frame) {
    begin_table("the velocities");
    using enum Column;
    AtomTable table(SpeciesNames(nullptr));
    table.set_columns({id, component(position, 0), component(position, 1), component(position, 2)},
                      true);
    Frame read;
    table.read(reader_, atoms_, read);
    velocity_ids_ = table.ids();
    frame.velocities = std::move(read.structure.position);
  }

  void match_velocities(Frame& frame) const {
    if (frame.velocities.empty()) return;
    if (velocity_ids_ != ids_) reader_.fail("the ids of Velocities are not those of Atoms");
    for (auto& v : frame.velocities) v *= units_.velocity_A_ps;
  }

  Species species_of(const std::string& type) const {
    const auto number = to_integer(type);
    if (number) {
      const auto given = options_.type_names.find(static_cast<long>(*number));
      if (given != options_.type_names.end()) return Species::of_element(given->second);
    }
    const auto label = labels_.find(type);
    const std::string name = label != labels_.end() ? label->second : !number ? type : "";
    auto mass = masses_.find(type);
    if (mass == masses_.end() && !name.empty()) mass = masses_.find(name);
    Species out;
    if (mass != masses_.end()) {
      out.mass_amu = mass->second.amu;
      out.atomic_number = element::from_mass(mass->second.amu);
      out.name = !name.empty() ? name : mass->second.name;
    } else {
      out.name = name;
    }
    if (const int z = element::atomic_number(out.name); z > 0) {
      out.atomic_number = z;
      out.name = element::symbol(z);
    }
    if (out.name.empty() && out.atomic_number > 0) out.name = element::symbol(out.atomic_number);
    if (out.name.empty()) species_of_type(number ? type : "0", {}, reader_);
    if (!(out.mass_amu > 0)) out.mass_amu = element::mass_amu(out.atomic_number);
    return out;
  }

  // Two types of one element become one species.
  void name_species(Structure& structure) const {
    std::vector<Species> species;
    std::vector<std::uint16_t> kinds;
    for (const auto& type : structure.species) {
      const Species made = species_of(type.name);
      std::size_t k = 0;
      while (k < species.size() && species[k].name != made.name) ++k;
      if (k == species.size()) species.push_back(made);
      kinds.push_back(static_cast<std::uint16_t>(k));
    }
    structure.species = std::move(species);
    for (auto& k : structure.kind) k = kinds[k];
  }

  LineReader& reader_;
  const ReadOptions& options_;
  LammpsUnits units_;
  std::size_t atoms_ = 0;
  std::map<std::string, Mass> masses_;
  std::map<std::string, std::string> labels_;
  std::vector<std::int64_t> ids_;
  std::vector<std::int64_t> velocity_ids_;
};

class DataSource : public FrameSource {
 public:
  DataSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    if (done_) return false;
    done_ = true;
    if (reader_.peek().empty()) reader_.fail("the file is empty");
    clear_frame(frame);
    DataParser(reader_, options_).parse(frame);
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  LineReader reader_;
  ReadOptions options_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<FrameSource> read_lammps_data(LineReader reader, const ReadOptions& options) {
  return std::make_unique<DataSource>(std::move(reader), options);
}

}  // namespace vitrion::io
