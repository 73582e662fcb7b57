#include "potential/learned.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "io/bytes.hpp"
#include "potential/species.hpp"

namespace vitrion {
namespace {

// Lists are rebuilt at each step in which an atom has gone half of this: many neighbours of a long
// cut-off cost more than rebuilding.
constexpr double skin_A = 1.0;

}  // namespace

LearnedPotential::LearnedPotential(const std::filesystem::path& file)
    : file_(std::filesystem::absolute(file)),
      model_(mlp::read_model(file_)),
      fingerprint_(fingerprint_file(file_)) {}

void LearnedPotential::require_species(const Structure& structure) const {
  require_elements(model_.name, model_.elements, structure);
}

EngineInput LearnedPotential::engine_input(const Structure& structure) const {
  require_species(structure);
  if (file_.string().find('"') != std::string::npos) {
    throw InputError(
        fmt::format("{}: LAMMPS cannot open a file with a quotation mark in its name: rename it",
                    file_.string()));
  }
  return {"atomic",
          {fmt::format("neighbor {} bin", skin_A), "pair_style vitrion/mlp",
           fmt::format("pair_coeff * * \"{}\" {}", file_.string(),
                       join(species_elements(structure), " "))},
          {}};
}

EngineInput with_uncertainty(EngineInput input, long every_steps) {
  for (auto& command : input.commands) {
    if (command.rfind("pair_style vitrion/mlp", 0) == 0) {
      command += fmt::format(" uncertainty_every {}", every_steps);
      return input;
    }
  }
  throw InputError(
      "only a learned potential can tell how far it extrapolates: leave the watch away, or choose "
      "a learned one");
}

bool is_model_file(const std::filesystem::path& file) {
  const std::string name = to_lower(io::without_packing(file.filename().string()));
  return name.size() > 5 && name.substr(name.size() - 5) == ".json";
}

}  // namespace vitrion
