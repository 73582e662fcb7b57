#include "rmc/chain.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/files.hpp"
#include "rmc/models.hpp"

namespace vitrion::rmc {
namespace {

// The synthetic S(q) of `truth`, to be fitted from elsewhere.
std::shared_ptr<const DataMap> synthetic(const Structure& truth, const std::string& probe,
                                         std::size_t bins, const std::string& name) {
  const PairTable table(truth);
  const auto file = std::filesystem::path(testing::TempDir()) / ("rmc_chain_" + name + ".dat");
  const auto write = [&](const std::vector<double>& y) {
    std::string text;
    for (std::size_t k = 0; k < y.size(); ++k) {
      text += fmt::format("{} {:.12g}\n", 0.6 + 0.1 * static_cast<double>(k), y[k]);
    }
    write_file_atomically(file, text);
  };
  DataSettings d;
  d.file = file.string();
  d.probe = probe;
  d.rebin = 0;
  const auto atoms = static_cast<double>(truth.size());
  write(std::vector<double>(120, 1.0));
  PairCounts counts(truth.cell, table.group_of(), table.groups(), 0.05, bins);
  std::vector<Site> sites;
  for (const Vec3& r : truth.position) sites.push_back(site_of(truth.cell, r));
  counts.reset(truth.cell, sites);
  write(DataMap(d, table, atoms, 0.05, bins).compute(counts, atoms / truth.cell.volume()));
  return std::make_shared<DataMap>(d, table, atoms, 0.05, bins);
}

ChainSetup setup_for(const Structure& truth, const std::string& name) {
  ChainSetup out;
  out.table = PairTable(truth);
  out.bins = static_cast<std::size_t>(0.5 * truth.cell.heights().minCoeff() / 0.05);
  out.shortest = PairDistances(out.table.groups());
  for (auto& d : out.shortest.value) d = 1.8;
  out.data.push_back(synthetic(truth, "neutron", out.bins, name + "_n"));
  out.data.push_back(synthetic(truth, "xray", out.bins, name + "_x"));
  out.moves.weight = {1, 0.02, 0.05, 0.05, 0, 0.05};
  out.moves.swap = {"Li-S"};
  out.moves.unit_bonds = {{"P-S", 2.6}};
  return out;
}

Structure model(std::uint64_t seed) {
  return test::gas(test::skew(15), {{"Li", 60}, {"P", 20}, {"S", 80}}, 1.9, seed);
}

TEST(Chain, FallsTowardsTheDataAndKeepsItsDistances) {
  const ChainSetup setup = setup_for(model(1), "falls");
  Chain chain(setup, model(2), 0);
  const double start = chain.cost();
  BlockReport report;
  for (int n = 0; n < 8; ++n) report = chain.run_block(4000, 1e-7);
  EXPECT_LT(report.cost, 0.2 * start);
  EXPECT_EQ(chain.near().overlaps(), 0U);
  EXPECT_LT(report.drift, 1e-6 * start);
  for (const std::size_t k : {0, 1, 2, 3, 5}) {
    EXPECT_GT(report.tried[k], 0U) << k;
    EXPECT_LE(report.accepted[k], report.tried[k] - report.refused[k]) << k;
  }
}

TEST(Chain, AcceptsEverythingAtInfiniteTemperatureAndOnlyGainsAtNone) {
  const ChainSetup setup = setup_for(model(1), "hot");
  Chain hot(setup, model(2), 0);
  const BlockReport all = hot.run_block(500, 1e9);
  for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(all.accepted[k], all.tried[k] - all.refused[k]);
  Chain cold(setup, model(2), 0);
  double cost = cold.cost();
  for (int n = 0; n < 5; ++n) {
    const double now = cold.run_block(200, 1e-300).cost;
    EXPECT_LE(now, cost * (1 + 1e-6));
    cost = now;
  }
}

// A restored chain is the chain that went on, bit for bit.
TEST(Chain, GoesOnFromItsStateBitForBit) {
  const ChainSetup setup = setup_for(model(1), "restart");
  Chain whole(setup, model(2), 0);
  for (int n = 0; n < 2; ++n) whole.run_block(1500, 1e-6);
  const ChainState state = whole.state();
  Chain again(setup, model(2), 0);
  again.restore(state);
  EXPECT_EQ(whole.cost(), again.cost());
  for (int n = 0; n < 2; ++n) {
    const BlockReport a = whole.run_block(1500, 1e-6);
    const BlockReport b = again.run_block(1500, 1e-6);
    EXPECT_EQ(a.cost, b.cost);
    EXPECT_EQ(a.accepted, b.accepted);
  }
  EXPECT_EQ(whole.counts().sites(), again.counts().sites());
  EXPECT_EQ(whole.steps_now(), again.steps_now());
}

TEST(Chain, HardConstraintsNeverGetWorse) {
  ChainSetup setup = setup_for(model(1), "hard");
  CoordinationSettings c;
  c.centre = "P";
  c.neighbor = "S";
  c.distance_A = {0, 3};
  c.shares = {{"2", 1}};
  c.hard = true;
  setup.constraints.push_back(make_coordination(c, setup.table));
  Chain chain(setup, model(2), 0);
  double penalty = chain.constraints()[0]->penalty();
  for (int n = 0; n < 5; ++n) {
    chain.run_block(500, 1e9);
    EXPECT_LE(chain.constraints()[0]->penalty(), penalty + 1e-9);
    penalty = chain.constraints()[0]->penalty();
  }
}

TEST(Chain, UnitsMoveAsRigidBodies) {
  Structure s;
  s.cell = Cell::cubic(14);
  const Vec3 corners[4] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
  for (int k = 0; k < 8; ++k) {
    const Vec3 at(k % 2 * 7.0 + 1, k / 2 % 2 * 7.0 + 1, k / 4 * 7.0 + 1);
    s.add("P", at);
    for (const Vec3& c : corners) s.add("S", s.cell.wrap(at + 2.05 / std::sqrt(3.0) * c));
    s.add("Li", at + Vec3(3.5, 0, 3.5));
  }
  ChainSetup setup = setup_for(s, "units");
  setup.moves.weight = {0, 0, 1, 1, 0, 0};
  setup.moves.unit_step_A = 0.3;
  setup.moves.unit_angle_deg = 20;
  Chain chain(setup, s, 0);
  const BlockReport report = chain.run_block(1000, 1e9);
  EXPECT_GT(report.accepted[2] + report.accepted[3], 100U);
  const Structure after = chain.structure();
  double moved = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s.species_of(i).name == "Li") {
      EXPECT_NEAR(s.cell.minimum_image(after.position[i] - s.position[i]).norm(), 0, 1e-6);
      continue;
    }
    moved = std::max(moved, s.cell.minimum_image(after.position[i] - s.position[i]).norm());
    if (s.species_of(i).name != "P") continue;
    for (std::size_t k = 1; k <= 4; ++k) {
      const Vec3 d = s.cell.minimum_image(after.position[i + k] - after.position[i]);
      EXPECT_NEAR(d.norm(), 2.05, 1e-5);
    }
  }
  EXPECT_GT(moved, 0.5);
}

TEST(Chain, FixedAtomsStay) {
  ChainSetup setup = setup_for(model(1), "fixed");
  setup.moves.fixed = {"S"};
  setup.moves.weight = {1, 0, 0, 0, 0, 0};
  const Structure start = model(2);
  Chain chain(setup, start, 0);
  chain.run_block(3000, 1e9);
  const Structure after = chain.structure();
  double li = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const double d = start.cell.minimum_image(after.position[i] - start.position[i]).norm();
    if (start.species_of(i).name == "S") {
      EXPECT_LT(d, 1e-6);
    }
    if (start.species_of(i).name == "Li") li = std::max(li, d);
  }
  EXPECT_GT(li, 0.1);
}

// A model whose cell is 2 % too long finds back to the density of its data. So few atoms make the
// way rough: T_chi is that of the steps on it.
TEST(Chain, VolumeMovesFindTheDensity) {
  const Structure truth = model(1);
  ChainSetup setup = setup_for(truth, "volume");
  setup.bins = static_cast<std::size_t>(0.45 * truth.cell.heights().minCoeff() / 0.05);
  setup.data.clear();
  setup.data.push_back(synthetic(truth, "neutron", setup.bins, "volume"));
  for (auto& d : setup.shortest.value) d = 1.5;
  setup.moves.weight = {0, 0, 0, 0, 1, 0};
  setup.moves.acceptance = 0;
  setup.moves.volume_step = 0.01;
  Structure start = truth;
  start.cell = Cell(truth.cell.vectors() * 1.02);
  for (Vec3& r : start.position) r *= 1.02;
  Chain chain(setup, start, 0);
  for (int n = 0; n < 4; ++n) chain.run_block(60, 1e-4);
  const double density = static_cast<double>(truth.size()) / truth.cell.volume();
  EXPECT_NEAR(chain.number_density(), density, 0.015 * density);
}

}  // namespace
}  // namespace vitrion::rmc
