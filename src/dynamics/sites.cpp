#include "dynamics/sites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "dynamics/block_correlator.hpp"
#include "dynamics/spectrum.hpp"
#include "io/formats.hpp"

namespace vitrion {
namespace {

constexpr double spectrum_time_ps = 4;
constexpr double anion_reach = 1.3;  // of the nearest anion's median distance
constexpr double rare = 0.02;        // share of sites below which a class joins "other"
constexpr double refine_reach_A = 0.8;

}  // namespace

std::string SitesAnalysis::summary() const {
  return "jumps between a crystal's sites: occupancy, rates by class, correlation factor";
}

Schema SitesAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "ion that jumps; empty: the first monovalent cation");
  schema.text("reference", reference_,
              "file of a structure with all sites, of the run's cell or of one that fills it; "
              "empty: maxima of the ions' density");
  schema.texts("site_species", site_species_,
               "species of the reference that are sites, each a class; empty: the ion");
  schema.quantity("core", core_A_, Dimension::length,
                  "an ion has come to a site within this distance (at most 0.45 of the way to the "
                  "next site)",
                  positive);
  schema.quantity("smoothing", smoothing_A_, Dimension::length,
                  "of the density whose maxima are sites: standard deviation", positive);
  schema.quantity("separation", separation_A_, Dimension::length,
                  "between maxima that are sites of their own", positive);
  schema.quantity("min_density", least_density_, Dimension::none,
                  "of a maximum that is a site, as a share of the highest", {0, 1});
  schema.integer("correlated_jumps", correlated_jumps_,
                 "how many jumps later one may still know of another", {1, 1000});
  schema.optional_quantity("attempt_frequency", attempt_THz_, Dimension::frequency,
                           "for barriers; auto: band centre of the velocity spectrum", positive);
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "for barriers; auto: as the trajectory says", positive);
  schema.text("drift", drift_, drift_help);
  return schema;
}

void SitesAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const Structure& s = first.structure;
  const auto mobile = default_mobile_species(s);
  ion_ = !species_.empty() || mobile.empty() ? species_ : mobile.front();
  if (ion_.empty()) {
    throw InputError(
        fmt::format("sites: {} has no monovalent cation: name the ion with --set sites.species=X",
                    s.formula()));
  }
  if (!s.cell.is_defined() || !s.cell.fully_periodic()) {
    throw InputError("sites: a cell that is periodic in all directions is needed");
  }
  auto moving = mobile;
  if (std::find(moving.begin(), moving.end(), ion_) == moving.end()) moving.push_back(ion_);
  frame_ = choose_drift_frame(drift_, s, moving);
  store_ = DisplacementStore(first, {ion_}, frame_);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto charge = formal_charge_of(s.species_of(i));
    if (s.species_of(i).name == ion_ || !charge || !(*charge < 0)) continue;
    others_.push_back(i);
    other_names_.push_back(s.species_of(i).name);
    other_start_.push_back(s.cell.to_fractional(s.position[i]));
  }
  other_sum_.assign(others_.size(), Vec3::Zero());
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
  if (!reference_.empty()) static_cast<void>(given(s.cell));  // its faults before the work
}

std::unique_ptr<Analysis> SitesAnalysis::fork() const {
  auto out = std::make_unique<SitesAnalysis>();
  out->store_ = store_.fork();
  out->others_ = others_;
  out->other_start_ = other_start_;
  out->other_sum_.assign(others_.size(), Vec3::Zero());
  return out;
}

void SitesAnalysis::consume(const FrameView& view) {
  const Cell& cell = view.frame.structure.cell;
  const auto& r = view.frame.structure.position;
  const Vec3 drift = store_.drift_of(*view.unwrapped);
  std::vector<float> row;
  row.reserve(3 * store_.atoms());
  for (const std::size_t i : store_.chosen()) {
    const Vec3 f = cell.to_fractional(r[i] - drift);
    for (int axis = 0; axis < 3; ++axis) row.push_back(static_cast<float>(f[axis]));
  }
  rows_.push_back(std::move(row));
  for (std::size_t k = 0; k < others_.size(); ++k) {
    const Vec3 d = cell.to_fractional(r[others_[k]] - drift) - other_start_[k];
    other_sum_[k] += d - d.array().round().matrix();
  }
  cell_sum_ += cell.vectors();
  times_ps_.push_back(view.time_ps);
}

void SitesAnalysis::merge(Analysis& other) {
  auto& later = static_cast<SitesAnalysis&>(other);
  std::move(later.rows_.begin(), later.rows_.end(), std::back_inserter(rows_));
  times_ps_.insert(times_ps_.end(), later.times_ps_.begin(), later.times_ps_.end());
  for (std::size_t k = 0; k < others_.size(); ++k) other_sum_[k] += later.other_sum_[k];
  cell_sum_ += later.cell_sum_;
}

// The reference's cell may be a part of the run's, repeated along its vectors.
SitesAnalysis::Sites SitesAnalysis::given(const Cell& cell) const {
  const Structure s = read_first_frame(reference_).structure;
  if (!s.cell.is_defined()) {
    throw InputError(fmt::format("sites: the reference {} has no cell", reference_));
  }
  Int3 times{};
  const Mat3 ratio = s.cell.inverse() * cell.vectors();
  bool fits = true;
  for (int a = 0; a < 3; ++a) {
    times[static_cast<std::size_t>(a)] = static_cast<int>(std::lround(ratio(a, a)));
    for (int b = 0; b < 3; ++b) {
      const double whole = a == b ? std::round(ratio(a, a)) : 0.0;
      fits = fits && std::abs(ratio(a, b) - whole) < 0.08 * std::max(1.0, whole);
    }
    fits = fits && times[static_cast<std::size_t>(a)] > 0;
  }
  if (!fits) {
    throw InputError(
        fmt::format("sites: the cell of the reference {} does not fill that of the run when "
                    "repeated along its vectors (within 8 %): give one that does",
                    reference_));
  }
  auto names = site_species_;
  if (names.empty()) names.push_back(ion_);
  Sites out;
  for (const auto& name : names) {
    const auto kind = s.find_species(name);
    if (!kind) {
      throw InputError(
          fmt::format("sites: the reference {} ({}) has no {}: name its sites with "
                      "--set sites.site_species=X",
                      reference_, s.formula(), name));
    }
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (s.kind[i] != *kind) continue;
      const Vec3 f = s.cell.to_fractional(s.position[i]);
      for (int a = 0; a < times[0]; ++a) {
        for (int b = 0; b < times[1]; ++b) {
          for (int c = 0; c < times[2]; ++c) {
            out.fractions.emplace_back((f.x() + a) / times[0], (f.y() + b) / times[1],
                                       (f.z() + c) / times[2]);
            out.names.push_back(name);
          }
        }
      }
    }
  }
  return out;
}

SitesAnalysis::Sites SitesAnalysis::found(const Cell& cell) const {
  Sites out{density_maxima(cell, rows_, smoothing_A_, separation_A_, least_density_), {}};
  // Once to the mean of the ions around.
  const SiteLattice lattice(cell, out.fractions, core_A_);
  std::vector<Vec3> sum(out.fractions.size(), Vec3::Zero());
  std::vector<double> count(out.fractions.size(), 0.0);
  const std::size_t every = std::max<std::size_t>(1, rows_.size() / 500);
  std::vector<std::uint32_t> near(store_.atoms(), 0);
  for (std::size_t t = 0; t < rows_.size(); t += every) {
    for (std::size_t i = 0; i < near.size(); ++i) {
      const Vec3 r = cell.to_cartesian({rows_[t][3 * i], rows_[t][3 * i + 1], rows_[t][3 * i + 2]});
      double distance = 0;
      near[i] = t == 0 ? lattice.nearest(r, distance) : lattice.nearest(r, near[i], distance);
      if (distance > refine_reach_A) continue;
      sum[near[i]] += cell.minimum_image(r - lattice.place(near[i]));
      count[near[i]] += 1;
    }
  }
  for (std::size_t k = 0; k < sum.size(); ++k) {
    if (count[k] > 0) out.fractions[k] += cell.inverse() * (sum[k] / count[k]);
  }
  return out;
}

SitesAnalysis::Classes SitesAnalysis::classes(const SiteLattice& lattice,
                                              const Sites& sites) const {
  std::vector<std::string> label(lattice.size(), "site");
  const Cell& cell = lattice.cell();
  if (std::set<std::string>(sites.names.begin(), sites.names.end()).size() > 1) {
    label = sites.names;
  } else if (!others_.empty()) {
    std::vector<std::vector<double>> distance(lattice.size());
    std::vector<double> least;
    for (std::size_t s = 0; s < lattice.size(); ++s) {
      for (std::size_t k = 0; k < others_.size(); ++k) {
        const Vec3 f = other_start_[k] + other_sum_[k] / static_cast<double>(rows_.size());
        distance[s].push_back(cell.minimum_image(cell.to_cartesian(f) - lattice.place(s)).norm());
      }
      least.push_back(*std::min_element(distance[s].begin(), distance[s].end()));
    }
    auto middle = least.begin() + static_cast<std::ptrdiff_t>(least.size() / 2);
    std::nth_element(least.begin(), middle, least.end());
    const double reach = anion_reach * *middle;
    for (std::size_t s = 0; s < lattice.size(); ++s) {
      std::map<std::string, int> count;
      for (std::size_t k = 0; k < others_.size(); ++k) {
        if (distance[s][k] < reach) ++count[other_names_[k]];
      }
      label[s].clear();
      for (const auto& [name, n] : count) label[s] += n > 1 ? fmt::format("{}{}", name, n) : name;
      if (label[s].empty()) label[s] = "none";
    }
  }
  std::map<std::string, std::size_t> count;
  for (const auto& x : label) ++count[x];
  std::map<std::string, std::size_t> place;
  Classes out;
  for (auto& x : label) {
    if (sites.names.empty() &&
        static_cast<double>(count[x]) < rare * static_cast<double>(lattice.size())) {
      x = "other";
    }
    place[x] = 0;
  }
  for (auto& [name, index] : place) {
    index = out.names.size();
    out.names.push_back(name);
  }
  for (const auto& x : label) out.of.push_back(place[x]);
  return out;
}

Estimate SitesAnalysis::attempts(const Cell& cell) const {
  if (attempt_THz_) return {*attempt_THz_, 0};
  const double dt = times_ps_[1] - times_ps_[0];
  const auto lag =
      static_cast<std::size_t>(std::lround(std::clamp(spectrum_time_ps / dt, 1.0, 1e7)));
  BlockCorrelator correlator({{0, 3 * store_.atoms()}}, lag);
  for (std::size_t t = 1; t < rows_.size(); ++t) {
    std::vector<float> velocity(rows_[t].size());
    for (std::size_t i = 0; i < velocity.size(); i += 3) {
      Vec3 f = Vec3::Zero();
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double d =
            static_cast<double>(rows_[t][i + axis]) - static_cast<double>(rows_[t - 1][i + axis]);
        f[static_cast<int>(axis)] = d - std::round(d);
      }
      const Vec3 v = cell.vectors() * f / dt;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        velocity[i + axis] = static_cast<float>(v[static_cast<int>(axis)]);
      }
    }
    correlator.append(std::move(velocity));
  }
  const std::size_t longest = std::min(correlator.max_lag(), correlator.rows() / 2);
  if (longest < 2) return {not_known, not_known};
  const auto nu = spectrum_frequencies(longest, dt);
  return correlator.sums().jackknife([&](std::span<const double> sums) {
    std::vector<double> c(longest + 1);
    for (std::size_t m = 0; m <= longest; ++m) c[m] = sums[m] / sums[correlator.max_lag() + 1 + m];
    auto g = power_spectrum(c, dt, LagWindow::hann);
    for (std::size_t k = 0; k < g.size(); ++k) g[k] /= difference_response(nu[k], dt);
    return band_centre(nu, g);
  });
}

}  // namespace vitrion
