#include "learn/network_skeleton.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "learn/linear_skeleton.hpp"

namespace vitrion {
namespace {

std::vector<double> normals(RandomStream& random, std::size_t n, double deviation) {
  std::vector<double> out(n);
  for (auto& x : out) x = deviation * random.normal();
  return out;
}

std::vector<mlp::Invariant> invariants_of(const NetworkSkeletonOptions& o) {
  const auto order = [](long nu, long l) {
    return mlp::ProgramSpec::Order{static_cast<int>(nu * l), static_cast<int>(l)};
  };
  mlp::ProgramSpec spec;
  spec.channels = 1;
  spec.orders = {{0, 0}, order(2, o.l_max)};
  if (o.l_order3 >= 0) spec.orders.push_back(order(3, o.l_order3));
  if (o.l_order3 >= 0 && o.l_order4 >= 0) spec.orders.push_back(order(4, o.l_order4));
  return mlp::enumerate_invariants(spec);
}

constexpr double message_start = 0.05;

// Channels, hidden units and random numbers of one layer.
void fill(mlp::Model& m, long channels, long hidden, RandomStream& random) {
  m.copies = static_cast<int>(channels);
  m.channels = 1;
  m.features = hidden > 0 ? "hidden" : "invariants";
  const std::size_t z_count = m.elements.size();
  const auto q = static_cast<std::size_t>(m.projections());
  const std::size_t mixing = z_count * static_cast<std::size_t>(m.mixed_channels()) *
                             static_cast<std::size_t>(m.l_max + 1) * q;
  const std::size_t own = z_count * static_cast<std::size_t>(m.radial.functions);
  m.mixing = normals(random, mixing, 1 / std::sqrt(static_cast<double>(own)));
  // Messages say little before they have learned: a fit starts as one without them would.
  for (std::size_t i = 0; i < mixing; ++i) {
    if (i % q >= own) m.mixing[i] *= message_start;
  }
  const auto f = static_cast<std::size_t>(m.features_B());
  const auto h = static_cast<std::size_t>(hidden);
  for (std::size_t z = 0; z < z_count; ++z) {
    mlp::Readout r;
    r.shift.assign(f, 0.0);
    r.scale.assign(f, 1.0);
    const double small = 1 / std::sqrt(static_cast<double>(f));
    r.linear = normals(random, f, 0.1 * small);
    r.hidden_weight = normals(random, h * f, small);
    r.hidden_bias.assign(h, 0.0);
    r.hidden_output = normals(random, h, 1 / std::sqrt(static_cast<double>(h) + 1e-9));
    m.readout.push_back(std::move(r));
  }
}

}  // namespace

Schema NetworkSkeletonOptions::schema() {
  Schema s("network");
  s.quantity("cutoff", cutoff_A, Dimension::length, "radius of a neighbourhood", positive)
      .integer("functions", functions, "radial functions of a pair", Bounds{1, 16})
      .choice("scaling", scaling, {"exponential", "cosine", "linear"},
              "how the argument of the radial functions runs with the distance")
      .quantity("lambda", lambda, Dimension::none, "steepness of the exponential scaling", positive)
      .integer("l_max", l_max, "largest angular momentum of products of two", Bounds{0, 6})
      .integer("l_order3", l_order3, "of products of three; -1: none", Bounds{-1, 6})
      .integer("l_order4", l_order4, "of products of four; -1: none", Bounds{-1, 4})
      .integer("channels", channels, "mixed channels", Bounds{1, 256})
      .integer("hidden", hidden, "units of the hidden layer; 0: none", Bounds{0, 512})
      .integer("messages", messages,
               "numbers that each atom tells its neighbours of its own surroundings; 0: none",
               Bounds{0, 64})
      .integer("message_channels", message_channels, "mixed channels of the layer that makes them",
               Bounds{1, 256})
      .choice("activation", activation, {"silu", "tanh", "root"}, "of the hidden units")
      .quantity("density_scale", density_scale, Dimension::none,
                "neighbour densities are divided by it", positive)
      .integer("seed", seed, "of the first numbers and the order of frames");
  return s;
}

mlp::Model make_network_skeleton(const std::vector<std::string>& elements,
                                 std::span<const double> smallest_distances_A,
                                 const NetworkSkeletonOptions& o) {
  if (o.l_order3 > o.l_max || o.l_order4 > o.l_max) {
    throw InputError("l_order3 and l_order4 cannot exceed l_max: raise l_max");
  }
  mlp::Model m;
  m.elements = elements;
  const std::size_t z_count = elements.size();
  m.reference_energy_eV.assign(z_count, 0.0);
  m.radial.functions = static_cast<int>(o.functions);
  m.radial.scaling = mlp::scaling_named(o.scaling);
  m.radial.lambda = o.lambda;
  for (std::size_t a = 0; a < z_count; ++a) {
    for (std::size_t b = 0; b < z_count; ++b) {
      m.radial.pairs.push_back(
          pair_shape(elements[a], elements[b], smallest_distances_A[a * z_count + b], o.cutoff_A));
    }
  }
  m.density_scale = o.density_scale;
  m.l_max = static_cast<int>(o.l_max);
  m.activation = mlp::activation_named(o.activation);
  m.invariants = invariants_of(o);
  RandomStream random(static_cast<std::uint64_t>(o.seed), "first numbers of a network");
  if (o.messages > 0) {
    mlp::Model below = m;
    fill(below, o.message_channels, o.messages, random);
    for (auto& r : below.readout) {  // it has no energy of its own
      std::fill(r.linear.begin(), r.linear.end(), 0.0);
      std::fill(r.hidden_output.begin(), r.hidden_output.end(), 0.0);
    }
    below.zbl = false;
    m.below.push_back(std::move(below));
  }
  fill(m, o.channels, o.hidden, random);
  return m;
}

}  // namespace vitrion
