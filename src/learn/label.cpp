#include "learn/label.hpp"

#include <fmt/format.h>

#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "engine/cp2k/cp2k_provider.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

// The same for a frame and for what its file gives back: extxyz holds every digit.
std::string identity(const Structure& s) {
  std::string text;
  const auto add = [&](const Vec3& v) {
    for (int k = 0; k < 3; ++k) text += fmt::format("{:.8f} ", v[k] + 0.0);
  };
  for (int k = 0; k < 3; ++k) add(s.cell.vector(k));
  for (std::size_t i = 0; i < s.size(); ++i) {
    text += s.species_of(i).name + " ";
    add(s.position[i]);
  }
  return fingerprint(text);
}

std::string word_of(const Frame& frame, const std::string& key) {
  const auto found = frame.info.find(key);
  return found == frame.info.end() ? "" : found->second;
}

// The file of labels, held in memory and written anew, whole, with every frame.
class LabelFile {
 public:
  explicit LabelFile(fs::path file) : file_(std::move(file)) {
    if (!fs::exists(file_)) return;
    const auto source = open_source(file_);
    for (Frame frame; source->next(frame);) keep(frame);
  }

  [[nodiscard]] bool has(const Frame& frame) const {
    return known_.contains(identity(frame.structure));
  }
  void require_level(const std::string& level) const {
    for (const auto& frame : frames_) {
      if (word_of(frame, "level") == level) continue;
      throw InputError(
          fmt::format("{} holds labels of another level of theory, and labels that differ in it do "
                      "not mix: give another file to -o",
                      file_.string()));
    }
  }
  void add(const Frame& frame) {
    keep(frame);
    const auto sink = open_sink(file_);
    for (const auto& each : frames_) sink->write(each);
    sink->close();
  }

 private:
  void keep(const Frame& frame) {
    known_.insert(identity(frame.structure));
    frames_.push_back(frame);
  }

  fs::path file_;
  std::vector<Frame> frames_;
  std::set<std::string> known_;
};

// What a frame is, without what was known of it before.
Frame without_labels(const Frame& frame) {
  Frame out;
  out.structure = frame.structure;
  out.step = frame.step;
  out.time_ps = frame.time_ps;
  out.wrapping = frame.wrapping;
  out.images = frame.images;
  out.temperature_K = frame.temperature_K;
  out.phase = frame.phase;
  out.info = frame.info;
  for (const char* word : {"program", "level", "units", "input", "functional", "dispersion",
                           "basis", "pseudopotential", "cutoff_ry", "relative_cutoff_ry", "eps_scf",
                           "eps_default", "smearing", "charge", "multiplicity"}) {
    out.info.erase(word);
  }
  return out;
}

void add_words(Frame& frame, const ForceProvider& provider, const Provenance& provenance) {
  for (const auto& [key, value] : provenance(frame.structure)) frame.info[key] = value;
  frame.info["program"] = fmt::format("{} {}", provider.name(), provider.version());
  frame.info["units"] = "eV, A, eV/A, stress eV/A3 positive under tension";
}

std::string stem(const fs::path& file) {
  std::string name = file.filename().string();
  return name.substr(0, name.find('.'));
}

}  // namespace

Schema LabelRecipe::schema() {
  Schema s("labelling");
  s.integer("version", version, "of this form; 1", Bounds{1, 1})
      .choice("program", program, {"cp2k"}, "what calculates")
      .section("cp2k", cp2k.schema(), "how CP2K calculates");
  return s;
}

LabelRecipe load_label_recipe(const fs::path& file) {
  const Node document = load_yaml(file);
  LabelRecipe recipe;
  recipe.schema().read(document);
  recipe.cp2k.load_input(fs::absolute(file).parent_path());
  return recipe;
}

std::string commented_label_recipe() {
  return R"(# Energies, forces and stresses: vitrion label frames.extxyz --recipe this-file.yaml -o labels.extxyz
version: 1
program: cp2k
cp2k:
  command: cp2k            # or mpirun -np 4 cp2k.popt
  functional: PBE
  dispersion: none         # or D3, D3BJ
  basis: {Li: TZVP-MOLOPT-SR-GTH, P: TZVP-MOLOPT-GTH, S: TZVP-MOLOPT-GTH}
  cutoff_Ry: 400
  relative_cutoff_Ry: 50
  start_cutoff_Ry: 160     # cycles converge on this grid first: less time, the same labels
  eps_scf: 1e-6
  # input: my.inp          # your own input instead, with {{cell}} and {{coordinates}}
)";
}

std::vector<Frame> load_frames(const std::vector<fs::path>& files, const ReadOptions& options) {
  std::vector<Frame> out;
  for (const auto& file : files) {
    const auto source = open_source(file, options);
    for (Frame frame; source->next(frame);) {
      check_interrupt();
      check_frame(frame);
      out.push_back(without_labels(frame));
      if (out.back().phase.empty()) out.back().phase = stem(file);
    }
  }
  return out;
}

Labelling label_frames(const std::vector<Frame>& frames, ForceProvider& provider,
                       const Provenance& provenance, const fs::path& out) {
  LabelFile file(out);
  if (!frames.empty()) file.require_level(provenance(frames[0].structure)["level"]);
  Labelling result;
  for (const auto& frame : frames) result.before += file.has(frame) ? 1 : 0;
  Progress progress("label", "frames", frames.size());
  progress.begin_at(result.before);
  bool died = true;  // as if before the first frame: a wrong recipe is seen at once
  for (std::size_t i = 0; i < frames.size(); ++i) {
    check_interrupt();
    if (file.has(frames[i])) continue;
    Frame frame = frames[i];
    const auto leave_out = [&](const std::string& why) {
      result.left_out.push_back(fmt::format("frame {} is left out: {}", i, why));
      log_warning(result.left_out.back());
    };
    try {
      provider.evaluate(frame);
      add_words(frame, provider, provenance);
      file.add(frame);
      ++result.labelled;
      died = false;
    } catch (const NotConverged& e) {
      leave_out(e.what());
      died = false;
    } catch (const WorkError& e) {
      if (died) throw;
      leave_out(e.what());
      died = true;
    }
    progress.update(result.before + result.labelled + result.left_out.size());
  }
  progress.finish();
  return result;
}

}  // namespace vitrion
