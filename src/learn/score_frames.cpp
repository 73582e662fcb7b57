#include "learn/score_frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/error.hpp"
#include "base/log.hpp"

namespace vitrion {

Scores score_frames(ForceProvider& provider, const Dataset& data,
                    std::span<const std::size_t> which, const ScoreOptions& options,
                    const std::string& title, const std::function<void(const Structure&)>& check) {
  Scores scores(options);
  Progress progress(title, "frames", which.size());
  double atoms = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (const auto i : which) {
    check_interrupt();
    const Sample& sample = data.samples[i];
    Frame frame;
    frame.structure = sample.frame.structure;
    try {
      if (check) check(frame.structure);
      provider.evaluate(frame);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", data.where(sample), error.what()));
    }
    scores.add(sample, frame, std::filesystem::path(data.files[sample.file]).filename().string());
    atoms += static_cast<double>(frame.size());
    progress.note(sample.phase);
    progress.update(scores.frames());
  }
  progress.finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  log_detail(fmt::format("{:.3g} µs an atom", 1e6 * took.count() / std::max(1.0, atoms)));
  return scores;
}

}  // namespace vitrion
