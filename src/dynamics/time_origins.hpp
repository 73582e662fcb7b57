// Pairs of frames (origin, later) at equally spaced lags, from a stream that is not held.
//
// Every s-th frame is an origin, and lags are 0, s, 2s … count·s, so at most count + 1 frames are
// alive. Each origin gathers sums of its own, one stretch for each lag, which go into blocks when
// it has seen its last partner, in the order of the origins. Lags of one frame are visited on all
// threads, each writing to its own stretch: the same bits for any number of threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "base/parallel.hpp"
#include "numeric/statistics.hpp"

namespace vitrion {

struct LagGrid {
  std::size_t spacing = 1;  ///< frames between lags, and between origins
  std::size_t count = 0;    ///< lags beyond 0
  double dt_ps = 0;         ///< between frames

  [[nodiscard]] std::size_t lags() const { return count + 1; }
  [[nodiscard]] double time_ps(std::size_t lag) const {
    return static_cast<double>(lag * spacing) * dt_ps;
  }
};

/// About `points` lags up to `max_time`, as the frames allow (at least one).
inline LagGrid make_lag_grid(double max_time_ps, long points, double dt_ps) {
  const double frames = std::clamp(std::round(max_time_ps / dt_ps), 1.0, 1e9);
  const double spacing = std::max(1.0, std::floor(frames / static_cast<double>(points)));
  return {static_cast<std::size_t>(spacing),
          static_cast<std::size_t>(std::max(1.0, std::floor(frames / spacing))), dt_ps};
}

/// `Kept` is what an origin, or its partner, must hold of a frame.
template <class Kept>
class TimeOrigins {
 public:
  /// What a pair adds: (lag, origin, later, the origin's sums for this lag).
  using Visit = std::function<void(std::size_t, const Kept&, const Kept&, std::span<double>)>;

  TimeOrigins() = default;
  /// Sums of `width` numbers for each lag; the number of visits of a lag is kept after them.
  TimeOrigins(double max_time_ps, long points, std::size_t width)
      : max_time_ps_(max_time_ps), points_(points), width_(width + 1) {}

  /// Frames in order of time.
  void next(double time_ps, Kept now, const Visit& visit) {
    const std::size_t index = frames_++;
    if (index == 0) {
      first_time_ps_ = time_ps;
      waiting_.push_back(std::move(now));
      return;
    }
    if (index == 1) {
      grid_ = make_lag_grid(max_time_ps_, points_, time_ps - first_time_ps_);
      add(0, std::move(waiting_.front()), visit);
      waiting_.clear();
    }
    add(index, std::move(now), visit);
  }

  [[nodiscard]] std::size_t frames() const { return frames_; }
  /// Meaningful from the second frame on.
  [[nodiscard]] const LagGrid& grid() const { return grid_; }
  /// Numbers of a lag begin at lag·stride(); the last of them is the number of visits.
  [[nodiscard]] std::size_t stride() const { return width_; }
  /// Of all origins so far, those still alive included, in blocks for the jackknife. Blocks are as
  /// long as `longest` lags where the run allows (shorter ones would be alike, and errors too
  /// small), and five to thirty-two.
  [[nodiscard]] BlockSums sums(std::size_t longest) const {
    std::vector<Block> all = done_;
    for (const auto& origin : alive_) all.push_back({origin.sums, 1});
    std::size_t origins = 0;
    for (const auto& block : all) origins += block.origins;
    const std::size_t blocks =
        std::clamp<std::size_t>(origins / std::max<std::size_t>(1, longest), 5, 32);
    BlockSums out(64);
    Block sum;
    for (const auto& block : all) {
      join(sum, block);
      if (sum.origins * blocks < origins) continue;
      out.append(sum.sums, static_cast<double>(sum.origins));
      sum = {};
    }
    if (sum.origins > 0) out.append(sum.sums, static_cast<double>(sum.origins));
    return out;
  }

 private:
  struct Origin {
    std::size_t index;
    Kept kept;
    std::vector<double> sums;
  };

  struct Block {
    std::vector<double> sums;
    std::size_t origins = 0;
  };

  static void join(Block& to, const Block& from) {
    if (to.sums.empty()) to.sums.assign(from.sums.size(), 0.0);
    for (std::size_t i = 0; i < from.sums.size(); ++i) to.sums[i] += from.sums[i];
    to.origins += from.origins;
  }

  // Neighbours are joined when there are many, so memory stays bounded.
  void retire(std::vector<double> sums) {
    constexpr std::size_t most = 128;
    if (done_.empty() || done_.back().origins >= per_block_) {
      done_.push_back({std::move(sums), 1});
    } else {
      join(done_.back(), {std::move(sums), 1});
    }
    if (done_.size() <= most || done_.back().origins < per_block_) return;
    per_block_ *= 2;
    std::vector<Block> joined((done_.size() + 1) / 2);
    for (std::size_t i = 0; i < done_.size(); ++i) join(joined[i / 2], done_[i]);
    done_ = std::move(joined);
  }

  void add(std::size_t index, Kept now, const Visit& visit) {
    if (index % grid_.spacing != 0) return;
    alive_.push_back({index, std::move(now), std::vector<double>(grid_.lags() * width_, 0.0)});
    const Kept& later = alive_.back().kept;
    parallel_for(alive_.size(), [&](std::size_t i) {
      Origin& origin = alive_[i];
      const std::size_t lag = (index - origin.index) / grid_.spacing;
      const auto sums = std::span(origin.sums).subspan(lag * width_, width_);
      visit(lag, origin.kept, later, sums.first(width_ - 1));
      sums[width_ - 1] += 1;
    });
    if (index - alive_.front().index < grid_.count * grid_.spacing) return;
    retire(std::move(alive_.front().sums));
    alive_.pop_front();
  }

  double max_time_ps_ = 0;
  long points_ = 1;
  std::size_t width_ = 1;
  LagGrid grid_;
  std::size_t frames_ = 0;
  double first_time_ps_ = 0;
  std::vector<Kept> waiting_;  // the first frame, until the time step is known
  std::deque<Origin> alive_;
  std::vector<Block> done_;
  std::size_t per_block_ = 1;  // origins in a full block
};

}  // namespace vitrion
