#include "learn/split.hpp"

#include <algorithm>
#include <set>

#include "learn/samples.hpp"

namespace vitrion::learn_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> out;
  for (; from < to; ++from) out.push_back(from);
  return out;
}

TEST(Split, BlocksOfTimeStandBehindOneAnother) {
  Dataset data;
  add_series(data, "a", "a", 100);
  const Split split = split_dataset(data, {.validation = 0.2, .test = 0.1, .blocks = 2});
  auto train = range(0, 35);
  for (const auto i : range(50, 85)) train.push_back(i);
  EXPECT_EQ(split.train, train);
  auto validation = range(35, 45);
  for (const auto i : range(85, 95)) validation.push_back(i);
  EXPECT_EQ(split.validation, validation);
  EXPECT_THAT(split.test, ElementsAre(45, 46, 47, 48, 49, 95, 96, 97, 98, 99));
  EXPECT_EQ(split.left_out, 0U);
  EXPECT_THAT(split.warnings, IsEmpty());
}

TEST(Split, PartsAreAtLeastAGapApart) {
  Dataset data;
  add_series(data, "a", "a", 200);
  add_series(data, "b", "b", 130);
  for (const long gap : {1L, 3L, 7L}) {
    const Split split = split_dataset(data, {.validation = 0.15, .test = 0.15, .gap = gap});
    std::vector<char> role(data.size(), '-');
    for (const auto i : split.train) role[i] = 't';
    for (const auto i : split.validation) role[i] = 'v';
    for (const auto i : split.test) role[i] = 'e';
    for (std::size_t i = 0; i < data.size(); ++i) {
      for (std::size_t k = 1; k <= static_cast<std::size_t>(gap) && i + k < data.size(); ++k) {
        if (data.samples[i].file != data.samples[i + k].file) continue;
        EXPECT_TRUE(role[i] == '-' || role[i + k] == '-' || role[i] == role[i + k])
            << i << " and " << i + k;
      }
    }
    EXPECT_EQ(split.train.size() + split.validation.size() + split.test.size() + split.left_out,
              data.size());
  }
}

TEST(Split, AnEmphasisedPhaseTrainsWholeAndSeveralTimes) {
  Dataset data;
  add_series(data, "a", "crystal", 20);
  add_series(data, "b", "glass", 3);
  for (const char* how : {"blocks", "random"}) {
    SplitOptions options{.how = how, .validation = 0.2, .test = 0.1, .blocks = 1};
    const Split plain = split_dataset(data, options);
    options.emphasis["glass"] = 4;
    const Split split = split_dataset(data, options);
    for (const std::size_t i : {20U, 21U, 22U}) {
      EXPECT_EQ(std::count(split.train.begin(), split.train.end(), i), 4) << how;
    }
    EXPECT_EQ(split.training_frames(), 14U + 3U) << how;
    EXPECT_EQ(split.validation.size() + split.test.size(), 6U) << how;
    EXPECT_LE(plain.training_frames(), plain.train.size());
  }
  EXPECT_THROW(split_dataset(data, {.emphasis = {{"glas", 2}}}), InputError);
  EXPECT_THROW(split_dataset(data, {.emphasis = {{"glass", 0.5}}}), InputError);
}

TEST(Split, EachPhaseOfEachFileIsInEachPart) {
  Dataset data;
  add_series(data, "a", "cold", 40);
  add_series(data, "a", "hot", 30);
  add_series(data, "b", "cold", 20);
  const Split split = split_dataset(data, {});
  for (const auto* part : {&split.train, &split.validation, &split.test}) {
    std::set<std::pair<std::size_t, std::string>> seen;
    for (const auto i : *part) seen.insert({data.samples[i].file, data.samples[i].phase});
    EXPECT_EQ(seen.size(), 3U);
  }
}

TEST(Split, SinglePointsAreSplitAsOneSeries) {
  Dataset data;
  for (int i = 0; i < 50; ++i) add_series(data, "point" + std::to_string(i), "p", 1);
  const Split split = split_dataset(data, {.blocks = 1});
  EXPECT_EQ(split.train, range(0, 40));
  EXPECT_EQ(split.validation, range(40, 45));
  EXPECT_EQ(split.test, range(45, 50));
  EXPECT_THAT(split.settings.front().second, HasSubstr("50 series"));
}

TEST(Split, EveryThinsTrainingOnly) {
  Dataset data;
  add_series(data, "a", "a", 100);
  const Split split = split_dataset(data, {.validation = 0.1, .test = 0, .blocks = 1, .every = 10});
  EXPECT_THAT(split.train, ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80));
  EXPECT_EQ(split.validation, range(90, 100));
  EXPECT_THAT(split.test, IsEmpty());
  EXPECT_EQ(split.left_out, 81U);
}

TEST(Split, RandomOnlyByNameAndWithAWarning) {
  Dataset data;
  add_series(data, "a", "a", 100);
  const Split split = split_dataset(data, {.how = "random"});
  ASSERT_EQ(split.warnings.size(), 1U);
  EXPECT_THAT(split.warnings[0], HasSubstr("the split is random"));
  EXPECT_EQ(split.train.size(), 80U);
  EXPECT_EQ(split.validation.size(), 10U);
  EXPECT_EQ(split.test.size(), 10U);
  std::set<std::size_t> all(split.train.begin(), split.train.end());
  all.insert(split.validation.begin(), split.validation.end());
  all.insert(split.test.begin(), split.test.end());
  EXPECT_EQ(all.size(), 100U);
  EXPECT_EQ(split_dataset(data, {.how = "random"}).test, split.test);
  EXPECT_NE(split_dataset(data, {.how = "random", .seed = 2}).test, split.test);
}

TEST(Split, TooFewFramesStillTrain) {
  Dataset data;
  add_series(data, "a", "a", 2);
  const Split split = split_dataset(data, {});
  EXPECT_FALSE(split.train.empty());
  EXPECT_EQ(split.train.size() + split.validation.size() + split.test.size(), 2U);
  Dataset one;
  add_series(one, "a", "a", 1);
  EXPECT_THAT(split_dataset(one, {}).warnings, testing::SizeIs(2));
}

TEST(Split, RefusesWhatMakesNoSense) {
  Dataset data;
  add_series(data, "a", "a", 10);
  EXPECT_THAT(refused([&] { split_dataset(data, {.how = "odd"}); }), HasSubstr("\"odd\""));
  EXPECT_THAT(refused([&] { split_dataset(data, {.validation = 0.6, .test = 0.4}); }),
              HasSubstr("less than 1"));
  EXPECT_THAT(refused([&] { split_dataset(data, {.blocks = 0}); }), HasSubstr("blocks"));
  EXPECT_THAT(refused([&] { split_dataset(data, {.blocks = 1, .gap = 100}); }),
              HasSubstr("smaller gap"));
}

}  // namespace
}  // namespace vitrion::learn_test
