#include "coupling/coupling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "coupling/joint_bins.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double spectrum_time_ps = 4;
constexpr std::size_t most_angles = 4096;  // rows of the strip chart kept
constexpr std::size_t most_stretches = 32;

}  // namespace

std::string CouplingAnalysis::summary() const {
  return "paddle-wheel: hops of cations against turns of units, chi, spectra, barriers, a verdict";
}

Schema CouplingAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "mobile ion; empty: the first monovalent cation");
  choice_.describe(schema);
  schema.quantity("window", window_ps_, Dimension::time,
                  "over which positions and orientations are averaged before and after an event",
                  positive);
  schema.quantity("min_length", least_length_A_, Dimension::length,
                  "between the mean positions before and after a hop", positive);
  schema.quantity("min_angle", least_angle_deg_, Dimension::angle,
                  "between the mean orientations before and after a turn", {1, 170});
  schema.quantity("delta", events_.delta_ps, Dimension::time,
                  "a hop and a turn this near in time may be tied", positive);
  schema.quantity("radius", events_.radius_A, Dimension::length,
                  "and this near in space: from the unit's centre to the middle of the hop",
                  positive);
  schema.quantities("deltas", events_.deltas_ps, Dimension::time, "of the map of the enhancement",
                    positive);
  schema.quantities("radii", events_.radii_A, Dimension::length, "of the map of the enhancement",
                    positive);
  schema.quantity("max_lag", events_.max_lag_ps, Dimension::time, "of the curve of lead and lag",
                  positive);
  schema.quantity("chi_r_max", r_max_A_, Dimension::length, "longest ligand-ion distance for chi",
                  positive);
  schema.integer("chi_every", every_, "frames between those that count for chi", {1, 1e6});
  schema.integer("film_ion", film_ion_,
                 "number of the ion in the file, from 1, whose hop is filmed; 0: any", {0, 1e12});
  schema.optional_quantity("film_time", film_time_ps_, Dimension::time,
                           "the hop nearest to it is filmed; else that with the largest rotation");
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "for barriers; auto: as the trajectory says", positive);
  schema.text("drift", drift_, drift_help);
  return schema;
}

void CouplingAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& structure = first.structure;
  const auto mobile = default_mobile_species(structure);
  ion_ = !species_.empty() || mobile.empty() ? species_ : mobile.front();
  if (ion_.empty()) {
    throw InputError(fmt::format(
        "coupling: {} has no monovalent cation: name the ion with --set coupling.species=X",
        structure.formula()));
  }
  tracker_ = UnitTracker(structure, choice_, name());
  auto moving = mobile;
  if (std::find(moving.begin(), moving.end(), ion_) == moving.end()) moving.push_back(ion_);
  frame_ = choose_drift_frame(drift_, structure, moving);
  std::vector<std::string> followed{ion_};
  for (const auto& unit : tracker_.units()) {
    const std::string& centre = structure.species_of(unit.centre).name;
    if (std::find(followed.begin(), followed.end(), centre) == followed.end()) {
      followed.push_back(centre);
    }
  }
  store_ = DisplacementStore(first, followed, frame_);
  cell_ = structure.cell;
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
  if (std::find(events_.radii_A.begin(), events_.radii_A.end(), events_.radius_A) ==
      events_.radii_A.end()) {
    events_.radii_A.push_back(events_.radius_A);
    std::sort(events_.radii_A.begin(), events_.radii_A.end());
  }

  auto plan = std::make_shared<Plan>();
  plan->r_max_A = r_max_A_;
  plan->every = every_;
  std::vector<std::size_t> place(structure.size(), 0);
  for (std::size_t k = 0; k < store_.chosen().size(); ++k) place[store_.chosen()[k]] = k;
  for (std::size_t i = 0; i < structure.size(); ++i) {
    plan->mass.push_back(std::max(1e-6, structure.species_of(i).mass_amu));
    plan->species.push_back(structure.species_of(i).name);
    if (structure.species_of(i).name != ion_) continue;
    plan->ions.push_back(static_cast<std::uint32_t>(i));
    ion_row_.push_back(place[i]);
  }
  if (plan->ions.empty()) {
    throw InputError(fmt::format("coupling: there is no {} in {}", ion_, structure.formula()));
  }
  const auto filmed = static_cast<std::size_t>(film_ion_ - 1);
  if (film_ion_ > 0 && (filmed >= plan->species.size() || plan->species[filmed] != ion_)) {
    throw InputError(
        fmt::format("coupling: film_ion {} is no {}: give the number of a {} in the "
                    "file, from 1",
                    film_ion_, ion_, ion_));
  }
  for (const auto& unit : tracker_.units()) {
    centre_row_.push_back(place[unit.centre]);
    for (const auto ligand : unit.ligands) {
      plan->ligands.push_back(ligand);
      plan->centres.push_back(unit.centre);
      const Vec3 d = structure.position[ligand] - structure.position[unit.centre];
      plan->reach_A.push_back(1.35 * structure.cell.minimum_image(d).norm());
    }
  }
  plan_ = std::move(plan);
}

std::unique_ptr<Analysis> CouplingAnalysis::fork() const {
  auto out = std::make_unique<CouplingAnalysis>();
  out->store_ = store_.fork();
  out->plan_ = plan_;
  return out;
}

void CouplingAnalysis::consume(const FrameView& view) {
  store_.consume(view);
  kept_.push_back({view.frame.structure.cell, view.frame.structure.position});
  if (view.index % plan_->every == 0) count_joint(view);
}

// Angles centre–ligand–ion and distances ligand–ion, over a list of ligands and ions alone.
void CouplingAnalysis::count_joint(const FrameView& view) {
  const Plan& plan = *plan_;
  const auto& r = view.frame.structure.position;
  const Cell& cell = view.frame.structure.cell;
  Structure part;
  part.cell = cell;
  part.species.resize(1);
  for (const auto ligand : plan.ligands) part.position.push_back(r[ligand]);
  for (const auto ion : plan.ions) part.position.push_back(r[ion]);
  part.kind.assign(part.position.size(), 0);
  const NeighborList list = build_neighbor_list(part, plan.r_max_A);
  std::vector<double> counts(joint_bins::theta * joint_bins::r, 0.0);
  for (std::size_t k = 0; k < plan.ligands.size(); ++k) {
    const Vec3 bond = cell.minimum_image(r[plan.centres[k]] - r[plan.ligands[k]]);
    if (bond.norm() > plan.reach_A[k]) continue;
    for (const Neighbor& n : list.of(k)) {
      if (n.atom < plan.ligands.size() || !(n.distance > 0)) continue;
      const double cosine = std::clamp(bond.dot(n.vector) / (bond.norm() * n.distance), -1.0, 1.0);
      counts[joint_bins::of(std::acos(cosine), n.distance / plan.r_max_A)] += 1;
    }
  }
  joint_.push_back(std::move(counts));
}

void CouplingAnalysis::merge(Analysis& other) {
  auto& later = static_cast<CouplingAnalysis&>(other);
  for (std::size_t t = 0; t < later.store_.frames(); ++t) {
    take(later.kept_[t], later.store_.frame(t), later.store_.time_ps(t));
  }
  // Stretches of equal length, joined in pairs where they get many.
  for (auto& counts : later.joint_) {
    if (!joint_.empty() && joint_in_last_ < joint_frames_) {
      for (std::size_t c = 0; c < counts.size(); ++c) joint_.back()[c] += counts[c];
      ++joint_in_last_;
      continue;
    }
    if (joint_.size() == 2 * most_stretches) {
      for (std::size_t s = 0; s < most_stretches; ++s) {
        joint_[s] = joint_[2 * s];
        for (std::size_t c = 0; c < counts.size(); ++c) joint_[s][c] += joint_[2 * s + 1][c];
      }
      joint_.resize(most_stretches);
      joint_frames_ *= 2;
    }
    joint_.push_back(std::move(counts));
    joint_in_last_ = 1;
  }
}

void CouplingAnalysis::start(double dt_ps) {
  dt_ps_ = dt_ps;
  const auto frames = [&](double time_ps) {
    return static_cast<std::size_t>(std::lround(std::clamp(time_ps / dt_ps, 1.0, 1e7)));
  };
  window_ = std::max<std::size_t>(2, frames(window_ps_));
  const std::size_t ions = 3 * ion_row_.size();
  const std::size_t corners = 3 * tracker_.corners();
  const std::size_t units = 3 * tracker_.units().size();
  hops_ = CageJumps(ion_row_.size(), window_, least_length_A_);
  film_ = EventFilm(plan_->ions, window_, events_.radius_A, film_choice());
  window_sum_.assign(tracker_.units().size(), Eigen::Vector4d::Zero());
  turns_ = TurnFinder(tracker_.units().size(), window_, least_angle_deg_ * constants::degree);
  spectrum_ = BlockCorrelator({{0, ions},
                               {ions, ions + corners},
                               {ions + corners, ions + corners + units},
                               {ions + corners + units, ions + corners + 2 * units}},
                              frames(spectrum_time_ps));
}

void CouplingAnalysis::take(const Snapshot& now, const float* moved, double time_ps) {
  tracker_.next(now.cell, now.position);
  Row row;
  for (const auto k : ion_row_) row.ions.insert(row.ions.end(), moved + 3 * k, moved + 3 * k + 3);
  for (const auto k : centre_row_) {
    row.centres.insert(row.centres.end(), moved + 3 * k, moved + 3 * k + 3);
  }
  const auto& units = tracker_.units();
  row.arm.resize(tracker_.corners());
  for (std::size_t u = 0; u < units.size(); ++u) {
    row.q.push_back(units[u].now);
    const std::size_t first = tracker_.first_corner(u);
    Vec3 moment = Vec3::Zero();
    double mass = plan_->mass[units[u].centre];
    for (std::size_t k = 0; k < units[u].ligands.size(); ++k) {
      if (units[u].ligands[k] == no_atom) continue;
      const double m = plan_->mass[units[u].ligands[k]];
      moment += m * tracker_.bonds()[first + k];
      mass += m;
    }
    row.mass_centre.push_back(moment / mass);
    for (std::size_t k = 0; k < units[u].ligands.size(); ++k) {
      row.arm[first + k] = tracker_.bonds()[first + k] - row.mass_centre.back();
    }
  }
  row.now = now;
  if (frames_ == 0) first_time_ps_ = time_ps;
  if (++frames_ == 1) {
    previous_ = std::move(row);
    return;
  }
  if (frames_ == 2) {
    start(time_ps - first_time_ps_);
    Row first = *previous_;
    previous_.reset();
    feed(std::move(first));
  }
  feed(std::move(row));
}

std::vector<float> CouplingAnalysis::velocities(const Row& now) const {
  const Row& before = *previous_;
  const auto per_dt = static_cast<float>(1 / dt_ps_);
  std::vector<float> out;
  out.reserve(now.ions.size() + 3 * now.arm.size() + 6 * now.q.size());
  const auto push = [&](const Vec3& v) {
    for (int axis = 0; axis < 3; ++axis) out.push_back(static_cast<float>(v[axis]));
  };
  for (std::size_t c = 0; c < now.ions.size(); ++c) {
    out.push_back((now.ions[c] - before.ions[c]) * per_dt);
  }
  for (std::size_t k = 0; k < now.arm.size(); ++k) {
    const Vec3 r = 0.5 * (now.arm[k] + before.arm[k]);
    const Vec3 step = now.arm[k] - before.arm[k];
    // A corner that was free, or changed its ligand, has no velocity.
    const bool whole = step.squaredNorm() < r.squaredNorm() && r.squaredNorm() > 0.01;
    push(whole ? Vec3(r.cross(step) / (r.squaredNorm() * dt_ps_)) : Vec3(Vec3::Zero()));
  }
  for (std::size_t u = 0; u < now.q.size(); ++u) {
    push(rotation_vector(now.q[u] * before.q[u].conjugate()) / dt_ps_);
  }
  for (std::size_t u = 0; u < now.q.size(); ++u) {
    Vec3 step = now.mass_centre[u] - before.mass_centre[u];
    for (int axis = 0; axis < 3; ++axis) {
      const std::size_t c = 3 * u + static_cast<std::size_t>(axis);
      step[axis] += static_cast<double>(now.centres[c] - before.centres[c]);
    }
    push(step / dt_ps_);
  }
  return out;
}

void CouplingAnalysis::feed(Row now) {
  film_.append(now.now.cell, now.now.position, now.q, tracker_.units());
  now.now.position.clear();
  hops_.append(now.ions);
  for (; hops_seen_ < hops_.finished(); ++hops_seen_) {
    film_.see(hops_.closed()[hops_seen_], tracker_.units());
  }
  turns_.append(now.q);
  if (previous_) spectrum_.append(velocities(now));
  const std::size_t index = fed_++;
  if (index % window_ == 0) centres_.push_back(now.centres);
  if (index % angle_every_ == 0) keep_angles(now.q);
  for (std::size_t u = 0; u < now.q.size(); ++u) add_alike(window_sum_[u], now.q[u]);
  if (fed_ % window_ == 0) close_window(now.q);
  previous_ = std::move(now);
}

void CouplingAnalysis::close_window(const std::vector<Quaternion>& q) {
  std::vector<Quaternion> mean;
  for (auto& sum : window_sum_) {
    mean.push_back(mean_rotation(sum));
    sum.setZero();
  }
  if (!window_mean_.empty()) {
    std::vector<float> row;
    for (std::size_t u = 0; u < q.size(); ++u) {
      const double angle = angle_between(mean[u], window_mean_[u]);
      // Units at rest differ by rounding, which must not pass for rotation.
      row.push_back(angle > 1e-5 ? static_cast<float>(angle * angle) : 0.0F);
    }
    steps_.push_back(std::move(row));
  }
  window_mean_ = std::move(mean);
}

void CouplingAnalysis::keep_angles(const std::vector<Quaternion>& q) {
  if (rest_.empty()) rest_ = q;
  std::vector<float> row;
  for (std::size_t u = 0; u < q.size(); ++u) {
    row.push_back(static_cast<float>(angle_between(q[u], rest_[u]) / constants::degree));
  }
  angles_.push_back(std::move(row));
  if (angles_.size() < most_angles) return;
  for (std::size_t k = 0; 2 * k < angles_.size(); ++k) angles_[k] = std::move(angles_[2 * k]);
  angles_.resize(most_angles / 2);
  angle_every_ *= 2;
}

}  // namespace vitrion
