// The file of a model: what goes out comes back, and what is wrong in it is named.
#include "potential/mlp/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/bytes.hpp"
#include "potential/mlp_reference.hpp"

namespace vitrion::mlp {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::random_model;
using testing::RandomModel;

RandomModel everything() {
  RandomModel spec;
  spec.elements = {"Li", "S"};
  spec.mixed_channels = 3;
  spec.copies = 2;
  spec.hidden = 2;
  spec.activation = Activation::root;
  spec.scaling = Scaling::cosine;
  spec.envelope = Envelope::cosine;
  spec.zbl = false;
  spec.uncertainty = true;
  spec.uncertainty_of_hidden = true;
  return spec;
}

class ModelFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "vitrion-model-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

void expect_near(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-8 * std::abs(a[i]));
  }
}

TEST_F(ModelFile, BringsEverythingBackPlainAndPacked) {
  Model m = random_model(everything());
  m.limits = {"a limit"};
  m.references = {"10.1000/x"};
  m.made_for = {{"Li"}, {"Li", "S"}};
  m.training_json = R"({"frames":12})";
  m.density_scale = 3.25;
  m.timestep_ps = 0.0015;
  for (const char* name : {"m.json", "m.json.gz", "m.json.zst"}) {
    write_model(folder / name, m);
    const Model back = read_model(folder / name);
    EXPECT_EQ(back.name, m.name);
    EXPECT_EQ(back.summary, m.summary);
    EXPECT_EQ(back.provenance, m.provenance);
    EXPECT_EQ(back.limits, m.limits);
    EXPECT_EQ(back.references, m.references);
    EXPECT_EQ(back.elements, m.elements);
    EXPECT_EQ(back.made_for, m.made_for);
    EXPECT_EQ(back.reference_energy_eV, m.reference_energy_eV);
    EXPECT_EQ(back.radial.functions, m.radial.functions);
    EXPECT_EQ(back.radial.scaling, m.radial.scaling);
    EXPECT_EQ(back.radial.lambda, m.radial.lambda);
    EXPECT_EQ(back.radial.envelope, m.radial.envelope);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(back.radial.pairs[i].cutoff_A, m.radial.pairs[i].cutoff_A);
      EXPECT_EQ(back.radial.pairs[i].core_inner_A, m.radial.pairs[i].core_inner_A);
      EXPECT_EQ(back.radial.pairs[i].core_outer_A, m.radial.pairs[i].core_outer_A);
    }
    EXPECT_EQ(back.density_scale, m.density_scale);
    EXPECT_EQ(back.l_max, m.l_max);
    EXPECT_EQ(back.copies, m.copies);
    EXPECT_EQ(back.channels, m.channels);
    EXPECT_EQ(back.invariants, m.invariants);
    EXPECT_EQ(back.activation, m.activation);
    EXPECT_EQ(back.zbl, m.zbl);
    EXPECT_EQ(back.timestep_ps, m.timestep_ps);
    EXPECT_EQ(back.features, m.features);
    EXPECT_EQ(back.training_json, m.training_json);
    expect_near(back.mixing, m.mixing);
    for (std::size_t z = 0; z < 2; ++z) {
      EXPECT_EQ(back.readout[z].shift, m.readout[z].shift);
      EXPECT_EQ(back.readout[z].scale, m.readout[z].scale);
      EXPECT_EQ(back.readout[z].linear, m.readout[z].linear);
      EXPECT_EQ(back.readout[z].hidden_bias, m.readout[z].hidden_bias);
      EXPECT_EQ(back.readout[z].hidden_output, m.readout[z].hidden_output);
      expect_near(back.readout[z].hidden_weight, m.readout[z].hidden_weight);
      expect_near(back.uncertainty[z].active_inverse, m.uncertainty[z].active_inverse);
      expect_near(back.uncertainty[z].posterior_factor, m.uncertainty[z].posterior_factor);
    }
    // Once written, a model stays as it is.
    EXPECT_EQ(model_to_json(back), model_to_json(read_model(folder / name)));
  }
}

TEST_F(ModelFile, BringsTheLayerOfMessagesBack) {
  RandomModel spec = everything();
  spec.messages = 3;
  const Model m = random_model(spec);
  write_model(folder / "m.json", m);
  const Model back = read_model(folder / "m.json");
  ASSERT_EQ(back.below.size(), 1U);
  EXPECT_EQ(back.messages(), 3);
  EXPECT_EQ(back.projections(), m.projections());
  const Model &a = m.below[0], &b = back.below[0];
  EXPECT_EQ(b.copies, a.copies);
  EXPECT_EQ(b.channels, a.channels);
  EXPECT_EQ(b.invariants, a.invariants);
  EXPECT_EQ(b.activation, a.activation);
  EXPECT_EQ(b.density_scale, a.density_scale);
  expect_near(b.mixing, a.mixing);
  for (std::size_t z = 0; z < 2; ++z) {
    EXPECT_EQ(b.readout[z].shift, a.readout[z].shift);
    EXPECT_EQ(b.readout[z].hidden_bias, a.readout[z].hidden_bias);
    expect_near(b.readout[z].hidden_weight, a.readout[z].hidden_weight);
  }
  EXPECT_EQ(model_to_json(back)["version"], 2);
  EXPECT_EQ(model_to_json(random_model(everything()))["version"], 1);
}

TEST_F(ModelFile, NamesWhatIsWrongWithMessages) {
  RandomModel spec = everything();
  spec.messages = 3;
  const json good = model_to_json(random_model(spec));
  const auto error = [&](const std::function<void(json&)>& spoil) -> std::string {
    json bad = good;
    spoil(bad);
    try {
      (void)model_from_json(bad);
    } catch (const InputError& e) {
      return e.what();
    }
    return "none";
  };
  EXPECT_EQ(error([](json&) {}), "none");
  EXPECT_THAT(error([](json& j) { j["messages"] = 3; }), HasSubstr("messages should be a group"));
  EXPECT_THAT(error([](json& j) { j["messages"].erase("mixing"); }), HasSubstr("mixing"));
  EXPECT_THAT(error([](json& j) { j["messages"]["readout"].erase(0); }),
              HasSubstr("messages.readout lacks"));
  EXPECT_THAT(error([](json& j) { j["messages"]["mixing"].erase(0); }), HasSubstr("numbers"));
  EXPECT_THAT(error([](json& j) { j.erase("messages"); }), HasSubstr("mixing"));
  EXPECT_THAT(error([](json& j) {
                for (auto& r : j["messages"]["readout"]) {
                  r["hidden_bias"] = json::array();
                  r["hidden_weight"] = json::array();
                }
              }),
              HasSubstr("hidden units"));
}

TEST_F(ModelFile, ALinearModelNeedsNoMoreThanItHas) {
  const json j = model_to_json(random_model());
  EXPECT_FALSE(j.contains("mixing"));
  EXPECT_FALSE(j.contains("uncertainty"));
  EXPECT_FALSE(j["readout"][0].contains("hidden_bias"));
  EXPECT_FALSE(j["radial"].contains("envelope"));
  json least = j;
  for (const char* key : {"conventions", "summary", "provenance", "limits", "references",
                          "made_for", "copies", "activation", "features"}) {
    least.erase(key);
  }
  EXPECT_EQ(model_from_json(least).invariants, random_model().invariants);
}

TEST_F(ModelFile, NamesWhatIsWrong) {
  const json good = model_to_json(random_model(everything()));
  const auto error = [&](const std::function<void(json&)>& spoil) {
    json bad = good;
    spoil(bad);
    std::ofstream(folder / "bad.json") << bad.dump();
    try {
      (void)read_model(folder / "bad.json");
    } catch (const InputError& e) {
      EXPECT_THAT(e.what(), HasSubstr("bad.json: "));
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error([](json& j) { j["format"] = "pace"; }), HasSubstr("format is \"pace\""));
  EXPECT_THAT(error([](json& j) { j["version"] = 99; }), HasSubstr("version is 99"));
  EXPECT_THAT(error([](json& j) { j.erase("l_max"); }), HasSubstr("l_max is missing"));
  EXPECT_THAT(error([](json& j) { j["l_max"] = "four"; }), HasSubstr("l_max has a value"));
  EXPECT_THAT(error([](json& j) { j["l_max"] = 9; }), HasSubstr("l_max is 9"));
  EXPECT_THAT(error([](json& j) { j["elements"][1] = "P"; }),
              HasSubstr("radial.pairs names \"S\""));
  EXPECT_THAT(error([](json& j) { j["radial"]["pairs"].erase(1); }), HasSubstr("lacks Li-S"));
  EXPECT_THAT(error([](json& j) { j["radial"]["pairs"][0]["cutoff_A"] = -1; }),
              HasSubstr("Li-Li has no cut-off"));
  EXPECT_THAT(error([](json& j) { j["radial"]["pairs"][0]["core_outer_A"] = 0.1; }),
              HasSubstr("core_inner_A"));
  EXPECT_THAT(error([](json& j) { j["radial"]["scaling"] = "sine"; }),
              HasSubstr("linear, exponential, cosine"));
  EXPECT_THAT(error([](json& j) { j["radial"]["envelope"] = "square"; }),
              HasSubstr("polynomial, cosine"));
  EXPECT_THAT(error([](json& j) { j["invariants"][0] = {1}; }), HasSubstr("[1]"));
  EXPECT_THAT(error([](json& j) { j["invariants"][0] = {7, 0}; }), HasSubstr("out of the range"));
  EXPECT_THAT(error([](json& j) { j["mixing"].erase(0); }), HasSubstr("mixing has"));
  EXPECT_THAT(error([](json& j) { j.erase("mixing"); }), HasSubstr("channels should be 6"));
  EXPECT_THAT(error([](json& j) { j["readout"][1]["element"] = "Li"; }), HasSubstr("Li twice"));
  EXPECT_THAT(error([](json& j) { j["readout"][1]["shift"][0] = nullptr; }),
              HasSubstr("readout S.shift should hold numbers"));
  EXPECT_THAT(error([](json& j) { j["readout"][1]["linear"].erase(0); }),
              HasSubstr("readout S: linear has"));
  EXPECT_THAT(error([](json& j) { j["uncertainty"].erase(0); }), HasSubstr("lacks Li"));
  EXPECT_THAT(error([](json& j) { j["features"] = "none"; }), HasSubstr("features is \"none\""));
  EXPECT_THAT(error([](json& j) { j["made_for"] = {{"P"}}; }), HasSubstr("made_for"));
  EXPECT_THAT(error([](json& j) { j = json::array(); }), HasSubstr("group of fields"));
  write_file_atomically(folder / "cut.json", good.dump().substr(0, 100));
  EXPECT_THROW((void)read_model(folder / "cut.json"), InputError);
  EXPECT_THROW((void)read_model(folder / "absent.json"), InputError);
}

TEST(Model, ElementsExistAndStandOnce) {
  for (const char* name : {"Xy", "X", "li", "Li"}) {
    Model m = random_model(everything());
    m.elements[1] = name;
    EXPECT_THROW(check_model(m), InputError) << name;
  }
}

TEST_F(ModelFile, NumbersThatAreNotFiniteAreNotWritten) {
  Model m = random_model();
  m.readout[0].linear[3] = std::nan("");
  EXPECT_THROW(write_model(folder / "x.json", m), InputError);
  EXPECT_FALSE(std::filesystem::exists(folder / "x.json"));
}

}  // namespace
}  // namespace vitrion::mlp
