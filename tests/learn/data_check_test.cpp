#include "learn/data_check.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "learn/samples.hpp"

namespace vitrion::learn_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Finding* find(const DataReport& report, const std::string& kind) {
  for (const auto& f : report.findings)
    if (f.kind == kind) return &f;
  return nullptr;
}

std::vector<std::string> kinds(const DataReport& report) {
  std::vector<std::string> out;
  for (const auto& f : report.findings) out.push_back(f.kind);
  return out;
}

// A good set of three compositions, whose energies are those of add_series.
Dataset sound() {
  Dataset data;
  add_series(data, "a.extxyz", "a", 10, 3, 1, 4);
  add_series(data, "b.extxyz", "b", 10, 4, 0, 2);
  add_series(data, "c.extxyz", "c", 10, 2, 2, 4);
  add_series(data, "d.extxyz", "d", 10, 6, 2, 0);
  return data;
}

TEST(DataCheck, SaysNothingOfSoundData) {
  const DataReport report = check_data(sound());
  EXPECT_THAT(kinds(report), IsEmpty());
  EXPECT_EQ(report.frames, 40U);
}

TEST(DataCheck, FramesThatAreWrongAlone) {
  Dataset data = sound();
  data.samples[1].frame.forces.pop_back();
  data.samples[12].frame.structure.position[2].y() = std::numeric_limits<double>::quiet_NaN();
  data.samples[13].frame.energy_eV = std::numeric_limits<double>::infinity();
  data.samples[23].frame.forces[4] += Vec3(60, 0, 0);
  data.samples[25].frame.forces[4] += Vec3(70, 0, 0);
  data.samples[34].frame.energy_eV.reset();
  data.samples[34].frame.forces.clear();
  data.samples[35].frame.forces.clear();
  data.samples[36].frame.energy_eV.reset();
  const DataReport report = check_data(data);
  const Finding* length = find(report, "wrong-length");
  ASSERT_NE(length, nullptr);
  EXPECT_EQ(length->file, "a.extxyz");
  EXPECT_EQ(length->frame, 1);
  EXPECT_EQ(length->severity, Severity::error);
  EXPECT_THAT(length->text(), HasSubstr("a.extxyz, frame 1: there are 7 forces for 8 atoms"));
  const Finding* finite = find(report, "not-finite");
  ASSERT_NE(finite, nullptr);
  EXPECT_EQ(finite->frames, 2U);
  EXPECT_THAT(finite->text(), HasSubstr("frame 2 (and 1 more): a position"));
  const Finding* huge = find(report, "huge-force");
  ASSERT_NE(huge, nullptr);
  EXPECT_EQ(huge->frame, 5);  // the worst of the two
  EXPECT_THAT(huge->message, HasSubstr("atom 5 (S)"));
  ASSERT_NE(find(report, "net-force"), nullptr);
  EXPECT_EQ(find(report, "net-force")->file, "c.extxyz");
  for (const char* kind : {"no-labels", "no-forces", "no-energy"}) {
    ASSERT_NE(find(report, kind), nullptr) << kind;
    EXPECT_EQ(find(report, kind)->file, "d.extxyz");
  }
  EXPECT_EQ(find(report, "no-labels")->frame, 4);
  const Result result = report.result();
  EXPECT_EQ(result.find_table("findings")->find("kind")->text.size(), report.findings.size());
  EXPECT_DOUBLE_EQ(result.find_scalar("errors")->value, static_cast<double>(report.errors()));
  EXPECT_EQ(report.findings.front().severity, Severity::error);
}

TEST(DataCheck, AtomsOnTopOfEachOtherAlsoThroughTheFaces) {
  Dataset data = sound();
  auto& s = data.samples[3].frame.structure;
  // Li–Li: covalent radii of 1.28 Å each, so that less than 1.28 Å is too near.
  s.position[1] = s.position[0] + s.cell.vector(0) + Vec3(0, 1.2, 0);
  auto& t = data.samples[13].frame.structure;
  t.position[1] = t.position[0] + Vec3(0, 0, 0.3);
  const DataReport report = check_data(data);
  ASSERT_EQ(kinds(report), (std::vector<std::string>{"close-pair", "close-pair"}));
  EXPECT_EQ(report.findings[0].severity, Severity::error);
  EXPECT_EQ(report.findings[0].file, "b.extxyz");
  EXPECT_EQ(report.findings[1].severity, Severity::warning);
  EXPECT_THAT(report.findings[1].text(), HasSubstr("a.extxyz, frame 3: atoms 1 (Li) and 2 (Li)"));
}

TEST(DataCheck, Duplicates) {
  Dataset data = sound();
  data.samples[7].frame = data.samples[2].frame;
  data.samples[17].frame.structure = data.samples[11].frame.structure;
  *data.samples[17].frame.energy_eV = *data.samples[11].frame.energy_eV + 0.06;
  const DataReport report = check_data(data);
  ASSERT_NE(find(report, "duplicate"), nullptr);
  EXPECT_EQ(find(report, "duplicate")->frame, 7);
  EXPECT_THAT(find(report, "duplicate")->message, HasSubstr("a.extxyz, frame 2"));
  ASSERT_NE(find(report, "same-atoms-other-energy"), nullptr);
  EXPECT_EQ(find(report, "same-atoms-other-energy")->frame, 7);
}

TEST(DataCheck, EnergiesOfAnotherReference) {
  Dataset data = sound();
  // One file of a composition of its own, as from a code with other core electrons.
  add_series(data, "e.extxyz", "e", 10, 1, 1, 1);
  add_series(data, "f.extxyz", "f", 10, 5, 1, 2);
  for (auto& sample : data.samples)
    if (data.files[sample.file] == "e.extxyz") *sample.frame.energy_eV = -12.0;
  const DataReport report = check_data(data);
  ASSERT_EQ(kinds(report), (std::vector<std::string>{"energy-reference"}));
  EXPECT_EQ(report.findings[0].file, "e.extxyz");
  EXPECT_EQ(report.findings[0].frames, 10U);

  // Frames of another reference among others of their composition.
  Dataset mixed = sound();
  for (const std::size_t i : {3U, 8U}) *mixed.samples[i].frame.energy_eV += 8 * 2.5;
  const DataReport second = check_data(mixed);
  ASSERT_EQ(kinds(second), (std::vector<std::string>{"energy-outlier"}));
  EXPECT_EQ(second.findings[0].samples, (std::vector<std::size_t>{3, 8}));
}

// A harmonic solid whose cell breathes: E = ½ K V₀ (V/V₀ − 1)² + ½ k Σ u², exactly known labels.
Dataset breathing(double stress_factor, double force_factor, bool with_motion) {
  Dataset data;
  data.files.push_back("run.extxyz");
  const double K = 0.2;  // eV/Å³
  const double V0 = 1000;
  const double k = 2.0;
  for (int f = 0; f < 20; ++f) {
    Frame frame;
    const double stretch = with_motion ? 1 : 1 + 0.01 * std::sin(0.7 * f);
    frame.structure.cell = Cell::cubic(10 * stretch);
    double energy = 0;
    for (int i = 0; i < 8; ++i) {
      const Vec3 site(5.0 * (i & 1), 2.5 * (i & 2), 1.25 * (i & 4));
      const Vec3 u =
          with_motion ? Vec3(0.1 * std::sin(0.4 * f + i), 0.1 * std::cos(0.5 * f - i), 0)
                      : Vec3::Zero();
      frame.structure.add("Li", stretch * site + u);
      frame.forces.push_back(-force_factor * k * u);
      energy += 0.5 * k * u.squaredNorm();
    }
    const double V = frame.structure.cell.volume();
    const double tension = K * (V / V0 - 1);  // dE/dV
    energy += 0.5 * K * V0 * std::pow(V / V0 - 1, 2);
    frame.stress_eV_A3 = stress_factor * tension * Mat3::Identity();
    frame.energy_eV = energy;
    data.samples.push_back({frame, "run", 0, f});
  }
  return data;
}

TEST(DataCheck, LabelsThatContradictOneAnother) {
  const auto found = [](const Dataset& data) {
    auto list = kinds(check_data(data));
    std::erase(list, "net-force");  // the springs are tied to the lattice
    std::erase(list, "duplicate");
    return list;
  };
  EXPECT_THAT(found(breathing(1, 1, false)), IsEmpty());
  EXPECT_THAT(found(breathing(1, 1, true)), IsEmpty());
  EXPECT_EQ(found(breathing(-1, 1, false)), std::vector<std::string>{"stress-sign"});
  EXPECT_EQ(found(breathing(10, 1, false)), std::vector<std::string>{"stress-unit"});
  EXPECT_EQ(found(breathing(1, -1, true)), std::vector<std::string>{"force-sign"});
  EXPECT_EQ(found(breathing(1, 0.0194469, true)), std::vector<std::string>{"force-unit"});
}

TEST(DataCheck, StressInWrongUnitsBySizeAlone) {
  Dataset data = sound();
  for (auto& sample : data.samples) {
    Mat3 s = Mat3::Identity() * 0.02;  // 3 GPa
    if (data.files[sample.file] == "b.extxyz") s *= 160.2;  // as GPa
    sample.frame.stress_eV_A3 = s;
  }
  const DataReport report = check_data(data);
  ASSERT_EQ(kinds(report), std::vector<std::string>{"stress-unit"});
  EXPECT_EQ(report.findings[0].file, "b.extxyz");
  EXPECT_EQ(report.findings[0].severity, Severity::error);
  data.samples[0].frame.stress_eV_A3->operator()(0, 1) = 0.01;
  EXPECT_NE(find(check_data(data), "stress-not-symmetric"), nullptr);
}

TEST(DataCheck, MixedSourcesAreFoundInRealData) {
  const char* shared = std::getenv("VITRION_SHARED_DATA");
  if (shared == nullptr || !fs::exists(fs::path(shared) / "lips20"))
    GTEST_SKIP() << "VITRION_SHARED_DATA is not set: nothing was checked";
  const auto one = check_data(load_dataset({fs::path(shared) / "lips20"}, {.every = 5}));
  EXPECT_EQ(one.errors(), 0U) << one.findings.front().text();
  const auto both = check_data(
      load_dataset({fs::path(shared) / "lips20", fs::path(shared) / "lips" / "train100.extxyz.gz"},
                   {.every = 5}));
  ASSERT_GT(both.errors(), 0U);
  for (const auto& f : both.findings) {
    if (f.severity == Severity::error) {
      EXPECT_THAT(f.file, HasSubstr("train100")) << f.text();
    }
  }
}

}  // namespace
}  // namespace vitrion::learn_test
