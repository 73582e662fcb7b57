// CP2K as a provider of forces: what it is given, what is read back, how it fails. A shell script
// stands in for it, but for the one test that runs the real program where that is installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "engine/cp2k/cp2k_provider.hpp"
#include "engine/cp2k/input.hpp"
#include "engine/program_run.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr double hartree_eV = 27.211386245988, bohr_A = 0.529177210903;
constexpr double GPa = 1 / 160.21766339999997;

class Cp2k : public ::testing::Test {
 protected:
  Cp2k() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("vitrion-cp2k-" + std::string(info->name()) + "-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    settings_.command = VITRION_SOURCE_DIR "/tests/engine/fake_cp2k.sh --some-option";
    settings_.basis = {{"Li", "TZVP-MOLOPT-SR-GTH"}, {"S", "TZVP-MOLOPT-GTH"}};
  }
  ~Cp2k() override { fs::remove_all(folder_); }

  std::string failure(double x) {
    Frame frame = frame_at(x);
    Cp2kProvider provider(settings_, folder_);
    try {
      provider.evaluate(frame);
    } catch (const WorkError& e) {
      EXPECT_FALSE(frame.energy_eV) << "labels of a failed frame";
      return e.what();
    }
    return "";
  }

  static Frame frame_at(double x) {
    Frame frame;
    Mat3 vectors;
    vectors << 12, 1, 0.5, 0, 11, -1, 0, 0, 13;
    frame.structure.cell = Cell(vectors);
    frame.structure.add("Li", {x, 2, 3});
    frame.structure.add("S", {4, -5, 6});
    frame.structure.add("Li", {0.1234567891, 0, 0});
    return frame;
  }

  fs::path folder_;
  Cp2kSettings settings_;
};

TEST_F(Cp2k, ReadsEnergyForcesAndStressOfTheFrameItWasGiven) {
  Frame frame = frame_at(1);
  const auto before = frame.structure.position;
  Cp2kProvider provider(settings_, folder_ / "work");
  provider.evaluate(frame);
  EXPECT_EQ(provider.name(), "CP2K");
  EXPECT_EQ(provider.version(), "9.9");
  double sum = 0;
  ASSERT_EQ(frame.forces.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    sum += before[i].squaredNorm();
    const Vec3 spring = -0.01 * hartree_eV / (bohr_A * bohr_A) * before[i];
    EXPECT_LT((frame.forces[i] - spring).norm(), 1e-7) << i;
  }
  EXPECT_NEAR(*frame.energy_eV, 0.005 * hartree_eV / (bohr_A * bohr_A) * sum, 1e-8);
  Mat3 pressure;
  pressure << 1.5, 0.1, 0.2, 0.1, -2.5, 0.3, 0.2, 0.3, 3.5;
  EXPECT_LT((*frame.stress_eV_A3 + GPa * pressure).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_EQ(frame.structure.position, before);
}

TEST_F(Cp2k, InputHoldsTheLevelOfTheory) {
  settings_.dispersion = "D3BJ";
  settings_.charge = -1;
  settings_.multiplicity = 2;
  const std::string text = cp2k_input(frame_at(1).structure, settings_);
  for (const char* line :
       {"A 12.0000000000 0.0000000000 0.0000000000", "B 1.0000000000 11.0000000000 0.0000000000",
        "C 0.5000000000 -1.0000000000 13.0000000000", "S 4.0000000000 -5.0000000000 6.0000000000",
        "&XC_FUNCTIONAL PBE\n", "TYPE DFTD3(BJ)", "CUTOFF 400\n", "REL_CUTOFF 50\n",
        "EPS_SCF 1e-06\n", "EPS_DEFAULT 1e-10\n", "CHARGE -1\n", "UKS T\n", "MULTIPLICITY 2\n",
        "STRESS_TENSOR ANALYTICAL",
        "&KIND Li\n      BASIS_SET TZVP-MOLOPT-SR-GTH\n      POTENTIAL GTH-PBE\n",
        "&KIND S\n      BASIS_SET TZVP-MOLOPT-GTH\n", "METHOD BROYDEN_MIXING"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, ::testing::Not(HasSubstr("SMEAR")));
  settings_.smearing_K = 500;
  EXPECT_THAT(cp2k_input(frame_at(1).structure, settings_),
              HasSubstr("ADDED_MOS 20\n      &SMEAR ON\n        METHOD FERMI_DIRAC\n        "
                        "ELECTRONIC_TEMPERATURE [K] 500\n"));
  settings_.solver = "ot";
  EXPECT_THROW(cp2k_input(frame_at(1).structure, settings_), InputError);
  settings_ = {};
  settings_.functional = "PBEsol";
  settings_.solver = "ot";
  const std::string other = cp2k_input(frame_at(1).structure, settings_);
  EXPECT_THAT(other, HasSubstr("PARAMETRIZATION PBESOL"));
  EXPECT_THAT(other, HasSubstr("&OT ON"));
  EXPECT_THAT(other, HasSubstr("BASIS_SET DZVP-MOLOPT-SR-GTH"));
  EXPECT_THAT(other, ::testing::Not(HasSubstr("DFTD3")));
  EXPECT_THAT(other, ::testing::Not(HasSubstr("UKS")));
}

TEST_F(Cp2k, AnInputOfTheUsersOwnGetsCellAndAtoms) {
  std::ofstream(folder_ / "own.inp") << "&CELL\n{{cell}}&END\n&COORD\n{{coordinates}}&END\nMINE\n";
  settings_.input_file = "own.inp";
  settings_.load_input(folder_);
  Frame frame = frame_at(2);
  Cp2kProvider provider(settings_, folder_ / "work");
  provider.evaluate(frame);
  EXPECT_NEAR(frame.forces[0][0], -0.02 * hartree_eV / (bohr_A * bohr_A), 1e-7);
  EXPECT_THAT(read_text_file(folder_ / "work" / "cp2k.inp"), HasSubstr("&END\nMINE\n"));
  std::ofstream(folder_ / "own.inp") << "&CELL\n{{cell}}&END\n";
  try {
    settings_.load_input(folder_);
    FAIL() << "an input without a place for the atoms";
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), HasSubstr("{{coordinates}} is missing"));
  }
}

TEST_F(Cp2k, FailsInOneSentenceWithTheProgramsReason) {
  EXPECT_THROW(
      {
        Frame frame = frame_at(8.5);
        Cp2kProvider(settings_, folder_).evaluate(frame);
      },
      NotConverged);
  EXPECT_THAT(failure(8.5), HasSubstr("have not converged"));
  EXPECT_THAT(failure(9.5),
              HasSubstr("CP2K ended with status 1: The fake basis set <NONE> for element <P> was "
                        "not found in the basis set files <NOWHERE> (its output: "));
  EXPECT_THAT(failure(10.5), HasSubstr("ended by signal 9"));
  EXPECT_THAT(failure(11.5), HasSubstr("there are no forces: put &PRINT"));
  EXPECT_EQ(failure(1), "");
}

TEST_F(Cp2k, GoesOnByOrbitalTransformationWhereTheCyclesOscillate) {
  Frame frame = frame_at(6.5);  // its cycles converge so, and from orbitals, alone
  Cp2kProvider(settings_, folder_).evaluate(frame);
  EXPECT_TRUE(frame.energy_eV);
  EXPECT_EQ(read_text_file(folder_ / orbitals_file),
            "ENERGY_FORCE 400 from orbitals: no\n"
            "ENERGY_FORCE 400 OT from orbitals: yes\n");
  settings_.start_cutoff_Ry = 160;
  Cp2kProvider(settings_, folder_).evaluate(frame);  // what was left of the last frame is not used
  EXPECT_EQ(read_text_file(folder_ / orbitals_file),
            "ENERGY 160 from orbitals: no\n"
            "ENERGY 160 OT from orbitals: yes\n"
            "ENERGY_FORCE 400 OT from orbitals: yes\n");
  settings_.tries = 1;
  EXPECT_THAT(failure(6.5), HasSubstr("have not converged"));
}

TEST_F(Cp2k, StartsOnACoarserGridWhereAsked) {
  settings_.start_cutoff_Ry = 100;
  const Frame frame = frame_at(1);
  const std::string coarse = cp2k_input(frame.structure, settings_, {.coarse = true});
  for (const char* line : {"RUN_TYPE ENERGY\n", "CUTOFF 100\n", "REL_CUTOFF 25\n",
                           "EPS_SCF 2e-05\n", "EPS_DEFAULT 1e-08\n", "SCF_GUESS ATOMIC\n"}) {
    EXPECT_THAT(coarse, HasSubstr(line));
  }
  EXPECT_THAT(coarse, ::testing::Not(HasSubstr("STRESS")));
  EXPECT_EQ(failure(1), "");
  EXPECT_EQ(read_text_file(folder_ / orbitals_file),
            "ENERGY 100 from orbitals: no\nENERGY_FORCE 400 from orbitals: yes\n");
  const std::string level = level_of_theory(frame.structure, settings_).at("level");
  settings_.start_cutoff_Ry = 0;
  EXPECT_EQ(level_of_theory(frame.structure, settings_).at("level"), level);
}

TEST_F(Cp2k, TriesSmearedAgainWithLessMixingWhereTheCyclesOscillate) {
  settings_.smearing_K = 500;
  Frame frame = frame_at(7.5);  // its cycles converge with a mixing under 0.15 only
  Cp2kProvider(settings_, folder_).evaluate(frame);
  EXPECT_TRUE(frame.energy_eV);
  const std::string last = read_text_file(folder_ / "cp2k.inp");
  EXPECT_THAT(last, HasSubstr("ALPHA 0.1\n"));
  EXPECT_THAT(last, HasSubstr("MAX_SCF 55\n"));
  settings_.tries = 2;
  EXPECT_THAT(failure(7.5), HasSubstr("have not converged"));
}

TEST_F(Cp2k, RefusesWhatItCannotCalculate) {
  settings_.command = "no-such-cp2k -x";
  EXPECT_THROW(Cp2kProvider(settings_, folder_), InputError);
  settings_.command = "";
  EXPECT_THROW(Cp2kProvider(settings_, folder_), InputError);
  Structure open = frame_at(1).structure;
  open.cell = Cell(open.cell.vectors(), Vec3::Zero(), {true, true, false});
  EXPECT_THROW(cp2k_input(open, settings_), InputError);
  Structure odd = frame_at(1).structure;
  odd.species[0].atomic_number = 0;
  EXPECT_THROW(cp2k_input(odd, settings_), InputError);
}

TEST_F(Cp2k, TheLevelOfTheoryDiffersWithWhatLabelsDependOn) {
  const Structure s = frame_at(1).structure;
  const auto level = [&] { return level_of_theory(s, settings_).at("level"); };
  const std::string first = level();
  settings_.mixing = 0.2;
  settings_.max_cycles = 200;
  settings_.command = "other";
  EXPECT_EQ(level(), first);
  settings_.tries = 1;
  EXPECT_EQ(level(), first);
  settings_.eps_default = 1e-12;
  EXPECT_NE(level(), first);
  settings_.eps_default = 1e-10;
  settings_.smearing_K = 500;
  EXPECT_NE(level(), first);
  settings_.smearing_K = 0;
  EXPECT_EQ(level(), first);
  settings_.cutoff_Ry = 500;
  EXPECT_NE(level(), first);
  settings_.cutoff_Ry = 400;
  settings_.basis["P"] = "DZVP-MOLOPT-SR-GTH";  // of an element that is not in this frame
  EXPECT_NE(level(), first);
  EXPECT_EQ(level_of_theory(s, settings_).at("basis"), "Li:TZVP-MOLOPT-SR-GTH S:TZVP-MOLOPT-GTH");
}

TEST(ProgramRun, SaysHowAProgramEnded) {
  const fs::path log = fs::temp_directory_path() / ("vitrion-run-" + std::to_string(::getpid()));
  const auto run = [&](const std::string& script) {
    return run_program({"sh", "-c", script}, "/", log);
  };
  EXPECT_TRUE(run("pwd; echo two >&2; echo; echo three").good());
  EXPECT_EQ(last_lines(log, 2), "two | three");
  EXPECT_EQ(last_lines(log, 9), "/ | two | three");
  EXPECT_EQ(run("exit 3").text(), "ended with status 3");
  EXPECT_THAT(run("kill -TERM $$").text(), HasSubstr("was ended by signal 15"));
  EXPECT_THROW(run_program({"no-such-program"}, "/", log), InputError);
  EXPECT_FALSE(find_program(VITRION_SOURCE_DIR "/README.md"));
  fs::remove(log);
}

// A molecule in a small box, with the smallest basis that does: seconds on one core.
TEST_F(Cp2k, TheRealProgramAgreesWithItsOwnEnergyDifferences) {
  if (!find_program("cp2k")) GTEST_SKIP() << "cp2k is not installed: only its stand-in was tested";
  ::setenv("OMP_NUM_THREADS", "1", 0);
  settings_ = {};
  settings_.basis = {{"H", "SZV-MOLOPT-GTH"}};
  settings_.cutoff_Ry = 300;  // hydrogen is hard
  settings_.relative_cutoff_Ry = 50;
  settings_.eps_scf = 1e-7;
  Cp2kProvider provider(settings_, folder_);
  const auto at = [&](double length) {
    Frame frame;
    frame.structure.cell = Cell::cubic(5);
    frame.structure.add("H", {2.5, 2.5, 2.5});
    frame.structure.add("H", {2.5, 2.5, 2.5 + length});
    provider.evaluate(frame);
    return frame;
  };
  const double h = 0.01;
  const Frame low = at(0.80 - h), here = at(0.80), high = at(0.80 + h);
  EXPECT_FALSE(provider.version().empty());
  EXPECT_NEAR(here.forces[1][2], -(*high.energy_eV - *low.energy_eV) / (2 * h), 0.02);
  EXPECT_GT(std::abs(here.forces[1][2]), 0.3);
  EXPECT_NEAR(here.forces[0][2], -here.forces[1][2], 0.01);
  EXPECT_TRUE(here.stress_eV_A3);

  settings_.start_cutoff_Ry = 100;
  settings_.solver = "ot";
  Cp2kProvider otherwise(settings_, folder_);
  Frame again = here;
  otherwise.evaluate(again);
  EXPECT_NEAR(*again.energy_eV, *here.energy_eV, 1e-5);
  EXPECT_NEAR(again.forces[1][2], here.forces[1][2], 1e-3);
}

}  // namespace
}  // namespace vitrion
