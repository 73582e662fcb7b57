#include "analysis/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/unwrap.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"

namespace vitrion {
namespace {

using Analyses = std::vector<std::unique_ptr<Analysis>>;

struct Member {
  Frame frame;
  std::vector<Vec3> unwrapped;
  double time_ps = std::numeric_limits<double>::quiet_NaN();
  std::int64_t index = 0;
};

struct Chunk : PipelineItem {
  std::vector<Member> members;
  Analyses forks;
};

Needs combined(const Analyses& analyses) {
  Needs all;
  for (const auto& analysis : analyses) {
    const Needs one = analysis->needs();
    all.cutoff_A = std::max(all.cutoff_A, one.cutoff_A);
    all.unwrapped = all.unwrapped || one.unwrapped;
    all.velocities = all.velocities || one.velocities;
    all.time = all.time || one.time;
  }
  return all;
}

// Hands out frames in order with their times and paths, and notices what is wrong with the series.
class Reader {
 public:
  Reader(FrameSource& source, const DriverOptions& options) : source_(source), options_(options) {
    if (!source_.next(first_)) {
      throw InputError(
          fmt::format("{}: holds no frame: give a trajectory with at least one", source_.name()));
    }
    check(first_);
  }

  const Frame& first() const { return first_; }
  void set_needs(const Needs& needs) {
    needs_ = needs;
    if (needs.velocities && first_.velocities.empty()) {
      throw InputError(
          fmt::format("{}: has no velocities, which an analysis needs", source_.name()));
    }
    if (needs.time && !options_.series.dt_ps && !first_.time_ps) {
      throw InputError(
          fmt::format("{}: does not say the time of its frames: give it with --dt, "
                      "for example --dt 2fs (the time between frames in the file)",
                      source_.name()));
    }
  }

  bool next(Member& member) {
    if (count_ == 0) {
      member.frame = first_;
    } else if (!source_.next(member.frame)) {
      return false;
    } else {
      check(member.frame);
      if (member.frame.structure.kind != first_.structure.kind ||
          member.frame.structure.species != first_.structure.species) {
        throw InputError(
            fmt::format("{}: frame {} has other atoms than the first ({} instead of "
                        "{}): analyse such parts apart",
                        source_.name(), count_ + 1, member.frame.structure.formula(),
                        first_.structure.formula()));
      }
    }
    member.index = count_++;
    set_time(member);
    if (needs_.unwrapped) member.unwrapped = unwrapper_.next(member.frame);
    return true;
  }

  std::int64_t count() const { return count_; }
  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    if (options_.warn_if_wrapped) out = unwrapper_.warnings();
    return out;
  }

 private:
  void check(const Frame& frame) const {
    if (frame.size() == 0) {
      throw InputError(fmt::format("{}: frame {} has no atoms", source_.name(), count_ + 1));
    }
    try {
      check_frame(frame);
    } catch (const InputError& e) {
      throw InputError(fmt::format("{}: frame {}: {}", source_.name(), count_ + 1, e.what()));
    }
  }

  void set_time(Member& member) {
    if (options_.series.dt_ps) {
      member.time_ps = static_cast<double>(member.index) * *options_.series.dt_ps;
      return;
    }
    if (!member.frame.time_ps) return;
    member.time_ps = *member.frame.time_ps;
    if (!needs_.time) return;
    if (member.index == 1) dt_ = member.time_ps - last_time_;
    if (member.index >= 1) {
      const double gap = member.time_ps - last_time_;
      if (!(gap > 0) || std::abs(gap - dt_) > 1e-3 * dt_) {
        throw InputError(fmt::format(
            "{}: frames {} and {} are {:.6g} ps apart, the first two {:.6g} ps: time analyses need "
            "even spacing; give --dt to overrule the file, or choose frames with --stride",
            source_.name(), member.index, member.index + 1, gap, dt_));
      }
    }
    last_time_ = member.time_ps;
  }

  FrameSource& source_;
  const DriverOptions& options_;
  Frame first_;
  Needs needs_;
  Unwrapper unwrapper_;
  std::int64_t count_ = 0;
  double dt_ = 0;
  double last_time_ = 0;
};

void feed(Chunk& chunk, const Needs& needs) {
  for (const auto& member : chunk.members) {
    NeighborList list;
    if (needs.cutoff_A > 0) list = build_neighbor_list(member.frame.structure, needs.cutoff_A);
    const FrameView view{member.frame, member.index, member.time_ps,
                         needs.cutoff_A > 0 ? &list : nullptr,
                         needs.unwrapped ? &member.unwrapped : nullptr};
    for (const auto& analysis : chunk.forks) analysis->consume(view);
  }
}

}  // namespace

DriverReport run_analyses(FrameSource& source, Analyses& analyses, const DriverOptions& options) {
  Reader reader(source, options);
  SeriesInfo series = options.series;
  if (!series.temperature_K) series.temperature_K = reader.first().temperature_K;
  for (const auto& analysis : analyses) analysis->prepare(reader.first(), series);
  const Needs needs = combined(analyses);
  reader.set_needs(needs);

  Progress progress("analyse " + source.name(), "frames", 0);
  const auto produce = [&]() -> std::unique_ptr<PipelineItem> {
    check_interrupt();
    auto chunk = std::make_unique<Chunk>();
    for (int i = 0; i < options.chunk_frames; ++i) {
      Member member;
      if (!reader.next(member)) break;
      chunk->members.push_back(std::move(member));
    }
    if (chunk->members.empty()) return nullptr;
    for (const auto& analysis : analyses) chunk->forks.push_back(analysis->fork());
    if (options.show_progress) {
      if (const auto share = source.progress())
        progress.note(fmt::format("{:.0f} %", 100 * *share));
      progress.update(static_cast<std::uint64_t>(reader.count()));
    }
    return chunk;
  };
  const auto transform = [&](PipelineItem& item) { feed(static_cast<Chunk&>(item), needs); };
  const auto consume = [&](PipelineItem& item) {
    auto& chunk = static_cast<Chunk&>(item);
    for (std::size_t i = 0; i < analyses.size(); ++i) analyses[i]->merge(*chunk.forks[i]);
  };
  ordered_pipeline(static_cast<std::size_t>(2 * threads()), produce, transform, consume);
  progress.finish();
  return {reader.count(), reader.warnings()};
}

}  // namespace vitrion
