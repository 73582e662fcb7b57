#include "potential/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/data_files.hpp"
#include "base/error.hpp"
#include "potential/classical.hpp"
#include "potential/learned.hpp"
#include "potential/mlp_reference.hpp"
#include "potential/samples.hpp"

namespace vitrion {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

template <class F>
std::string failure(F&& body) {
  try {
    body();
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

std::string failure_of_text(const std::string& yaml) {
  const auto file = std::filesystem::temp_directory_path() / "vitrion_potential_test.yaml";
  std::ofstream(file) << yaml;
  return failure([&] { read_classical_form(file); });
}

TEST(Catalogue, EveryPotentialSaysWhatItIs) {
  const auto names = catalogue_names();
  EXPECT_THAT(names, Contains("lps-q07"));
  EXPECT_THAT(names, Contains("lps-fm"));
  for (const auto& name : names) {
    const auto p = load_potential(name);
    EXPECT_EQ(p->name(), name);
    EXPECT_FALSE(p->summary().empty()) << name;
    EXPECT_FALSE(p->provenance().empty()) << name;
    EXPECT_FALSE(p->limits().empty()) << name;
    EXPECT_FALSE(p->references().empty()) << name;
    EXPECT_GT(p->suggested_timestep_ps(), 0) << name;
    EXPECT_EQ(p->fingerprint().size(), 16u) << name;
  }
}

TEST(Catalogue, ChoosesByComposition) {
  EXPECT_EQ(choose_potential({{"Li", 96}, {"P", 32}, {"S", 128}}), "lps-net");
  EXPECT_EQ(choose_potential({{"Li", 7}, {"P", 3}, {"S", 11}}), "lps-net");
  EXPECT_EQ(choose_potential({{"Li", 2}, {"S", 1}}), "lps-net");
  EXPECT_EQ(choose_potential({{"Li", 2}, {"S", 1}, {"P", 0}}), "lps-net");
  EXPECT_EQ(choose_potential({{"Na", 1}, {"Cl", 1}}), "nacl-tosi-fumi");
  EXPECT_EQ(choose_potential({{"Ar", 864}}), "lj-argon");
  EXPECT_THAT(failure([] {
                choose_potential({{"Li", 3}, {"Ge", 1}, {"I", 4}});
              }),
              HasSubstr("has Ge, I"));
  EXPECT_THAT(failure([] {
                choose_potential({{"Na", 2}, {"S", 1}});
              }),
              HasSubstr("Na, S together"));
}

TEST(Catalogue, NamesTheNearestPotential) {
  EXPECT_THAT(failure([] { load_potential("lps-q7"); }), HasSubstr("did you mean \"lps-q07\""));
}

TEST(Catalogue, SaysWhichElementsAreMissingAndWhoHasThem) {
  Structure s = testing::li3ps4(1);
  s.add("Br", {0, 0, 1});
  EXPECT_THAT(failure([&] { load_potential("lps-fm")->require_species(s); }),
              HasSubstr("no parameters for Br"));
  Structure salt;
  salt.add("Na", {0, 0, 0});
  salt.add("Cl", {2, 0, 0});
  EXPECT_THAT(failure([&] { (void)load_potential("lps-fm")->engine_input(salt); }),
              HasSubstr("use nacl-tosi-fumi"));
}

TEST(Catalogue, AWrongFileIsRefusedWithItsLine) {
  EXPECT_THAT(
      failure_of_text("name: x\nelements: [Li]\ntimestep: 1 fs\ncharge: {Li: 1}\n"),
      HasSubstr(".yaml:4:1: a potential has no key \"charge\" (did you mean \"charges\"?)"));
  EXPECT_THAT(failure_of_text("name: x\nelements: [Li]\ntimestep: 1 fs\nexponentials:\n  - {pair: "
                              "Li-S, A: 1, rho: 1, cutoff: 9 A}\n"),
              HasSubstr("speaks of \"S\""));
  EXPECT_THAT(failure_of_text("name: x\nelements: [Li]\ntimestep: 1 fs\nexponentials:\n  - {pair: "
                              "Li-Li, A: 1, cutoff: 9 A}\n"),
              HasSubstr(".yaml:5:5: an item of exponentials lacks the key \"rho\""));
  EXPECT_THAT(failure_of_text("name: x\nelements: [Li]\ntimestep: 1 fs\nexponentials: 3\n"),
              HasSubstr("should be a list"));
  EXPECT_THAT(failure_of_text("name: x\nelements: [Qq]\ntimestep: 1 fs\n"),
              HasSubstr("no element \"Qq\""));
  EXPECT_THAT(failure_of_text("name: x\nelements: [Li]\n"),
              HasSubstr("lacks the key \"timestep\""));
  EXPECT_THAT(failure_of_text(""), HasSubstr("a potential"));
}

TEST(Catalogue, CommandsFollowTheSpeciesAtHand) {
  const auto p = load_potential("lps-q07");
  Structure s;
  s.cell = Cell::cubic(20);
  s.add("S", {0, 0, 0});
  s.add("Li", {3, 0, 0});
  const EngineInput two = p->engine_input(s);
  EXPECT_TRUE(two.files.empty());
  EXPECT_THAT(two.commands, Contains("set type 1 charge -0.66183"));
  EXPECT_THAT(two.commands, Contains("set type 2 charge 0.7"));
  EXPECT_THAT(two.commands, Contains(HasSubstr("1 2 buck/coul/long 2105.6352 0.257226 0")));
  EXPECT_THAT(two.commands, Not(Contains(HasSubstr(" sw "))));
  s.add("P", {6, 0, 0});
  const EngineInput three = p->engine_input(s);
  EXPECT_THAT(three.commands, Contains("pair_coeff * * sw lps-q07.sw S Li P"));
  EXPECT_THAT(
      three.files.at("lps-q07.sw"),
      HasSubstr("P S S 1 1 3.2126158799893982 11.054322519945597 1 -0.3333333333333333 0 0 4 0 0"));
  EXPECT_THAT(three.commands, Contains(HasSubstr("1 3 buck -186.917 0.485672 0")));
}

// A catalogue of its own, with a learned potential beside the classical ones.
class LearnedCatalogue : public ::testing::Test {
 protected:
  void SetUp() override {
    namespace fs = std::filesystem;
    std::string pattern = (fs::temp_directory_path() / "vitrion-data-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    fs::copy(data_folder() / "potentials", folder / "potentials");
    mlp::Model m = testing::random_model();
    m.name = "lps-learned";
    m.made_for = {{"Li", "P", "S"}};
    mlp::write_model(folder / "potentials" / "lps-learned.json.gz", m);
    m.name = "ge-learned";
    m.elements = {"Li", "Ge", "S"};
    m.made_for = {{"Li", "Ge", "S"}};
    mlp::write_model(folder / "potentials" / "ge-learned.json", m);
    ::setenv("VITRION_DATA", folder.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("VITRION_DATA");
    std::filesystem::remove_all(folder);
  }
  std::filesystem::path folder;
};

TEST_F(LearnedCatalogue, HasThemByNameAndByFile) {
  EXPECT_THAT(catalogue_names(), Contains("lps-learned"));
  EXPECT_THAT(catalogue_names(), Contains("lps-q07"));
  for (const std::string& name :
       {std::string("lps-learned"), (folder / "potentials" / "lps-learned.json.gz").string()}) {
    const auto p = load_potential(name);
    EXPECT_EQ(p->name(), "lps-learned");
    EXPECT_EQ(p->elements(), (std::vector<std::string>{"Li", "P", "S"}));
    EXPECT_EQ(p->fingerprint().size(), 16U);
    EXPECT_EQ(p->suggested_timestep_ps(), 0.001);
    EXPECT_TRUE(p->charges().empty());
  }
}

TEST_F(LearnedCatalogue, ChoosesLearnedPotentialsFirst) {
  EXPECT_EQ(choose_potential({{"Li", 3}, {"P", 1}, {"S", 4}}), "lps-learned");
  std::filesystem::remove(folder / "potentials" / "lps-learned.json.gz");
  std::filesystem::remove(folder / "potentials" / "lps-net.json.gz");
  std::filesystem::remove(folder / "potentials" / "lps-net-large.json.gz");
  EXPECT_EQ(choose_potential({{"Li", 3}, {"P", 1}, {"S", 4}}), "lps-q07");
  EXPECT_EQ(choose_potential({{"Li", 7}, {"P", 3}, {"S", 11}}), "lps-fm");
  EXPECT_EQ(choose_potential({{"Li", 4}, {"Ge", 1}, {"S", 4}}), "ge-learned");
}

TEST_F(LearnedCatalogue, CommandsNameTheFileAndTheElements) {
  Structure s;
  s.cell = Cell::cubic(20);
  s.add("S", {0, 0, 0});
  s.add("Li", {3, 0, 0});
  const auto p = load_potential("lps-learned");
  const EngineInput input = p->engine_input(s);
  EXPECT_EQ(input.atom_style, "atomic");
  EXPECT_THAT(input.commands, Contains("pair_style vitrion/mlp"));
  EXPECT_THAT(input.commands, Contains(HasSubstr("lps-learned.json.gz\" S Li")));
  EXPECT_THAT(with_uncertainty(input, 7).commands,
              Contains("pair_style vitrion/mlp uncertainty_every 7"));
  EXPECT_THROW(with_uncertainty(load_potential("lj-argon")->engine_input(Structure()), 7),
               InputError);
  s.add("Ge", {6, 0, 0});
  EXPECT_THAT(failure([&] { p->require_species(s); }),
              HasSubstr("lps-learned has no parameters for Ge: use ge-learned"));
}

TEST_F(LearnedCatalogue, AFileThatIsNoModelIsRefused) {
  std::ofstream(folder / "other.json") << "{\"format\": \"else\"}";
  EXPECT_THAT(failure([&] { (void)load_potential((folder / "other.json").string()); }),
              HasSubstr("other.json: format is \"else\""));
}

TEST(Catalogue, KspaceCanBeReplaced) {
  const auto input =
      with_kspace(load_potential("lps-q07")->engine_input(testing::li3ps4(1)), 1e-8, true);
  EXPECT_EQ(input.commands.back(), "kspace_style ewald 1e-08");
}

}  // namespace
}  // namespace vitrion
