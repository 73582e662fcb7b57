#include "learn/linear_design.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "learn/linear_frame.hpp"
#include "potential/mlp/harmonics.hpp"

namespace vitrion {
using linear::lanes;

LinearDesign::Scratch::Scratch() : buffers_(std::make_unique<Buffers>()) {}
LinearDesign::Scratch::~Scratch() = default;
LinearDesign::Scratch::Scratch(Scratch&&) noexcept = default;
LinearDesign::Scratch& LinearDesign::Scratch::operator=(Scratch&&) noexcept = default;
LinearDesign::~LinearDesign() = default;
LinearDesign::LinearDesign(LinearDesign&&) noexcept = default;
LinearDesign& LinearDesign::operator=(LinearDesign&&) noexcept = default;

namespace {

// Which channels a neighbour of `other` feeds around a centre of `z`, and with what weights.
linear::PairMap make_map(const mlp::Model& m, const linear::Gradient& g, int z, int other) {
  linear::PairMap map;
  const int functions = m.radial.functions;
  const int lm_all = mlp::lm_count(m.l_max);
  std::vector<int> here(static_cast<std::size_t>(m.channels), -1);
  const auto weight = [&](int k, int l, int n) {
    const auto row = (static_cast<std::size_t>(z) * static_cast<std::size_t>(m.channels) +
                      static_cast<std::size_t>(k)) *
                         static_cast<std::size_t>(m.l_max + 1) +
                     static_cast<std::size_t>(l);
    return m.mixing[row * static_cast<std::size_t>(m.projections()) +
                    static_cast<std::size_t>(other * functions + n)];
  };
  for (int k = 0; k < m.channels; ++k) {
    bool fed = m.mixing.empty() && k / functions == other;
    for (int l = 0; !m.mixing.empty() && l <= m.l_max; ++l) {
      for (int n = 0; n < functions; ++n) fed = fed || weight(k, l, n) != 0;
    }
    if (!fed) continue;
    here[static_cast<std::size_t>(k)] = static_cast<int>(map.channels.size());
    map.channels.push_back(k);
  }
  for (int l = 0; !m.mixing.empty() && l <= m.l_max; ++l) {
    for (const int k : map.channels) {
      for (int n = 0; n < functions; ++n) {
        map.weight.push_back(static_cast<float>(weight(k, l, n)));
      }
    }
  }
  for (std::size_t f = 0; f + 1 < g.first.size(); ++f) {
    map.first.push_back(map.entries.size());
    for (std::size_t e = g.first[f].entry; e < g.first[f + 1].entry; ++e) {
      const int k = here[static_cast<std::size_t>(g.input[e] / lm_all)];
      if (k >= 0) map.entries.push_back({static_cast<int>(e), k * lm_all + g.input[e] % lm_all});
    }
  }
  map.first.push_back(map.entries.size());
  return map;
}

}  // namespace

LinearDesign::LinearDesign(const mlp::Model& model) : tables_(std::make_unique<Tables>()) {
  if (model.copies != 1 || model.hidden_units() != 0) {
    throw InputError(fmt::format(
        "\"{}\" is not linear in its coefficients: a linear fit needs one copy and no hidden units",
        model.name));
  }
  auto& t = *tables_;
  t.model = model;
  t.program = mlp::compile_program(model.invariants, model.channels, model.l_max);
  t.gradient = linear::make_gradient(t.program);
  t.cutoff = model.max_cutoff_A();
  const int z_max = model.element_count();
  for (int z = 0; z < z_max; ++z) {
    t.atomic_number.push_back(element::require(model.elements[static_cast<std::size_t>(z)]));
    for (int other = 0; other < z_max; ++other) {
      t.maps.push_back(make_map(model, t.gradient, z, other));
    }
  }
}

std::size_t LinearDesign::columns() const {
  return invariants() * static_cast<std::size_t>(tables_->model.element_count());
}
std::size_t LinearDesign::invariants() const { return tables_->model.invariants.size(); }
const mlp::Model& LinearDesign::model() const { return tables_->model; }

std::vector<int> element_indices(const Structure& structure, const mlp::Model& model) {
  std::vector<int> out;
  const auto counts = structure.counts();
  for (std::size_t k = 0; k < structure.species.size(); ++k) {
    const auto& name = structure.species[k].name;
    const auto at = std::find(model.elements.begin(), model.elements.end(), name);
    if (at == model.elements.end() && counts[k] > 0) {
      throw InputError(
          fmt::format("the potential knows {} and not \"{}\"", join(model.elements, ", "), name));
    }
    out.push_back(at == model.elements.end() ? -1 : static_cast<int>(at - model.elements.begin()));
  }
  return out;
}

void LinearDesign::rows(const Structure& structure, Scratch& scratch, DesignRows& out,
                        bool want_features) const {
  Worker(*tables_, *scratch.buffers_, structure, out).run(true, want_features);
}

void LinearDesign::features(const Structure& structure, Scratch& scratch, DesignRows& out) const {
  Worker(*tables_, *scratch.buffers_, structure, out).run(false, true);
}

LinearPrediction predict(const DesignRows& rows, std::span<const double> c) {
  LinearPrediction out;
  out.energy_eV = rows.base_energy_eV;
  out.strain = rows.base_strain;
  std::vector<double> sum(rows.stride, 0);
  for (std::size_t k = 0; k < rows.columns; ++k) {
    out.energy_eV += c[k] * rows.energy[k];
    for (std::size_t q = 0; q < 6; ++q) out.strain[q] += c[k] * rows.strain[q][k];
    const float* column = rows.force.data() + k * rows.stride;
    for (std::size_t r = 0; r < rows.stride; ++r) sum[r] += c[k] * static_cast<double>(column[r]);
  }
  out.forces.resize(rows.atoms);
  for (std::size_t i = 0; i < rows.atoms; ++i) {
    for (int d = 0; d < 3; ++d) {
      out.forces[i][d] =
          rows.base_force[i][d] + sum[rows.row[i] + static_cast<std::size_t>(d) * lanes];
    }
  }
  return out;
}

}  // namespace vitrion
