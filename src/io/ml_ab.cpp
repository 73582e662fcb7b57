// VASP's ML_AB and ML_ABN: the configurations that its machine-learned force fields learn from.
//
// https://www.vasp.at/wiki/index.php/ML_AB. Each configuration is a list of headings between lines
// of = and −. Stress in kbar, xx yy zz and xy yz zx, with VASP's sign (positive under pressure).
// VASP writes the file whole: one that is cut off is an error.
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/labelled.hpp"
#include "io/numbers.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

constexpr std::size_t most_atoms = 1'000'000;  // of an ab initio calculation

bool is_rule(std::string_view line) {
  const auto text = trim(line);
  return !text.empty() && text.find_first_not_of("=-*") == text.npos;
}
bool begins(std::string_view line, std::string_view words) {
  return trim(line).substr(0, words.size()) == words;
}

class MlAbSource : public FrameSource {
 public:
  MlAbSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    if (!find("Configuration num.")) {
      if (frames_ == 0) reader_.fail("there is no \"Configuration num.\": the file holds no frame");
      return false;
    }
    clear_frame(frame);
    frame.step = ++frames_;
    need("System name");
    value("the name of the system");
    need("The number of atoms");
    const std::size_t atoms =
        read_count(value("the number of atoms"), "the number of atoms", reader_);
    if (atoms > most_atoms) reader_.fail(fmt::format("{} atoms are more than can be", atoms));
    read_symbols(atoms, frame);
    need("Primitive lattice vectors");
    Mat3 h;
    h.col(0) = vector(value("a lattice vector"), "a lattice vector");
    for (int k = 1; k < 3; ++k)
      h.col(k) = vector(reader_.require("a lattice vector"), "a lattice vector");
    frame.structure.cell = make_cell(h, Vec3::Zero(), {true, true, true}, reader_);
    need("Atomic positions");
    read_vectors(atoms, "a position", frame.structure.position);
    need("Total energy");
    frame.energy_eV = fortran_numbers(value("the energy"), 1, "the energy", reader_)[0];
    need("Forces");
    read_vectors(atoms, "a force", frame.forces);
    need("Stress");
    read_stress(frame);
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  // Goes behind the line that begins so; false where none follows.
  bool find(std::string_view heading) {
    std::string_view line;
    while (reader_.next(line))
      if (begins(line, heading)) return true;
    return false;
  }
  void need(std::string_view heading) {
    std::string_view line;
    while (reader_.next(line)) {
      if (begins(line, heading)) return;
      if (begins(line, "Configuration num."))
        reader_.fail(
            fmt::format("the next configuration begins before \"{}\" of this one", heading));
    }
    reader_.fail(fmt::format("the file ends where \"{}\" should follow: it is cut off", heading));
  }
  // The first line that is no rule.
  std::string_view value(std::string_view what) {
    std::string_view line = reader_.require(what);
    while (is_rule(line)) line = reader_.require(what);
    return line;
  }
  Vec3 vector(std::string_view line, std::string_view what) const {
    const auto v = fortran_numbers(line, 3, what, reader_);
    return {v[0], v[1], v[2]};
  }
  void read_vectors(std::size_t atoms, std::string_view what, std::vector<Vec3>& out) {
    out.push_back(vector(value(what), what));
    while (out.size() < atoms) out.push_back(vector(reader_.require(what), what));
  }

  void read_symbols(std::size_t atoms, Frame& frame) {
    need("Atom types and atom numbers");
    symbols_.clear();
    std::string_view line = value("a kind of atom");
    for (; !is_rule(line); line = reader_.require("a kind of atom")) {
      Words words(line, reader_);
      const std::string symbol = element_of_potential(words.word("the element"));
      const auto count = words.integer("the number of atoms of the element");
      if (count < 0 || static_cast<std::size_t>(count) > atoms - symbols_.size())
        reader_.fail(fmt::format("{} atoms of {} are more than the {} of the configuration", count,
                                 symbol, atoms));
      symbols_.insert(symbols_.end(), static_cast<std::size_t>(count), symbol);
    }
    if (symbols_.size() != atoms)
      reader_.fail(
          fmt::format("the kinds of atoms add up to {}, not to {}", symbols_.size(), atoms));
    set_species(symbols_, reader_, frame.structure);
  }

  void read_stress(Frame& frame) {
    Mat3 s = Mat3::Zero();
    value("XX YY ZZ");
    const Vec3 diagonal = vector(value("the stress"), "the stress");
    value("XY YZ ZX");
    const Vec3 others = vector(value("the stress"), "the stress");
    s.diagonal() = diagonal;
    s(0, 1) = s(1, 0) = others[0];
    s(1, 2) = s(2, 1) = others[1];
    s(2, 0) = s(0, 2) = others[2];
    frame.stress_eV_A3 = -kbar_eV_A3 * s;
  }

  LineReader reader_;
  ReadOptions options_;
  std::vector<std::string> symbols_;
  std::int64_t frames_ = 0;
};

bool recognises_ml_ab(std::string_view head) {
  return head.substr(0, 200).find("Version") != head.npos &&
         head.find("The number of configurations") != head.npos;
}

std::unique_ptr<FrameSource> read_ml_ab(LineReader reader, const ReadOptions& options) {
  return std::make_unique<MlAbSource>(std::move(reader), options);
}

}  // namespace

const FormatEntry& ml_ab_format() {
  static const FormatEntry entry{
      .info = {"ml-ab",
               "VASP's ML_AB and ML_ABN: configurations with energy, forces and stress",
               {"ML_AB*", "*.ml_ab"},
               true,
               false,
               true,
               true},
      .recognises = &recognises_ml_ab,
      .read_text = &read_ml_ab};
  return entry;
}

}  // namespace vitrion::io
