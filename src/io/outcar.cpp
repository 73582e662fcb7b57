// VASP's OUTCAR: all ionic steps with energy, forces and stress.
//
// https://www.vasp.at/wiki/index.php/OUTCAR. The energy is "free  energy   TOTEN" of the step (see
// vasprun); the stress is the line "in kB" (xx yy zz xy yz zx, positive under pressure), without
// the kinetic part. Steps of VASP's own machine-learned forces are passed over. Positions there
// have five digits: vasprun.xml is the better source where both are at hand.
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/labelled.hpp"
#include "io/numbers.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

// What stands behind the sign "=".
std::string_view behind_equals(std::string_view line) {
  const auto at = line.find('=');
  return at == line.npos ? std::string_view{} : line.substr(at + 1);
}

class OutcarSource : public FrameSource {
 public:
  OutcarSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    std::string_view line;
    while (reader_.next(line)) {
      ++lines_;
      if (reader_.unterminated()) break;  // a stopped run may end within a number
      if (line.size() < 6) continue;
      const bool begins = holds(line, "Iteration");
      if (begins || holds(line, "General timing")) {
        within_step_ = begins;
        if (complete_ && give(frame)) return true;
        continue;
      }
      take(line);
    }
    if (complete_) {
      within_step_ = false;
      if (give(frame)) return true;
    }
    if (lines_ == 0) reader_.fail("the file is empty");
    if (read_ == 0)
      reader_.fail("there is no complete ionic step: the calculation did not finish one");
    if (within_step_) left_out_.cut_off();
    within_step_ = false;
    left_out_.tell(reader_.name());
    return false;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  void take(std::string_view line) {
    if (holds(line, "TITEL")) {
      const auto words = split_words(behind_equals(line));
      if (words.size() > 1) elements_.push_back(element_of_potential(words[1]));
    } else if (holds(line, "ions per type")) {
      read_counts(behind_equals(line));
    } else if (holds(line, "POTIM  =")) {
      const auto words = split_words(behind_equals(line));
      if (!words.empty()) potim_fs_ = to_double(words[0]);
    } else if (holds(line, "IBRION =")) {
      const auto words = split_words(behind_equals(line));
      dynamics_ = !words.empty() && words[0] == "0";
    } else if (holds(line, "direct lattice vectors")) {
      Mat3 h;
      for (int k = 0; k < 3; ++k) {
        if (!reader_.next(line) || reader_.unterminated()) return;
        const auto v = fortran_numbers(line, 3, "a lattice vector", reader_);
        h.col(k) = Vec3(v[0], v[1], v[2]);
      }
      vectors_ = h;
    } else if (trim(line).substr(0, 5) == "in kB") {
      read_stress(trim(line).substr(5));
    } else if (holds(line, "unconverged")) {
      unconverged_ = true;
    } else if (holds(line, "TOTAL-FORCE") && !holds(line, "(ML)")) {
      read_atoms();
    } else if (begun_ && holds(line, "free  energy   TOTEN")) {
      energy_ = fortran_numbers(behind_equals(line), 1, "the energy", reader_)[0];
      complete_ = true;
    } else if (complete_ && holds(line, "EKIN_LAT") && holds(line, "temperature")) {
      const auto words = split_words(line.substr(line.find("temperature") + 11));
      if (!words.empty()) temperature_ = to_double(words[0]);
    }
  }

  void read_counts(std::string_view text) {
    symbols_.clear();
    std::size_t type = 0;
    std::size_t atoms = 0;
    for (const auto word : split_words(text)) {
      const auto count = to_integer(word);
      if (!count || *count < 0 || *count > 1'000'000 || atoms > 1'000'000)
        reader_.fail(fmt::format("ions per type: {}", not_a_number(word)));
      if (type == elements_.size())
        reader_.fail("there are more counts of ions than potentials (TITEL) before this line");
      symbols_.insert(symbols_.end(), static_cast<std::size_t>(*count), elements_[type++]);
      atoms = symbols_.size();
    }
    if (symbols_.empty()) reader_.fail("ions per type: there are no atoms");
  }

  void read_stress(std::string_view text) {
    const auto v = fortran_numbers(text, 6, "the stress", reader_);
    Mat3 s;
    s << v[0], v[3], v[5], v[3], v[1], v[4], v[5], v[4], v[2];
    stress_ = -kbar_eV_A3 * s;
  }

  void read_atoms() {
    if (symbols_.empty())
      reader_.fail("forces stand before the kinds of atoms (TITEL and \"ions per type\")");
    position_.clear();
    force_.clear();
    begun_ = true;
    complete_ = false;
    std::string_view line;
    if (!reader_.next(line)) return;  // the line of dashes
    while (position_.size() < symbols_.size()) {
      if (!reader_.next(line) || reader_.unterminated()) return;
      const auto v = fortran_numbers(line, 6, "a position and a force", reader_);
      position_.emplace_back(v[0], v[1], v[2]);
      force_.emplace_back(v[3], v[4], v[5]);
    }
  }

  bool give(Frame& frame) {
    begun_ = complete_ = false;
    const std::int64_t number = read_++;
    const bool good = !unconverged_;
    unconverged_ = false;
    if (!good) {
      left_out_.unconverged();
      stress_.reset();
      temperature_.reset();
      return false;
    }
    if (!vectors_) reader_.fail("a step ends here, and no cell stands before it");
    clear_frame(frame);
    set_species(symbols_, reader_, frame.structure);
    frame.structure.cell = make_cell(*vectors_, Vec3::Zero(), {true, true, true}, reader_);
    frame.structure.position = position_;
    frame.forces = force_;
    frame.energy_eV = energy_;
    frame.stress_eV_A3 = stress_;
    frame.temperature_K = temperature_;
    frame.step = number;
    if (dynamics_ && potim_fs_) frame.time_ps = 1e-3 * *potim_fs_ * static_cast<double>(number);
    fill_time(frame, options_);
    stress_.reset();
    temperature_.reset();
    return true;
  }

  LineReader reader_;
  ReadOptions options_;
  std::vector<std::string> elements_, symbols_;
  std::vector<Vec3> position_, force_;
  std::optional<Mat3> vectors_, stress_;
  std::optional<double> energy_, temperature_, potim_fs_;
  LeftOut left_out_;
  std::int64_t read_ = 0;
  std::int64_t lines_ = 0;
  bool dynamics_ = false, within_step_ = false, begun_ = false, complete_ = false,
       unconverged_ = false;
};

bool recognises_outcar(std::string_view head) {
  return head.find("vasp.") != head.npos && head.find("INCAR:") != head.npos;
}

std::unique_ptr<FrameSource> read_outcar(LineReader reader, const ReadOptions& options) {
  return std::make_unique<OutcarSource>(std::move(reader), options);
}

}  // namespace

const FormatEntry& outcar_format() {
  static const FormatEntry entry{
      .info = {"outcar",
               "VASP's OUTCAR: all ionic steps with free energy, forces and stress",
               {"OUTCAR*", "*.outcar"},
               true,
               false,
               true,
               true},
      .recognises = &recognises_outcar,
      .read_text = &read_outcar};
  return entry;
}

}  // namespace vitrion::io
