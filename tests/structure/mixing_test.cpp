#include "structure/mixing.hpp"

#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

// A shaken simple cubic lattice whose labels a rule chooses.
Frame labelled(const std::function<bool(int, int, int)>& is_iodine, std::uint64_t seed) {
  RandomStream random(seed, "mixing");
  Frame f;
  f.structure.cell = Cell::cubic(4.0 * 8);
  f.structure.species = {Species::of_element("I"), Species::of_element("S")};
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j) {
      for (int k = 0; k < 8; ++k) {
        const Vec3 off(random.uniform(-.3, .3), random.uniform(-.3, .3), random.uniform(-.3, .3));
        f.structure.add(is_iodine(i, j, k) ? "I" : "S", 4.0 * Vec3(i, j, k) + off);
      }
    }
  }
  return f;
}

// Half of the labels at random, always 256 of them.
Frame random_labels(std::uint64_t seed) {
  RandomStream random(seed, "labels");
  std::vector<char> label(512, 0);
  std::fill(label.begin(), label.begin() + 256, 1);
  for (std::size_t k = 512; k > 1; --k) std::swap(label[k - 1], label[random.below(k)]);
  return labelled([&](int i, int j,
                      int k) { return label[static_cast<std::size_t>((i * 8 + j) * 8 + k)] == 1; },
                  seed);
}

TEST(Mixing, RandomLabelsAreAtOne) {
  double sum = 0;
  double square = 0;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const Result r = analyse("mixing", {random_labels(seed)}, {{"radii", "4.7A,7A"}});
    const double s = value(r, "segregation_I");
    sum += s / 24;
    square += s * s / 24;
    EXPECT_LT(std::abs(value(r, "segregation_z_I")), 12);
    // Shuffled labels have the exact null on average.
    EXPECT_NEAR(data(r, "segregation", "random")[0], 1, 0.1);
  }
  EXPECT_NEAR(sum, 1, 4 * std::sqrt((square - sum * sum) / 23));
}

TEST(Mixing, TellsGatheringFromOrdering) {
  const Frame halves = labelled([](int i, int, int) { return i < 4; }, 1);
  const Frame salt = labelled([](int i, int j, int k) { return (i + j + k) % 2 == 0; }, 1);
  const Settings set{{"radii", "4.7A,7A"}};
  const Result rich = analyse("mixing", {halves, halves, halves}, set);
  const Result ordered = analyse("mixing", {salt, salt, salt}, set);
  EXPECT_GT(value(rich, "segregation_I"), 5);
  EXPECT_GT(value(rich, "segregation_z_I"), 5);
  EXPECT_LT(value(ordered, "segregation_I"), 0.6);
  // Rock salt: all six neighbours are of the other kind; p0 = 256/511 and 255/511.
  EXPECT_NEAR(value(ordered, "alpha_I-S"), 1 - 511.0 / 256, 1e-12);
  EXPECT_NEAR(value(ordered, "alpha_I-I"), 1, 1e-12);
  // Halves: of 6 neighbours one is across for half of the layers' atoms: 1/12 at the borders.
  EXPECT_NEAR(value(rich, "alpha_I-S"), 1 - (2.0 / 4 / 6) * 511 / 256, 1e-12);
}

// The intensity from its definition, sphere by sphere.
TEST(Mixing, IntensityIsThatOfTheDefinition) {
  const Frame f = random_frame(skewed(), {{"Cl", 15}, {"S", 25}, {"Li", 30}}, 6);
  const Structure& s = f.structure;
  const Result r = analyse("mixing", {f}, {{"radii", "5A"}});
  const NeighborList list = build_neighbor_list(s, 5);
  double intensity = 0;
  double null = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    double mine = i < 15;
    double all = 1;
    for (const auto& n : list.of(i)) {
      if (n.atom >= 40) continue;
      mine += n.atom < 15;
      all += 1;
    }
    intensity += std::pow(mine / all - 0.375, 2) / (0.375 * 0.625) / 40;
    null += (40 / all - 1) / 39 / 40;
  }
  EXPECT_NEAR(data(r, "segregation", "intensity")[0], intensity, 1e-12);
  EXPECT_NEAR(data(r, "segregation", "null")[0], null, 1e-12);
  EXPECT_THAT(failure("mixing", {random_frame(skewed(), {{"S", 5}}, 1)}),
              HasSubstr("S has nothing to mix with"));
}

}  // namespace
}  // namespace vitrion
