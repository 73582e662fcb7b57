#include "learn/dataset.hpp"

#include <cstdlib>

#include "base/constants.hpp"
#include "learn/samples.hpp"

namespace vitrion::learn_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

using DatasetTest = FolderTest;

std::string frame_text(const std::string& more, const std::string& symbol = "Li") {
  return "2\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3:forces:R:3 " + more +
         "\n" + symbol + " 0 0 0 0.1 0 0\nS 1 2 3 -0.1 0 0\n";
}

TEST_F(DatasetTest, TheStemNamesThePhaseUnlessTheFrameDoes) {
  put("set/b.extxyz", frame_text("energy=-1") + frame_text("energy=-2 config_type=melt"));
  put("set/a.extxyz", frame_text("energy=-3 phase=\"the glass\""));
  put("set/README.md", "words");
  put("set/POSCAR", "no labels, and not even a POSCAR");
  const Dataset data = load_dataset({folder_ / "set"});
  ASSERT_EQ(data.size(), 3U);
  EXPECT_THAT(data.files, ElementsAre(HasSubstr("a.extxyz"), HasSubstr("b.extxyz")));
  EXPECT_EQ(data.samples[0].phase, "the glass");
  EXPECT_EQ(data.samples[1].phase, "b");
  EXPECT_EQ(data.samples[2].phase, "melt");
  EXPECT_EQ(data.where(data.samples[2]), "b.extxyz, frame 1");
  EXPECT_DOUBLE_EQ(data.samples[2].frame.energy_eV.value(), -2);
  EXPECT_DOUBLE_EQ(data.samples[2].frame.forces.at(1).x(), -0.1);
  EXPECT_THAT(data.elements(), ElementsAre("Li", "S"));
  EXPECT_THAT(data.phases(), ElementsAre(Pair("b", 1), Pair("melt", 1), Pair("the glass", 1)));
}

TEST_F(DatasetTest, AFolderNamesThePhaseOfANamelessFile) {
  put("Li3PS4/train.extxyz", frame_text("energy=-1"));
  EXPECT_EQ(load_dataset({folder_ / "Li3PS4"}).samples[0].phase, "Li3PS4");
}

TEST_F(DatasetTest, OneRunIsReadOnce) {
  const std::string xml =
      "<modeling>\n<atominfo><array "
      "name=\"atoms\"><set><rc><c>Li</c></rc></set></array></atominfo>\n"
      "<calculation><structure><crystal><varray name=\"basis\"><v>4 0 0</v><v>0 4 0</v><v>0 0 4</v>"
      "</varray></crystal><varray name=\"positions\"><v>0.5 0 0</v></varray></structure>\n"
      "<varray name=\"forces\"><v>0 0 1</v></varray>\n"
      "<energy><i name=\"e_fr_energy\">-3</i></energy></calculation>\n</modeling>\n";
  put("Li-bcc/vasprun.xml", xml);
  put("Li-bcc/OUTCAR", "the same again");
  const Dataset data = load_dataset({folder_});
  ASSERT_EQ(data.size(), 1U);
  EXPECT_EQ(data.samples[0].phase, "Li-bcc");
  EXPECT_EQ(data.samples[0].frame.structure.position[0], Vec3(2, 0, 0));
  EXPECT_EQ(data.samples[0].frame.energy_eV, -3);
}

TEST_F(DatasetTest, TakesEveryNthAndOnlyWantedPhases) {
  std::string text;
  for (int i = 0; i < 7; ++i)
    text += frame_text("energy=" + std::to_string(i) + " config_type=" + (i < 4 ? "x" : "y"));
  const auto file = put("a.extxyz", text);
  const Dataset data = load_dataset({file}, {.phases = {"y"}, .every = 3});
  ASSERT_EQ(data.size(), 1U);
  EXPECT_EQ(data.samples[0].index, 6);
  EXPECT_THAT(refused([&] { load_dataset({file}, {.phases = {"yy"}}); }),
              HasSubstr("there is no phase \"yy\""));
}

TEST_F(DatasetTest, RefusesWhatCannotBeTrainedOn) {
  const auto plain = put("plain.extxyz",
                         "1\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nLi 0 0 "
                         "0\n");
  EXPECT_THAT(refused([&] { load_dataset({plain}); }), HasSubstr("neither energies nor forces"));
  EXPECT_EQ(load_dataset({plain}, {.labels_needed = false}).size(), 1U);
  EXPECT_THAT(refused([&] { load_dataset({folder_ / "absent"}); }), HasSubstr("no such file"));
  const auto cut = put("cut.extxyz", frame_text("energy=-1") + "2\nLattice=");
  EXPECT_THAT(refused([&] { load_dataset({cut}); }), HasSubstr("cut.extxyz:6"));
  fs::create_directories(folder_ / "none");
  EXPECT_THAT(refused([&] { load_dataset({folder_ / "none"}); }),
              HasSubstr("holds no file of a format with labels"));
  // Beside a labelled file in a folder, an unlabelled one is named and left out.
  put("mixed/a.extxyz", frame_text("energy=-1"));
  fs::copy(plain, folder_ / "mixed" / "b.extxyz");
  const Dataset data = load_dataset({folder_ / "mixed"});
  EXPECT_EQ(data.size(), 1U);
  EXPECT_THAT(data.notes, ElementsAre(HasSubstr("b.extxyz: has neither energies nor forces")));
}

TEST_F(DatasetTest, VelocitiesBecomeATemperature) {
  Frame frame = lattice_frame(2, 0, 0);
  const double v = 3.0;
  frame.velocities = {Vec3(v, 0, 0), Vec3(-v, 0, 0)};
  // Two atoms moving against each other: m v² = 3 k T for three degrees of freedom.
  const double mass = frame.structure.species[0].mass_amu;
  const double expected =
      2 * mass * v * v * constants::amu_A2_ps2_in_eV / (3 * constants::boltzmann_eV_K);
  EXPECT_NEAR(kinetic_temperature_K(frame).value(), expected, 1e-9 * expected);
  frame.velocities.clear();
  EXPECT_FALSE(kinetic_temperature_K(frame).has_value());
}

TEST_F(DatasetTest, ReadsAWholeSetOfPhases) {
  const char* shared = std::getenv("VITRION_SHARED_DATA");
  if (shared == nullptr || !fs::exists(fs::path(shared) / "lips20"))
    GTEST_SKIP() << "VITRION_SHARED_DATA is not set: nothing was read";
  const Dataset data = load_dataset({fs::path(shared) / "lips20"});
  EXPECT_EQ(data.phases().size(), 16U);
  for (const auto& sample : data.samples) {
    ASSERT_TRUE(sample.frame.energy_eV && sample.frame.stress_eV_A3) << data.where(sample);
    ASSERT_EQ(sample.frame.forces.size(), sample.frame.size()) << data.where(sample);
  }
}

}  // namespace
}  // namespace vitrion::learn_test
