#include "learn/scores.hpp"

#include <cmath>

#include "base/constants.hpp"
#include "learn/samples.hpp"

namespace vitrion::learn_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A prediction that is wrong by what the test says.
Frame prediction(const Frame& label) {
  Frame out;
  out.structure = label.structure;
  out.forces = label.forces;
  out.energy_eV = label.energy_eV;
  out.stress_eV_A3 = label.stress_eV_A3;
  return out;
}

double scalar(const Result& result, const std::string& key) {
  const Scalar* s = result.find_scalar(key);
  return s == nullptr ? std::nan("") : s->value;
}

TEST(Scores, HandCountedErrors) {
  Dataset data;
  add_series(data, "a.extxyz", "a", 2);
  Scores scores;
  // 8 atoms: energies wrong by +8 and −24 meV, that is by +1 and −3 meV/atom.
  for (std::size_t f = 0; f < 2; ++f) {
    auto& sample = data.samples[f];
    sample.frame.stress_eV_A3 = Mat3::Zero();
    Frame wrong = prediction(sample.frame);
    *wrong.energy_eV += f == 0 ? 8e-3 : -24e-3;
    // One component of one of 48 wrong by 0.3, another by −0.4 eV/Å.
    wrong.forces[f] += Vec3(f == 0 ? 0.3 : 0, f == 0 ? 0 : -0.4, 0);
    // One of the twelve unique components by 0.12 eV/Å³.
    if (f == 0) (*wrong.stress_eV_A3)(0, 1) = (*wrong.stress_eV_A3)(1, 0) = 0.12;
    scores.add(sample, wrong, "a.extxyz");
  }
  const Result result = scores.result();
  EXPECT_EQ(result.name, "evaluate");
  EXPECT_NEAR(scalar(result, "energy_rmse"), std::sqrt(5), 1e-6);
  EXPECT_NEAR(scalar(result, "energy_mae"), 2, 1e-6);
  EXPECT_NEAR(scalar(result, "force_rmse"), 1e3 * std::sqrt(0.25 / 48), 1e-9);
  EXPECT_NEAR(scalar(result, "force_mae"), 1e3 * 0.7 / 48, 1e-9);
  EXPECT_NEAR(scalar(result, "stress_rmse"), constants::eV_A3_in_GPa * std::sqrt(0.12 * 0.12 / 12),
              1e-9);
  const Table* worst = result.find_table("worst");
  ASSERT_NE(worst, nullptr);
  EXPECT_THAT(worst->find("frame")->data, ElementsAre(1, 0));
  EXPECT_THAT(worst->find("atom")->data, ElementsAre(2, 1));
  EXPECT_NEAR(worst->find("largest_force_error")->data[0], 400, 1e-9);
  EXPECT_NEAR(worst->find("energy_error")->data[0], -3, 1e-6);
}

TEST(Scores, TablesAreOfTheirOwnFrames) {
  Dataset data;
  add_series(data, "a", "good", 4, 8, 0, 0);
  add_series(data, "b", "bad", 4, 0, 0, 8);
  Scores scores;
  for (auto& sample : data.samples) {
    sample.frame.temperature_K = sample.phase == "good" ? 300 : 900;
    Frame wrong = prediction(sample.frame);
    for (auto& f : wrong.forces) f += Vec3::Constant(sample.phase == "good" ? 0.01 : 0.05);
    scores.add(sample, wrong, sample.phase);
  }
  const Result result = scores.result();
  const Table* phases = result.find_table("by_phase");
  EXPECT_THAT(phases->find("phase")->text, ElementsAre("bad", "good"));
  EXPECT_NEAR(phases->find("force_rmse")->data[0], 50, 1e-9);
  EXPECT_NEAR(phases->find("force_rmse")->data[1], 10, 1e-9);
  const Table* elements = result.find_table("by_element");
  EXPECT_THAT(elements->find("element")->text, ElementsAre("Li", "S"));
  EXPECT_NEAR(elements->find("force_mae")->data[0], 10, 1e-9);
  EXPECT_NEAR(elements->find("force_mae")->data[1], 50, 1e-9);
  const Table* temperatures = result.find_table("by_temperature");
  EXPECT_THAT(temperatures->find("T")->data, ElementsAre(300, 900));
  EXPECT_NEAR(temperatures->find("force_rmse")->data[1], 50, 1e-9);
  EXPECT_NEAR(scalar(result, "force_rmse"), std::sqrt((100.0 + 2500.0) / 2), 1e-9);
}

TEST(Scores, ShiftsAreFittedOnlyWhereAskedFor) {
  Dataset data;
  add_series(data, "a", "a", 5, 3, 1, 4);
  add_series(data, "b", "b", 5, 4, 0, 2);
  add_series(data, "c", "c", 5, 6, 2, 0);
  const auto result_with = [&](const std::string& shift) {
    Scores scores({.shift = shift});
    for (const auto& sample : data.samples) {
      Frame wrong = prediction(sample.frame);
      *wrong.energy_eV -=
          given_reference_energies({{"Li", -2}, {"P", 5}, {"S", 30}}).of(sample.frame.structure);
      scores.add(sample, wrong, sample.phase);
    }
    return scores.result();
  };
  const Result plain = result_with("none");
  EXPECT_GT(scalar(plain, "energy_rmse"), 1000);
  EXPECT_THAT(plain.warnings, ::testing::Contains(HasSubstr("--shift per-element")));
  const Result shifted = result_with("per-element");
  EXPECT_NEAR(scalar(shifted, "energy_rmse"), 0, 1e-6);
  EXPECT_THAT(shifted.find_table("shift")->find("shift")->data,
              ElementsAre(::testing::DoubleNear(-2, 1e-8), ::testing::DoubleNear(5, 1e-8),
                          ::testing::DoubleNear(30, 1e-8)));
}

TEST(Scores, JackknifeErrorIsThatOfIndependentFrames) {
  // Errors of each frame drawn from N(0, s_f²) with one draw a frame: the scatter of the RMSE over
  // many such sets is what its jackknife error must tell.
  Dataset data;
  add_series(data, "a", "a", 100, 1, 0, 1);
  std::vector<double> values;
  double error = 0;
  RandomStream random(3, "scatter");
  const int sets = 200;
  for (int n = 0; n < sets; ++n) {
    Scores scores;
    for (const auto& sample : data.samples) {
      Frame wrong = prediction(sample.frame);
      for (auto& f : wrong.forces) f += Vec3::Constant(0.1 * random.normal());
      scores.add(sample, wrong, "a");
    }
    const Result result = scores.result();
    values.push_back(scalar(result, "force_rmse"));
    error += result.find_scalar("force_rmse")->error / sets;
  }
  double mean = 0;
  double square = 0;
  for (const double v : values) mean += v / sets;
  for (const double v : values) square += (v - mean) * (v - mean) / (sets - 1);
  EXPECT_NEAR(error / std::sqrt(square), 1, 0.2);
  EXPECT_NEAR(mean, 100, 2);
}

TEST(Scores, MergingIsTheSameAsOneAfterAnother) {
  Dataset data;
  add_series(data, "a", "a", 9);
  add_series(data, "b", "b", 7);
  Scores whole;
  Scores first;
  Scores second;
  for (std::size_t i = 0; i < data.size(); ++i) {
    Frame wrong = prediction(data.samples[i].frame);
    for (auto& f : wrong.forces) f *= 1.1;
    const auto& file = data.files[data.samples[i].file];
    whole.add(data.samples[i], wrong, file);
    (i < 5 ? first : second).add(data.samples[i], wrong, file);
  }
  first.merge(second);
  const Result a = whole.result();
  const Result b = first.result();
  for (const auto& s : a.scalars) {
    EXPECT_EQ(s.value, b.find_scalar(s.key)->value) << s.key;
    EXPECT_EQ(s.error, b.find_scalar(s.key)->error) << s.key;
  }
  EXPECT_EQ(a.find_table("parity_force")->columns[1].data,
            b.find_table("parity_force")->columns[1].data);
}

TEST(Scores, MissingLabelsArePassedOver) {
  Dataset data;
  add_series(data, "a", "a", 3);
  Scores scores;
  for (auto& sample : data.samples) {
    sample.frame.energy_eV.reset();
    Frame wrong = prediction(sample.frame);
    wrong.energy_eV = 1;
    wrong.stress_eV_A3 = Mat3::Identity();
    scores.add(sample, wrong, "a");
  }
  const Result result = scores.result();
  EXPECT_EQ(result.find_scalar("energy_rmse"), nullptr);
  EXPECT_EQ(result.find_scalar("stress_rmse"), nullptr);
  EXPECT_EQ(result.find_table("by_temperature"), nullptr);
  EXPECT_DOUBLE_EQ(scalar(result, "force_rmse"), 0);
  EXPECT_EQ(result.find_table("by_phase")->find("energy_rmse"), nullptr);
}

TEST(Scores, APredictionThatIsNotFiniteIsNamed) {
  Dataset data;
  add_series(data, "a.xyz", "a", 1);
  Frame wrong = prediction(data.samples[0].frame);
  wrong.forces[1].x() = std::nan("");
  Scores scores;
  EXPECT_THROW(
      {
        try {
          scores.add(data.samples[0], wrong, "a.xyz");
        } catch (const WorkError& e) {
          EXPECT_THAT(e.what(), HasSubstr("a.xyz, frame 0: the predicted force is not finite"));
          throw;
        }
      },
      WorkError);
  EXPECT_THAT(refused([] { static_cast<void>(Scores().result()); }), HasSubstr("no frame"));
}

}  // namespace
}  // namespace vitrion::learn_test
