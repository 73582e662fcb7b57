// A committee's labels are the mean of its members; the structures it labels come from dynamics at
// the temperature asked for; and a recipe with a committee trains, stops and goes on.
#include "learn/committee.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/constants.hpp"
#include "base/parallel.hpp"
#include "engine/mlp_provider.hpp"
#include "learn/train.hpp"
#include "liquid.hpp"
#include "potential/learned.hpp"
#include "samples.hpp"

namespace vitrion {
namespace {

using learn_test::liquid;
namespace fs = std::filesystem;

const mlp::Model& shipped() {
  static const auto potential = load_potential("lps-net");
  return dynamic_cast<const LearnedPotential&>(*potential).model();
}

// Li2S, antifluorite, the conventional cell.
Structure lithium_sulfide() {
  const double a = 5.7;
  Structure s;
  s.cell = Cell::cubic(a);
  const Vec3 fcc[]{{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
  for (const auto& at : fcc) {
    s.add("S", a * at);
    s.add("Li", a * (at + Vec3(0.25, 0.25, 0.25)));
    s.add("Li", a * (at + Vec3(0.75, 0.75, 0.75)));
  }
  return s;
}

double energy(const mlp::Model& model, const Structure& s) {
  MlpProvider provider(model, mlp::Precision::double_);
  Frame f;
  f.structure = s;
  provider.evaluate(f);
  return *f.energy_eV;
}

TEST(SampleWalks, Li2SHasHalfKTOfPotentialEnergyForEachMode) {
  SamplingOptions o;
  o.strain = 0;
  o.frame_every_ps = 0.015;
  const double T = 80;
  std::vector<Walk> walks(4, {lithium_sulfide(), "Li2S", T, T, 3});
  const auto frames = sample_walks(shipped(), walks, o);
  ASSERT_EQ(frames.size(), 800U);
  const double bottom = energy(shipped(), lithium_sulfide());
  double mean = 0, count = 0;
  for (const auto& f : frames) {
    if (f.index < 500) continue;  // of 2000 steps
    mean += energy(shipped(), f.frame.structure) - bottom;
    count += 1;
  }
  mean /= count;
  EXPECT_EQ(frames.front().phase, "Li2S");
  // 36 coordinates, of which three move the whole crystal; some 80 independent values of each.
  EXPECT_NEAR(mean, 0.5 * 33 * constants::boltzmann_eV_K * T, 0.12 * 0.5 * 33 * 0.00689);
}

TEST(SampleWalks, GlassesArePackedAndAllIsTheSameOnAnyThreads) {
  SamplingOptions o;
  o.compositions = {"0.75Li2S-0.25P2S5"};
  o.glass_atoms = 32;
  o.glasses = 2;
  o.glass_time_ps = 0.06;
  o.time_ps = 0.03;
  o.frame_every_ps = 0.03;
  o.every = 2;
  Sample crystal;
  crystal.frame.structure = lithium_sulfide();
  crystal.phase = "Li2S";
  const std::vector<const Sample*> starts(3, &crystal);
  const auto walks = plan_walks(starts, o);
  ASSERT_EQ(walks.size(), 4U);  // two of three starts, two glasses
  EXPECT_EQ(walks[2].start.size(), 32U);
  EXPECT_EQ(walks[2].end_K, o.coldest_K);
  set_threads(1);
  const auto one = sample_walks(shipped(), walks, o);
  set_threads(2);
  const auto two = sample_walks(shipped(), walks, o);
  set_threads(0);
  ASSERT_EQ(one.size(), 6U);
  ASSERT_EQ(two.size(), 6U);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].frame.structure.position, two[i].frame.structure.position);
  }
}

TEST(Committee, LabelsAreTheMeanOfItsMembers) {
  std::vector<mlp::Model> members(2, shipped());
  for (auto& readout : members[1].readout) {
    for (auto* part : {&readout.linear, &readout.hidden_output}) {
      for (auto& x : *part) x *= 1.2;
    }
  }
  std::vector<Sample> drawn(1);
  drawn[0].frame.structure = lithium_sulfide();
  drawn[0].frame.structure.position[0] += Vec3(0.2, 0.1, 0);
  std::vector<Frame> said(2);
  for (std::size_t m = 0; m < 2; ++m) {
    said[m].structure = drawn[0].frame.structure;
    MlpProvider(members[m]).evaluate(said[m]);
  }
  const auto apart = label_by_mean(members, drawn);
  const Frame& label = drawn[0].frame;
  double square = 0;
  for (std::size_t i = 0; i < label.size(); ++i) {
    EXPECT_LT((label.forces[i] - 0.5 * (said[0].forces[i] + said[1].forces[i])).norm(), 1e-12);
    square += 0.25 * (said[0].forces[i] - said[1].forces[i]).squaredNorm();
  }
  EXPECT_GT(square, 0);
  EXPECT_NEAR(apart, std::sqrt(square / (3.0 * static_cast<double>(label.size()))), 1e-12);
  EXPECT_NEAR(*label.energy_eV, 0.5 * (*said[0].energy_eV + *said[1].energy_eV), 1e-9);
  EXPECT_LT((*label.stress_eV_A3 - 0.5 * (*said[0].stress_eV_A3 + *said[1].stress_eV_A3)).norm(),
            1e-12);
}

class Train : public learn_test::FolderTest {
 protected:
  // The liquid as extxyz, and a recipe on it.
  TrainingRecipe recipe(const std::string& more, double above_eV_per_atom = 0) {
    const Dataset data = liquid(60);
    std::string text;
    for (const auto& sample : data.samples) {
      const Frame& f = sample.frame;
      text += fmt::format("{}\nLattice=\"", f.size());
      for (int c = 0; c < 3; ++c) {
        for (int r = 0; r < 3; ++r)
          text += fmt::format("{:.9f} ", f.structure.cell.vectors()(r, c));
      }
      text += fmt::format("\" Properties=species:S:1:pos:R:3:forces:R:3 energy={:.9f}\n",
                          *f.energy_eV + above_eV_per_atom * static_cast<double>(f.size()));
      for (std::size_t i = 0; i < f.size(); ++i) {
        const Vec3 &x = f.structure.position[i], &g = f.forces[i];
        text += fmt::format("{} {:.9f} {:.9f} {:.9f} {:.9f} {:.9f} {:.9f}\n",
                            f.structure.species_of(i).name, x[0], x[1], x[2], g[0], g[1], g[2]);
      }
    }
    put("liquid.extxyz", text);
    return load_training_recipe(put("r.yaml",
                                    "name: small\ndata: [liquid.extxyz]\n"
                                    "split: {validation: 0.1, test: 0.2, gap: 0}\n" +
                                        more));
  }
  static double force_error(const Training& t) {
    for (const auto& r : t.results) {
      if (r.name == "training") return r.find_scalar("force_rmse")->value;
    }
    return NAN;
  }
};

TEST_F(Train, LinearLearnsTheLiquid) {
  const auto t = train(recipe("kind: linear\n"
                              "linear: {cutoff: 5 A, functions: 6, degrees: [6, 6], l_max: [0, 2], "
                              "n_max: [6, 6]}\n"),
                       folder_ / "out");
  EXPECT_LT(force_error(t), 60);  // meV/Å; the forces are some 2000
}

TEST_F(Train, GoesOnFromANetwork) {
  const std::string more =
      "network: {cutoff: 5 A, functions: 5, l_max: 2, l_order3: 2, l_order4: -1, channels: 3, "
      "hidden: 4}\n"
      "fit: {learning_rate: 0.01, frames_per_step: 4, epochs: ";
  auto first = train(recipe(more + "20}\n"), folder_ / "out");
  first.model.name = "first";
  mlp::write_model(folder_ / "first.json", first.model);
  // One short epoch from there is as good; from random numbers it is not. The frames' energies come
  // from elsewhere, 1 eV an atom higher.
  const auto next = train(recipe("start: first.json\n" + more + "1}\n", 1), folder_ / "out");
  const auto fresh = train(recipe(more + "1}\n"), folder_ / "out");
  EXPECT_LT(force_error(next), 1.1 * force_error(first));
  EXPECT_GT(force_error(fresh), 1.5 * force_error(first));
  for (std::size_t z = 0; z < next.model.elements.size(); ++z) {
    EXPECT_NEAR(next.model.reference_energy_eV[z] - first.model.reference_energy_eV[z], 1, 0.1);
  }
  EXPECT_NE(next.model.provenance.find(", from first (trained by vitrion"), std::string::npos);
}

TEST_F(Train, SaysWhatItCannotGoOnFrom) {
  const auto failure = [&](const std::string& more) {
    try {
      train(recipe(more), folder_ / "out");
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(failure("start: lps-q07\n").find("lps-q07 is no network"), std::string::npos);
  EXPECT_NE(failure("start: lps-nett\n").find("did you mean \"lps-net\""), std::string::npos);
  EXPECT_NE(failure("start: lps-net\nkind: linear\n").find("set kind: network"), std::string::npos);
}

TEST_F(Train, CommitteeIsKeptAndTakenUpAgain) {
  const std::string more =
      "network: {cutoff: 5 A, functions: 5, l_max: 2, l_order3: 2, l_order4: -1, channels: 3, "
      "hidden: 4}\n"
      "fit: {epochs: 10, learning_rate: 0.01, frames_per_step: 4}\n"
      "committee: {members: 2, channels: 3, hidden: 4, cutoffs: [5 A, 4 A], epochs: 5,\n"
      "  sampling: {every: 10, time: 0.03 ps, frame_every: 0.015 ps, hottest: 400 K}}\n";
  const auto first = train(recipe(more), folder_ / "out");
  ASSERT_EQ(first.members.size(), 2U);
  EXPECT_EQ(first.members[1].radial.pairs[0].cutoff_A, 4);
  const auto kept = folder_ / "out" / "members" / "small-1.json";
  ASSERT_TRUE(fs::exists(kept));
  const auto written = fs::last_write_time(kept);
  const auto second = train(recipe(more), folder_ / "out");
  EXPECT_EQ(fs::last_write_time(kept), written);
  EXPECT_EQ(first.model.mixing, second.model.mixing);
  EXPECT_EQ(force_error(first), force_error(second));
  // Another recipe does not take them.
  train(recipe(more + "timestep: 2 fs\n"), folder_ / "out");
  EXPECT_NE(fs::last_write_time(kept), written);
}

}  // namespace
}  // namespace vitrion
