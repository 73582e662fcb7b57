#include "potential/reference.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/constants.hpp"
#include "potential/classical.hpp"

namespace vitrion::testing {
namespace {

struct Sum {
  ReferenceResult out;
  Mat3 virial = Mat3::Zero();  // Σ r ⊗ f

  // A pair i, j+image at d = r_j − r_i with energy e and de/dr.
  void pair(std::size_t i, std::size_t j, const Vec3& d, double e, double slope, double weight) {
    const Vec3 f = weight * slope * d.normalized();  // on i
    out.energy_eV += weight * e;
    out.forces[i] += f;
    out.forces[j] -= f;
    virial -= d * f.transpose();
  }
};

template <class F>
void for_images(const Cell& cell, double reach, F&& body) {
  const Vec3 heights = cell.heights();
  std::array<int, 3> n{};
  for (int k = 0; k < 3; ++k)
    n[static_cast<std::size_t>(k)] = static_cast<int>(std::ceil(reach / heights[k])) + 1;
  for (int a = -n[0]; a <= n[0]; ++a) {
    for (int b = -n[1]; b <= n[1]; ++b) {
      for (int c = -n[2]; c <= n[2]; ++c) body(Vec3(cell.vectors() * Vec3(a, b, c)));
    }
  }
}

bool is_pair(const std::string& a, const std::string& b, const std::string& x,
             const std::string& y) {
  return (a == x && b == y) || (a == y && b == x);
}

void short_range(const ClassicalForm& form, const std::string& a, const std::string& b, double r,
                 double& e, double& slope) {
  for (const auto& t : form.exponentials) {
    if (!is_pair(a, b, t.a, t.b) || r >= t.cutoff_A) continue;
    const double x = t.A_eV * std::exp(-r / t.rho_A);
    e += x - t.C_eV_A6 / std::pow(r, 6) - t.D_eV_A8 / std::pow(r, 8);
    slope += -x / t.rho_A + 6 * t.C_eV_A6 / std::pow(r, 7) + 8 * t.D_eV_A8 / std::pow(r, 9);
  }
  for (const auto& t : form.lennard_jones) {
    if (!is_pair(a, b, t.a, t.b) || r >= t.cutoff_A) continue;
    const auto lj = [&](double s) {
      return 4 * t.epsilon_eV * (std::pow(t.sigma_A / s, 12) - std::pow(t.sigma_A / s, 6));
    };
    e += lj(r) - lj(t.cutoff_A);
    slope +=
        4 * t.epsilon_eV * (-12 * std::pow(t.sigma_A / r, 12) + 6 * std::pow(t.sigma_A / r, 6)) / r;
  }
}

void pairs(const ClassicalForm& form, const Structure& s, const std::vector<std::string>& names,
           const std::vector<double>& q, double alpha, double reach, Sum& sum) {
  using std::numbers::inv_sqrtpi;
  for_images(s.cell, reach, [&](const Vec3& shift) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      for (std::size_t j = 0; j < s.size(); ++j) {
        const Vec3 d = s.position[j] + shift - s.position[i];
        const double r = d.norm();
        if (r >= reach || (i == j && shift.isZero(0))) continue;
        double e = 0;
        double slope = 0;
        short_range(form, names[s.kind[i]], names[s.kind[j]], r, e, slope);
        const double qq = constants::coulomb_eV_A * q[i] * q[j];
        const double screened = std::erfc(alpha * r);
        e += qq * screened / r;
        slope -= qq * (screened / (r * r) +
                       2 * alpha * inv_sqrtpi * std::exp(-alpha * alpha * r * r) / r);
        sum.pair(i, j, d, e, slope, 0.5);
      }
    }
  });
}

void reciprocal(const Structure& s, const std::vector<double>& q, double alpha, Sum& sum) {
  using constants::pi;
  const double volume = s.cell.volume();
  const Mat3 b = 2 * pi * s.cell.inverse().transpose();
  const double k_max = 2 * alpha * 6.5;  // exp(−k²/4α²) < 1e-18
  std::array<int, 3> n{};
  for (int k = 0; k < 3; ++k) {
    n[static_cast<std::size_t>(k)] =
        static_cast<int>(std::ceil(k_max * s.cell.vector(k).norm() / (2 * pi)));
  }
  double self = 0;
  double total = 0;
  for (const double x : q) self += x * x, total += x;
  for (int h = -n[0]; h <= n[0]; ++h) {
    for (int k = -n[1]; k <= n[1]; ++k) {
      for (int l = -n[2]; l <= n[2]; ++l) {
        const Vec3 g = b * Vec3(h, k, l);
        const double g2 = g.squaredNorm();
        if (g2 == 0 || g2 > k_max * k_max) continue;
        double re = 0;
        double im = 0;
        for (std::size_t i = 0; i < s.size(); ++i) {
          re += q[i] * std::cos(g.dot(s.position[i]));
          im += q[i] * std::sin(g.dot(s.position[i]));
        }
        const double weight =
            constants::coulomb_eV_A * 2 * pi / volume * std::exp(-g2 / (4 * alpha * alpha)) / g2;
        const double e = weight * (re * re + im * im);
        sum.out.energy_eV += e;
        sum.virial +=
            e * (Mat3::Identity() - 2 * (1 / g2 + 1 / (4 * alpha * alpha)) * g * g.transpose());
        for (std::size_t i = 0; i < s.size(); ++i) {
          const double phase = g.dot(s.position[i]);
          sum.out.forces[i] +=
              2 * weight * q[i] * (std::sin(phase) * re - std::cos(phase) * im) * g;
        }
      }
    }
  }
  sum.out.energy_eV -= constants::coulomb_eV_A * alpha * std::numbers::inv_sqrtpi * self;
  // The neutralising background.
  const double background =
      -constants::coulomb_eV_A * pi * total * total / (2 * volume * alpha * alpha);
  sum.out.energy_eV += background;
  sum.virial += background * Mat3::Identity();
}

void triplets(const ClassicalForm& form, const Structure& s, const std::vector<std::string>& names,
              Sum& sum) {
  struct Neighbour {
    std::size_t atom;
    Vec3 d;
  };
  for (const auto& t : form.three_body) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (names[s.kind[i]] != t.centre) continue;
      std::vector<Neighbour> near;
      for_images(s.cell, t.cutoff_A, [&](const Vec3& shift) {
        for (std::size_t j = 0; j < s.size(); ++j) {
          const Vec3 d = s.position[j] + shift - s.position[i];
          if (names[s.kind[j]] == t.ends && d.norm() < t.cutoff_A && d.norm() > 0)
            near.push_back({j, d});
        }
      });
      for (std::size_t a = 0; a < near.size(); ++a) {
        for (std::size_t b = a + 1; b < near.size(); ++b) {
          const double ra = near[a].d.norm();
          const double rb = near[b].d.norm();
          const Vec3 ua = near[a].d / ra;
          const Vec3 ub = near[b].d / rb;
          const double delta = ua.dot(ub) - t.cos_angle;
          const double w = std::exp(1 / (ra - t.cutoff_A) + 1 / (rb - t.cutoff_A));
          const double e = t.strength_eV * delta * delta * w;
          // ∂e/∂r_a and ∂e/∂r_b
          const Vec3 ga = 2 * t.strength_eV * delta * w * (ub - ua.dot(ub) * ua) / ra -
                          e / ((ra - t.cutoff_A) * (ra - t.cutoff_A)) * ua;
          const Vec3 gb = 2 * t.strength_eV * delta * w * (ua - ua.dot(ub) * ub) / rb -
                          e / ((rb - t.cutoff_A) * (rb - t.cutoff_A)) * ub;
          sum.out.energy_eV += e;
          sum.out.forces[near[a].atom] -= ga;
          sum.out.forces[near[b].atom] -= gb;
          sum.out.forces[i] += ga + gb;
          sum.virial -= near[a].d * ga.transpose() + near[b].d * gb.transpose();
        }
      }
    }
  }
}

}  // namespace

ReferenceResult reference_forces(const ClassicalForm& form, const Structure& s) {
  const auto names = species_elements(s);
  std::vector<double> q(s.size(), 0.0);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto found = form.charges.find(names[s.kind[i]]);
    if (found != form.charges.end()) q[i] = found->second;
  }
  const double alpha = 0.5;
  double reach = form.charges.empty() ? 0.0 : 6.2 / alpha;  // erfc(6.2) = 2e-18
  for (const auto& t : form.exponentials) reach = std::max(reach, t.cutoff_A);
  for (const auto& t : form.lennard_jones) reach = std::max(reach, t.cutoff_A);
  Sum sum;
  sum.out.forces.assign(s.size(), Vec3::Zero());
  pairs(form, s, names, q, alpha, reach, sum);
  if (!form.charges.empty()) reciprocal(s, q, alpha, sum);
  triplets(form, s, names, sum);
  // virial = Σ r ⊗ f = −V σ … with f the force on the end of r.
  sum.out.stress_eV_A3 = -sum.virial / s.cell.volume();
  return sum.out;
}

}  // namespace vitrion::testing
