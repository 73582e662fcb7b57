// vasprun.xml, OUTCAR, ML_AB and CP2K's output against the frames that their texts were made of.
#include "ab_initio_samples.hpp"
#include "base/constants.hpp"

namespace vitrion::testing {
namespace {

using AbInitio = FileTest;

struct Case {
  std::string name;
  std::string text;
  double position_A;
  double force_eV_A;
};

std::vector<Case> cases(const std::vector<Frame>& frames) {
  return {{"vasprun.xml", vasprun_text(frames), 2e-7, 1e-8},
          {"OUTCAR", outcar_text(frames), 1e-5, 1e-6},
          {"ML_ABN", ml_ab_text(frames), 1e-12, 1e-12},
          {"cp2k.out", cp2k_text(frames), 6e-7, 3e-7}};
}

TEST_F(AbInitio, EnergyForcesAndStressInOurUnitsAndSign) {
  const auto frames = sample_frames({.rotated = true}, 3);
  for (const auto& c : cases(frames)) {
    const auto back = read_all(put(c.name, c.text));
    ASSERT_EQ(back.size(), 3U) << c.name;
    for (std::size_t f = 0; f < 3; ++f) {
      expect_same_structure(back[f].structure, frames[f].structure, c.position_A);
      expect_near(back[f].forces, frames[f].forces, c.force_eV_A, "force");
      EXPECT_NEAR(back[f].energy_eV.value(), *frames[f].energy_eV, 1e-8) << c.name;
      EXPECT_LT((*back[f].stress_eV_A3 - *frames[f].stress_eV_A3).cwiseAbs().maxCoeff(), 1e-8)
          << c.name;
    }
    // The same from the content alone.
    EXPECT_EQ(read_all(put("nameless", c.text)).size(), 3U) << c.name;
  }
}

TEST_F(AbInitio, TimeAndTemperatureOfDynamics) {
  const auto frames = sample_frames({}, 3);
  const auto xml = read_all(put("vasprun.xml", vasprun_text(frames)));
  EXPECT_NEAR(xml[2].time_ps.value(), 0.004, 1e-12);
  EXPECT_NEAR(xml[0].temperature_K.value(), 2 * 0.5 / (3 * 11 * constants::boltzmann_eV_K), 1e-9);
  const auto outcar = read_all(put("OUTCAR", outcar_text(frames)));
  EXPECT_NEAR(outcar[1].time_ps.value(), 0.002, 1e-12);
  EXPECT_NEAR(outcar[1].temperature_K.value(), 291.42, 1e-9);
}

TEST_F(AbInitio, StepsThatDidNotConvergeAreLeftOut) {
  const auto frames = sample_frames({}, 2);
  EXPECT_TRUE(read_all(put("vasprun.xml", vasprun_text(frames, 60))).empty());
  EXPECT_EQ(read_all(put("vasprun.xml", vasprun_text(frames, 59))).size(), 2U);
  std::string text = outcar_text(frames);
  text.insert(text.find("Iteration     2") + 40,
              "\n ------ aborting loop EDIFF was not reached (unconverged)  ----\n");
  const auto back = read_all(put("OUTCAR", text));
  ASSERT_EQ(back.size(), 1U);
  expect_near(back[0].forces, frames[0].forces, 1e-6, "force");
}

TEST_F(AbInitio, AStoppedRunGivesItsCompleteSteps) {
  const auto frames = sample_frames({}, 3);
  const std::string xml = vasprun_text(frames);
  const auto second = xml.find("<calculation>", xml.find("</calculation>"));
  EXPECT_EQ(read_all(put("vasprun.xml", xml.substr(0, second + 400))).size(), 1U);
  const std::string outcar = outcar_text(frames);
  EXPECT_EQ(read_all(put("OUTCAR", outcar.substr(0, outcar.rfind("TOTAL-FORCE") + 300))).size(),
            2U);
  // Without any complete step there is nothing to give.
  EXPECT_TRUE(says(error_of(put("vasprun.xml", xml.substr(0, xml.find("</calculation>")))),
                   "no complete ionic step"));
  EXPECT_TRUE(says(error_of(put("OUTCAR", outcar.substr(0, 600))), "no complete ionic step"));
  const std::string ab = ml_ab_text(frames);
  EXPECT_TRUE(says(error_of(put("ML_AB", ab.substr(0, ab.rfind("Stress") - 5))), "cut off"));
}

TEST_F(AbInitio, LaterStepsOfCp2kTakeTheirPositionsFromTheTrajectoryBeside) {
  auto frames = sample_frames({}, 4);
  for (auto& frame : frames) frame.structure.cell = frames[0].structure.cell;
  const std::string text = cp2k_text(frames, 3);
  // Without it, the first step alone has positions.
  EXPECT_EQ(read_all(put("md.cp2k", text)).size(), 1U);
  std::string beside;
  for (std::size_t n : {0U, 2U, 3U}) {  // written every second step, say
    const Structure& s = frames[n].structure;
    beside += fmt::format("{}\n i = {}, time = {:.3f}, E = {:.10f}\n", s.size(), n,
                          2.0 * static_cast<double>(n), *frames[n].energy_eV / 27.211386245988);
    for (std::size_t i = 0; i < s.size(); ++i) {
      const Vec3& r = s.position[i];
      beside += fmt::format("{} {:.10f} {:.10f} {:.10f}\n", s.species_of(i).name, r[0], r[1], r[2]);
    }
  }
  put("melt-pos-1.xyz", beside);
  const auto back = read_all(put("md.cp2k", text));
  ASSERT_EQ(back.size(), 3U);
  expect_near(back[1].structure.position, frames[2].structure.position, 1e-9, "position");
  expect_near(back[2].forces, frames[3].forces, 3e-7, "force");
  EXPECT_NEAR(back[2].time_ps.value(), 0.006, 1e-12);
  EXPECT_NEAR(back[2].temperature_K.value(), 300.5, 1e-12);
}

TEST_F(AbInitio, OutputsOfCp2kBehindEachOtherAreReadInTurn) {
  const auto frames = sample_frames({}, 2);
  const auto ended = [](const Frame& frame) {
    return cp2k_text({frame}) + "  **** **** ******  **  PROGRAM ENDED AT   2026\n";
  };
  const auto back = read_all(put("both.cp2k", ended(frames[0]) + ended(frames[1])));
  ASSERT_EQ(back.size(), 2U);
  for (std::size_t f = 0; f < 2; ++f) {
    expect_near(back[f].forces, frames[f].forces, 3e-7, "force");
    EXPECT_TRUE(back[f].stress_eV_A3) << f;
  }
}

TEST_F(AbInitio, BrokenTextIsNamedWithItsLine) {
  const auto frames = sample_frames({}, 1);
  const auto broken = [&](const std::string& name, std::string text, const std::string& what,
                          const std::string& with) {
    text.replace(text.find(what), what.size(), with);
    return error_of(put(name, text));
  };
  const std::string xml = vasprun_text(frames);
  EXPECT_TRUE(says(broken("vasprun.xml", xml, "</crystal>", "</crysta>"), "not valid XML"));
  EXPECT_TRUE(says(broken("vasprun.xml", xml, "<c>Li</c>", "<c>?!</c>"), "vasprun.xml:"));
  EXPECT_TRUE(says(broken("vasprun.xml", xml, "    <rc><c>Li</c><c>   1</c></rc>\n", ""),
                   "positions for 11 atoms"));
  const std::string outcar = outcar_text(frames);
  EXPECT_TRUE(says(broken("OUTCAR", outcar, "TITEL", "TITLE"), "more counts of ions"));
  EXPECT_TRUE(says(broken("OUTCAR", outcar, "  in kB  ", "  in kB  ***** "), "the stress"));
  const std::string ab = ml_ab_text(frames);
  EXPECT_TRUE(says(broken("ML_AB", ab, "     Li      5", "     Li      6"), "more than the 12"));
  EXPECT_TRUE(says(broken("ML_AB", ab, "Total energy", "Total"), "\"Total energy\""));
  EXPECT_TRUE(says(error_of(put("vasprun.xml", "")), "empty"));
  EXPECT_TRUE(says(error_of(put("OUTCAR", "")), "empty"));
}

TEST_F(AbInitio, TheyAreNotWritten) {
  EXPECT_THROW(open_sink(path("vasprun.xml")), InputError);
  EXPECT_THROW(open_sink(path("OUTCAR")), InputError);
}

}  // namespace
}  // namespace vitrion::testing
