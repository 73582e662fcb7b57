// A classical potential, and the LAMMPS commands that make it up.
//
// The terms are laid over each other by `hybrid/overlay`: one Coulomb style that also carries the
// first exponential of each pair, further exponentials, Lennard-Jones terms, three-body terms.
#pragma once

#include "potential/catalogue.hpp"
#include "potential/classical_form.hpp"
#include "potential/species.hpp"

namespace vitrion {

class ClassicalPotential : public Potential {
 public:
  explicit ClassicalPotential(ClassicalForm form) : form_(std::move(form)) {}

  [[nodiscard]] const ClassicalForm& form() const { return form_; }
  [[nodiscard]] std::string name() const override { return form_.name; }
  [[nodiscard]] std::string summary() const override { return form_.summary; }
  [[nodiscard]] std::vector<std::string> elements() const override { return form_.elements; }
  [[nodiscard]] std::vector<std::string> limits() const override { return form_.limits; }
  [[nodiscard]] std::string provenance() const override { return form_.provenance; }
  [[nodiscard]] std::vector<std::string> references() const override { return form_.references; }
  [[nodiscard]] std::string fingerprint() const override { return form_.fingerprint; }
  [[nodiscard]] double suggested_timestep_ps() const override { return form_.timestep_ps; }
  [[nodiscard]] std::map<std::string, double> charges() const override { return form_.charges; }
  void require_species(const Structure& structure) const override;
  [[nodiscard]] EngineInput engine_input(const Structure& structure) const override;

 private:
  ClassicalForm form_;
};

}  // namespace vitrion
