#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

class Label : public CliTest {
 protected:
  Label() {
    write("pbe.yaml", "cp2k:\n  command: " VITRION_SOURCE_DIR "/tests/engine/fake_cp2k.sh\n");
  }

  // Frames of a Li whose x tells the stand-in for CP2K how to end (see fake_cp2k.sh).
  static std::string frames(const std::vector<std::string>& xs) {
    std::string out;
    for (const auto& x : xs) {
      out += "2\nLattice=\"12 0 0 0 12 0 0 0 12\" Properties=species:S:1:pos:R:3 batch=7\nLi " + x +
             " 1 1\nS 3.5 1 1\n";
    }
    return out;
  }
};

TEST_F(Label, LabelsThatEvaluateReadsAndGoesOn) {
  write("glass.extxyz", frames({"1", "2"}));
  const Outcome o = vitrion("label glass.extxyz --recipe pbe.yaml -o labels.extxyz");
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.err, HasSubstr("2 of 2 frames labelled now, 0 before"));
  EXPECT_THAT(o.out, HasSubstr("labels.extxyz\n"));
  const std::string text = slurp("labels.extxyz");
  for (const char* word : {"config_type=\"glass\"", "batch=7", "functional=PBE", "cutoff_ry=400",
                           "program=\"CP2K 9.9\"", "basis=\"Li:", "level=", "units="}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
  EXPECT_FALSE(exists("labels.extxyz.cp2k")) << "nothing failed: no need to look at outputs";
  EXPECT_EQ(vitrion("evaluate lps-fm labels.extxyz").code, 0);
  write("glass.extxyz", frames({"1", "2", "3"}));
  const Outcome again = vitrion("label glass.extxyz --recipe pbe.yaml -o labels.extxyz");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("1 of 3 frames labelled now, 2 before"));
}

TEST_F(Label, FramesThatFailAreSaidAndLeftOut) {
  write("glass.extxyz", frames({"1", "8.5", "2"}));
  const Outcome o = vitrion("label glass.extxyz --recipe pbe.yaml -o labels.extxyz");
  EXPECT_EQ(o.code, 1);
  EXPECT_THAT(o.err, HasSubstr("frame 1 is left out: CP2K's cycles have not converged"));
  EXPECT_THAT(o.err, HasSubstr("1 of 3 frames are without labels"));
  EXPECT_TRUE(exists("labels.extxyz.cp2k"));
  write("wrong.extxyz", frames({"9.5"}));
  const Outcome dead = vitrion("label wrong.extxyz --recipe pbe.yaml -o none.extxyz");
  EXPECT_EQ(dead.code, 1);
  EXPECT_THAT(dead.err, HasSubstr("The fake basis set <NONE> for element <P> was not found"));
  EXPECT_FALSE(exists("none.extxyz"));
}

TEST_F(Label, ShowsItsInputsAndRefusesInOneSentence) {
  write("glass.extxyz", frames({"1"}));
  EXPECT_THAT(vitrion("label glass.extxyz --recipe pbe.yaml --show-input").out,
              HasSubstr("&XC_FUNCTIONAL PBE"));
  EXPECT_THAT(vitrion("label").out, HasSubstr("version: 1\nprogram: cp2k\n"));
  EXPECT_THAT(vitrion("label --keys").out, HasSubstr("relative_cutoff_Ry"));
  expect_refused("label glass.extxyz -o a.extxyz", "--recipe FILE is required");
  expect_refused("label glass.extxyz --recipe pbe.yaml", "-o FILE is required");
  expect_refused("label glass.extxyz --recipe pbe.yaml -o POSCAR", "extended XYZ");
  expect_refused("label absent.extxyz --recipe pbe.yaml -o a.extxyz", "absent.extxyz");
  expect_refused("label glass.extxyz --recipe pbe.yaml -o a.extxyz --command no-such-cp2k",
                 "\"no-such-cp2k\" is not found");
  write("typo.yaml", "cp2k: {cutof_Ry: 300}\n");
  expect_refused("label glass.extxyz --recipe typo.yaml -o a.extxyz", "did you mean");
}

}  // namespace
}  // namespace vitrion::cli_test
