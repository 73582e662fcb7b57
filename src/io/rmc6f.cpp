// RMCProfile's configuration, version 6f: one structure, fractional coordinates, one atom a line.
//
// RMCProfile manual 6.7, section 4.11 (https://rmcprofile.ornl.gov). A line of atoms is "id element
// [label] x y z site i j k"; the label in brackets is optional, and what follows the coordinates is
// passed over. Vectors of the lattice go before lengths and angles where both are there.
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/labelled.hpp"
#include "io/numbers.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

class Rmc6fSource : public FrameSource {
 public:
  Rmc6fSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    if (done_) return false;
    done_ = true;
    if (reader_.peek().empty()) reader_.fail("the file is empty");
    clear_frame(frame);
    read_header();
    if (!have_vectors_ && !lengths_) {
      reader_.fail("neither \"Lattice vectors (Ang):\" nor \"Cell (Ang/deg):\" stands before this");
    }
    frame.structure.cell = have_vectors_
                               ? make_cell(vectors_, Vec3::Zero(), {true, true, true}, reader_)
                               : cell_of_parameters();
    read_atoms(frame.structure);
    frame.wrapping = Wrapping::wrapped;
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  void read_header() {
    for (;;) {
      const std::string_view line = reader_.require("\"Atoms:\"");
      const auto colon = line.find(':');
      if (colon == line.npos) continue;  // "(Version 6f …)"
      const std::string key = to_lower(trim(line.substr(0, colon)));
      const std::string_view value = line.substr(colon + 1);
      if (key == "atoms") return;
      if (key == "number of atoms") count_ = read_count(value, "the number of atoms", reader_);
      if (key.rfind("cell", 0) == 0) {
        Words words(value, reader_);
        lengths_.emplace();
        for (int k = 0; k < 3; ++k) (*lengths_)[k] = words.number("a length of the cell");
        for (int k = 0; k < 3; ++k) angles_[k] = words.number("an angle of the cell");
      }
      if (key.rfind("lattice vectors", 0) == 0) {
        for (int k = 0; k < 3; ++k) {
          Words words(reader_.require("a vector of the lattice"), reader_);
          for (int d = 0; d < 3; ++d) vectors_(d, k) = words.number("a component");
        }
        have_vectors_ = true;
      }
    }
  }

  [[nodiscard]] Cell cell_of_parameters() const {
    try {
      return Cell::from_parameters(*lengths_, angles_);
    } catch (const InputError& error) {
      reader_.fail(error.what());
    }
  }

  void read_atoms(Structure& s) {
    std::vector<std::string> symbols;
    std::string_view line;
    while (reader_.next(line)) {
      if (trim(line).empty()) continue;
      Words words(line, reader_);
      words.integer("the number of an atom");
      symbols.emplace_back(words.word("an element"));
      Vec3 f;
      auto word = words.word("a coordinate");
      if (word.front() == '[') {
        while (word.back() != ']') word = words.word("the end \"]\" of a label");
        f[0] = words.number("x");
      } else {
        const auto x = to_double(word);
        if (!x) reader_.fail(not_a_number(word));
        f[0] = *x;
      }
      f[1] = words.number("y");
      f[2] = words.number("z");
      s.position.push_back(s.cell.to_cartesian(f));
    }
    if (symbols.empty()) reader_.fail("no atom follows \"Atoms:\"");
    if (count_ && *count_ != symbols.size()) {
      reader_.fail(
          fmt::format("\"Number of atoms\" says {}, but {} lines of atoms are there: the "
                      "file is cut off, or the number wrong",
                      *count_, symbols.size()));
    }
    set_species(symbols, reader_, s);
  }

  LineReader reader_;
  ReadOptions options_;
  std::optional<std::size_t> count_;
  std::optional<Vec3> lengths_;
  Vec3 angles_{90, 90, 90};
  Mat3 vectors_ = Mat3::Zero();
  bool have_vectors_ = false, done_ = false;
};

bool recognises_rmc6f(std::string_view head) {
  return line_of(head, 0).find("Version 6f") != head.npos;
}

std::unique_ptr<FrameSource> read_rmc6f(LineReader reader, const ReadOptions& options) {
  return std::make_unique<Rmc6fSource>(std::move(reader), options);
}

void write_rmc6f(const Frame& frame, std::size_t, const WriteOptions&, TextBuffer& out) {
  const Structure& s = frame.structure;
  if (!s.cell.is_defined()) {
    throw InputError("an rmc6f file needs a periodic cell, and this structure has none");
  }
  const auto to = std::back_inserter(out);
  const auto counts = s.counts();
  std::string types, numbers;
  std::size_t kinds = 0;
  for (std::size_t k = 0; k < s.species.size(); ++k) {
    if (counts[k] == 0) continue;
    ++kinds;
    types += " " + s.species[k].name;
    numbers += fmt::format(" {}", counts[k]);
  }
  fmt::format_to(to, "(Version 6f format configuration file)\nNumber of types of atoms: {}\n",
                 kinds);
  fmt::format_to(to, "Atom types present:{}\nNumber of each atom type:{}\n", types, numbers);
  fmt::format_to(to, "Number of atoms: {}\nNumber density (Ang^-3): {:.6f}\n", s.size(),
                 static_cast<double>(s.size()) / s.cell.volume());
  const Vec3 l = s.cell.lengths(), a = s.cell.angles_deg();
  fmt::format_to(to, "Supercell dimensions: 1 1 1\n");
  fmt::format_to(to, "Cell (Ang/deg): {:.6f} {:.6f} {:.6f} {:.6f} {:.6f} {:.6f}\n", l[0], l[1],
                 l[2], a[0], a[1], a[2]);
  fmt::format_to(to, "Lattice vectors (Ang):\n");
  for (int k = 0; k < 3; ++k) {
    const Vec3 v = s.cell.vector(k);
    fmt::format_to(to, "{:12.6f} {:12.6f} {:12.6f}\n", v[0], v[1], v[2]);
  }
  fmt::format_to(to, "Atoms:\n");
  std::size_t n = 0;
  for (std::size_t k = 0; k < s.species.size(); ++k) {  // by type, as the program writes them
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (s.kind[i] != k) continue;
      Vec3 f = s.cell.to_fractional(s.position[i]);
      for (int d = 0; d < 3; ++d) f[d] -= std::floor(f[d]);
      ++n;
      fmt::format_to(to, "{:6d} {:>4s} [1] {:11.8f} {:11.8f} {:11.8f} {:6d} 0 0 0\n", n,
                     s.species[k].name, f[0], f[1], f[2], n);
    }
  }
}

}  // namespace

const FormatEntry& rmc6f_format() {
  static const FormatEntry entry{
      .info = {"rmc6f",
               "RMCProfile's configuration, one structure (atoms are grouped by type on writing)",
               {"*.rmc6f"},
               true,
               true,
               false},
      .recognises = &recognises_rmc6f,
      .read_text = &read_rmc6f,
      .write_text = &write_rmc6f};
  return entry;
}

}  // namespace vitrion::io
