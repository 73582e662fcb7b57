// A learned potential of the catalogue, or of a file of its own.
//
// In LAMMPS it is the worker's own pair style `vitrion/mlp`, which reads the same file.
#pragma once

#include <filesystem>

#include "potential/catalogue.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion {

class LearnedPotential : public Potential {
 public:
  /// InputError where the file is not a model.
  explicit LearnedPotential(const std::filesystem::path& file);

  [[nodiscard]] const mlp::Model& model() const { return model_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] std::string name() const override { return model_.name; }
  [[nodiscard]] std::string summary() const override { return model_.summary; }
  [[nodiscard]] std::vector<std::string> elements() const override { return model_.elements; }
  [[nodiscard]] std::vector<std::string> limits() const override { return model_.limits; }
  [[nodiscard]] std::string provenance() const override { return model_.provenance; }
  [[nodiscard]] std::vector<std::string> references() const override { return model_.references; }
  [[nodiscard]] std::string fingerprint() const override { return fingerprint_; }
  [[nodiscard]] double suggested_timestep_ps() const override { return model_.timestep_ps; }
  void require_species(const Structure& structure) const override;
  [[nodiscard]] EngineInput engine_input(const Structure& structure) const override;

 private:
  std::filesystem::path file_;
  mlp::Model model_;
  std::string fingerprint_;
};

/// Whether a file's name is that of a model (.json, also packed).
bool is_model_file(const std::filesystem::path& file);

}  // namespace vitrion
