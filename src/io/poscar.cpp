// VASP's POSCAR and CONTCAR: one structure, with velocities where the file has them.
//
// https://www.vasp.at/wiki/index.php/POSCAR. Velocities are Cartesian in Å/fs there; a block that
// is all zeros, as VASP writes after relaxations, counts as none.
#include <algorithm>
#include <cctype>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/numbers.hpp"
#include "io/vasp.hpp"

namespace vitrion::io {
namespace {

char first_letter(std::string_view line) {
  const auto text = trim(line);
  return text.empty() ? '\0' : static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
}

class PoscarSource : public FrameSource {
 public:
  PoscarSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    if (done_) return false;
    done_ = true;
    if (reader_.peek().empty()) reader_.fail("the file is empty");
    clear_frame(frame);
    reader_.require("the title");
    const VaspHeader header = read_vasp_header(reader_);
    frame.structure.cell = header.cell;
    char mode = first_letter(reader_.require("\"Direct\" or \"Cartesian\""));
    if (mode == 's') mode = first_letter(reader_.require("\"Direct\" or \"Cartesian\""));
    if (std::string_view("dck").find(mode) == std::string_view::npos || mode == '\0') {
      reader_.fail("\"Direct\" or \"Cartesian\" should stand here");
    }
    read_vasp_positions(reader_, header, frame.structure);
    for (auto& r : frame.structure.position) {
      r = mode == 'd' ? header.cell.to_cartesian(r) : Vec3(header.scale.cwiseProduct(r));
    }
    read_velocities(frame);
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  void read_velocities(Frame& frame) {
    std::string_view line;
    if (!reader_.next(line)) return;
    if (first_letter(line) == 'l') {
      // "Lattice velocities and vectors": a line of state, three velocities, three vectors.
      for (int i = 0; i < 7; ++i) reader_.require("the lattice velocities");
      if (!reader_.next(line)) return;
    }
    if (first_letter(line) == 'd')
      return;  // in units of the cell and of VASP's time step, which the file lacks
    if (!reader_.skip_blank()) return;
    bool moving = false;
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const Vec3 v = read_vector(reader_.require("a velocity"), "a velocity", reader_);
      moving = moving || !v.isZero(0);
      frame.velocities.emplace_back(1e3 * v);
    }
    if (!moving) frame.velocities.clear();
  }

  LineReader reader_;
  ReadOptions options_;
  bool done_ = false;
};

bool recognises_poscar(std::string_view head) {
  const auto numbers = [&](int line) {
    const auto words = split_words(line_of(head, line));
    return words.size() >= 3 && std::all_of(words.begin(), words.begin() + 3,
                                            [](auto w) { return to_double(w).has_value(); });
  };
  const auto scale = split_words(line_of(head, 1));
  return !scale.empty() && to_double(scale[0]) && numbers(2) && numbers(3) && numbers(4) &&
         !line_of(head, 5).empty();
}

std::unique_ptr<FrameSource> read_poscar(LineReader reader, const ReadOptions& options) {
  return std::make_unique<PoscarSource>(std::move(reader), options);
}

void write_poscar(const Frame& frame, std::size_t, const WriteOptions& options, TextBuffer& out) {
  const auto to = std::back_inserter(out);
  const Structure& structure = frame.structure;
  write_vasp_header(structure, out);
  fmt::format_to(to, "Direct\n");
  const auto order = vasp_order(structure);
  for (const auto i : order) {
    const Vec3 s = structure.cell.to_fractional(structure.position[i]);
    fmt::format_to(to, "{:20.16f} {:20.16f} {:20.16f}\n", s[0], s[1], s[2]);
  }
  if (!options.velocities || frame.velocities.empty()) return;
  fmt::format_to(to, "\n");
  for (const auto i : order) {
    const Vec3 v = 1e-3 * frame.velocities[i];
    fmt::format_to(to, "{:24.16e} {:24.16e} {:24.16e}\n", v[0], v[1], v[2]);
  }
}

}  // namespace

const FormatEntry& poscar_format() {
  static const FormatEntry entry{
      .info = {"poscar",
               "VASP's POSCAR and CONTCAR, one structure (atoms are grouped by element on writing)",
               {"POSCAR*", "CONTCAR*", "*.poscar", "*.vasp", "*.contcar"},
               true,
               true,
               false},
      .recognises = &recognises_poscar,
      .read_text = &read_poscar,
      .write_text = &write_poscar};
  return entry;
}

}  // namespace vitrion::io
