#include "learn/data_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "core/element.hpp"
#include "learn/data_findings.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace checking {

void Findings::add(Severity severity, const std::string& kind, std::size_t sample, double badness,
                   std::string message) {
  const Sample& s = data_.samples[sample];
  Entry& entry = entries_[{s.file, kind}];
  Finding& f = entry.finding;
  const bool first = f.samples.empty();
  f.samples.push_back(sample);
  f.frames = f.samples.size();
  if (first || severity == Severity::error) f.severity = severity;
  if (!first && !(badness > entry.badness)) return;
  entry.badness = badness;
  f.kind = kind;
  f.file = s.file < data_.files.size() ? data_.files[s.file] : "data";
  f.frame = s.index;
  f.message = std::move(message);
}

std::vector<Finding> Findings::take() {
  std::vector<Finding> out;
  for (auto& [key, entry] : entries_) out.push_back(std::move(entry.finding));
  std::stable_sort(out.begin(), out.end(), [](const Finding& a, const Finding& b) {
    return a.severity == Severity::error && b.severity != Severity::error;
  });
  entries_.clear();
  return out;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

namespace {

bool all_finite(const std::vector<Vec3>& values) {
  return std::all_of(values.begin(), values.end(), [](const Vec3& v) { return v.allFinite(); });
}

// What makes a frame useless, in words; "" for a sound one.
std::string broken(const Frame& frame) {
  const std::size_t atoms = frame.size();
  const Structure& s = frame.structure;
  if (atoms == 0) return "there are no atoms: leave the frame out";
  if (s.kind.size() != atoms ||
      std::any_of(s.kind.begin(), s.kind.end(),
                  [&](std::uint16_t k) { return k >= s.species.size(); }))
    return fmt::format("there are {} kinds for {} atoms: write the file anew", s.kind.size(),
                       atoms);
  if (!frame.forces.empty() && frame.forces.size() != atoms)
    return fmt::format("there are {} forces for {} atoms: write the file anew",
                       frame.forces.size(), atoms);
  return "";
}

std::string not_finite(const Frame& frame) {
  if (!all_finite(frame.structure.position)) return "a position";
  if (!all_finite(frame.forces)) return "a force";
  if (frame.energy_eV && !std::isfinite(*frame.energy_eV)) return "the energy";
  if (frame.stress_eV_A3 && !frame.stress_eV_A3->allFinite()) return "the stress";
  return "";
}

void check_forces(const Frame& frame, std::size_t sample, const DataCheckOptions& options,
                  Findings& out) {
  if (frame.forces.empty()) return;
  const auto atoms = static_cast<double>(frame.size());
  Vec3 sum = Vec3::Zero();
  double square = 0;
  double largest = 0;
  std::size_t which = 0;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    sum += frame.forces[i];
    square += frame.forces[i].squaredNorm();
    if (frame.forces[i].norm() > largest) {
      largest = frame.forces[i].norm();
      which = i;
    }
  }
  if (largest > options.huge_force_eV_A)
    out.add(Severity::warning, "huge-force", sample, largest,
            fmt::format("the force on atom {} ({}) is {:.4g} eV/A: leave such frames out, or check "
                        "that the calculation converged",
                        which + 1, frame.structure.species_of(which).name, largest));
  // Forces with noise sum to a part of √N times one force; those of a whole system to nothing.
  if (sum.norm() / atoms > options.net_force_eV_A && sum.norm() > 0.1 * std::sqrt(square))
    out.add(Severity::warning, "net-force", sample, sum.norm() / atoms,
            fmt::format("the forces sum to {:.3g} eV/A, not to zero: are atoms missing, frozen or "
                        "in another order than their forces?",
                        sum.norm()));
}

void check_stress_shape(const Frame& frame, std::size_t sample, Findings& out) {
  if (!frame.stress_eV_A3) return;
  const Mat3& s = *frame.stress_eV_A3;
  const double skew = (s - s.transpose()).cwiseAbs().maxCoeff();
  if (skew > 1e-3 && skew > 0.02 * s.cwiseAbs().maxCoeff())
    out.add(Severity::warning, "stress-not-symmetric", sample, skew,
            "the stress is not symmetric: are its nine numbers in the order xx xy xz yx yy yz zx "
            "zy zz?");
  if (!frame.structure.cell.is_defined())
    out.add(Severity::warning, "stress-without-cell", sample, 1,
            "there is a stress and no cell: give the cell (Lattice), or leave the stress out");
}

}  // namespace

bool check_alone(const Dataset& data, std::size_t sample, const DataCheckOptions& options,
                 Findings& out) {
  const Frame& frame = data.samples[sample].frame;
  if (const std::string what = broken(frame); !what.empty()) {
    out.add(Severity::error, "wrong-length", sample, 1, what);
    return false;
  }
  if (const std::string what = not_finite(frame); !what.empty()) {
    out.add(Severity::error, "not-finite", sample, 1,
            what + " is not a finite number: leave the frame out or compute it anew");
    return false;
  }
  check_forces(frame, sample, options, out);
  check_stress_shape(frame, sample, out);
  return true;
}

ClosePair closest_pair(const Structure& structure, double ratio) {
  std::vector<double> radius;
  double largest = 0;
  for (const auto& species : structure.species) {
    radius.push_back(element::covalent_radius_A(species.atomic_number));
    largest = std::max(largest, radius.back());
  }
  ClosePair out;
  const NeighborList list = build_neighbor_list(structure, std::max(0.1, 2 * ratio * largest));
  for (std::size_t i = 0; i < structure.size(); ++i) {
    for (const auto& n : list.of(i)) {
      const double sum = radius[structure.kind[i]] + radius[structure.kind[n.atom]];
      if (n.distance >= out.ratio * sum) continue;
      out = {n.distance / sum, n.distance, i, n.atom};
    }
  }
  return out;
}

void check_missing(const Dataset& data, const std::vector<std::size_t>& good, Findings& out) {
  std::size_t energies = 0;
  std::size_t forces = 0;
  for (const auto i : good) {
    energies += data.samples[i].frame.energy_eV ? 1U : 0U;
    forces += data.samples[i].frame.forces.empty() ? 0U : 1U;
  }
  for (const auto i : good) {
    const Frame& frame = data.samples[i].frame;
    const bool energy = frame.energy_eV.has_value();
    const bool force = !frame.forces.empty();
    if (!energy && !force) {
      out.add(Severity::error, "no-labels", i, 1,
              "there is neither an energy nor a force: give energy= and forces (or REF_energy, "
              "REF_forces), or leave the frame out");
    } else if (!energy && energies > 0) {
      out.add(Severity::warning, "no-energy", i, 1,
              "the energy is missing, which other frames have: only the forces are learned from");
    } else if (!force && forces > 0) {
      out.add(Severity::warning, "no-forces", i, 1,
              "the forces are missing, which other frames have: only the energy is learned from");
    }
  }
}

}  // namespace checking

std::string Finding::text() const {
  const auto slash = file.find_last_of('/');
  return fmt::format("{}, frame {}{}: {}", slash == file.npos ? file : file.substr(slash + 1),
                     frame, frames > 1 ? fmt::format(" (and {} more)", frames - 1) : "", message);
}

std::size_t DataReport::errors() const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const Finding& f) { return f.severity == Severity::error; }));
}

Result DataReport::result() const {
  Result out;
  out.name = "data_check";
  out.summary = "What is wrong or odd in labelled frames, before anything is trained on them.";
  out.scalars.push_back({"frames", static_cast<double>(frames), 0, "", "counted"});
  out.scalars.push_back({"errors", static_cast<double>(errors()), 0, "", "counted"});
  out.scalars.push_back(
      {"warnings", static_cast<double>(findings.size() - errors()), 0, "", "counted"});
  Column severity{"severity", "", {}, {}}, kind{"kind", "", {}, {}}, file{"file", "", {}, {}},
      frame{"frame", "", {}, {}}, alike{"frames_alike", "", {}, {}}, message{"message", "", {}, {}};
  for (const auto& f : findings) {
    severity.text.emplace_back(f.severity == Severity::error ? "error" : "warning");
    kind.text.push_back(f.kind);
    file.text.push_back(f.file);
    frame.data.push_back(static_cast<double>(f.frame));
    alike.data.push_back(static_cast<double>(f.frames));
    message.text.push_back(f.message);
    if (f.severity == Severity::error) out.warnings.push_back(f.text());
  }
  out.tables.push_back({"findings", {severity, kind, file, frame, alike, message}});
  return out;
}

DataReport check_data(const Dataset& data, const DataCheckOptions& options) {
  checking::Findings findings(data);
  std::vector<std::size_t> good;
  for (std::size_t i = 0; i < data.size(); ++i)
    if (checking::check_alone(data, i, options, findings)) good.push_back(i);
  std::vector<checking::ClosePair> pairs(good.size());
  parallel_for(good.size(), [&](std::size_t k) {
    pairs[k] =
        checking::closest_pair(data.samples[good[k]].frame.structure, options.close_pair);
  });
  for (std::size_t k = 0; k < good.size(); ++k) {
    const auto& p = pairs[k];
    if (p.ratio >= options.close_pair) continue;
    const Structure& s = data.samples[good[k]].frame.structure;
    findings.add(p.ratio < 0.5 * options.close_pair ? Severity::error : Severity::warning,
                 "close-pair", good[k], 1 - p.ratio,
                 fmt::format("atoms {} ({}) and {} ({}) are {:.3g} A apart: leave the frame out, "
                             "unless it is there to teach the repulsion",
                             p.first + 1, s.species_of(p.first).name, p.second + 1,
                             s.species_of(p.second).name, p.distance_A));
  }
  checking::check_missing(data, good, findings);
  checking::check_duplicates(data, good, findings);
  checking::check_energies(data, good, options, findings);
  checking::check_stress_size(data, good, options, findings);
  checking::check_work(data, good, findings);
  DataReport out;
  out.frames = data.size();
  out.findings = findings.take();
  return out;
}

}  // namespace vitrion
