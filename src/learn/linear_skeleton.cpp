#include "learn/linear_skeleton.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "core/element.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {

std::vector<double> smallest_distances(std::span<const Structure* const> structures,
                                       std::span<const std::string> elements, double cutoff_A) {
  const std::size_t z_all = elements.size();
  std::vector<double> out(z_all * z_all, 0);
  for (const Structure* s : structures) {
    std::vector<std::size_t> element;
    for (const auto& species : s->species) {
      element.push_back(static_cast<std::size_t>(
          std::find(elements.begin(), elements.end(), species.name) - elements.begin()));
    }
    const NeighborList list = build_neighbor_list(*s, cutoff_A);
    for (std::size_t i = 0; i < s->size(); ++i) {
      const std::size_t a = element[s->kind[i]];
      std::vector<bool> met(z_all, false);  // neighbours come by distance: the first of each counts
      for (const Neighbor& q : list.of(i)) {
        const std::size_t b = element[s->kind[q.atom]];
        if (a >= z_all || b >= z_all || met[b]) continue;
        met[b] = true;
        double& least = out[a * z_all + b];
        if (least == 0 || q.distance < least) least = q.distance;
      }
    }
  }
  // The two directions of a pair differ by rounding, which a model may not.
  for (std::size_t a = 0; a < z_all; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      double& ab = out[a * z_all + b];
      double& ba = out[b * z_all + a];
      ab = ba = ab == 0 || ba == 0 ? std::max(ab, ba) : std::min(ab, ba);
    }
  }
  return out;
}

mlp::PairShape pair_shape(const std::string& a, const std::string& b, double smallest_A,
                          double cutoff_A) {
  const double bond = element::covalent_radius_A(element::require(a)) +
                      element::covalent_radius_A(element::require(b));
  mlp::PairShape shape;
  shape.cutoff_A = cutoff_A;
  shape.core_outer_A = std::min(smallest_A > 0 ? 0.95 * smallest_A : 0.6 * bond, 0.6 * cutoff_A);
  // At least 0.6 Å wide where there is room, never below 0.2 Å.
  shape.core_inner_A = std::max(std::min(shape.core_outer_A - 0.6, 0.6 * shape.core_outer_A), 0.2);
  if (shape.core_inner_A >= shape.core_outer_A) shape.core_inner_A = 0.5 * shape.core_outer_A;
  return shape;
}

Schema LinearSkeletonOptions::schema() {
  Schema s("linear");
  s.quantity("cutoff", cutoff_A, Dimension::length, "radius of a neighbourhood", positive)
      .integer("functions", functions, "radial functions of a pair", Bounds{1, 16})
      .choice("scaling", scaling, {"exponential", "cosine", "linear"},
              "how the argument of the radial functions runs with the distance")
      .quantity("lambda", lambda, Dimension::none, "steepness of the exponential scaling", positive)
      .choice("envelope", envelope, {"polynomial", "cosine"},
              "what takes radial functions to zero at the cut-off; cosine with exponential scaling "
              "can be exported to LAMMPS' pair_style pace")
      .quantities("degrees", degrees, Dimension::none,
                  "largest sum of n + l of products of one, two, three, four", not_negative)
      .quantities("l_max", l_max, Dimension::none, "largest l of a factor, of each order",
                  not_negative)
      .quantities("n_max", n_max, Dimension::none, "largest n of a factor, of each order",
                  not_negative);
  return s;
}

std::vector<mlp::ProgramSpec::Order> LinearSkeletonOptions::orders() const {
  if (l_max.size() != degrees.size() || n_max.size() != degrees.size() || degrees.size() > 4) {
    throw InputError(
        "degrees, l_max and n_max of a linear potential need one number each for every order of "
        "products, at most four");
  }
  std::vector<mlp::ProgramSpec::Order> out;
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    out.push_back({static_cast<int>(std::lround(degrees[i])),
                   static_cast<int>(std::lround(l_max[i])),
                   static_cast<int>(std::lround(n_max[i]))});
  }
  return out;
}

mlp::Model make_linear_skeleton(const std::vector<std::string>& elements,
                                std::span<const double> smallest_distances_A,
                                const LinearSkeletonOptions& options) {
  if (elements.empty()) throw InputError("a potential needs an element");
  if (!(options.cutoff_A > 1)) throw InputError("the cut-off of a potential must exceed 1 Å");
  mlp::Model m;
  m.name = "linear";
  m.elements = elements;
  m.reference_energy_eV.assign(elements.size(), 0);
  m.radial.functions = static_cast<int>(options.functions);
  m.radial.scaling = mlp::scaling_named(options.scaling);
  m.radial.lambda = options.lambda;
  m.radial.envelope = mlp::envelope_named(options.envelope);
  m.zbl = options.zbl;
  for (std::size_t a = 0; a < elements.size(); ++a) {
    for (std::size_t b = 0; b < elements.size(); ++b) {
      const double least =
          smallest_distances_A.empty() ? 0 : smallest_distances_A[a * elements.size() + b];
      m.radial.pairs.push_back(pair_shape(elements[a], elements[b], least, options.cutoff_A));
    }
  }
  mlp::ProgramSpec spec;
  spec.channels = m.projections();
  for (int k = 0; k < spec.channels; ++k) spec.channel_degree.push_back(k % m.radial.functions);
  spec.orders = options.orders();
  m.l_max = 0;
  for (const auto& o : spec.orders) m.l_max = std::max(m.l_max, o.max_l);
  m.channels = spec.channels;
  m.invariants = mlp::enumerate_invariants(spec);
  if (m.invariants.empty()) throw InputError("the degrees of the basis leave no invariant");
  // A_000 of order 1 at the density of a condensed phase, some 0.05 atoms/Å³: the cut-off function
  // integrates to 0.19 of the sphere's volume.
  const double r3 = options.cutoff_A * options.cutoff_A * options.cutoff_A;
  m.density_scale = 0.05 * 0.15 * 4.19 * r3 / static_cast<double>(elements.size());
  mlp::Readout readout;
  readout.shift.assign(m.invariants.size(), 0);
  readout.scale.assign(m.invariants.size(), 1);
  readout.linear.assign(m.invariants.size(), 0);
  m.readout.assign(elements.size(), readout);
  return m;
}

}  // namespace vitrion
