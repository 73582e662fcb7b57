#include "potential/mlp_reference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <map>

#include "base/constants.hpp"
#include "base/rng.hpp"
#include "core/element.hpp"
#include "potential/samples.hpp"

namespace vitrion::testing {
namespace {

using Complex = std::complex<double>;
using mlp::Model;
using Tensor = std::vector<Complex>;  // of one l: m = −l … l

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// ⟨l1 m1 l2 m2 | L M⟩: the state of M = L is what the raising operator annihilates, the others
// follow by the lowering operator.
using Coefficients = std::map<std::array<int, 2>, double>;  // of (m1, M)
double up(int l, int m) { return std::sqrt(static_cast<double>((l - m) * (l + m + 1))); }

Coefficients couple(int l1, int l2, int l) {
  Coefficients c;
  const auto value = [&](int m1, int m) {
    const auto found = c.find({m1, m});
    return found == c.end() ? 0.0 : found->second;
  };
  double size = 0;
  for (int m1 = l1; m1 >= std::max(-l1, l - l2); --m1) {
    const double v = m1 == l1 ? 1.0 : -value(m1 + 1, l) * up(l2, l - m1 - 1) / up(l1, m1);
    c[{m1, l}] = v;
    size += v * v;
  }
  for (auto& [key, v] : c) v /= std::sqrt(size);
  for (int m = l - 1; m >= -l; --m) {
    for (int m1 = -l1; m1 <= l1; ++m1) {
      const int m2 = m - m1;
      if (std::abs(m2) > l2) continue;
      c[{m1, m}] = (up(l1, m1) * value(m1 + 1, m + 1) + up(l2, m2) * value(m1, m + 1)) / up(l, m);
    }
  }
  return c;
}

Tensor coupled(const Tensor& a, const Tensor& b, int l) {
  const int la = (static_cast<int>(a.size()) - 1) / 2;
  const int lb = (static_cast<int>(b.size()) - 1) / 2;
  static std::map<std::array<int, 3>, Coefficients> known;
  auto& c = known[{la, lb, l}];
  if (c.empty()) c = couple(la, lb, l);
  Tensor out(at(2 * l + 1));
  for (const auto& [key, v] : c) {
    const auto [m1, m] = key;
    if (std::abs(m - m1) > lb) continue;
    out[at(m + l)] += v * a[at(m1 + la)] * b[at(m - m1 + lb)];
  }
  return out;
}

double contracted(const Tensor& a, const Tensor& b) {
  Complex sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * std::conj(b[i]);
  return sum.real() / std::sqrt(static_cast<double>(a.size()));
}

// √4π Y_lm with the phases of Condon and Shortley.
Complex harmonic(int l, int m, const Vec3& r) {
  const double theta = std::acos(std::clamp(r[2] / r.norm(), -1.0, 1.0));
  const double phi = std::atan2(r[1], r[0]);
  const int n = std::abs(m);
  const double p = std::sqrt(4 * M_PI) *
                   std::sph_legendre(static_cast<unsigned>(l), static_cast<unsigned>(n), theta);
  const Complex y = p * std::polar(1.0, n * phi);
  return m >= 0 ? y : (n % 2 == 0 ? 1.0 : -1.0) * std::conj(y);
}

double rest(const mlp::PairShape& p, double r) {
  const double w = p.core_outer_A - p.core_inner_A;
  if (r >= p.core_outer_A) return r;
  const double t = std::max(0.0, (r - p.core_inner_A) / w);
  return p.core_outer_A - w / 2 + w * t * t * t * (1 - t / 2);
}

double radial(const Model& m, const mlp::PairShape& p, int n, double r) {
  if (r >= p.cutoff_A) return 0;
  const double u = rest(p, r) / p.cutoff_A;
  double x = 1 - 2 * u;
  if (m.radial.scaling == mlp::Scaling::cosine) x = std::cos(M_PI * u);
  if (m.radial.scaling == mlp::Scaling::exponential) {
    const double e = std::exp(-m.radial.lambda);
    x = 2 * (std::exp(-m.radial.lambda * u) - e) / (1 - e) - 1;
  }
  const double f = m.radial.envelope == mlp::Envelope::cosine ? std::pow(std::cos(M_PI * u / 2), 2)
                                                              : std::pow(1 - u * u, 2);
  return std::cos(n * std::acos(std::clamp(x, -1.0, 1.0))) * f;
}

double screened(const Model& m, int z, int other, double r) {
  const auto& p = m.pair(z, other);
  if (r >= p.core_outer_A) return 0;
  const int z1 = element::atomic_number(m.elements[at(z)]);
  const int z2 = element::atomic_number(m.elements[at(other)]);
  const double a = 0.46850 / (std::pow(z1, 0.23) + std::pow(z2, 0.23));
  const double phi = 0.18175 * std::exp(-3.19980 * r / a) + 0.50986 * std::exp(-0.94229 * r / a) +
                     0.28022 * std::exp(-0.40290 * r / a) + 0.02817 * std::exp(-0.20162 * r / a);
  const double t = std::max(0.0, (r - p.core_inner_A) / (p.core_outer_A - p.core_inner_A));
  const double on = 1 - 10 * std::pow(t, 3) + 15 * std::pow(t, 4) - 6 * std::pow(t, 5);
  return constants::coulomb_eV_A * z1 * z2 / r * phi * on;
}

// A'_k,l of all mixed channels.
std::map<std::array<int, 2>, Tensor> channels(const Model& m, const Surroundings& around) {
  std::map<std::array<int, 2>, Tensor> plain, mixed;
  for (int p = 0; p < m.projections(); ++p) {
    const int other = p / m.radial.functions;
    for (int l = 0; l <= m.l_max; ++l) {
      Tensor sum(at(2 * l + 1));
      for (std::size_t j = 0; j < around.displacement.size(); ++j) {
        const int element = around.neighbor_element[j];
        if (other < m.element_count() && element != other) continue;
        const Vec3& d = around.displacement[j];
        double w = radial(m, m.pair(around.element, element), p % m.radial.functions, d.norm());
        if (other >= m.element_count()) w *= around.message.at(j)[at(other - m.element_count())];
        if (w == 0) continue;
        for (int q = -l; q <= l; ++q) sum[at(q + l)] += w / m.density_scale * harmonic(l, q, d);
      }
      plain[{p, l}] = sum;
    }
  }
  if (m.mixing.empty()) return plain;
  for (int k = 0; k < m.mixed_channels(); ++k) {
    for (int l = 0; l <= m.l_max; ++l) {
      Tensor sum(at(2 * l + 1));
      for (int p = 0; p < m.projections(); ++p) {
        const int place =
            ((around.element * m.mixed_channels() + k) * (m.l_max + 1) + l) * m.projections() + p;
        for (std::size_t q = 0; q < sum.size(); ++q) {
          sum[q] += m.mixing[at(place)] * plain[{p, l}][q];
        }
      }
      mixed[{k, l}] = sum;
    }
  }
  return mixed;
}

double sigma(mlp::Activation kind, double x) {
  switch (kind) {
    case mlp::Activation::tanh: return std::tanh(x);
    case mlp::Activation::silu: return x / (1 + std::exp(-x));
    case mlp::Activation::root: break;
  }
  return (x < 0 ? -1 : 1) * (std::sqrt(std::abs(x) + 0.25) - 0.5);
}

template <class F>
double derivative(F&& f, double h) {
  return (45 * (f(h) - f(-h)) - 9 * (f(2 * h) - f(-2 * h)) + (f(3 * h) - f(-3 * h))) / (60 * h);
}

int element_of(const Model& m, const std::string& name) {
  return static_cast<int>(std::find(m.elements.begin(), m.elements.end(), name) -
                          m.elements.begin());
}

}  // namespace

std::vector<double> reference_invariants(const Model& m, const Surroundings& around) {
  const auto a = channels(m, around);
  std::vector<double> out;
  for (int copy = 0; copy < m.copies; ++copy) {
    for (const auto& invariant : m.invariants) {
      std::vector<Tensor> f;
      for (const auto& x : invariant.factors)
        f.push_back(a.at({copy * m.channels + x.channel, x.l}));
      if (f.size() == 1) out.push_back(f[0][0].real());
      if (f.size() == 2) out.push_back(contracted(f[0], f[1]));
      if (f.size() == 3)
        out.push_back(contracted(coupled(f[0], f[1], invariant.factors[2].l), f[2]));
      if (f.size() == 4) {
        out.push_back(contracted(coupled(f[0], f[1], invariant.coupled_l),
                                 coupled(f[2], f[3], invariant.coupled_l)));
      }
    }
  }
  return out;
}

std::vector<double> reference_message(const Model& m, const Surroundings& around) {
  const auto& r = m.readout[at(around.element)];
  const auto b = reference_invariants(m, around);
  std::vector<double> out;
  for (std::size_t h = 0; h < r.hidden_bias.size(); ++h) {
    double x = r.hidden_bias[h];
    for (std::size_t f = 0; f < b.size(); ++f) {
      x += r.hidden_weight[h * b.size() + f] * (b[f] - r.shift[f]) * r.scale[f];
    }
    out.push_back(sigma(m.activation, x));
  }
  return out;
}

double reference_centre_energy(const Model& m, const Surroundings& around) {
  const auto& r = m.readout[at(around.element)];
  auto b = reference_invariants(m, around);
  double energy = m.reference_energy_eV[at(around.element)];
  for (std::size_t f = 0; f < b.size(); ++f) {
    b[f] = (b[f] - r.shift[f]) * r.scale[f];
    energy += r.linear[f] * b[f];
  }
  for (std::size_t h = 0; h < r.hidden_bias.size(); ++h) {
    double x = r.hidden_bias[h];
    for (std::size_t f = 0; f < b.size(); ++f) x += r.hidden_weight[h * b.size() + f] * b[f];
    energy += r.hidden_output[h] * sigma(m.activation, x);
  }
  for (std::size_t j = 0; m.zbl && j < around.displacement.size(); ++j) {
    energy += 0.5 * screened(m, around.element, around.neighbor_element[j],
                             around.displacement[j].norm());
  }
  return energy;
}

std::vector<Surroundings> reference_surroundings(const Model& m, const Structure& s) {
  const double cutoff = m.max_cutoff_A();
  int reach[3] = {0, 0, 0};
  for (int k = 0; k < 3 && s.cell.is_defined(); ++k) {
    reach[k] = 2 + static_cast<int>(cutoff / s.cell.heights()[k]);
  }
  std::vector<Surroundings> out(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    out[i].element = element_of(m, s.species_of(i).name);
    for (std::size_t j = 0; j < s.size(); ++j) {
      for (int a = -reach[0]; a <= reach[0]; ++a) {
        for (int b = -reach[1]; b <= reach[1]; ++b) {
          for (int c = -reach[2]; c <= reach[2]; ++c) {
            if (i == j && a == 0 && b == 0 && c == 0) continue;
            const Vec3 d = s.position[j] - s.position[i] + s.cell.vectors() * Vec3(a, b, c);
            if (d.norm() >= cutoff) continue;
            out[i].displacement.push_back(d);
            out[i].neighbor.push_back(j);
            out[i].neighbor_element.push_back(element_of(m, s.species_of(j).name));
          }
        }
      }
    }
  }
  if (m.below.empty()) return out;
  std::vector<std::vector<double>> said;
  for (const auto& around : out) said.push_back(reference_message(m.below[0], around));
  for (auto& around : out) {
    for (const auto j : around.neighbor) around.message.push_back(said[j]);
  }
  return out;
}

double reference_energy(const Model& m, const Structure& s) {
  double sum = 0;
  for (const auto& around : reference_surroundings(m, s)) sum += reference_centre_energy(m, around);
  return sum;
}

std::vector<Vec3> reference_forces(const Model& m, const Structure& s) {
  std::vector<Vec3> out(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (int k = 0; k < 3; ++k) {
      out[i][k] = -derivative(
          [&](double h) {
            Structure moved = s;
            moved.position[i][k] += h;
            return reference_energy(m, moved);
          },
          2e-3);
    }
  }
  return out;
}

Mat3 reference_stress(const Model& m, const Structure& s) {
  Mat3 out;
  for (int a = 0; a < 3; ++a) {
    for (int b = a; b < 3; ++b) {
      out(a, b) = out(b, a) = derivative(
                                  [&](double h) {
                                    Mat3 strain = Mat3::Zero();
                                    strain(a, b) += h / 2;
                                    strain(b, a) += h / 2;
                                    return reference_energy(m, strained(s, strain));
                                  },
                                  1e-3) /
                              s.cell.volume();
    }
  }
  return out;
}

namespace {

void random_uncertainty(const RandomModel& spec, RandomStream& random, Model& m) {
  m.features = spec.uncertainty_of_hidden ? "hidden" : "invariants";
  m.uncertainty.resize(m.elements.size());
  const auto n = at(m.uncertainty_features());
  for (auto& u : m.uncertainty) {
    for (std::size_t i = 0; i < n * n; ++i) u.active_inverse.push_back(0.1 * random.normal());
    for (std::size_t i = 0; i < n * 2; ++i) u.posterior_factor.push_back(0.01 * random.normal());
  }
}

void random_readout(int hidden, RandomStream& random, Model& m) {
  const auto features = at(m.features_B());
  for (auto& r : m.readout) {
    const double size = 0.3 / std::sqrt(static_cast<double>(features));
    for (std::size_t f = 0; f < features; ++f) {
      r.shift.push_back(0.1 * random.normal());
      r.scale.push_back(random.uniform(0.5, 1.5));
      r.linear.push_back(size * random.normal());
    }
    for (int h = 0; h < hidden; ++h) {
      r.hidden_bias.push_back(0.3 * random.normal());
      r.hidden_output.push_back(0.3 * random.normal());
      for (std::size_t f = 0; f < features; ++f)
        r.hidden_weight.push_back(3 * size * random.normal());
    }
  }
}

void random_mixing(RandomStream& random, Model& m) {
  const int count = m.element_count() * m.mixed_channels() * (m.l_max + 1) * m.projections();
  for (int i = 0; i < count; ++i) m.mixing.push_back(0.5 * random.normal());
}

// A layer of messages for a model: of its channels, but one copy less or more.
Model random_below(const Model& m, int messages, RandomStream& random) {
  Model below = m;
  below.copies = m.copies == 1 ? 2 : 1;
  below.reference_energy_eV.assign(m.elements.size(), 0.0);
  below.zbl = false;
  below.features = "hidden";
  random_mixing(random, below);
  random_readout(messages, random, below);
  for (auto& r : below.readout) {
    std::fill(r.linear.begin(), r.linear.end(), 0.0);
    std::fill(r.hidden_output.begin(), r.hidden_output.end(), 0.0);
  }
  return below;
}

}  // namespace

Model random_model(const RandomModel& spec) {
  RandomStream random(spec.seed, "model");
  Model m;
  m.name = "random";
  m.summary = "random numbers, for tests";
  m.provenance = "drawn by the tests";
  m.elements = spec.elements;
  const auto z = spec.elements.size();
  for (std::size_t i = 0; i < z; ++i)
    m.reference_energy_eV.push_back(-1.0 - 0.5 * random.uniform());
  m.radial.functions = spec.functions;
  m.radial.scaling = spec.scaling;
  m.radial.envelope = spec.envelope;
  m.radial.pairs.resize(z * z);
  for (std::size_t a = 0; a < z; ++a) {
    for (std::size_t b = a; b < z; ++b) {
      mlp::PairShape p;
      p.cutoff_A = spec.cutoff_A * (spec.same_cutoffs ? 1.0 : random.uniform(0.7, 1.0));
      p.core_inner_A = random.uniform(0.4, 0.7);
      p.core_outer_A = random.uniform(1.0, 1.3);
      m.radial.pairs[a * z + b] = m.radial.pairs[b * z + a] = p;
    }
  }
  m.density_scale = 4;
  m.l_max = spec.l_max;
  m.copies = spec.copies;
  m.channels = spec.mixed_channels > 0 ? spec.mixed_channels : m.projections();
  mlp::ProgramSpec program;
  program.channels = m.channels;
  for (int k = 0; k < m.channels; ++k) program.channel_degree.push_back(k % spec.functions);
  const mlp::ProgramSpec::Order orders[]{
      {8, 0}, {5, spec.l_max}, {3, std::min(spec.l_max, 3)}, {2, std::min(spec.l_max, 2)}};
  program.orders.assign(orders, orders + spec.order);
  m.invariants = mlp::enumerate_invariants(program);
  m.activation = spec.activation;
  m.readout.resize(z);
  if (spec.messages > 0) m.below.push_back(random_below(m, spec.messages, random));
  if (spec.mixed_channels > 0) random_mixing(random, m);
  random_readout(spec.hidden, random, m);
  m.zbl = spec.zbl;
  if (spec.uncertainty) random_uncertainty(spec, random, m);
  return m;
}

}  // namespace vitrion::testing
