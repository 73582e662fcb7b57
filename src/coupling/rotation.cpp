#include "coupling/rotation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

constexpr double spectrum_time_ps = 4;
constexpr std::size_t windows_of_rest = 4;  // that tell a unit's first rest orientation

}  // namespace

std::string RotationAnalysis::summary() const {
  return "rotation of units (PS4 ...): turns, diffusion, C1 and C2, free energy surface, barrier";
}

Schema RotationAnalysis::parameters() {
  Schema schema(name());
  choice_.describe(schema);
  schema.quantity("window", window_ps_, Dimension::time,
                  "over which orientations are averaged before and after a turn: some librations "
                  "long",
                  positive);
  schema.quantity("min_angle", least_angle_deg_, Dimension::angle,
                  "between the mean orientations before and after: less is no turn", {1, 170});
  schema.quantity("max_time", max_time_ps_, Dimension::time,
                  "longest time of C1, C2 and the rotational MSD", positive);
  schema.integer("points", points_, "number of equally spaced times up to it", {4, 2000});
  schema.quantity("map_cell", map_cell_deg_, Dimension::angle,
                  "width of a cell of the map of directions", {1, 45});
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "for free energies; auto: as the trajectory says", positive);
  return schema;
}

void RotationAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  tracker_ = UnitTracker(first.structure, choice_, name());
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
  directions_ = TimeOrigins<std::vector<float>>(max_time_ps_, points_, 2);
  paths_ = TimeOrigins<std::vector<float>>(max_time_ps_, points_, 1);
  const std::size_t units = tracker_.units().size();
  unit_map_ = OrientationMap(map_cell_deg_, units);
  cell_map_ = OrientationMap(map_cell_deg_, units);
  window_sum_.assign(units, Eigen::Vector4d::Zero());
  path_.assign(3 * units, 0.0F);
}

std::unique_ptr<Analysis> RotationAnalysis::fork() const {
  return std::make_unique<RotationAnalysis>();
}

void RotationAnalysis::consume(const FrameView& view) {
  kept_.push_back({view.time_ps, view.frame.structure.cell, view.frame.structure.position});
}

void RotationAnalysis::merge(Analysis& other) {
  auto& later = static_cast<RotationAnalysis&>(other);
  for (const auto& snapshot : later.kept_) take(snapshot);
}

void RotationAnalysis::start(double dt_ps) {
  dt_ps_ = dt_ps;
  const auto frames = [&](double time_ps) {
    return static_cast<std::size_t>(std::lround(std::clamp(time_ps / dt_ps, 1.0, 1e7)));
  };
  const std::size_t units = tracker_.units().size();
  window_ = std::max<std::size_t>(2, frames(window_ps_));
  finder_ = TurnFinder(units, window_, least_angle_deg_ * constants::degree);
  spectrum_ = BlockCorrelator({{0, 3 * units}}, frames(spectrum_time_ps));
}

void RotationAnalysis::take(const Snapshot& now) {
  tracker_.next(now.cell, now.position);
  Orientations row;
  for (const auto& unit : tracker_.units()) row.q.push_back(unit.now);
  row.direction = tracker_.directions();
  std::vector<float> flat;
  flat.reserve(3 * row.direction.size());
  for (const auto& u : row.direction) {
    for (int axis = 0; axis < 3; ++axis) flat.push_back(static_cast<float>(u[axis]));
  }
  directions_.next(now.time_ps, std::move(flat),
                   [](std::size_t, const auto& then, const auto& later, std::span<double> sums) {
                     const std::size_t n = later.size() / 3;
                     double one = 0;
                     double two = 0;
                     for (std::size_t k = 0; k < n; ++k) {
                       const float* a = then.data() + 3 * k;
                       const float* b = later.data() + 3 * k;
                       const double c =
                           static_cast<double>(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
                       one += c;
                       two += 1.5 * c * c - 0.5;
                     }
                     sums[0] += one / static_cast<double>(n);
                     sums[1] += two / static_cast<double>(n);
                   });
  if (frames_++ == 0) {
    first_time_ps_ = now.time_ps;
    very_first_ = std::move(row);
    return;
  }
  if (frames_ == 2) {
    start(now.time_ps - first_time_ps_);
    feed(std::move(*very_first_));
    very_first_.reset();
  }
  feed(std::move(row));
}

void RotationAnalysis::feed(Orientations now) {
  finder_.append(now.q);
  if (!previous_.empty()) {
    std::vector<float> velocity;
    velocity.reserve(3 * now.q.size());
    for (std::size_t u = 0; u < now.q.size(); ++u) {
      const Vec3 w = rotation_vector(now.q[u] * previous_[u].conjugate()) / dt_ps_;
      for (int axis = 0; axis < 3; ++axis) velocity.push_back(static_cast<float>(w[axis]));
    }
    spectrum_.append(std::move(velocity));
  }
  previous_ = now.q;
  close_window(now.q);
  if (!rest_.empty()) {
    map(now);
  } else {
    waiting_.push_back(std::move(now));
    if (waiting_.size() == windows_of_rest * window_) settle();
  }
  if (finder_.moments() >= blocked_moments_ + 2 * window_) close_stretch();
}

// The mean orientation over the first windows, turns onto equal orientations undone.
void RotationAnalysis::settle() {
  const auto& units = tracker_.units();
  for (std::size_t u = 0; u < units.size(); ++u) {
    const auto& symmetry = tracker_.kinds()[units[u].kind].symmetry;
    Eigen::Vector4d sum = Eigen::Vector4d::Zero();
    for (const auto& row : waiting_) {
      if (sum.isZero()) {
        sum = row.q[u].coeffs();
        continue;
      }
      const Quaternion so_far = mean_rotation(sum);
      Quaternion best = row.q[u];
      for (const auto& g : symmetry) {
        if (std::abs((row.q[u] * g).dot(so_far)) > std::abs(best.dot(so_far))) best = row.q[u] * g;
      }
      add_alike(sum, best);
    }
    rest_.push_back(mean_rotation(sum));
  }
  for (const auto& row : waiting_) map(row);
  waiting_.clear();
}

void RotationAnalysis::map(const Orientations& now) {
  const auto& units = tracker_.units();
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Quaternion back = rest_[u].conjugate();
    const auto& symmetry = tracker_.kinds()[units[u].kind].symmetry;
    const std::size_t first = tracker_.first_corner(u);
    for (std::size_t k = 0; k < units[u].ligands.size(); ++k) {
      const Vec3& r = now.direction[first + k];
      cell_map_.add(u, r);
      const Vec3 own = back * r;
      for (const auto& g : symmetry) unit_map_.add(u, g * own);
    }
  }
}

void RotationAnalysis::close_window(const std::vector<Quaternion>& now) {
  for (std::size_t u = 0; u < now.size(); ++u) add_alike(window_sum_[u], now[u]);
  if (++in_window_ < window_) return;
  std::vector<Quaternion> mean;
  for (auto& sum : window_sum_) {
    mean.push_back(mean_rotation(sum));
    sum.setZero();
  }
  for (std::size_t u = 0; u < mean.size() && !window_mean_.empty(); ++u) {
    const Vec3 step = rotation_vector(mean[u] * window_mean_[u].conjugate());
    for (int axis = 0; axis < 3; ++axis) {
      path_[3 * u + static_cast<std::size_t>(axis)] += static_cast<float>(step[axis]);
    }
  }
  window_mean_ = std::move(mean);
  in_window_ = 0;
  const double time = static_cast<double>(windows_++) * static_cast<double>(window_) * dt_ps_;
  paths_.next(time, path_,
              [](std::size_t, const auto& then, const auto& later, std::span<double> sums) {
                double square = 0;
                for (std::size_t k = 0; k < later.size(); ++k) {
                  const auto d = static_cast<double>(later[k] - then[k]);
                  square += d * d;
                }
                sums[0] += 3 * square / static_cast<double>(later.size());
              });
}

void RotationAnalysis::close_stretch() {
  const auto libration = finder_.take_libration();
  const double time = static_cast<double>(finder_.moments() - blocked_moments_) * dt_ps_ *
                      static_cast<double>(tracker_.units().size());
  const double sums[] = {libration.square, libration.count,
                         static_cast<double>(finder_.finished() - blocked_turns_), time};
  blocks_.append(sums, 1);
  blocked_turns_ = finder_.finished();
  blocked_moments_ = finder_.moments();
  if (!rest_.empty()) {
    unit_map_.close_stretch();
    cell_map_.close_stretch();
  }
}

}  // namespace vitrion
