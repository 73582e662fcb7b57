#include "rmc/classical_energy.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "potential/classical.hpp"
#include "potential/species.hpp"

namespace vitrion::rmc {
namespace {

bool joins(const std::string& a, const std::string& b, const std::string& x, const std::string& y) {
  return (a == x && b == y) || (a == y && b == x);
}

}  // namespace

ClassicalTerms::ClassicalTerms(const ClassicalForm& form, const std::vector<std::string>& elements)
    : form_(form), names_(elements), kinds_(elements.size()), three_(elements.size()) {
  for (const auto& name : names_) {
    const auto q = form.charges.find(name);
    charge_.push_back(q == form.charges.end() ? 0.0 : q->second);
    charged_ = charged_ || charge_.back() != 0;
  }
  if (charged_) {
    alpha_ = precision / form.coulomb_cutoff_A;
    cutoff_ = form.coulomb_cutoff_A;
  }
  for (const auto& t : form.exponentials) cutoff_ = std::max(cutoff_, t.cutoff_A);
  for (const auto& t : form.lennard_jones) cutoff_ = std::max(cutoff_, t.cutoff_A);
  for (const auto& t : form.three_body) {
    if (t.strength_eV == 0) continue;
    for (std::size_t c = 0; c < kinds_; ++c) {
      for (std::size_t e = 0; e < kinds_; ++e) {
        if (names_[c] != t.centre || names_[e] != t.ends) continue;
        three_[c].push_back({e, t.strength_eV, t.cos_angle, t.cutoff_A});
        three_cutoff_ = std::max(three_cutoff_, t.cutoff_A);
      }
    }
  }
  cutoff2_ = cutoff_ * cutoff_;
  per_step_ = static_cast<double>(tabulated) / cutoff2_;
  const double step = 1 / per_step_;
  for (std::size_t a = 0; a < kinds_; ++a) {
    for (std::size_t b = 0; b < kinds_; ++b) {
      // Below the core, and at the cut-off, from the side that is read.
      const auto at = [&](double r2) {
        return exact_pair(a, b, std::sqrt(std::clamp(r2, 0.9 * core2, cutoff2_ * (1 - 1e-12))));
      };
      for (std::size_t k = 0; k <= tabulated; ++k) {
        const double r2 = static_cast<double>(k) * step;
        const double h = 1e-3 * step;
        const double low = std::min(r2, cutoff2_ - h) - h;
        knots_.push_back({at(r2), (at(low + 2 * h) - at(low)) / (2 * h) * step});
      }
    }
  }
}

double ClassicalTerms::exact_pair(std::size_t a, std::size_t b, double r) const {
  double e = 0;
  for (const auto& t : form_.exponentials) {
    if (!joins(t.a, t.b, names_[a], names_[b]) || r >= t.cutoff_A) continue;
    e += t.A_eV * std::exp(-r / t.rho_A) - t.C_eV_A6 / std::pow(r, 6) - t.D_eV_A8 / std::pow(r, 8);
  }
  for (const auto& t : form_.lennard_jones) {
    if (!joins(t.a, t.b, names_[a], names_[b]) || r >= t.cutoff_A) continue;
    const auto lj = [&](double x) {
      const double s6 = std::pow(t.sigma_A / x, 6);
      return 4 * t.epsilon_eV * (s6 * s6 - s6);
    };
    e += lj(r) - lj(t.cutoff_A);
  }
  if (charged_ && r < form_.coulomb_cutoff_A) {
    e += charge_[a] * charge_[b] * constants::coulomb_eV_A * std::erfc(alpha_ * r) / r;
  }
  return e;
}

ClassicalEnergy::ClassicalEnergy(const ClassicalForm& form, const Structure& structure)
    : terms_(std::make_shared<ClassicalTerms>(form, species_elements(structure))),
      kind_(structure.kind),
      grid_(std::max(terms_->cutoff_A(), terms_->three_body_cutoff_A())),
      waves_(terms_->alpha_A1(), ClassicalTerms::precision),
      centre_energy_(structure.size(), 0.0),
      moved_(structure.size(), 0),
      noted_(structure.size(), 0) {
  for (const auto k : kind_) charge_.push_back(terms_->charge(k));
}

void ClassicalEnergy::reset(const Cell& cell, std::span<const Site> sites) {
  grid_.reset(cell, sites, "the potential " + terms_->name());
  double pairs = 0;
  for (std::uint32_t i = 0; i < kind_.size(); ++i) {
    grid_.each_near(grid_.site(i), terms_->cutoff_A(),
                    [&](std::uint32_t j, const Vec3&, double r2) {
                      if (j > i) pairs += terms_->pair(kind_[i], kind_[j], r2);
                    });
  }
  total_ = pairs;
  for (std::uint32_t i = 0; i < kind_.size(); ++i) total_ += centre_energy_[i] = centre(i);
  if (terms_->charged()) {
    waves_.reset(cell, grid_.sites(), charge_);
    total_ += waves_.energy_eV();
  }
}

// With all atoms that do not move.
double ClassicalEnergy::pairs_of(std::uint32_t atom, const Site& at) const {
  double sum = 0;
  grid_.each_near(at, terms_->cutoff_A(), [&](std::uint32_t j, const Vec3&, double r2) {
    if (!moved_[j]) sum += terms_->pair(kind_[atom], kind_[j], r2);
  });
  return sum;
}

double ClassicalEnergy::centre(std::uint32_t atom) {
  double sum = 0;
  for (const auto& t : terms_->three_body(kind_[atom])) {
    ends_.clear();
    grid_.each_near(grid_.site(atom), t.cutoff, [&](std::uint32_t j, const Vec3& v, double r2) {
      if (j != atom && kind_[j] == t.ends) ends_.push_back({v, std::sqrt(r2)});
    });
    for (std::size_t a = 0; a < ends_.size(); ++a) {
      for (std::size_t b = a + 1; b < ends_.size(); ++b) {
        const double ra = ends_[a].distance;
        const double rb = ends_[b].distance;
        const double off = ends_[a].vector.dot(ends_[b].vector) / (ra * rb) - t.cosine;
        sum += t.strength * off * off * std::exp(1 / (ra - t.cutoff) + 1 / (rb - t.cutoff));
      }
    }
  }
  return sum;
}

// Centres whose three-body energy an atom at `at` is part of.
void ClassicalEnergy::note_centres(std::uint32_t atom, const Site& at) {
  const auto note = [&](std::uint32_t i) {
    if (noted_[i] || terms_->three_body(kind_[i]).empty()) return;
    noted_[i] = 1;
    centres_.push_back(i);
  };
  note(atom);
  grid_.each_near(at, terms_->three_body_cutoff_A(),
                  [&](std::uint32_t j, const Vec3&, double) { note(j); });
}

double ClassicalEnergy::propose(std::span<const AtomMove> moves) {
  moves_.assign(moves.begin(), moves.end());
  back_.clear();
  centres_.clear();
  centre_before_.clear();
  change_ = 0;
  for (const AtomMove& m : moves_) {
    moved_[m.atom] = 1;
    back_.push_back({m.atom, grid_.site(m.atom)});
  }
  for (const AtomMove& m : moves_) {
    change_ += pairs_of(m.atom, m.to) - pairs_of(m.atom, grid_.site(m.atom));
  }
  for (std::size_t a = 0; a < moves_.size(); ++a) {
    for (std::size_t b = a + 1; b < moves_.size(); ++b) {
      const auto pair = [&](const Site& one, const Site& two) {
        return terms_->pair(kind_[moves_[a].atom], kind_[moves_[b].atom],
                            grid_.between(one, two).squaredNorm());
      };
      change_ += pair(moves_[a].to, moves_[b].to) - pair(back_[a].to, back_[b].to);
    }
  }
  const bool three = terms_->three_body_cutoff_A() > 0;
  if (three) {
    for (const AtomMove& m : back_) note_centres(m.atom, m.to);
  }
  for (const AtomMove& m : moves_) grid_.place(m.atom, m.to);
  if (three) {
    for (const AtomMove& m : moves_) note_centres(m.atom, m.to);
  }
  for (const auto i : centres_) {
    centre_before_.push_back(centre_energy_[i]);
    const double now = centre(i);
    change_ += now - centre_energy_[i];
    centre_energy_[i] = now;
    noted_[i] = 0;
  }
  for (const AtomMove& m : moves_) moved_[m.atom] = 0;
  if (terms_->charged()) {
    waves_.begin();
    for (const AtomMove& m : back_) {
      if (charge_[m.atom] != 0) waves_.add(charge_[m.atom], m.to, grid_.site(m.atom));
    }
    change_ += waves_.change();
  }
  return change_;
}

void ClassicalEnergy::accept() {
  total_ += change_;
  if (terms_->charged()) waves_.accept();
}

void ClassicalEnergy::reject() {
  for (std::size_t k = 0; k < centres_.size(); ++k) centre_energy_[centres_[k]] = centre_before_[k];
  for (const AtomMove& m : back_) grid_.place(m.atom, m.to);
}

std::unique_ptr<MoveEnergy> make_classical_energy(const ClassicalForm& form,
                                                  const Structure& structure) {
  ClassicalPotential(form).require_species(structure);
  return std::make_unique<ClassicalEnergy>(form, structure);
}

}  // namespace vitrion::rmc
