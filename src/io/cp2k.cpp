// The output of CP2K (print level medium): energy, forces and stress of every force evaluation.
//
// https://manual.cp2k.org. &PRINT/&FORCES and &STRESS_TENSOR of &FORCE_EVAL have to be on. The
// output holds the positions of the first evaluation alone; those of later ones are looked up in
// PROJECT-pos-1.xyz beside it, by their energy. Energies are in hartree, forces in hartree/bohr;
// the stress is positive under pressure, without the kinetic part. Written forms of CP2K 7 to 2024.
#include <array>
#include <deque>
#include <limits>

#include "base/constants.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/labelled.hpp"
#include "io/numbers.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

using constants::bohr_A;
using constants::hartree_eV;

constexpr double GPa_eV_A3 = 1 / constants::eV_A3_in_GPa;

// What stands between the first brackets, "" where there are none.
std::string_view unit_of(std::string_view line) {
  const auto begin = line.find('['), end = line.find(']');
  return begin == line.npos || end == line.npos || end < begin
             ? std::string_view{}
             : line.substr(begin + 1, end - begin - 1);
}

// The configurations of PROJECT-pos-1.xyz in their order.
class Positions {
 public:
  explicit Positions(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return;
    reader_.emplace(open_bytes(file), file.string());
  }

  // The next configuration of this energy (hartree), which may be some way ahead: either file may
  // lack steps of the other.
  std::optional<std::vector<Vec3>> of_energy(double energy, std::size_t atoms) {
    for (std::size_t k = 0; k < look_ahead && (k < ahead_.size() || read_one(atoms)); ++k) {
      if (!(std::abs(ahead_[k].energy - energy) < 2e-9 * (1 + std::abs(energy)))) continue;
      auto out = std::move(ahead_[k].position);
      ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(k) + 1);
      return out;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t look_ahead = 100;
  struct Configuration {
    double energy = 0;
    std::vector<Vec3> position;
  };

  bool read_one(std::size_t atoms) {
    std::string_view line;
    if (!reader_ || !reader_->next(line)) return false;
    const auto count = to_integer(trim(line));
    if (!count || *count != static_cast<std::int64_t>(atoms)) {
      reader_->fail(fmt::format("a count of {} atoms was expected, as in the output", atoms));
    }
    Configuration one;
    one.energy = std::numeric_limits<double>::quiet_NaN();
    if (!reader_->next(line)) return false;
    const auto at = line.find("E =");
    const auto words = split_words(at == line.npos ? "" : line.substr(at + 3));
    if (!words.empty()) one.energy = to_double(words[0]).value_or(one.energy);
    while (one.position.size() < atoms) {
      if (!reader_->next(line) || reader_->unterminated()) return false;  // a stopped run
      Words row(line, *reader_);
      row.word("an element");
      const double x = row.number("x"), y = row.number("y"), z = row.number("z");
      one.position.emplace_back(x, y, z);
    }
    ahead_.push_back(std::move(one));
    return true;
  }

  std::deque<Configuration> ahead_;
  std::optional<LineReader> reader_;
};

class Cp2kSource : public FrameSource {
 public:
  Cp2kSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    std::string_view line;
    while (reader_.next(line)) {
      ++lines_;
      if (reader_.unterminated()) break;  // a stopped run may end within a number
      const bool ends = holds(line, "PROGRAM ENDED");
      // Outputs of several runs may stand behind each other.
      if (ends || holds(line, "PROGRAM STARTED AT")) ended_ = ends;
      if (energy_ && (ends || opens_evaluation(line))) {
        reader_.unread();
        if (give(frame)) return true;
        continue;
      }
      take(line);
    }
    if (energy_ && give(frame)) return true;
    if (lines_ == 0) reader_.fail("the file is empty");
    if (read_ == 0) {
      reader_.fail("there is no complete force evaluation: the calculation did not finish one");
    }
    if (!ended_) left_out_.cut_off();
    ended_ = true;
    left_out_.tell(reader_.name());
    if (lost_ > 0) {
      log_warning(fmt::format(
          "{}: {} step{} without positions {} left out: put {}-pos-1.xyz, every step of it, beside "
          "the output{}",
          reader_.name(), lost_, lost_ == 1 ? "" : "s", lost_ == 1 ? "is" : "are", project_,
          cell_moves_ ? " (of dynamics at constant pressure only the first step can be read)"
                      : ""));
      lost_ = 0;
    }
    return false;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  static bool opens_evaluation(std::string_view line) {
    return holds(line, "ENERGY| Total FORCE_EVAL") || holds(line, "ATOMIC COORDINATES IN") ||
           holds(line, "CELL| Vector ");
  }

  void take(std::string_view line) {
    if (holds(line, "CELL| Vector ")) {
      take_vector(line);
    } else if (holds(line, "ATOMIC COORDINATES IN")) {
      read_coordinates(line);
    } else if (holds(line, "GLOBAL| Project name")) {
      project_ = std::string(split_words(line).back());
    } else if (holds(line, "MD_PAR| Ensemble type") || holds(line, "MD| Ensemble Type")) {
      cell_moves_ = holds(line, "NPT") || holds(line, "NPE");
    } else if (holds(line, "SCF run NOT converged")) {
      unconverged_ = true;
    } else if (holds(line, "ENERGY| Total FORCE_EVAL")) {
      take_energy(line);
    } else if (holds(line, "ATOMIC FORCES in") || holds(line, "FORCES| Atomic forces")) {
      read_forces(line);
    } else if ((holds(line, "stress tensor [") || holds(line, "STRESS TENSOR [")) &&
               !holds(line, "igenvalues")) {
      read_stress(line);
    } else if (holds(line, "MD| Time [fs]")) {
      time_ps_ = last_number(line) * 1e-3;
    } else if (holds(line, "MD| Temperature [K]")) {
      const auto words = split_words(line);
      if (words.size() > 3) temperature_ = to_double(words[3]);
    }
  }

  double last_number(std::string_view line) const {
    const auto words = split_words(line);
    const auto value = words.empty() ? std::nullopt : to_double(words.back());
    if (!value) reader_.fail(not_a_number(words.empty() ? "" : words.back()));
    return *value;
  }

  void take_energy(std::string_view line) {
    energy_ = last_number(line);
    converged_ = !unconverged_;
    unconverged_ = false;
    forces_.clear();
    stress_.reset();
    time_ps_.reset();
    temperature_.reset();
  }

  void take_vector(std::string_view line) {
    const auto at = line.find("Vector ") + 7;
    const auto colon = line.find(']', at);
    if (colon == line.npos || at >= line.size()) return;
    const int k = line[at] - 'a';
    if (k < 0 || k > 2) return;
    std::string_view rest = line.substr(colon + 1);
    if (!rest.empty() && rest[0] == ':') rest.remove_prefix(1);
    const auto v = fortran_numbers(rest, 3, "a vector of the cell", reader_);
    vectors_.col(k) = Vec3(v[0], v[1], v[2]);
    have_vector_[static_cast<std::size_t>(k)] = true;
  }

  void read_coordinates(std::string_view heading) {
    const bool bohr = holds(heading, "ohr") || holds(heading, "OHR");
    symbols_.clear();
    position_.clear();
    std::string_view line;
    while (reader_.next(line)) {
      const auto words = split_words(line);
      if (words.empty() || words[0] == "Atom") {
        if (position_.empty()) continue;
        break;
      }
      if (words.size() < 7 || !to_integer(words[0])) {
        reader_.unread();
        break;
      }
      symbols_.emplace_back(words[2]);
      Vec3 r;
      for (int k = 0; k < 3; ++k) {
        const auto x = to_double(words[static_cast<std::size_t>(4 + k)]);
        if (!x) reader_.fail(not_a_number(words[static_cast<std::size_t>(4 + k)]));
        r[k] = *x * (bohr ? bohr_A : 1);
      }
      position_.push_back(r);
    }
    fresh_ = !position_.empty();
  }

  // Rows "1 1 S x y z" of old, "FORCES| 1 x y z |f|" of newer forms.
  void read_forces(std::string_view heading) {
    const auto unit = unit_of(heading);
    if (unit != "a.u." && unit != "hartree/bohr") {
      reader_.fail(fmt::format("forces in '{}' are not known: print them in hartree/bohr", unit));
    }
    const bool newer = holds(heading, "FORCES|");
    std::string_view line;
    std::vector<Vec3> rows;
    while (rows.size() < symbols_.size() && reader_.next(line)) {
      if (reader_.unterminated()) return;
      const auto words = split_words(line);
      const std::size_t lead = newer ? 2 : 3;
      if (words.size() < lead + 3 || !to_integer(words[newer ? 1 : 0])) {
        if (rows.empty() && (words.size() < 2 || words[0] == "#" || words[1] == "Atom")) continue;
        reader_.fail("a row of forces was expected");
      }
      Vec3 f;
      for (int k = 0; k < 3; ++k) {
        const auto word = words[lead + static_cast<std::size_t>(k)];
        const auto x = to_double(word);
        if (!x) reader_.fail(not_a_number(word));
        f[k] = *x * hartree_eV / bohr_A;
      }
      rows.push_back(f);
    }
    if (rows.size() == symbols_.size()) forces_ = std::move(rows);
  }

  void read_stress(std::string_view heading) {
    const auto unit = unit_of(heading);
    const double scale = unit == "GPa"    ? GPa_eV_A3
                         : unit == "bar"  ? 1e-4 * GPa_eV_A3
                         : unit == "kbar" ? 0.1 * GPa_eV_A3
                                          : 0;
    if (scale == 0) reader_.fail(fmt::format("a stress in '{}' is not known: GPa or bar", unit));
    Mat3 s;
    std::string_view line;
    int rows = 0;
    for (int seen = 0; rows < 3 && seen < 6 && reader_.next(line); ++seen) {
      if (reader_.unterminated()) return;
      auto words = split_words(line);
      if (!words.empty() && words[0] == "STRESS|") words.erase(words.begin());
      if (words.size() != 4 || words[0].size() != 1) continue;
      for (int k = 0; k < 3; ++k) {
        const auto x = to_double(words[static_cast<std::size_t>(k + 1)]);
        if (!x) reader_.fail(not_a_number(words[static_cast<std::size_t>(k + 1)]));
        s(rows, k) = *x;
      }
      ++rows;
    }
    if (rows == 3) stress_ = -0.5 * scale * (s + s.transpose());
  }

  std::optional<std::vector<Vec3>> positions_now() {
    if (fresh_) {
      fresh_ = false;
      return position_;
    }
    if (cell_moves_ || project_.empty()) return std::nullopt;
    if (!beside_) {
      beside_.emplace(std::filesystem::path(reader_.name()).parent_path() /
                      (project_ + "-pos-1.xyz"));
    }
    return beside_->of_energy(*energy_, symbols_.size());
  }

  bool give(Frame& frame) {
    const double energy = *energy_;
    const auto position = positions_now();
    energy_.reset();
    const std::int64_t number = read_++;
    if (!converged_) {
      left_out_.unconverged();
      return false;
    }
    if (!position) {
      ++lost_;
      return false;
    }
    if (!have_vector_[0] || !have_vector_[1] || !have_vector_[2]) {
      reader_.fail("an energy stands here, and no cell before it");
    }
    clear_frame(frame);
    set_species(symbols_, reader_, frame.structure);
    frame.structure.cell = make_cell(vectors_, Vec3::Zero(), {true, true, true}, reader_);
    frame.structure.position = *position;
    frame.forces = forces_;
    frame.energy_eV = energy * hartree_eV;
    frame.stress_eV_A3 = stress_;
    frame.temperature_K = temperature_;
    frame.step = number;
    frame.time_ps = time_ps_;
    fill_time(frame, options_);
    return true;
  }

  LineReader reader_;
  ReadOptions options_;
  std::string project_;
  std::vector<std::string> symbols_;
  std::vector<Vec3> position_, forces_;
  Mat3 vectors_ = Mat3::Zero();
  std::array<bool, 3> have_vector_{};
  std::optional<double> energy_, time_ps_, temperature_;
  std::optional<Mat3> stress_;
  std::optional<Positions> beside_;
  LeftOut left_out_;
  std::int64_t read_ = 0, lines_ = 0, lost_ = 0;
  bool fresh_ = false, unconverged_ = false, converged_ = true, ended_ = false, cell_moves_ = false;
};

bool recognises_cp2k(std::string_view head) {
  return head.find("CP2K| version string") != head.npos ||
         (head.find("PROGRAM STARTED AT") != head.npos && head.find("DBCSR|") != head.npos);
}

std::unique_ptr<FrameSource> read_cp2k(LineReader reader, const ReadOptions& options) {
  return std::make_unique<Cp2kSource>(std::move(reader), options);
}

}  // namespace

const FormatEntry& cp2k_format() {
  static const FormatEntry entry{
      .info = {"cp2k",
               "CP2K's output: energy, forces and stress of each step (with PROJECT-pos-1.xyz)",
               {"*.cp2k", "cp2k*.out", "cp2k*.log"},
               true,
               false,
               true,
               true},
      .recognises = &recognises_cp2k,
      .read_text = &read_cp2k};
  return entry;
}

}  // namespace vitrion::io
