// Labelling goes on where it was stopped, keeps its file whole, leaves out what fails, and does not
// mix levels of theory. A provider of springs stands in for first principles.
#include "learn/label.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "engine/cp2k/cp2k_provider.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Springs to the origin. The first atom's x decides whether a frame fails, as in fake_cp2k.sh.
class Springs : public ForceProvider {
 public:
  [[nodiscard]] std::string name() const override { return "Springs"; }
  [[nodiscard]] std::string version() const override { return "1.2"; }
  void evaluate(Frame& frame) override {
    ++calls;
    const double x = frame.structure.position[0][0];
    if (x >= 9) throw WorkError("it died");
    if (x >= 8) throw NotConverged("it did not converge");
    frame.energy_eV = 0;
    frame.forces.clear();
    for (const auto& r : frame.structure.position) {
      frame.forces.push_back(-r);
      *frame.energy_eV += 0.5 * r.squaredNorm();
    }
    frame.stress_eV_A3 = Mat3::Identity() * 0.01;
  }
  int calls = 0;
};

class Label : public ::testing::Test {
 protected:
  Label() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("vitrion-label-" + std::string(info->name()) + "-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    out_ = folder_ / "labels.extxyz";
  }
  ~Label() override { fs::remove_all(folder_); }

  static std::vector<Frame> frames_at(const std::vector<double>& xs) {
    std::vector<Frame> out;
    for (const double x : xs) {
      Frame frame;
      frame.structure.cell = Cell::cubic(11.1);
      frame.structure.add("Li", {x + 1.0 / 3, 2, 3});
      frame.structure.add("S", {4, 5, 6});
      frame.phase = "glass";
      frame.temperature_K = 300;
      frame.info["sampler"] = "mine";
      out.push_back(frame);
    }
    return out;
  }

  Labelling label(const std::vector<Frame>& frames, const std::string& level = "one") {
    return label_frames(
        frames, springs_,
        [&](const Structure&) {
          return std::map<std::string, std::string>{{"functional", "PBE"}, {"level", level}};
        },
        out_);
  }
  [[nodiscard]] std::vector<Frame> written() const { return load(out_); }
  static std::vector<Frame> load(const fs::path& file) {
    std::vector<Frame> out;
    const auto source = open_source(file);
    for (Frame frame; source->next(frame);) out.push_back(frame);
    return out;
  }

  fs::path folder_, out_;
  Springs springs_;
};

TEST_F(Label, WritesLabelsWithWhereTheyAreFrom) {
  const auto frames = frames_at({0, 1});
  const Labelling done = label(frames);
  EXPECT_EQ(done.labelled, 2U);
  EXPECT_EQ(done.before, 0U);
  const auto back = written();
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[1].structure.position, frames[1].structure.position);
  EXPECT_EQ(back[1].forces[1], -frames[1].structure.position[1]);
  EXPECT_NEAR(*back[1].energy_eV, 0.5 * (16. / 9 + 4 + 9 + 77), 1e-12);
  EXPECT_TRUE(back[1].stress_eV_A3);
  EXPECT_EQ(back[1].phase, "glass");
  EXPECT_EQ(*back[1].temperature_K, 300);
  EXPECT_EQ(back[1].info.at("sampler"), "mine");
  EXPECT_EQ(back[1].info.at("functional"), "PBE");
  EXPECT_EQ(back[1].info.at("program"), "Springs 1.2");
  EXPECT_THAT(back[1].info.at("units"), HasSubstr("eV/A3"));
}

TEST_F(Label, GoesOnWhereItWasStopped) {
  label(frames_at({0, 1}));
  EXPECT_EQ(springs_.calls, 2);
  const Labelling more = label(frames_at({0, 1, 2, 2}));
  EXPECT_EQ(more.before, 2U);
  EXPECT_EQ(more.labelled, 1U);  // the same frame twice is labelled once
  EXPECT_EQ(springs_.calls, 3);
  EXPECT_EQ(written().size(), 3U);
  label(frames_at({3}));  // of other frames: what is there stays
  EXPECT_EQ(written().size(), 4U);
}

TEST_F(Label, LeavesOutWhatDoesNotConvergeOrDies) {
  const Labelling done = label(frames_at({0, 8, 1, 9, 2}));
  EXPECT_EQ(done.labelled, 3U);
  ASSERT_EQ(done.left_out.size(), 2U);
  EXPECT_EQ(done.left_out[0], "frame 1 is left out: it did not converge");
  EXPECT_EQ(done.left_out[1], "frame 3 is left out: it died");
  EXPECT_EQ(written().size(), 3U);
}

TEST_F(Label, StopsWhereTheProgramDiesAtOnceOrTwice) {
  EXPECT_THROW(label(frames_at({9, 1})), WorkError);
  EXPECT_FALSE(fs::exists(out_));
  EXPECT_THROW(label(frames_at({0, 9, 9.1, 1})), WorkError);
  EXPECT_EQ(springs_.calls, 4);
  EXPECT_EQ(written().size(), 1U);
}

TEST_F(Label, DoesNotMixLevelsOfTheory) {
  label(frames_at({0}));
  EXPECT_THROW(label(frames_at({1}), "two"), InputError);
  EXPECT_EQ(written().size(), 1U);
  // Nor with frames whose level is not told at all.
  std::ofstream(out_) << "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3 "
                         "energy=1\nLi 0 0 0\n";
  EXPECT_THROW(label(frames_at({1})), InputError);
}

TEST_F(Label, CompressedFilesToo) {
  out_ = folder_ / "labels.extxyz.gz";
  label(frames_at({0}));
  label(frames_at({0, 1}));
  EXPECT_EQ(springs_.calls, 2);
  EXPECT_EQ(written().size(), 2U);
}

TEST_F(Label, FramesComeWithoutTheirOldLabels) {
  std::ofstream(folder_ / "melt.extxyz")
      << "1\nLattice=\"9 0 0 0 9 0 0 0 9\" Properties=species:S:1:pos:R:3:forces:R:3 energy=1 "
         "temperature=900 functional=LDA seed=7 note=\"two words\"\nLi 0 0 0 1 1 1\n";
  const auto frames = load_frames({folder_ / "melt.extxyz"});
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_FALSE(frames[0].energy_eV);
  EXPECT_TRUE(frames[0].forces.empty());
  EXPECT_EQ(frames[0].phase, "melt");
  EXPECT_EQ(*frames[0].temperature_K, 900);
  EXPECT_EQ(frames[0].info.at("seed"), "7");
  EXPECT_FALSE(frames[0].info.contains("functional"));
  EXPECT_EQ(frames[0].info.at("note"), "two words");
}

TEST_F(Label, TheExampleRecipeReads) {
  std::ofstream(folder_ / "label.yaml") << commented_label_recipe();
  const LabelRecipe recipe = load_label_recipe(folder_ / "label.yaml");
  EXPECT_EQ(recipe.cp2k.cutoff_Ry, 400);
  EXPECT_EQ(recipe.cp2k.basis_of("P"), "TZVP-MOLOPT-GTH");
  EXPECT_EQ(recipe.cp2k.basis_of("Ge"), "DZVP-MOLOPT-SR-GTH");
  std::ofstream(folder_ / "wrong.yaml") << "cp2k: {basis: [1, 2]}\n";
  EXPECT_THROW(load_label_recipe(folder_ / "wrong.yaml"), InputError);
}

}  // namespace
}  // namespace vitrion
