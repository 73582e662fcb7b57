#include "coupling/hop_shells.hpp"

#include <algorithm>
#include <cmath>

namespace vitrion {
namespace {

constexpr std::size_t most_samples = 128;  // of a stay
constexpr std::size_t most_frames = 25;    // of a shell
constexpr double rest_part = 0.3;          // s below it is before the hop, above 1 − it after
constexpr double top_part = 0.15;

float median(std::vector<float>& x) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

// At most so many of them, evenly.
std::vector<double> thinned(const std::vector<double>& moments) {
  if (moments.size() <= most_frames) return moments;
  std::vector<double> out;
  for (std::size_t k = 0; k < most_frames; ++k) {
    out.push_back(moments[k * moments.size() / most_frames]);
  }
  return out;
}

}  // namespace

void HopCollector::Stay::add(std::size_t frame, const std::array<float, 3>& r) {
  if (at.empty()) first = frame;
  if ((frame - first) % stride != 0) return;
  at.push_back(r);
  if (at.size() < most_samples) return;
  for (std::size_t k = 0; 2 * k < at.size(); ++k) at[k] = at[2 * k];
  at.resize((at.size() + 1) / 2);
  stride *= 2;
}

HopCollector::Stay HopCollector::Stay::cut(std::size_t frame) {
  Stay later;
  std::size_t keep = 0;
  while (keep < at.size() && first + keep * stride < frame) ++keep;
  later.first = first + keep * stride;
  later.stride = stride;
  later.at.assign(at.begin() + static_cast<std::ptrdiff_t>(keep), at.end());
  at.resize(keep);
  return later;
}

HopCollector::HopCollector(const Setup& setup)
    : setup_(setup),
      detector_(setup.ions, setup.window, setup.least_length_A),
      stays_(setup.ions),
      pending_(setup.ions) {}

void HopCollector::append(const Cell& cell, std::vector<float> row) {
  detector_.append({row.begin(), row.begin() + static_cast<std::ptrdiff_t>(3 * setup_.ions)});
  for (std::size_t i = 0; i < setup_.ions; ++i) {
    stays_[i].add(frames_, {row[3 * i], row[3 * i + 1], row[3 * i + 2]});
  }
  held_.push_back({cell, std::move(row)});
  ++frames_;
  if (held_.size() > windows_held * std::max<std::size_t>(2, setup_.window)) held_.pop_front();
  for (; taken_ < detector_.finished(); ++taken_) take(detector_.closed()[taken_]);
}

void HopCollector::finish() {
  const auto all = detector_.jumps();
  for (; taken_ < all.size(); ++taken_) take(all[taken_]);
  for (std::size_t i = 0; i < setup_.ions; ++i) {
    if (!pending_[i]) continue;
    share(hops_[pending_[i]->hop], pending_[i]->line, stays_[i], pending_[i]->counted_to, frames_,
          1);
    pending_[i].reset();
  }
}

Vec3 HopCollector::at(std::size_t frame, std::size_t atom) const {
  const float* r = held_[frame - (frames_ - held_.size())].row.data() + 3 * atom;
  return {r[0], r[1], r[2]};
}

void HopCollector::count(SeenHop& hop, double s, double weight) {
  const double x = (s - hop_axis::low) / hop_axis::width;
  if (!(x >= 0) || x >= static_cast<double>(hop_axis::bins)) return;
  hop.population[static_cast<std::size_t>(x)] += static_cast<float>(weight);
}

// The middle of a stay, between the surroundings of two hops.
void HopCollector::share(SeenHop& hop, const Line& line, const Stay& stay, std::size_t first,
                         std::size_t end, double weight) {
  for (std::size_t k = 0; k < stay.at.size(); ++k) {
    const std::size_t t = stay.first + k * stay.stride;
    if (t < first || t >= end) continue;
    const auto& r = stay.at[k];
    count(hop, line.of({r[0], r[1], r[2]}), weight * static_cast<double>(stay.stride));
  }
}

void HopCollector::take(const Jump& jump) {
  const auto moment = static_cast<std::size_t>(jump.frame);
  Stay& stay = stays_[jump.ion];
  auto& last = pending_[jump.ion];
  Stay later = stay.cut(moment);
  const std::size_t oldest = frames_ - held_.size();
  if (moment <= oldest + setup_.window / 2) {
    ++lost_;
    if (last) share(hops_[last->hop], last->line, stay, last->counted_to, moment, 1);
    last.reset();
    stay = std::move(later);
    return;
  }
  const Line line{jump.from, jump.to - jump.from, (jump.to - jump.from).squaredNorm()};
  const std::size_t begin = last ? last->counted_to : 0;
  const std::size_t near_to = std::min(frames_, moment + setup_.window);
  const std::size_t near_from = std::min(
      std::max({oldest, begin, moment > setup_.window ? moment - setup_.window : 0}), moment - 1);
  SeenHop hop = look_around(jump, line, near_from, near_to);
  for (std::size_t t = near_from; t < near_to; ++t) count(hop, line.of(at(t, jump.ion)), 1);
  if (last) share(hops_[last->hop], last->line, stay, begin, near_from, 0.5);
  share(hop, line, stay, begin, near_from, last ? 0.5 : 1);
  last = Pending{hops_.size(), near_to, line};
  hops_.push_back(std::move(hop));
  stay = std::move(later);
}

SeenHop HopCollector::look_around(const Jump& jump, const Line& line, std::size_t first,
                                  std::size_t end) const {
  SeenHop out;
  out.ion = jump.ion;
  out.length_A = jump.length();
  const auto moment = static_cast<std::size_t>(jump.frame);
  const auto s = [&](std::size_t t) { return line.of(at(t, jump.ion)); };
  std::size_t crossing = std::clamp(moment, first + 1, end - 1);
  std::size_t nearest = end;
  for (std::size_t t = first + 1; t < end; ++t) {
    const std::size_t far = t > moment ? t - moment : moment - t;
    if (s(t - 1) < 0.5 && s(t) >= 0.5 && far < nearest) {
      nearest = far;
      crossing = t;
    }
  }
  const double s0 = s(crossing - 1);
  const double s1 = s(crossing);
  const double part = s1 > s0 ? std::clamp((0.5 - s0) / (s1 - s0), 0.0, 1.0) : 0.5;
  out.frame = static_cast<double>(crossing - 1) + part;
  std::vector<double> before;
  std::vector<double> after;
  std::vector<double> top{out.frame};
  const auto is_top = [&](std::size_t t) { return std::abs(s(t) - 0.5) < top_part; };
  for (std::size_t t = crossing; t-- > first && is_top(t);) top.push_back(static_cast<double>(t));
  for (std::size_t t = crossing; t < end && is_top(t); ++t) top.push_back(static_cast<double>(t));
  out.top_between = top.size() == 1;
  for (std::size_t t = first; t < crossing; ++t) {
    if (s(t) < rest_part) before.push_back(static_cast<double>(t));
  }
  for (std::size_t t = crossing; t < end; ++t) {
    if (s(t) > 1 - rest_part) after.push_back(static_cast<double>(t));
  }
  if (before.empty()) before.push_back(static_cast<double>(first));
  if (after.empty()) after.push_back(static_cast<double>(end - 1));
  const std::array<std::vector<double>, 3> moments{thinned(before), thinned(top), thinned(after)};

  const auto position = [&](double t, std::size_t atom) -> Vec3 {
    const auto low = static_cast<std::size_t>(t);
    const double x = t - static_cast<double>(low);
    if (x == 0) return at(low, atom);
    return (1 - x) * at(low, atom) + x * at(low + 1, atom);
  };
  const auto distance = [&](double t, std::size_t atom) {
    const Vec3 d = position(t, setup_.ions + atom) - position(t, jump.ion);
    const Cell& cell = held_[static_cast<std::size_t>(t) - (frames_ - held_.size())].cell;
    return static_cast<float>((cell.is_defined() ? cell.minimum_image(d) : d).norm());
  };
  std::vector<float> x;
  for (std::size_t n = 0; n < setup_.neighbors; ++n) {
    bool close = false;
    for (const auto& list : moments) {
      close = close || distance(list[list.size() / 2], n) < setup_.reach_A;
    }
    if (!close) continue;
    std::array<float, 3> middle{};
    for (std::size_t k = 0; k < 3; ++k) {
      x.clear();
      for (const double t : moments[k]) x.push_back(distance(t, n));
      middle[k] = median(x);
    }
    out.near.push_back({static_cast<std::uint32_t>(n), middle[0], middle[1], middle[2]});
  }
  return out;
}

}  // namespace vitrion
