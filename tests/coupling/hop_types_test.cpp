#include "coupling/hop_types.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/parallel.hpp"
#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;
using ::testing::Contains;
using ::testing::HasSubstr;

// Ions that go to and fro along x between −1.25 and 1.25 Å, each in a place of its own.
//   all places: four S around the middle, in reach throughout; a P behind one of them
//   II: an S behind either end, in reach from there alone;  III: behind one end alone
//   with a far P: in reach from the right end alone
struct Place {
  std::string type;
  bool far_former = false;
};

struct Planted {
  std::vector<Frame> frames;
  std::map<std::string, double> hops;
};

Planted planted(const std::vector<Place>& places, std::size_t count, std::uint64_t seed,
                bool wrapped = true) {
  RandomStream random(seed, "planted hops");
  constexpr double apart = 24;
  const auto n = static_cast<double>(places.size());
  const Cell cell(
      (Mat3() << apart * n, 4, 0, 0, 30, 5, 0, 0, 28).finished());  // skewed, crossed by place 0
  std::vector<double> s(places.size(), 0);
  std::vector<int> goal(places.size(), 0);
  std::vector<double> since(places.size(), 0);
  Planted out;
  for (std::size_t t = 0; t < count; ++t) {
    Frame frame;
    frame.structure.cell = cell;
    frame.wrapping = wrapped ? Wrapping::wrapped : Wrapping::unwrapped;
    const auto add = [&](const char* species, const Vec3& r) {
      const Vec3 moved = r + 0.07 * gauss(random);
      frame.structure.add(species, wrapped ? cell.wrap(moved) : moved);
    };
    for (std::size_t i = 0; i < places.size(); ++i) {
      since[i] += 1;
      const bool quiet = t + 60 > count;
      if (!quiet && since[i] > 80 && random.uniform() < 0.02) {
        goal[i] = 1 - goal[i];
        since[i] = 0;
        out.hops[places[i].type] += 1;
      }
      s[i] += std::clamp(goal[i] - s[i], -0.2, 0.2);
      add("Li", Vec3(apart * static_cast<double>(i) - 1.25 + 2.5 * s[i], 0, 0));
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Vec3 o(apart * static_cast<double>(i), 0, 0);
      for (const double y : {-2.4, 2.4}) {
        add("S", o + Vec3(0, y, 0));
        add("S", o + Vec3(0, 0, y));
      }
      if (places[i].type == "II") add("S", o + Vec3(-3.9, 0, 0));
      if (places[i].type != "I") add("S", o + Vec3(3.9, 0, 0));
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Vec3 o(apart * static_cast<double>(i), 0, 0);
      add("P", o + Vec3(0, 4.2, 0));
      if (places[i].far_former) add("P", o + Vec3(5.0, 0, 0));
    }
    out.frames.push_back(std::move(frame));
  }
  return out;
}

HopTypesAnalysis hop_types(const std::vector<std::pair<std::string, std::string>>& settings) {
  HopTypesAnalysis out;
  for (const auto& [key, value] : settings) out.parameters().set(key, value, {});
  return out;
}

const std::vector<Place> three{
    {"I", true}, {"I", false}, {"II", false}, {"III", false}, {"III", true}};

TEST(HopTypes, EveryPlantedHopHasItsType) {
  const Planted made = planted(three, 6000, 1);
  const auto a = hop_types({{"cutoffs", "Li-P:4.7A"}});
  const Result r = analyse(a, made.frames, 0.05, 600.0);
  const double n = made.hops.at("I") + made.hops.at("II") + made.hops.at("III");
  ASSERT_GT(n, 150);
  EXPECT_EQ(value(r, "hops"), n);
  for (const char* type : {"I", "II", "III"}) {
    EXPECT_DOUBLE_EQ(value(r, std::string("share_") + type), made.hops.at(type) / n) << type;
    // Five frames of the windows, of 20 each, are on the way: 0.15 Å less.
    EXPECT_NEAR(value(r, std::string("length_") + type), 2.35, 0.03);
  }
  const Table& types = *r.find_table("types");
  const auto cell = [&](const char* column, std::size_t row) {
    return types.find(column)->data[row];
  };
  EXPECT_DOUBLE_EQ(cell("anions_before", 0), 4);
  EXPECT_DOUBLE_EQ(cell("anions_top", 0), 4);
  EXPECT_DOUBLE_EQ(cell("anions_before", 1), 5);
  EXPECT_DOUBLE_EQ(cell("anions_top", 1), 4);
  EXPECT_DOUBLE_EQ(cell("anions_after", 1), 5);
  EXPECT_DOUBLE_EQ(cell("same_polyhedra", 1), 1);
  EXPECT_GT(cell("same_polyhedra", 0), 0.2);
  EXPECT_LT(cell("same_polyhedra", 0), 0.8);
  // To and fro alike, within one hop a place.
  EXPECT_NEAR(cell("anions_before", 2), 4.5, 1.1 / made.hops.at("III"));
  std::vector<std::string> seen = r.find_table("shells")->find("anions")->text;
  EXPECT_THAT(seen, ::testing::Each(::testing::AnyOf("4-4-4", "5-4-5", "4-4-5", "5-4-4")));
  EXPECT_EQ(r.find_table("hops")->find("t")->data.size(), static_cast<std::size_t>(n));
}

TEST(HopTypes, FormersCutOffIsFoundFromTheRun) {
  const Planted made = planted(three, 2500, 2);
  const Result r = analyse(hop_types({}), made.frames, 0.05, 600.0);
  std::string text;
  for (const auto& [key, what] : r.settings) {
    if (key == "cut-offs") text = what;
  }
  EXPECT_THAT(text, HasSubstr("Li-S 3.2 A"));
  EXPECT_THAT(text, HasSubstr("Li-P"));
}

TEST(HopTypes, NamesOfOthersWork) {
  Planted made = planted({{"II", false}}, 1500, 3);
  for (auto& frame : made.frames) {
    frame.structure.species[0] = Species::of_element("Ag");
    frame.structure.species[1] = Species::of_element("I");
    frame.structure.species[2] = Species::of_element("Ge");
  }
  const Result r = analyse(hop_types({{"species", "Ag"}, {"cutoffs", "Ag-I:3.2A,Ag-Ge:4.7A"}}),
                           made.frames, 0.05);
  EXPECT_EQ(value(r, "share_II"), 1);
  EXPECT_EQ(r.find_scalar("barrier_II")->unit, "kT");
  EXPECT_THAT(r.warnings, Contains(HasSubstr("temperature")));
}

// Overdamped motion in V = b k_BT (x² − 1)², x in units of half the hop: F(s) is known.
std::vector<Frame> double_well(double b, std::size_t ions, std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, "double well");
  constexpr double half = 1.5;
  constexpr double dt = 0.002;  // D = 1 in units of the half hop
  std::vector<double> x(ions, 1);
  std::vector<Frame> out;
  for (std::size_t t = 0; t < count; ++t) {
    Frame frame;
    frame.structure.cell = Cell::cubic(20 * static_cast<double>(ions));
    frame.wrapping = Wrapping::unwrapped;
    for (std::size_t i = 0; i < ions; ++i) {
      for (int step = 0; step < 8; ++step) {
        x[i] += -4 * b * x[i] * (x[i] * x[i] - 1) * dt + std::sqrt(2 * dt) * random.normal();
      }
      frame.structure.add("Li", Vec3(half * x[i], 20.0 * static_cast<double>(i), 0));
    }
    for (std::size_t i = 0; i < ions; ++i) {
      frame.structure.add("S", Vec3(0, 20.0 * static_cast<double>(i) + 2.4, 0));
    }
    out.push_back(std::move(frame));
  }
  return out;
}

TEST(HopTypes, BarrierIsThatOfTheFreeEnergy) {
  constexpr double b = 4;
  const auto frames = double_well(b, 16, 24000, 4);
  for (const char* window : {"0.4 ps", "0.8 ps"}) {
    auto a = hop_types({{"drift", "none"}, {"window", window}, {"cutoffs", "Li-S:3.2A"}});
    const Result r = analyse(a, frames, 0.016, 300.0);
    const double kT = 8.617333262e-5 * 300;
    ASSERT_GT(value(r, "hops"), 100);
    // Bins of 0.05, and their smoothing over three, blunt the wells and the top a little.
    EXPECT_NEAR(value(r, "barrier") / kT, b, 3 * error(r, "barrier") / kT + 0.15) << window;
    EXPECT_LT(error(r, "barrier") / kT, 0.3);
    EXPECT_EQ(value(r, "share_I"), 1);
    EXPECT_TRUE(std::isnan(value(r, "barrier_II")));
  }
}

TEST(HopTypes, SameBitsWithAnyNumberOfThreadsAndReasonsForFailure) {
  const auto frames = planted(three, 700, 5, false).frames;
  std::vector<std::string> texts;
  for (const int n : {1, 2}) {
    set_threads(n);
    texts.push_back(to_json(analyse(hop_types({}), frames, 0.05, 600.0)).dump());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  const std::vector<Frame> few(frames.begin(), frames.begin() + 9);
  EXPECT_THAT(analyse(hop_types({}), few, 0.05).warnings.at(0), HasSubstr("too few"));
  const std::vector<Frame> short_run(frames.begin(), frames.begin() + 81);
  const Result quiet = analyse(hop_types({}), short_run, 0.05);
  EXPECT_THAT(quiet.warnings, Contains(HasSubstr("no ion hopped")));
  EXPECT_THROW(analyse(hop_types({{"species", "Na"}}), few, 0.05), InputError);
  EXPECT_THROW(analyse(hop_types({{"anions", "P"}}), few, 0.05), InputError);
  EXPECT_THROW(analyse(hop_types({{"formers", "Xe"}}), few, 0.05), InputError);
}

}  // namespace
}  // namespace vitrion
