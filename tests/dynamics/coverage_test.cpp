// How often the truth lies within the errors that are stated, over seeds of walkers whose
// diffusivity, common motion and conductivity are known.
//
// 40 seeds here, which tell 68 % to 7 %; VITRION_COVERAGE_SEEDS=200 (or more) tells it to 3 %, and
// the program prints the table that docs/analyses.md shows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/constants.hpp"
#include "dynamics/conductivity.hpp"
#include "dynamics/green_kubo.hpp"
#include "dynamics/msd.hpp"
#include "dynamics/walkers.hpp"

namespace vitrion {
namespace {

using namespace testing_walkers;

int seeds() {
  const char* given = std::getenv("VITRION_COVERAGE_SEEDS");
  return given != nullptr ? std::max(20, std::atoi(given)) : 40;
}

struct Count {
  double n = 0;
  double one = 0, two = 0;  // share within one and two errors
  double error = 0;         // mean of the relative error
  double mean = 0;          // of the value over the truth
  void add(double value, double stated, double truth) {
    if (!std::isfinite(stated)) return;  // a run too short to be cut says so
    const double off = std::abs(value - truth);
    const auto join = [&](double& to, double x) { to += (x - to) / n; };
    n += 1;
    join(one, off <= stated ? 1 : 0);
    join(two, off <= 2 * stated ? 1 : 0);
    join(error, stated / truth);
    join(mean, value / truth);
  }
  void print(const std::string& what, const char* how) const {
    fmt::print(
        "{:<34} {:<8} {:4.0f}  within 1: {:5.1f} %  2: {:5.1f} %  error {:5.1f} %  mean {:.3f}\n",
        what, how, n, 100 * one, 100 * two, 100 * error, mean);
  }
  // Of a normal error, over the seeds at hand: 68 % and three deviations of that share.
  void expect_honest(const std::string& what) const {
    const double noise = 3 * std::sqrt(0.68 * 0.32 / n);
    EXPECT_GT(one, 0.66 - noise) << what;
    EXPECT_LT(one, 0.72 + noise) << what;
    EXPECT_GT(two, 0.93 - 3 * std::sqrt(0.95 * 0.05 / n)) << what;
  }
};

struct Case {
  const char* name;
  WalkOptions walk;
};

std::vector<Case> cases() {
  std::vector<Case> out;
  out.push_back({"20 walkers, 200 frames", {}});
  out.push_back({"5 walkers, 200 frames", {}});
  out.back().walk.ions = 5;
  out.push_back({"20 that vibrate, 500 frames", {}});
  out.back().walk.vibration = 0.5;
  out.back().walk.frames = 500;
  out.push_back({"20 that hop 40 times in all", {}});
  out.back().walk.hop_rate = 0.01;
  out.push_back({"20 that move together (H = 0.17)", {}});
  out.back().walk.common_step = 0.3;
  out.push_back({"60 of unlike diffusivities", {}});
  out.back().walk.ions = 60;
  out.back().walk.spread = 0.7;
  return out;
}

TEST(Coverage, OfTheThreeErrorsOfD) {
  for (const auto& c : cases()) {
    Count fit, blocks, law;
    for (int s = 0; s < seeds(); ++s) {
      MsdAnalysis a;
      a.parameters().set("drift", "none", {});
      const Result r = analyse(a, walk(c.walk, 7000 + static_cast<std::uint64_t>(s)));
      const Table& table = *r.find_table("diffusivity");
      const double D = table.find("D")->data[0];
      const double truth =
          1e-4 * (c.walk.step.squaredNorm() + 3 * c.walk.common_step * c.walk.common_step) / 6;
      fit.add(D, table.find("error_fit")->data[0], truth);
      blocks.add(D, table.find("error_blocks")->data[0], truth);
      law.add(D, table.find("error_hzm")->data[0], truth);
    }
    fit.print(c.name, "fit");
    blocks.print(c.name, "blocks");
    law.print(c.name, "law");
    fit.expect_honest(c.name);
    // Stretches of one run share its ions: of what tells these apart they know nothing.
    if (c.walk.spread == 0 && blocks.n > 0.9 * seeds()) {
      EXPECT_GT(blocks.two, 0.75) << c.name;
    }
    // The law was made for another estimator, and knows nothing of ions that move together.
    if (c.walk.common_step == 0) {
      EXPECT_GT(law.two, 0.85) << c.name;
    }
  }
}

TEST(Coverage, OfAThinnedRun) {
  Count thin;
  WalkOptions o;
  o.ions = 4;
  o.frames = 4000;
  o.vibration = 1;
  for (int s = 0; s < seeds(); ++s) {
    const auto frames = walk(o, 9000 + static_cast<std::uint64_t>(s));
    DisplacementStore store(frames[0], {}, choose_drift_frame("none", frames[0].structure, {}));
    store.bound(300 * 12 * o.ions);
    std::int64_t index = 0;
    for (const auto& frame : frames) {
      DisplacementStore chunk = store.fork();
      chunk.consume({frame, index, static_cast<double>(index), nullptr, &frame.structure.position});
      store.merge(chunk);
      ++index;
    }
    const auto fit =
        fit_diffusion(store, 0, o.ions, mean_square_displacement(store, 0, o.ions), {});
    thin.add(fit.D_cm2_s, fit.D_error_cm2_s, 1e-4 * 0.75 / 6);
  }
  thin.print("4 that vibrate, thinned 16-fold", "fit");
  thin.expect_honest("thinned");
  EXPECT_NEAR(thin.mean, 1, 0.05);
}

// Damped particles whose noise is partly common: σ(0) = N q² (1 − c + c N)/(V m γ).
std::vector<Frame> langevin(std::uint64_t seed, double common) {
  constexpr double gamma = 5, dt = 0.02, T = 600;
  constexpr std::size_t ions = 10;
  RandomStream random(seed, "langevin");
  const double mass = Species::of_element("Li").mass_amu * constants::amu_A2_ps2_in_eV;
  const double thermal = std::sqrt(constants::boltzmann_eV_K * T / mass);
  const double keep = std::exp(-gamma * dt);
  const auto gauss = [&] { return Vec3(random.normal(), random.normal(), random.normal()); };
  std::vector<Vec3> v(ions, Vec3::Zero());
  const auto kick = [&](double size) {
    const Vec3 together = gauss();
    for (auto& x : v) {
      x = keep * x +
          size * thermal * (std::sqrt(1 - common) * gauss() + std::sqrt(common) * together);
    }
  };
  kick(1);
  std::vector<Frame> out(4000);
  for (auto& frame : out) {
    frame.structure.cell = Cell::cubic(15);
    frame.wrapping = Wrapping::unwrapped;
    for (const auto& x : v) {
      frame.structure.add("Li", Vec3::Zero());
      frame.velocities.push_back(x);
    }
    frame.structure.add("P", Vec3::Zero());
    frame.velocities.push_back(Vec3::Zero());
    kick(std::sqrt(1 - keep * keep));
  }
  return out;
}

TEST(Coverage, OfTheConductivityByGreenAndKubo) {
  for (const double common : {0.0, 0.2}) {
    Count cepstral, spectrum;
    const double mass = Species::of_element("Li").mass_amu * constants::amu_A2_ps2_in_eV;
    // In discrete time γΔt/2·coth(γΔt/2) times the integral.
    const double truth = 10 * (1 - common + 10 * common) / (std::pow(15.0, 3) * mass * 5) *
                         constants::conductivity_mS_cm * (0.05 / std::tanh(0.05));
    for (int s = 0; s < seeds(); ++s) {
      GreenKuboAnalysis a;
      a.parameters().set("max_time", "4 ps", {});
      const Result r =
          analyse(a, langevin(300 + static_cast<std::uint64_t>(s), common), 0.02, 600.0);
      const Scalar& gk = *r.find_scalar("sigma_gk");
      const Scalar& limit = *r.find_scalar("sigma_nu0");
      cepstral.add(gk.value, gk.error, truth);
      spectrum.add(limit.value, limit.error, truth);
    }
    const std::string name = fmt::format("10 damped ions, {:.0f} % in common", 100 * common);
    cepstral.print(name, "cepstral");
    spectrum.print(name, "spectrum");
    // The lag window rounds off the peak at zero by (π/γL)²/2 = 1.2 % of its length L.
    EXPECT_GT(cepstral.one, 0.45) << name;
    EXPECT_GT(cepstral.two, 0.8) << name;
    EXPECT_GT(spectrum.two, 0.7) << name;
    EXPECT_NEAR(cepstral.mean, 1, 0.06) << name;
    EXPECT_NEAR(spectrum.mean, 1, 0.1) << name;
  }
}

}  // namespace
}  // namespace vitrion
