// VASP's vasprun.xml: all ionic steps with energy, forces and stress, read as a stream (expat).
//
// https://www.vasp.at/wiki/index.php/Vasprun.xml. The energy is e_fr_energy of the step, the free
// energy F of which the forces are the derivatives; e_0_energy (σ → 0) has no forces of its own,
// and VASP writes it wrongly in this place. The stress is in kB and positive under pressure there.
// A step that took all NELM electronic steps is taken as not converged and left out.
#include <expat.h>

#include <cstring>
#include <deque>
#include <memory>

#include "base/constants.hpp"
#include "base/text.hpp"
#include "io/atom_table.hpp"
#include "io/labelled.hpp"
#include "io/numbers.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {
namespace {

constexpr std::size_t longest_text = 4096;  // of one element that is read
constexpr std::size_t deepest = 200;

struct RawStep {
  std::vector<Vec3> basis, positions, forces, stress;
  std::optional<double> energy_eV, kinetic_eV;
  long electronic_steps = 0;
};

class VasprunSource : public FrameSource {
 public:
  VasprunSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)),
        options_(std::move(options)),
        parser_(XML_ParserCreate(nullptr), &XML_ParserFree) {
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const char* name, const char** attributes) {
          static_cast<VasprunSource*>(self)->start(name, attributes);
        },
        [](void* self, const char* name) { static_cast<VasprunSource*>(self)->end(name); });
    XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int length) {
      static_cast<VasprunSource*>(self)->text(text, length);
    });
  }

  bool next(Frame& frame) override {
    while (true) {
      while (!steps_.empty()) {
        const RawStep step = std::move(steps_.front());
        steps_.pop_front();
        if (make_frame(step, frame)) return true;
      }
      if (ended_ || !feed()) break;
    }
    if (given_ == 0 && read_ == 0)
      reader_.fail("there is no complete ionic step: the calculation did not finish one");
    left_out_.tell(reader_.name());
    return false;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  using Parser = std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)>;

  // One more line to the parser; false at the end of the file.
  bool feed() {
    std::string_view line;
    if (!reader_.next(line)) {
      ended_ = true;
      if (lines_ == 0) reader_.fail("the file is empty");
      if (!finished_) left_out_.cut_off();
      return false;
    }
    ++lines_;
    buffer_.assign(line);
    buffer_ += '\n';
    if (finished_) return true;  // what stands behind the end is not looked at
    if (XML_Parse(parser_.get(), buffer_.data(), static_cast<int>(buffer_.size()), 0) ==
            XML_STATUS_ERROR &&
        error_.empty()) {
      error_ = fmt::format("this is not valid XML ({}): was the file damaged in copying?",
                           XML_ErrorString(XML_GetErrorCode(parser_.get())));
    }
    if (!error_.empty()) reader_.fail(error_);
    return true;
  }

  // The handlers are called from C: they must not throw.
  void stop(const std::string& message) {
    if (error_.empty()) error_ = message;
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  [[nodiscard]] bool inside(std::size_t up, const char* name) const {
    return path_.size() > up && path_[path_.size() - 1 - up] == name;
  }

  void start(const char* name, const char** attributes) {
    if (path_.size() > deepest) return stop("the elements are nested too deeply");
    std::string_view label;
    for (const char** a = attributes; *a != nullptr; a += 2)
      if (std::strcmp(*a, "name") == 0) label = a[1];
    path_.emplace_back(name);
    collecting_ = false;
    if (path_.back() == "calculation") {
      step_ = RawStep{};
      in_step_ = true;
    } else if (path_.back() == "scstep") {
      ++step_.electronic_steps;
    } else if (path_.back() == "varray") {
      array_ = array_for(label);
      if (array_ != nullptr) array_->clear();
    } else if (path_.back() == "v") {
      collecting_ = array_ != nullptr;
    } else if (path_.back() == "i") {
      number_ = number_for(label);
      collecting_ = number_ != nullptr;
    } else if (path_.back() == "array") {
      atoms_ = label == "atoms" && inside(1, "atominfo");
      if (atoms_) symbols_.clear();
    } else if (path_.back() == "rc") {
      column_ = 0;
    } else if (path_.back() == "c") {
      collecting_ = atoms_ && column_ == 0;
    }
    if (collecting_) text_.clear();
  }

  std::vector<Vec3>* array_for(std::string_view label) {
    if (!in_step_) return nullptr;
    if (label == "basis" && inside(1, "crystal") && inside(3, "calculation")) return &step_.basis;
    if (label == "positions" && inside(1, "structure") && inside(2, "calculation"))
      return &step_.positions;
    if (label == "forces" && inside(1, "calculation")) return &step_.forces;
    if (label == "stress" && inside(1, "calculation")) return &step_.stress;
    return nullptr;
  }
  std::optional<double>* number_for(std::string_view label) {
    if (in_step_) {
      if (!inside(1, "energy") || !inside(2, "calculation")) return nullptr;
      if (label == "e_fr_energy") return &step_.energy_eV;
      if (label == "kinetic") return &step_.kinetic_eV;
      return nullptr;
    }
    if (label == "NELM") return &nelm_;
    if (label == "IBRION") return &ibrion_;
    if (label == "POTIM") return &potim_fs_;
    return nullptr;
  }

  void text(const char* text, int length) {
    if (!collecting_) return;
    text_.append(text, static_cast<std::size_t>(length));
    if (text_.size() > longest_text) stop("an element is longer than any of VASP's");
  }

  void end(const char* name) {
    const bool read = collecting_;
    collecting_ = false;
    if (std::strcmp(name, "v") == 0 && read) {
      end_vector();
    } else if (std::strcmp(name, "i") == 0 && read) {
      const auto value = to_double(trim(text_));
      if (!value) return stop(fmt::format("an energy or a setting: {}", not_a_number(trim(text_))));
      *number_ = value;
    } else if (std::strcmp(name, "c") == 0) {
      if (read) symbols_.emplace_back(trim(text_));
      ++column_;
    } else if (std::strcmp(name, "varray") == 0) {
      array_ = nullptr;
    } else if (std::strcmp(name, "array") == 0) {
      atoms_ = false;
    } else if (std::strcmp(name, "calculation") == 0) {
      steps_.push_back(std::move(step_));
      in_step_ = false;
    } else if (std::strcmp(name, "modeling") == 0) {
      finished_ = true;
    }
    if (!path_.empty()) path_.pop_back();
  }

  void end_vector() {
    Vec3 v;
    const auto words = split_words(text_);
    if (words.size() != 3)
      return stop(fmt::format("a vector of {} numbers, where 3 are needed", words.size()));
    for (std::size_t k = 0; k < 3; ++k) {
      const auto value = to_double(words[k]);
      if (!value) return stop(fmt::format("a vector: {}", not_a_number(words[k])));
      v[static_cast<Eigen::Index>(k)] = *value;
    }
    array_->push_back(v);
  }

  // False where the step did not converge.
  bool make_frame(const RawStep& step, Frame& frame) {
    const std::int64_t number = read_++;
    if (symbols_.empty())
      reader_.fail("there is no list of atoms (atominfo) before the first step");
    if (step.basis.size() != 3) reader_.fail("the step that ends here has no cell");
    for (const auto* list : {&step.positions, &step.forces}) {
      if (list == &step.forces && list->empty()) continue;
      if (list->size() != symbols_.size())
        reader_.fail(fmt::format("the step that ends here has {} {} for {} atoms", list->size(),
                                 list == &step.forces ? "forces" : "positions", symbols_.size()));
    }
    if (!step.stress.empty() && step.stress.size() != 3)
      reader_.fail("the stress of the step that ends here has not three rows");
    if (nelm_ && *nelm_ > 1 && static_cast<double>(step.electronic_steps) >= *nelm_) {
      left_out_.unconverged();
      return false;
    }
    clear_frame(frame);
    set_species(symbols_, reader_, frame.structure);
    Mat3 h;
    for (int k = 0; k < 3; ++k) h.col(k) = step.basis[static_cast<std::size_t>(k)];
    frame.structure.cell = make_cell(h, Vec3::Zero(), {true, true, true}, reader_);
    for (const auto& s : step.positions)
      frame.structure.position.push_back(frame.structure.cell.to_cartesian(s));
    frame.forces = step.forces;
    frame.energy_eV = step.energy_eV;
    if (!step.stress.empty()) {
      Mat3 s;
      for (int k = 0; k < 3; ++k) s.row(k) = step.stress[static_cast<std::size_t>(k)].transpose();
      frame.stress_eV_A3 = -kbar_eV_A3 * s;
    }
    frame.step = number;
    const bool dynamics = ibrion_ && *ibrion_ == 0;
    if (dynamics && potim_fs_) frame.time_ps = 1e-3 * *potim_fs_ * static_cast<double>(number);
    if (dynamics && step.kinetic_eV && frame.size() > 1 && *step.kinetic_eV > 0)
      frame.temperature_K = 2 * *step.kinetic_eV /
                            (3 * static_cast<double>(frame.size() - 1) * constants::boltzmann_eV_K);
    fill_time(frame, options_);
    ++given_;
    return true;
  }

  LineReader reader_;
  ReadOptions options_;
  Parser parser_;
  std::string buffer_, text_, error_;
  std::vector<std::string> path_;
  std::vector<std::string> symbols_;
  std::deque<RawStep> steps_;
  RawStep step_;
  std::vector<Vec3>* array_ = nullptr;
  std::optional<double>* number_ = nullptr;
  std::optional<double> nelm_, ibrion_, potim_fs_;
  LeftOut left_out_;
  std::int64_t read_ = 0;
  std::int64_t given_ = 0;
  std::int64_t lines_ = 0;
  int column_ = 0;
  bool in_step_ = false, atoms_ = false, collecting_ = false, finished_ = false, ended_ = false;
};

bool recognises_vasprun(std::string_view head) { return head.find("<modeling>") != head.npos; }

std::unique_ptr<FrameSource> read_vasprun(LineReader reader, const ReadOptions& options) {
  return std::make_unique<VasprunSource>(std::move(reader), options);
}

}  // namespace

const FormatEntry& vasprun_format() {
  static const FormatEntry entry{
      .info = {"vasprun",
               "VASP's vasprun.xml: all converged ionic steps with free energy, forces and stress",
               {"vasprun*.xml", "*.vasprun"},
               true,
               false,
               true,
               true},
      .recognises = &recognises_vasprun,
      .read_text = &read_vasprun};
  return entry;
}

}  // namespace vitrion::io
