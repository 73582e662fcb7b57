#include <nlohmann/json.hpp>
#include <set>

#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;

std::vector<Frame> some_frames() {
  std::vector<Frame> frames;
  for (std::uint64_t k = 0; k < 9; ++k) {
    frames.push_back(random_frame(skewed(), {{"S", 40}, {"Li", 20}, {"P", 10}}, 900 + k));
  }
  return frames;
}

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> out;
  for (const auto& c : table.columns) out.push_back(c.name);
  return out;
}

TEST(StructureResults, HaveTheNamesThatDoNotChange) {
  AnalysisRegistry registry;
  register_structure_analyses(registry);
  EXPECT_THAT(registry.names(),
              ::testing::ElementsAre("density", "rdf", "ensemble", "angles", "coordination",
                                     "environments", "voronoi", "speciation", "networks", "rings",
                                     "bond_lifetimes", "mixing", "sublattice", "voids", "porosity",
                                     "structure_factor", "total_correlation", "xrd"));
  const auto frames = some_frames();
  const Result rdf = analyse("rdf", frames);
  EXPECT_THAT(names_of(*rdf.find_table("g_r")),
              ::testing::ElementsAre("r", "Li-Li", "Li-P", "Li-S", "P-P", "P-S", "S-S", "total"));
  EXPECT_THAT(names_of(*rdf.find_table("running_cn")),
              ::testing::ElementsAre("r", "Li>Li", "Li>P", "Li>S", "P>Li", "P>P", "P>S", "S>Li",
                                     "S>P", "S>S"));
  EXPECT_NE(rdf.find_scalar("first_peak_P-S"), nullptr);
  EXPECT_NE(rdf.find_scalar("first_minimum_P-S"), nullptr);
  const Result coordination = analyse("coordination", frames);
  EXPECT_NE(coordination.find_scalar("cn_Li>S"), nullptr);
  EXPECT_EQ(coordination.find_table("cn_distribution")->columns[0].name, "n");
  const Result speciation = analyse("speciation", frames);
  const Result s_q = analyse("structure_factor", frames, {{"q_max", "3 1/A"}});
  EXPECT_THAT(names_of(*s_q.find_table("s_q")),
              ::testing::ElementsAre("q", "Li-Li", "Li-P", "Li-S", "P-P", "P-S", "S-S", "neutron",
                                     "xray", "count"));
  for (const char* key : {"fraction_PS4", "fraction_P2S7", "fraction_P2S6", "fraction_other"}) {
    EXPECT_NE(speciation.find_scalar(key), nullptr) << key;
  }
}

TEST(StructureResults, AreWellFormed) {
  for (const std::string name : {"density", "rdf", "angles", "coordination", "speciation",
                                 "structure_factor", "total_correlation", "xrd"}) {
    const Result r = analyse(name, some_frames());
    EXPECT_EQ(r.name, name);
    EXPECT_FALSE(r.summary.empty());
    EXPECT_FALSE(r.settings.empty());
    EXPECT_FALSE(r.references.empty());
    EXPECT_FALSE(r.plots.empty());
    std::set<std::string> keys;
    for (const auto& s : r.scalars) {
      EXPECT_TRUE(keys.insert(s.key).second) << s.key;
      EXPECT_FALSE(s.how.empty()) << s.key;
    }
    for (const auto& table : r.tables) {
      for (const auto& c : table.columns) {
        EXPECT_EQ(c.data.size() + c.text.size(),
                  table.columns[0].data.size() + table.columns[0].text.size())
            << c.name;
      }
    }
    for (const auto& plot : r.plots) {
      const Table* table = r.find_table(plot.table);
      ASSERT_NE(table, nullptr);
      EXPECT_NE(table->find(plot.x), nullptr);
      EXPECT_EQ(plot.series.size(), plot.errors.size());
      for (const auto& series : plot.series) EXPECT_NE(table->find(series), nullptr) << series;
    }
    EXPECT_EQ(to_json(result_from_json(to_json(r))), to_json(r));
  }
}

TEST(StructureResults, OfOneFrameHaveNoErrorsAndSaySo) {
  for (const std::string name : {"density", "rdf", "angles", "coordination", "speciation",
                                 "structure_factor", "total_correlation", "xrd"}) {
    const Result r = analyse(name, {some_frames()[0]});
    for (const auto& s : r.scalars) EXPECT_TRUE(std::isnan(s.error)) << s.key;
    EXPECT_FALSE(r.warnings.empty());
  }
}

// The species table may be in any order and hold species without atoms.
TEST(StructureResults, DoNotDependOnTheOrderOfSpecies) {
  Frame a = random_frame(skewed(), {{"S", 40}, {"Li", 20}, {"P", 10}}, 77);
  Frame b = a;
  b.structure = Structure{};
  b.structure.cell = a.structure.cell;
  for (const char* name : {"Cl", "P", "Li", "S"}) b.structure.species_index(name);
  for (std::size_t i = a.size(); i-- > 0;) {
    b.structure.add(a.structure.species_of(i).name, a.structure.position[i]);
  }
  for (const std::string name : {"rdf", "angles", "coordination", "speciation"}) {
    const Result x = analyse(name, {a, a, a});
    const Result y = analyse(name, {b, b, b});
    ASSERT_EQ(x.scalars.size(), y.scalars.size());
    for (std::size_t k = 0; k < x.scalars.size(); ++k) {
      EXPECT_EQ(x.scalars[k].key, y.scalars[k].key);
      if (std::isnan(x.scalars[k].value)) continue;
      EXPECT_NEAR(x.scalars[k].value, y.scalars[k].value, 1e-9) << x.scalars[k].key;
    }
  }
}

}  // namespace
}  // namespace vitrion
