#include "learn/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

struct SourceFile {
  fs::path path;
  bool from_folder = false;
};

// Whether a file's name tells a format that can hold labels.
bool may_have_labels(const fs::path& file) {
  const std::string name = format_of_name(file);
  return std::any_of(all_formats().begin(), all_formats().end(),
                     [&](const FormatInfo& f) { return f.name == name && f.labels; });
}

void list_folder(const fs::path& folder, std::vector<SourceFile>& out) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().front() != '.') entries.push_back(at->path());
  }
  if (error)
    throw InputError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::sort(entries.begin(), entries.end());
  const bool has_vasprun = std::any_of(entries.begin(), entries.end(), [](const fs::path& entry) {
    return format_of_name(entry) == "vasprun";
  });
  for (const auto& entry : entries) {
    // One run's OUTCAR holds the steps of its vasprun.xml once more.
    if (has_vasprun && format_of_name(entry) == "outcar") continue;
    if (may_have_labels(entry)) {
      out.push_back({entry, true});
    } else if (fs::is_directory(entry, error)) {
      list_folder(entry, out);
    }
  }
}

std::vector<SourceFile> list_sources(const std::vector<fs::path>& sources) {
  std::vector<SourceFile> out;
  for (const auto& source : sources) {
    std::error_code error;
    if (!fs::exists(source, error))
      throw InputError(fmt::format("{}: no such file or folder", source.string()));
    if (!fs::is_directory(source, error) || !format_of_name(source).empty()) {
      out.push_back({source, false});
      continue;
    }
    const std::size_t before = out.size();
    list_folder(source, out);
    if (out.size() == before) {
      throw InputError(fmt::format(
          "{}: holds no file of a format with labels (see `vitrion list formats`): name the "
          "files one by one",
          source.string()));
    }
  }
  if (out.empty()) throw InputError("no data was named: give files or folders of labelled frames");
  return out;
}

// The stem without packing: "Li2S" of "Li2S.extxyz.gz"; of "run1/vasprun.xml" the folder's name.
std::string phase_of_file(const fs::path& file) {
  std::string name = file.filename().string();
  if (name.empty()) name = file.parent_path().filename().string();
  for (const char* packing : {".gz", ".zst", ".zstd"}) {
    const std::string ending = packing;
    if (name.size() > ending.size() &&
        to_lower(name.substr(name.size() - ending.size())) == ending) {
      name.resize(name.size() - ending.size());
    }
  }
  const std::string stem = fs::path(name).stem().string();
  static const std::set<std::string> nameless{"vasprun", "outcar",  "xdatcar", "poscar",
                                              "contcar", "ml_ab",   "ml_abn",  "data",
                                              "train",   "dataset", "frames"};
  const std::string folder = file.parent_path().filename().string();
  if (nameless.count(to_lower(stem)) > 0 && !folder.empty() && folder != "." && folder != "..")
    return folder;
  return stem;
}

// Takes what training needs from a frame that the reader goes on to use.
Frame lean_copy(const Frame& frame) {
  Frame out;
  out.structure = frame.structure;
  out.step = frame.step;
  out.time_ps = frame.time_ps;
  out.wrapping = frame.wrapping;
  out.forces = frame.forces;
  out.energy_eV = frame.energy_eV;
  out.stress_eV_A3 = frame.stress_eV_A3;
  out.temperature_K = frame.temperature_K ? frame.temperature_K : kinetic_temperature_K(frame);
  return out;
}

struct FileContent {
  std::vector<Sample> samples;
  std::int64_t frames = 0;  // in the file, whether taken or not
  std::exception_ptr error;
};

void read_file(const fs::path& file, std::size_t number, const DatasetOptions& options,
               const std::function<void()>& tick, FileContent& out) {
  const auto source = open_source(file, options.read);
  const std::string stem = phase_of_file(file);
  Frame frame;
  while (source->next(frame)) {
    const std::int64_t index = out.frames++;
    tick();
    if (index % options.every != 0) continue;
    out.samples.push_back(
        {lean_copy(frame), frame.phase.empty() ? stem : frame.phase, number, index});
  }
  if (out.frames == 0) throw InputError(fmt::format("{}: holds no frame", file.string()));
}

void keep_phases(Dataset& data, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return;
  const auto there = data.phases();
  std::vector<std::string> names;
  for (const auto& [name, count] : there) names.push_back(name);
  for (const auto& name : wanted) {
    if (there.count(name) > 0) continue;
    throw InputError(fmt::format("there is no phase \"{}\" in the data{}: the phases are {}", name,
                                 did_you_mean(name, names), join(names, ", ")));
  }
  std::erase_if(data.samples, [&](const Sample& sample) {
    return std::find(wanted.begin(), wanted.end(), sample.phase) == wanted.end();
  });
}

bool has_labels(const FileContent& content) {
  return std::any_of(content.samples.begin(), content.samples.end(), [](const Sample& s) {
    return s.frame.energy_eV.has_value() || !s.frame.forces.empty();
  });
}

}  // namespace

std::string Dataset::where(const Sample& sample) const {
  const std::string file =
      sample.file < files.size() ? fs::path(files[sample.file]).filename().string() : "data";
  return fmt::format("{}, frame {}", file, sample.index);
}

std::vector<std::string> Dataset::elements() const {
  std::set<std::string> names;
  for (const auto& sample : samples) {
    for (const auto& species : sample.frame.structure.species) names.insert(species.name);
  }
  return {names.begin(), names.end()};
}

std::map<std::string, std::size_t> Dataset::phases() const {
  std::map<std::string, std::size_t> out;
  for (const auto& sample : samples) ++out[sample.phase];
  return out;
}

std::vector<fs::path> dataset_files(const std::vector<fs::path>& sources) {
  std::vector<fs::path> out;
  for (auto& source : list_sources(sources)) out.push_back(std::move(source.path));
  return out;
}

Dataset load_dataset(const std::vector<fs::path>& sources, const DatasetOptions& options) {
  if (options.every < 1) throw InputError("every must be 1 or more");
  const auto files = list_sources(sources);
  std::vector<FileContent> contents(files.size());
  std::mutex mutex;
  std::uint64_t frames = 0;
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace("read data", "frames", 0);
  const auto tick = [&] {
    if (interrupt_requested()) throw Interrupted();
    const std::lock_guard lock(mutex);
    ++frames;
    if (progress) progress->update(frames);
  };
  parallel_for(files.size(), [&](std::size_t i) {
    try {
      read_file(files[i].path, i, options, tick, contents[i]);
    } catch (...) {
      contents[i].error = std::current_exception();
    }
  });
  if (progress) progress->finish();
  Dataset data;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (contents[i].error) std::rethrow_exception(contents[i].error);
    data.files.push_back(files[i].path.string());
    if (options.labels_needed && !has_labels(contents[i])) {
      const std::string message =
          fmt::format("{}: has neither energies nor forces", files[i].path.string());
      if (!files[i].from_folder)
        throw InputError(message + ": give labelled frames, such as extxyz or vasprun.xml");
      data.notes.push_back(message + " and is left out");
      continue;
    }
    std::move(contents[i].samples.begin(), contents[i].samples.end(),
              std::back_inserter(data.samples));
    contents[i].samples = {};
  }
  if (data.samples.empty()) throw InputError("the data holds no labelled frame");
  keep_phases(data, options.phases);
  return data;
}

std::optional<double> kinetic_temperature_K(const Frame& frame) {
  const std::size_t atoms = frame.size();
  if (frame.velocities.size() != atoms || atoms < 2) return std::nullopt;
  double twice_kinetic = 0;
  for (std::size_t i = 0; i < atoms; ++i) {
    const double mass = frame.structure.species_of(i).mass_amu;
    if (!(mass > 0)) return std::nullopt;
    twice_kinetic += mass * frame.velocities[i].squaredNorm();
  }
  return twice_kinetic * constants::amu_A2_ps2_in_eV /
         (3.0 * static_cast<double>(atoms - 1) * constants::boltzmann_eV_K);
}

}  // namespace vitrion
