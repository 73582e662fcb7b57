#include "learn/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace {

enum class Role { train, validation, test, none };

// Frames that follow one another in time.
using Series = std::vector<std::size_t>;

// Held-out frames in a stretch; rounds to the nearest, and gives a wanted part at least one frame.
std::size_t part(double fraction, std::size_t frames) {
  if (!(fraction > 0)) return 0;
  return std::max<std::size_t>(
      1, static_cast<std::size_t>(std::lround(fraction * static_cast<double>(frames))));
}

// The shortest series that can give each wanted part a frame and still trains on most.
std::size_t shortest(const SplitOptions& o) {
  double smallest = 1;
  for (const double fraction : {o.validation, o.test})
    if (fraction > 0) smallest = std::min(smallest, fraction);
  return smallest < 1 ? static_cast<std::size_t>(std::ceil(1 / smallest - 1e-9)) : 1;
}

std::vector<Series> all_series(const Dataset& data, const SplitOptions& options, Split& out) {
  std::map<std::pair<std::size_t, std::string>, std::size_t> number;
  std::vector<Series> found;
  for (std::size_t i = 0; i < data.samples.size(); ++i) {
    const auto& sample = data.samples[i];
    if (options.emphasis.count(sample.phase) > 0) continue;
    const auto [at, added] = number.try_emplace({sample.file, sample.phase}, found.size());
    if (added) found.emplace_back();
    found[at->second].push_back(i);
  }
  std::vector<Series> series;
  Series joined;
  std::size_t short_ones = 0;
  for (auto& s : found) {
    if (s.size() >= shortest(options)) {
      series.push_back(std::move(s));
    } else {
      ++short_ones;
      joined.insert(joined.end(), s.begin(), s.end());
    }
  }
  if (!joined.empty()) {
    std::sort(joined.begin(), joined.end());
    if (short_ones > 1) {
      out.settings.emplace_back(
          "short series", fmt::format("{} series of {} frames in all are split as one, in the "
                                      "order of the data",
                                      short_ones, joined.size()));
    }
    series.push_back(std::move(joined));
  }
  return series;
}

// Roles of a series' frames, before gaps: train, validation, test in each stretch.
std::vector<Role> roles_by_time(std::size_t frames, const SplitOptions& o) {
  const std::size_t stretches =
      std::clamp<std::size_t>(frames / shortest(o), 1, static_cast<std::size_t>(o.blocks));
  std::vector<Role> roles(frames, Role::train);
  for (std::size_t k = 0; k < stretches; ++k) {
    const std::size_t begin = k * frames / stretches;
    const std::size_t end = (k + 1) * frames / stretches;
    const std::size_t length = end - begin;
    std::size_t validation = part(o.validation, length);
    std::size_t test = part(o.test, length);
    // Very short stretches train first, then validate.
    if (validation + test >= length) test = length > validation + 1 ? length - validation - 1 : 0;
    if (validation + test >= length) validation = length - 1 - test;
    const std::size_t first_test = end - test;
    const std::size_t first_validation = first_test - validation;
    std::fill(roles.begin() + static_cast<std::ptrdiff_t>(first_validation),
              roles.begin() + static_cast<std::ptrdiff_t>(first_test), Role::validation);
    std::fill(roles.begin() + static_cast<std::ptrdiff_t>(first_test),
              roles.begin() + static_cast<std::ptrdiff_t>(end), Role::test);
  }
  return roles;
}

// Leaves out `gap` frames at each change of role: training frames where one side trains, else
// validation frames.
void open_gaps(std::vector<Role>& roles, std::size_t gap) {
  const std::vector<Role> before = roles;
  for (std::size_t i = 0; i + 1 < before.size(); ++i) {
    if (before[i] == before[i + 1]) continue;
    const Role loser =
        before[i] == Role::train || before[i + 1] == Role::train ? Role::train : Role::validation;
    if (before[i] == loser) {
      for (std::size_t k = 0; k < gap && k <= i && before[i - k] == loser; ++k)
        roles[i - k] = Role::none;
    } else {
      for (std::size_t k = 1; k <= gap && i + k < before.size() && before[i + k] == loser; ++k)
        roles[i + k] = Role::none;
    }
  }
}

std::vector<Role> roles_at_random(std::size_t frames, const SplitOptions& o) {
  std::vector<std::size_t> order(frames);
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream random(static_cast<std::uint64_t>(o.seed), "split");
  for (std::size_t i = frames; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(i))]);
  const auto count = [&](double fraction) {
    return static_cast<std::size_t>(std::lround(fraction * static_cast<double>(frames)));
  };
  std::vector<Role> roles(frames, Role::train);
  const std::size_t validation = count(o.validation);
  const std::size_t test = std::min(count(o.test), frames - validation);
  for (std::size_t i = 0; i < validation + test; ++i)
    roles[order[i]] = i < validation ? Role::validation : Role::test;
  return roles;
}

void check(const Dataset& data, const SplitOptions& o) {
  if (o.how != "blocks" && o.how != "random")
    throw InputError(
        fmt::format("split: \"{}\" is neither \"blocks\" (of time) nor \"random\"", o.how));
  if (!(o.validation >= 0) || !(o.test >= 0) || !(o.validation + o.test < 1))
    throw InputError(
        fmt::format("split: validation {} and test {} must not be negative, and must leave frames "
                    "to train on: their sum must be less than 1",
                    o.validation, o.test));
  if (o.blocks < 1) throw InputError("split: blocks must be 1 or more");
  if (o.gap < 0) throw InputError("split: gap must not be negative");
  if (o.every < 1) throw InputError("split: every must be 1 or more");
  const auto phases = data.phases();
  for (const auto& [phase, times] : o.emphasis) {
    if (phases.count(phase) == 0) {
      std::vector<std::string> names;
      for (const auto& [name, frames] : phases) names.push_back(name);
      throw InputError(fmt::format("split: emphasis names the phase \"{}\", but the data has {}",
                                   phase, join(names, ", ")));
    }
    if (!(times >= 1) || times != std::floor(times))
      throw InputError(
          fmt::format("split: emphasis of {} is {}: give how often each frame trains, 1 or more",
                      phase, times));
  }
}

void emphasise(const Dataset& data, const SplitOptions& options, Split& out) {
  const auto phases = data.phases();
  for (const auto& [phase, times] : options.emphasis) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data.samples[i].phase == phase)
        out.train.insert(out.train.end(), static_cast<std::size_t>(times), i);
    }
    out.settings.emplace_back("emphasis",
                              fmt::format("all {} frames of {} train, {} times in each pass",
                                          phases.at(phase), phase, times));
  }
}

}  // namespace

std::size_t Split::training_frames() const {
  return std::set<std::size_t>(train.begin(), train.end()).size();
}

Schema SplitOptions::schema() {
  Schema s("split");
  s.choice("how", how, {"blocks", "random"},
           "blocks of time, or random frames (which flatters: neighbours in time are alike)");
  s.quantity("validation", validation, Dimension::none, "fraction of frames for validation",
             {0, 1, false});
  s.quantity("test", test, Dimension::none, "fraction of frames for the test", {0, 1, false});
  s.integer("blocks", blocks, "stretches of each series that have all three parts",
            {1, 1e9, false});
  s.integer("gap", gap, "frames left out between parts", not_negative);
  s.integer("every", every, "train on every so many frames", {1, 1e9, false});
  s.integer("seed", seed, "of the random split", not_negative);
  s.quantity_map("emphasis", emphasis, Dimension::none,
                 "phases that all train, and how often each of their frames does");
  return s;
}

Split split_dataset(const Dataset& data, const SplitOptions& options) {
  check(data, options);
  Split out;
  const bool random = options.how == "random";
  std::vector<Series> series;
  if (random) {
    series.emplace_back();
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (options.emphasis.count(data.samples[i].phase) == 0) series[0].push_back(i);
    }
    out.warnings.emplace_back(
        "the split is random: frames of one trajectory are alike, so errors on the test part are "
        "too low; use how: blocks to be told the truth");
  } else {
    series = all_series(data, options, out);
  }
  for (const auto& s : series) {
    auto roles = random ? roles_at_random(s.size(), options) : roles_by_time(s.size(), options);
    if (!random) open_gaps(roles, static_cast<std::size_t>(options.gap));
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (roles[i] == Role::train && i % static_cast<std::size_t>(options.every) != 0)
        roles[i] = Role::none;
      switch (roles[i]) {
        case Role::train: out.train.push_back(s[i]); break;
        case Role::validation: out.validation.push_back(s[i]); break;
        case Role::test: out.test.push_back(s[i]); break;
        case Role::none: ++out.left_out; break;
      }
    }
  }
  emphasise(data, options, out);
  for (auto* list : {&out.train, &out.validation, &out.test}) std::sort(list->begin(), list->end());
  if (out.train.empty())
    throw InputError(fmt::format(
        "split: of {} frames none is left to train on: give more frames or a smaller gap",
        data.size()));
  for (const auto& [wanted, list, name] :
       {std::tuple{options.validation, &out.validation, "validation"},
        std::tuple{options.test, &out.test, "test"}}) {
    if (wanted > 0 && list->empty())
      out.warnings.push_back(fmt::format("no frame is left for {}: there are too few", name));
  }
  out.settings.emplace_back(
      "split", random ? fmt::format("random, seed {}", options.seed)
                      : fmt::format("by time, {} blocks a series, gap {}, every {}", options.blocks,
                                    options.gap, options.every));
  out.settings.emplace_back(
      "frames", fmt::format("{} train, {} validation, {} test, {} left out", out.training_frames(),
                            out.validation.size(), out.test.size(), out.left_out));
  return out;
}

}  // namespace vitrion
