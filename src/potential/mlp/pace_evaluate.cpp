#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <map>

#include "base/error.hpp"
#include "potential/mlp/pace_read.hpp"

namespace vitrion::mlp {
namespace {

using Complex = std::complex<double>;

// A number and its gradient with respect to the neighbour's position.
template <class T>
struct Jet {
  T v{};
  std::array<T, 3> d{};
  // f(v) from its value and slope.
  [[nodiscard]] Jet of(T value, T slope) const {
    return {value, {slope * d[0], slope * d[1], slope * d[2]}};
  }
};

template <class A, class B>
auto operator*(const Jet<A>& a, const Jet<B>& b) {
  Jet<decltype(a.v * b.v)> out{a.v * b.v, {}};
  for (std::size_t i = 0; i < 3; ++i) out.d[i] = a.d[i] * b.v + a.v * b.d[i];
  return out;
}
template <class T>
Jet<T> operator+(const Jet<T>& a, const Jet<T>& b) {
  return {a.v + b.v, {a.d[0] + b.d[0], a.d[1] + b.d[1], a.d[2] + b.d[2]}};
}
template <class T>
Jet<T> operator*(double c, const Jet<T>& a) {
  return {c * a.v, {c * a.d[0], c * a.d[1], c * a.d[2]}};
}
Jet<double> plus(double c, Jet<double> a) {
  a.v += c;
  return a;
}
using Real = Jet<double>;

Real exp(const Real& x) { return x.of(std::exp(x.v), std::exp(x.v)); }
// ½ (1 + cos πx).
Real cosine_step(const Real& x) {
  return x.of(0.5 * (1 + std::cos(M_PI * x.v)), -0.5 * M_PI * std::sin(M_PI * x.v));
}
// 1 up to `end` − width, 0 from `end` on.
Real smooth_step(const Real& x, double end, double width) {
  if (x.v >= end) return {};
  if (x.v <= end - width) return {1, {}};
  const double t = (x.v - end + width) / width;
  return x.of(1 - t * t * t * (10 - 15 * t + 6 * t * t), -30 * t * t * (1 - t) * (1 - t) / width);
}

// g_k.
std::vector<Real> base_functions(const PaceBond& b, const Real& r) {
  const bool exponential = b.base_name == "ChebExpCos";
  Real x;
  if (exponential) {
    const double end = std::exp(-b.lambda);
    x = plus(1 + 2 * end / (1 - end), -2 / (1 - end) * exp(-b.lambda / b.cutoff_A * r));
  } else {
    const double y = 1 - r.v / b.cutoff_A;
    x = r.of(1 - 2 * std::pow(y, b.lambda), 2 * b.lambda / b.cutoff_A * std::pow(y, b.lambda - 1));
  }
  Real weight{1, {}};
  if (exponential) {
    weight = cosine_step(1 / b.cutoff_A * r);
    const double from = b.cutoff_A - b.cutoff_width_A;
    if (r.v > from) weight = weight * cosine_step(1 / b.cutoff_width_A * plus(-from, r));
  }
  if (b.inner_kind == "distance")
    weight = weight * plus(1, -1.0 * smooth_step(r, b.inner_A, b.inner_width_A));
  std::vector<Real> t{{1, {}}, x};
  while (static_cast<int>(t.size()) < b.base + 1)
    t.push_back(2.0 * x * t.back() + -1.0 * t[t.size() - 2]);
  std::vector<Real> out;
  for (int k = 0; k < b.base; ++k) {
    const Real shape =
        exponential && k == 0 ? Real{1, {}} : plus(0.5, -0.5 * t[at(exponential ? k : k + 1)]);
    out.push_back(weight * shape);
  }
  return out;
}

Real core(const PaceBond& b, const Real& r) {
  const Real square = r * r;
  if (b.core_decay * square.v >= 50) return {};
  Real c = r.of(std::abs(b.core_prefactor) / r.v, -std::abs(b.core_prefactor) / (r.v * r.v)) *
           exp(-std::abs(b.core_decay) * square) * cosine_step(1 / b.cutoff_A * r);
  if (b.inner_kind == "distance") c = c * smooth_step(r, b.inner_A, b.inner_width_A);
  return c;
}

// √4π Y_lm of the unit vector, at l² + l + m.
std::vector<Jet<Complex>> harmonics(int l_max, const std::array<Real, 3>& u) {
  std::vector<Jet<Complex>> out(at((l_max + 1) * (l_max + 1)));
  const Jet<Complex> plane{Complex(u[0].v, u[1].v),
                           {Complex(u[0].d[0], u[1].d[0]), Complex(u[0].d[1], u[1].d[1]),
                            Complex(u[0].d[2], u[1].d[2])}};
  Jet<Complex> turned{1, {}};  // (x + iy)^m
  double first = 1;            // (2m − 1)!!
  for (int m = 0; m <= l_max; ++m) {
    const double sign = m % 2 == 0 ? 1 : -1;
    Real before, legendre{first, {}};  // d^m P_l/dz^m of l − 1 and l
    double norm = 1;                   // (l − m)!/(l + m)!
    for (int i = 2; i <= 2 * m; ++i) norm /= i;
    for (int l = m; l <= l_max; ++l) {
      if (l > m) {
        const Real next =
            1.0 / (l - m) * ((2.0 * l - 1) * u[2] * legendre + -(l + m - 1.0) * before);
        before = legendre;
        legendre = next;
        norm *= static_cast<double>(l - m) / (l + m);
      }
      const auto y = sign * std::sqrt((2 * l + 1) * norm) * (legendre * turned);
      out[at(l * l + l + m)] = y;
      out[at(l * l + l - m)] = {
          sign * std::conj(y.v),
          {sign * std::conj(y.d[0]), sign * std::conj(y.d[1]), sign * std::conj(y.d[2])}};
    }
    turned = turned * plane;
    first *= 2 * m + 1;
  }
  return out;
}

// F and its slope.
std::array<double, 2> embedded(const std::string& kind, double rho, double exponent) {
  const double a = std::abs(rho), sign = std::copysign(1.0, rho);
  if (std::abs(exponent - 1) < 1e-10) return {rho, 1};
  if (kind == "FinnisSinclair") {
    // a^m, and linear very near to zero.
    const double w = 1e6, g = std::exp(-std::pow(w * a, 3)), slope = std::pow(w, 1 - exponent);
    const double dg = -3 * w * w * w * a * a * g;
    if (a < 1e-10) return {slope * rho, slope};
    return {sign * ((1 - g) * std::pow(a, exponent) + slope * g * a),
            (1 - g) * exponent * std::pow(a, exponent - 1) - dg * std::pow(a, exponent) +
                slope * (g + dg * a)};
  }
  // (a + x₀)^m − y₀ with offsets that decay as e^{−a} and give F a slope of 1 at zero.
  const double q = 1 / exponent;
  const double x0 = std::pow(q, q / (1 - q)) * std::exp(-a),
               y0 = std::pow(q, 1 / (1 - q)) * std::exp(-a);
  return {sign * (std::pow(a + x0, exponent) - y0),
          y0 + exponent * (1 - x0) * std::pow(a + x0, exponent - 1)};
}

// Projections: what stands for a factor, its sum over neighbours, and ∂E/∂A once it is known.
struct Projection {
  Complex value{}, weight{};
};
struct Term {  // of one neighbour
  Projection* to;
  Jet<Complex> phi;
};

class Centre {
 public:
  Centre(const PacePotential& p, int element) : p_(p), z_(element) {}

  void add(int other, const Vec3& displacement, std::vector<Term>& terms, Real& repulsion) {
    const PaceBond& b = p_.bond(z_, other);
    const double distance = displacement.norm();
    if (distance >= b.cutoff_A) return;
    Real r{distance, {}};
    std::array<Real, 3> unit;
    for (int i = 0; i < 3; ++i) r.d[at(i)] = displacement[i] / distance;
    for (int i = 0; i < 3; ++i) {
      unit[at(i)].v = r.d[at(i)];
      for (int k = 0; k < 3; ++k)
        unit[at(i)].d[at(k)] = ((i == k ? 1 : 0) - r.d[at(i)] * r.d[at(k)]) / distance;
    }
    const auto g = base_functions(b, r);
    const auto y = harmonics(b.l_max, unit);
    const auto put = [&](std::array<int, 4> key, const Real& radial, int lm) {
      Projection& to = a_[key];
      terms.push_back({&to, radial * y[at(lm)]});
      to.value += terms.back().phi.v;
    };
    for (int k = 0; k < b.base; ++k) put({other, k + 1, -1, 0}, g[at(k)], 0);
    for (int n = 0; n < b.radial; ++n) {
      for (int l = 0; l <= b.l_max; ++l) {
        Real radial;
        for (int k = 0; k < b.base; ++k)
          radial = radial + b.coefficient[at((n * (b.l_max + 1) + l) * b.base + k)] * g[at(k)];
        for (int m = -l; m <= l; ++m) put({other, n + 1, l, m}, radial, l * l + l + m);
      }
    }
    repulsion = core(b, r);
    core_ += repulsion.v;
  }

  // Energy; the weights of projections and the factor of core gradients follow.
  double energy(double& core_slope) {
    const PaceEmbedding& e = p_.embedding[at(z_)];
    std::vector<double> rho(at(e.densities), 0), slope(at(e.densities), 0);
    each_product([&](const double* c, const std::vector<Projection*>& factors) {
      Complex product = 1;
      for (const auto* f : factors) product *= f->value;
      for (std::size_t d = 0; d < rho.size(); ++d) rho[d] += c[d] * product.real();
    });
    double total = 0;
    Real accumulated{core_, {1, 0, 0}};
    const Real keep = e.core_width > 0 && core_ > e.core_cut - e.core_width
                          ? smooth_step(accumulated, e.core_cut, e.core_width)
                          : Real{1, {}};
    for (std::size_t d = 0; d < rho.size(); ++d) {
      const auto f = embedded(e.kind, rho[d], e.parameters[2 * d + 1]);
      total += e.parameters[2 * d] * f[0];
      slope[d] = e.parameters[2 * d] * f[1] * keep.v;
    }
    each_product([&](const double* c, const std::vector<Projection*>& factors) {
      double weight = 0;
      for (std::size_t d = 0; d < rho.size(); ++d) weight += c[d] * slope[d];
      for (std::size_t t = 0; t < factors.size(); ++t) {
        Complex others = weight;
        for (std::size_t s = 0; s < factors.size(); ++s)
          if (s != t) others *= factors[s]->value;
        factors[t]->weight += others;
      }
    });
    core_slope = total * keep.d[0] + 1;
    return total * keep.v + core_ + p_.reference_energy_eV[at(z_)];
  }

 private:
  template <class Use>
  void each_product(Use&& use) {
    const auto densities = at(p_.embedding[at(z_)].densities);
    std::vector<Projection*> factors;
    for (const auto& f : p_.functions[at(z_)]) {
      const std::size_t rank = f.n.size();
      for (std::size_t c = 0; c < f.m.size() / rank; ++c) {
        factors.clear();
        for (std::size_t t = 0; t < rank; ++t) {
          factors.push_back(
              &a_[{f.element[t], f.n[t], rank == 1 ? -1 : f.l[t], f.m[c * rank + t]}]);
        }
        use(f.coefficient.data() + c * densities, factors);
      }
    }
  }

  const PacePotential& p_;
  int z_;
  double core_ = 0;
  std::map<std::array<int, 4>, Projection> a_;  // of element, n, l, m; l = −1: g_k itself
};

}  // namespace

double pace_centre_energy(const PacePotential& potential, int element,
                          std::span<const int> neighbor_element,
                          std::span<const Vec3> displacement_A, std::span<Vec3> gradient) {
  Centre centre(potential, element);
  std::vector<std::vector<Term>> terms(displacement_A.size());
  std::vector<Real> repulsion(displacement_A.size());
  for (std::size_t j = 0; j < terms.size(); ++j)
    centre.add(neighbor_element[j], displacement_A[j], terms[j], repulsion[j]);
  double core_slope = 0;
  const double energy = centre.energy(core_slope);
  for (std::size_t j = 0; j < terms.size(); ++j) {
    for (std::size_t k = 0; k < 3; ++k) {
      double sum = core_slope * repulsion[j].d[k];
      for (const auto& t : terms[j]) sum += (t.to->weight * t.phi.d[k]).real();
      gradient[j][static_cast<Eigen::Index>(k)] = sum;
    }
  }
  return energy;
}

}  // namespace vitrion::mlp
