// Bond angles from the triplet distribution, as Xu & Xia's Eq. 5 defines them:
//   P(θ) ∝ ∫∫ g₃(r, r′, θ) r² r′² dr dr′ sin θ   over r, r′ inside the first minimum of g(r)
// with g₃ a histogram of the positions of two neighbours about a centre. It has to agree with the
// histogram of angles over neighbours within the same cut-off.
#include "base/constants.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;

TEST(Triplets, IntegrateToTheHistogramOfAngles) {
  constexpr double r_min = 3.0;
  constexpr std::size_t shells = 12;
  constexpr std::size_t angles = 36;
  constexpr double pi = constants::pi;
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 4; ++k) {
    frames.push_back(random_frame(skewed(), {{"P", 12}, {"S", 30}}, 60 + k));
  }
  // g₃ over bins of r, r′ and θ: pairs of neighbours, over those of an ideal gas in the same bins.
  // Positions by minimum images summed over cells, nothing shared with the neighbour lists.
  std::vector<double> pairs(shells * shells * angles, 0.0);
  double volume = 0;
  for (const auto& f : frames) {
    const Structure& s = f.structure;
    volume += s.cell.volume() / 4;
    for (std::size_t i = 0; i < 12; ++i) {
      std::vector<Vec3> around;
      for (std::size_t j = 12; j < s.size(); ++j) {
        const Vec3 home = s.cell.minimum_image(s.position[j] - s.position[i]);
        for (int a = -1; a <= 1; ++a) {
          for (int b = -1; b <= 1; ++b) {
            for (int c = -1; c <= 1; ++c) {
              const Vec3 d = home + s.cell.vectors() * Vec3(a, b, c);
              if (d.norm() < r_min) around.push_back(d);
            }
          }
        }
      }
      for (std::size_t m = 0; m < around.size(); ++m) {
        for (std::size_t n = 0; n < around.size(); ++n) {
          if (m == n) continue;
          const double u = around[m].norm();
          const double v = around[n].norm();
          const double theta = std::acos(std::clamp(around[m].dot(around[n]) / (u * v), -1.0, 1.0));
          const auto bin = [](double x, double top, std::size_t n_bins) {
            return std::min(n_bins - 1,
                            static_cast<std::size_t>(x / top * static_cast<double>(n_bins)));
          };
          pairs[(bin(u, r_min, shells) * shells + bin(v, r_min, shells)) * angles +
                bin(theta, pi, angles)] += 1;
        }
      }
    }
  }
  const auto shell_volume = [&](std::size_t k) {
    const double w = r_min / shells;
    return 4 * pi / 3 *
           (std::pow((static_cast<double>(k) + 1) * w, 3) -
            std::pow(static_cast<double>(k) * w, 3));
  };
  const auto cap = [&](std::size_t t) {
    const double w = pi / angles;
    return 0.5 *
           (std::cos(static_cast<double>(t) * w) - std::cos((static_cast<double>(t) + 1) * w));
  };
  const double density = 30 / volume;
  std::vector<double> p(angles, 0.0);
  double norm = 0;
  for (std::size_t t = 0; t < angles; ++t) {
    for (std::size_t a = 0; a < shells; ++a) {
      for (std::size_t b = 0; b < shells; ++b) {
        const double ideal =
            4 * 12.0 * density * density * shell_volume(a) * shell_volume(b) * cap(t);
        const double g3 = pairs[(a * shells + b) * angles + t] / ideal;
        p[t] += g3 * shell_volume(a) * shell_volume(b) * cap(t);  // r² dr r′² dr′ sin θ dθ
      }
    }
    norm += p[t] * 180.0 / angles;
  }
  const Result r =
      analyse("angles", frames, {{"triples", "S-P-S"}, {"cutoffs", "P-S:3.0A"}, {"bin", "5deg"}});
  const auto direct = data(r, "p_theta", "S-P-S");
  ASSERT_EQ(direct.size(), angles);
  for (std::size_t t = 0; t < angles; ++t) EXPECT_NEAR(p[t] / norm, direct[t], 1e-9) << t;
}

}  // namespace
}  // namespace vitrion
