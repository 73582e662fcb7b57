#include "engine/cp2k/cp2k_provider.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "engine/program_run.hpp"
#include "io/formats.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

bool holds(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

// A row of the box, without its frame and the figure drawn at its left.
std::string_view words_of_row(std::string_view row) {
  row = trim(row);
  if (row.size() < 2 || row.front() != '*' || row.back() != '*') return {};
  row = trim(row.substr(1, row.size() - 2));
  for (const std::string_view figure : {"\\___/", "O/|", "/| |", "/ \\", "|"}) {
    if (row.substr(0, figure.size()) == figure) return trim(row.substr(figure.size()));
  }
  return row;
}

std::string version_of(const std::string& output) {
  constexpr std::string_view mark = "CP2K| version string:";
  const auto at = output.find(mark);
  if (at == std::string::npos) return "";
  const auto line =
      std::string_view(output).substr(at + mark.size(), output.find('\n', at) - at - mark.size());
  const auto words = split_words(line);
  return words.empty() ? "" : std::string(words.back());
}

}  // namespace

std::string cp2k_abort_reason(const std::string& output) {
  const auto box = output.find("[ABORT]");
  if (box == std::string::npos) return "";
  std::vector<std::string> words;
  auto at = output.find('\n', box);
  while (at != std::string::npos) {
    const auto end = output.find('\n', at + 1);
    const std::string_view row =
        std::string_view(output).substr(at + 1, end == output.npos ? end : end - at - 1);
    const std::string_view text = words_of_row(row);
    const bool closes = trim(row).find_first_not_of('*') == std::string_view::npos;
    if (closes || holds(text, ".F:")) break;  // the last row is the place in CP2K's source
    if (!text.empty()) words.emplace_back(text);
    at = end;
  }
  return join(words, " ");
}

Cp2kProvider::Cp2kProvider(Cp2kSettings settings, fs::path folder)
    : settings_(std::move(settings)), folder_(std::move(folder)) {
  for (const auto word : split_words(settings_.command)) command_.emplace_back(word);
  if (command_.empty() || !find_program(command_[0])) {
    throw InputError(fmt::format(
        "the program \"{}\" is not found: install CP2K, or say what runs it in `command`",
        command_.empty() ? "" : command_[0]));
  }
  make_directory(folder_);
}

void Cp2kProvider::evaluate(Frame& frame) {
  fs::remove(folder_ / orbitals_file);
  if (!settings_.input_file.empty()) {
    run_once(frame.structure, settings_, {});
  } else {
    Cp2kSettings how = settings_;
    if (how.start_cutoff_Ry > 0) converge(frame.structure, how, {.coarse = true});
    converge(frame.structure, how, {});
  }
  read_labels(frame);
}

// Leaves `how` as it was when the cycles converged: what a coarse grid needs a fine one does.
void Cp2kProvider::converge(const Structure& structure, Cp2kSettings& how, Cp2kRun run) {
  for (long left = how.tries;; --left) {
    run.from_orbitals = fs::exists(folder_ / orbitals_file);
    try {
      return run_once(structure, how, run);
    } catch (const NotConverged&) {
      if (left <= 1) throw;
      if (how.smearing_K > 0) {
        how.mixing /= 2;
      } else {
        how.solver = "ot";
      }
      how.max_cycles += how.max_cycles / 2;
    }
  }
}

void Cp2kProvider::run_once(const Structure& structure, const Cp2kSettings& how,
                            const Cp2kRun& run) {
  write_file_atomically(folder_ / "cp2k.inp", cp2k_input(structure, how, run));
  auto command = command_;
  command.insert(command.end(), {"-i", "cp2k.inp"});
  const ProgramEnding ending = run_program(command, folder_, output());
  const std::string text = read_text_file(output());
  version_ = version_of(text);
  // Looked for first: newer versions end with an error where the cycles have not converged.
  if (holds(text, "SCF run NOT converged")) {
    throw NotConverged(
        fmt::format("CP2K's cycles have not converged (its output: {})", output().string()));
  }
  const std::string reason = cp2k_abort_reason(text);
  if (!ending.good() || !reason.empty()) {
    throw WorkError(fmt::format("CP2K {}: {} (its output: {})", ending.text(),
                                reason.empty() ? last_lines(output(), 2) : reason,
                                output().string()));
  }
}

void Cp2kProvider::read_labels(Frame& frame) const {
  Frame read;
  try {
    ReadOptions options;
    options.format = "cp2k";
    read = read_first_frame(output(), options);
  } catch (const InputError& e) {
    throw WorkError(fmt::format("what CP2K wrote cannot be read: {}", e.what()));
  }
  bool same = read.size() == frame.size();
  for (std::size_t i = 0; same && i < read.size(); ++i) {
    same = read.structure.species_of(i).name == frame.structure.species_of(i).name;
  }
  if (!same) {
    throw WorkError(
        fmt::format("{}: the atoms are not those of the frame, in its order", output().string()));
  }
  if (!read.energy_eV || read.forces.empty()) {
    throw WorkError(
        fmt::format("{}: there are no forces: put &PRINT with &FORCES ON into "
                    "&FORCE_EVAL of the input",
                    output().string()));
  }
  frame.energy_eV = read.energy_eV;
  frame.forces = std::move(read.forces);
  frame.stress_eV_A3 = read.stress_eV_A3;
}

}  // namespace vitrion
