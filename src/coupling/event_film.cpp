#include "coupling/event_film.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "dynamics/cage_jumps.hpp"

namespace vitrion {
namespace {

constexpr std::size_t most_atoms = 80;

}  // namespace

EventFilm::EventFilm(std::vector<std::uint32_t> ions, std::size_t window, double radius_A,
                     FilmChoice choice)
    : ions_(std::move(ions)),
      window_(std::max<std::size_t>(2, window)),
      radius_A_(radius_A),
      choice_(choice) {}

bool EventFilm::holds(std::size_t moment) const {
  return moment >= window_ + (frames_ - held_.size()) && moment + window_ <= frames_;
}

Vec3 EventFilm::at(std::size_t frame, std::uint32_t atom) const {
  const float* r = held(frame).r.data() + 3 * static_cast<std::size_t>(atom);
  return {r[0], r[1], r[2]};
}

Quaternion EventFilm::mean(std::size_t unit, std::size_t first, std::size_t end) const {
  Eigen::Vector4d sum = Eigen::Vector4d::Zero();
  for (std::size_t t = first; t < end; ++t) add_alike(sum, held(t).q[unit]);
  return mean_rotation(sum);
}

void EventFilm::count(std::size_t unit, std::size_t moment, std::vector<double>& counts) const {
  const std::size_t half = window_ / 2;
  const Quaternion rest = mean(unit, moment - window_, moment - half);
  for (std::size_t t = moment - half; t < moment + half; ++t) {
    const double angle = angle_between(held(t).q[unit], rest) * 180 / constants::pi;
    counts[std::min(angle_bins - 1, static_cast<std::size_t>(angle / angle_width_deg))] += 1;
  }
}

void EventFilm::append(const Cell& cell, const std::vector<Vec3>& positions,
                       std::span<const Quaternion> q, const std::vector<RotorUnit>& units) {
  Instant now{cell, {}, {q.begin(), q.end()}};
  now.r.reserve(3 * positions.size());
  for (const Vec3& r : positions) {
    for (int axis = 0; axis < 3; ++axis) now.r.push_back(static_cast<float>(r[axis]));
  }
  held_.push_back(std::move(now));
  ++frames_;
  if (held_.size() > windows_held * window_) held_.pop_front();
  if (frames_ % window_ != 0 || frames_ < 2 * window_) return;
  std::vector<double> counts(angle_bins, 0.0);
  for (std::size_t u = 0; u < units.size(); ++u) count(u, frames_ - window_, counts);
  always_.append(counts, 1);
}

void EventFilm::see(const Jump& jump, const std::vector<RotorUnit>& units) {
  const auto moment = static_cast<std::size_t>(jump.frame);
  if (!holds(moment)) return;
  const Cell& cell = held(moment).cell;
  const Vec3 ion = at(moment, ions_[jump.ion]);
  std::vector<double> counts(angle_bins, 0.0);
  double most = -1;
  std::uint32_t which = 0;
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Vec3 d = at(moment, units[u].centre) - ion;
    if ((cell.is_defined() ? cell.minimum_image(d) : d).norm() > radius_A_) continue;
    count(u, moment, counts);
    const double angle =
        angle_between(mean(u, moment - window_, moment), mean(u, moment, moment + window_));
    if (angle <= most) continue;
    most = angle;
    which = static_cast<std::uint32_t>(u);
  }
  if (most < 0) return;
  beside_hops_.append(counts, 1);
  if (is_better(jump, most)) shoot(jump, which, most, units);
}

bool EventFilm::is_better(const Jump& jump, double angle) const {
  if (choice_.ion && ions_[jump.ion] != *choice_.ion) return false;
  if (film_.positions.empty()) return true;
  if (!choice_.frame) return angle > film_.angle_rad;
  return std::abs(jump.frame - *choice_.frame) < std::abs(film_.frame - *choice_.frame);
}

// Each atom in the image that is nearest to the ion, ligands in that nearest to their centre; from
// there on by the shortest steps.
void EventFilm::shoot(const Jump& jump, std::uint32_t unit, double angle,
                      const std::vector<RotorUnit>& units) {
  const auto moment = static_cast<std::size_t>(jump.frame);
  const Cell& cell = held(moment).cell;
  const auto shortest = [](const Cell& c, const Vec3& d) {
    return c.is_defined() ? c.minimum_image(d) : d;
  };
  film_ = {jump.frame, ions_[jump.ion], unit, jump.length(), angle, {ions_[jump.ion]}, {}};
  const Vec3 ion = at(moment, film_.ion);
  std::vector<Vec3> place{Vec3::Zero()};
  const auto add = [&](std::uint32_t atom, const Vec3& r) {
    if (std::find(film_.atoms.begin(), film_.atoms.end(), atom) != film_.atoms.end()) return;
    film_.atoms.push_back(atom);
    place.push_back(r);
  };
  for (const auto& u : units) {
    const Vec3 centre = shortest(cell, at(moment, u.centre) - ion);
    if (centre.norm() > radius_A_) continue;
    add(u.centre, centre);
    for (const auto ligand : u.ligands) {
      if (ligand == no_atom) continue;
      add(ligand, centre + shortest(cell, at(moment, ligand) - at(moment, u.centre)));
    }
  }
  const std::size_t atoms = held(moment).r.size() / 3;
  for (std::uint32_t i = 0; i < atoms && film_.atoms.size() < most_atoms; ++i) {
    const Vec3 d = shortest(cell, at(moment, i) - ion);
    if (d.norm() < radius_A_) add(i, d);
  }
  film_.positions.assign(2 * window_, place);
  for (std::size_t k = 0; k < place.size(); ++k) {
    const auto follow = [&](std::size_t t, std::size_t last) {
      const Vec3 step = at(t, film_.atoms[k]) - at(last, film_.atoms[k]);
      const std::size_t first = moment - window_;
      film_.positions[t - first][k] =
          film_.positions[last - first][k] + shortest(held(t).cell, step);
    };
    for (std::size_t t = moment; t-- > moment - window_;) follow(t, t + 1);
    for (std::size_t t = moment + 1; t < moment + window_; ++t) follow(t, t - 1);
  }
}

}  // namespace vitrion
