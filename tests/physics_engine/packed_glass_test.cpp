// The networks that ship bring packed glasses to rest: no hole opens where atoms of a packing stand
// closer, or in other surroundings, than in all that they were trained on (networks as
// accurate as lps-net-large fall into some: docs/training.md).
#include <gtest/gtest.h>

#include "build/system.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "engine/recording.hpp"
#include "neighbor/neighbor_list.hpp"
#include "potential/catalogue.hpp"

namespace vitrion {
namespace {

double nearest_A(const Structure& s) {
  double nearest = 3;
  const auto list = build_neighbor_list(s, nearest);
  for (std::size_t i = 0; i < list.atoms(); ++i) {
    const auto neighbors = list.of(i);  // the nearest first
    if (!neighbors.empty()) nearest = std::min(nearest, neighbors.front().distance);
  }
  return nearest;
}

void expect_packings_come_to_rest(const std::string& name) {
  const auto potential = load_potential(name);
  for (const char* composition : {"0.6Li2S-0.4P2S5", "2Li2S-P2S5", "0.8Li2S-0.2P2S5"}) {
    SystemSettings system;
    system.composition = composition;
    system.atoms = 128;
    system.density_g_cm3 = 1.75;
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
      SCOPED_TRACE(name + " " + composition + " seed " + std::to_string(seed));
      testing::Folder folder;
      testing::Recorder told;
      EngineJob job;
      job.potential = potential.get();
      job.folder = folder.path;
      job.start = build_system(system, seed, 0);
      job.protocol.timestep_ps = potential->suggested_timestep_ps();
      Segment minimise;
      minimise.kind = Segment::Kind::minimise;
      minimise.force_tolerance_eV_A = 0.3;
      minimise.max_iterations = 300;
      job.protocol.segments = {minimise};
      Frame end;
      ASSERT_NO_THROW(end = make_lammps_engine()->run(job, told, told));
      EXPECT_GT(nearest_A(end.structure), 1.7);
    }
  }
}

TEST(PackedGlass, ComesToRestUnderLpsNet) { expect_packings_come_to_rest("lps-net"); }
TEST(PackedGlass, ComesToRestUnderLpsNetLarge) { expect_packings_come_to_rest("lps-net-large"); }

}  // namespace
}  // namespace vitrion
