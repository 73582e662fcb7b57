#include "dynamics/wave_vectors.hpp"

#include <algorithm>
#include <cmath>

#include "base/clones.hpp"
#include "base/constants.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

struct Candidate {
  Int3 hkl;
  Vec3 turns;  // q over 2π
  double q;
};

// One of each ±q inside the sphere.
std::vector<Candidate> inside(const Cell& cell, double q_max) {
  const Mat3 reciprocal = cell.inverse().transpose();
  const Vec3 lengths = cell.lengths();  // |h| ≤ |a| q/2π bounds every q of that length
  Int3 most{};
  for (std::size_t k = 0; k < 3; ++k) {
    most[k] = static_cast<int>(lengths[static_cast<Eigen::Index>(k)] * q_max / (2 * constants::pi));
  }
  std::vector<Candidate> out;
  for (int h = 0; h <= most[0]; ++h) {
    for (int k = h == 0 ? 0 : -most[1]; k <= most[1]; ++k) {
      for (int l = h == 0 && k == 0 ? 1 : -most[2]; l <= most[2]; ++l) {
        const Vec3 turns = reciprocal * Vec3(h, k, l);
        const double q = 2 * constants::pi * turns.norm();
        if (q <= q_max) out.push_back({{h, k, l}, turns, q});
      }
    }
  }
  return out;
}

// sin(πr) for |r| ≤ ½, to the accuracy of a float.
inline float sin_pi(float r) {
  const float y = r * r;
  return r *
         (3.14159265F +
          y * (-5.16771278F +
               y * (2.55016404F + y * (-0.599264529F + y * (0.0821458866F - y * 0.00737043094F)))));
}

inline float cos_pi(float r) {
  const float y = r * r;
  return 1 + y * (-4.93480220F +
                  y * (4.05871213F +
                       y * (-1.33526277F +
                            y * (0.235330630F + y * (-0.0258068913F + y * 0.00192957431F)))));
}

constexpr float nearest_float = 12582912.0F;  // 1.5·2²³: adding it rounds to whole numbers
constexpr double nearest_double = 6755399441055744;  // 1.5·2⁵²

VITRION_CLONES void cosines(const float* qx, const float* qy, const float* qz, std::size_t vectors,
                            const float* d, std::size_t n, float* sums) {
  for (std::size_t j = 0; j < n; ++j) {
    const float x = d[3 * j];
    const float y = d[3 * j + 1];
    const float z = d[3 * j + 2];
    for (std::size_t k = 0; k < vectors; ++k) {
      const float turns = qx[k] * x + qy[k] * y + qz[k] * z;
      const float rest = turns - ((turns + nearest_float) - nearest_float);
      const float s = sin_pi(rest);
      sums[k] += 1 - 2 * s * s;
    }
  }
}

VITRION_CLONES void phases(const double* h, const double* k, const double* l, std::size_t vectors,
                           const Vec3* s, std::size_t n, double* re, double* im) {
  for (std::size_t j = 0; j < n; ++j) {
    const double x = s[j][0];
    const double y = s[j][1];
    const double z = s[j][2];
    for (std::size_t i = 0; i < vectors; ++i) {
      const double turns = h[i] * x + k[i] * y + l[i] * z;
      const auto rest = static_cast<float>(turns - ((turns + nearest_double) - nearest_double));
      const float sine = sin_pi(rest);
      const float cosine = cos_pi(rest);
      re[i] += static_cast<double>(1 - 2 * sine * sine);
      im[i] -= static_cast<double>(2 * sine * cosine);
    }
  }
}

}  // namespace

WaveVectors find_wave_vectors(const Cell& cell, std::span<const double> wanted, double width,
                              std::size_t most) {
  WaveVectors out;
  if (wanted.empty()) return out;
  const double q_max = *std::max_element(wanted.begin(), wanted.end()) + 0.5 * width;
  const auto all = inside(cell, q_max);
  for (std::size_t w = 0; w < wanted.size(); ++w) {
    std::vector<Candidate> chosen;
    for (const auto& c : all) {
      if (std::abs(c.q - wanted[w]) <= 0.5 * width) chosen.push_back(c);
    }
    WaveShell shell{wanted[w], 0, out.size(), 0, chosen.size()};
    RandomStream random(1, "wave vectors", w);
    for (std::size_t i = 0; i < std::min(most, chosen.size()); ++i) {
      std::swap(chosen[i], chosen[i + random.below(chosen.size() - i)]);
      out.hkl.push_back(chosen[i].hkl);
      out.qx.push_back(static_cast<float>(chosen[i].turns[0]));
      out.qy.push_back(static_cast<float>(chosen[i].turns[1]));
      out.qz.push_back(static_cast<float>(chosen[i].turns[2]));
      shell.mean += chosen[i].q;
    }
    shell.end = out.size();
    if (shell.end == shell.begin) continue;
    shell.mean /= static_cast<double>(shell.end - shell.begin);
    out.shells.push_back(shell);
  }
  return out;
}

void add_cosines(const WaveVectors& q, const float* displacement, std::size_t n,
                 std::span<double> sums) {
  constexpr std::size_t at_once = 256;  // few enough that floats add up well
  std::vector<float> part(q.size());
  for (std::size_t j = 0; j < n; j += at_once) {
    std::fill(part.begin(), part.end(), 0.0F);
    cosines(q.qx.data(), q.qy.data(), q.qz.data(), q.size(), displacement + 3 * j,
            std::min(at_once, n - j), part.data());
    for (std::size_t k = 0; k < part.size(); ++k) sums[k] += static_cast<double>(part[k]);
  }
}

void add_phases(const WaveVectors& q, std::span<const Vec3> fractional,
                std::span<std::complex<double>> sums) {
  std::array<std::vector<double>, 3> index;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const auto& hkl : q.hkl) index[axis].push_back(hkl[axis]);
  }
  std::vector<double> re(q.size(), 0.0);
  std::vector<double> im(q.size(), 0.0);
  phases(index[0].data(), index[1].data(), index[2].data(), q.size(), fractional.data(),
         fractional.size(), re.data(), im.data());
  for (std::size_t k = 0; k < re.size(); ++k) sums[k] += std::complex<double>(re[k], im[k]);
}

}  // namespace vitrion
