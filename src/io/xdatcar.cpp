// VASP's XDATCAR: many frames of fractional positions, with a header that may be repeated.
//
// https://www.vasp.at/wiki/index.php/XDATCAR. Positions are folded into the cell. The file has no
// times; the number of the configuration times ReadOptions::timestep_ps is taken where that is set.
#include <cctype>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/numbers.hpp"
#include "io/vasp.hpp"

namespace vitrion::io {
namespace {

bool is_configuration(std::string_view line) {
  const std::string text = to_lower(trim(line).substr(0, 24));
  return text.rfind("direct configuration", 0) == 0 || text.rfind("konfig", 0) == 0;
}

class XdatcarSource : public FrameSource {
 public:
  XdatcarSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    std::string_view line;
    if (!find_configuration(line)) return false;
    clear_frame(frame);
    // Without a number (old VASP) the frames are counted.
    frame.step = ++frames_;
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      Words words(line.substr(equals + 1), reader_);
      if (!words.at_end()) frame.step = words.integer("the number of the configuration");
    }
    read_vasp_positions(reader_, header_, frame.structure);
    frame.structure.cell = header_.cell;
    for (auto& r : frame.structure.position) r = header_.cell.to_cartesian(r);
    frame.wrapping = Wrapping::wrapped;
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  // Goes to the line of the next configuration, through a header where one stands there.
  bool find_configuration(std::string_view& line) {
    if (!reader_.next(line)) {
      if (frames_ == 0) reader_.fail("the file is empty");
      return false;
    }
    if (frames_ > 0) {
      if (is_configuration(line)) return true;
      if (trim(line).empty()) {
        // A blank line before a configuration, at the end, or as the title of a header.
        if (!reader_.skip_blank()) return false;
        reader_.next(line);
        if (is_configuration(line)) return true;
        if (to_double(trim(line))) reader_.unread();
      }
    }
    header_ = read_vasp_header(reader_);
    line = reader_.require("\"Direct configuration=\"");
    while (trim(line).empty()) line = reader_.require("\"Direct configuration=\"");
    if (!is_configuration(line))
      reader_.fail(
          "\"Direct configuration=\" should stand here: are there as many atoms as the counts "
          "say?");
    return true;
  }

  LineReader reader_;
  ReadOptions options_;
  VaspHeader header_;
  std::int64_t frames_ = 0;
};

bool recognises_xdatcar(std::string_view head) {
  for (int i = 5; i < 12; ++i) {
    if (is_configuration(line_of(head, i))) return true;
  }
  return false;
}

std::unique_ptr<FrameSource> read_xdatcar(LineReader reader, const ReadOptions& options) {
  return std::make_unique<XdatcarSource>(std::move(reader), options);
}

// The header stands before every frame, as VASP has it where the cell may change.
void write_xdatcar(const Frame& frame, std::size_t index, const WriteOptions&, TextBuffer& out) {
  const auto to = std::back_inserter(out);
  const Structure& structure = frame.structure;
  write_vasp_header(structure, out);
  fmt::format_to(to, "Direct configuration= {:5d}\n", index + 1);
  for (const auto i : vasp_order(structure)) {
    const Vec3 s = structure.cell.to_fractional(structure.cell.wrap(structure.position[i]));
    fmt::format_to(to, "{:15.12f} {:15.12f} {:15.12f}\n", s[0], s[1], s[2]);
  }
}

}  // namespace

const FormatEntry& xdatcar_format() {
  static const FormatEntry entry{
      .info =
          {"xdatcar",
           "VASP's XDATCAR: many frames, fixed or changing cell (positions are folded on writing)",
           {"XDATCAR*", "*.xdatcar"},
           true,
           true,
           true},
      .recognises = &recognises_xdatcar,
      .read_text = &read_xdatcar,
      .write_text = &write_xdatcar};
  return entry;
}

}  // namespace vitrion::io
