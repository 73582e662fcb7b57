// What frames show together: duplicates, energy references, stresses, and work against energy.

#include <fmt/format.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/constants.hpp"
#include "base/files.hpp"
#include "learn/data_findings.hpp"
#include "learn/reference_energies.hpp"

namespace vitrion::checking {
namespace {

// Cell, species and positions to 1e-4 Å, as bytes.
std::string rounded(const Structure& s) {
  std::string out;
  const auto add = [&](double x) {
    const auto n = static_cast<std::int64_t>(std::llround(std::clamp(x, -1e9, 1e9) * 1e4));
    out.append(reinterpret_cast<const char*>(&n), sizeof n);
  };
  for (Eigen::Index k = 0; k < 9; ++k) add(s.cell.vectors()(k));
  for (std::size_t i = 0; i < s.size(); ++i) {
    out += s.species_of(i).name + ' ';
    for (int k = 0; k < 3; ++k) add(s.position[i][k]);
  }
  return out;
}

double per_atom(const Frame& frame) {
  return *frame.energy_eV / static_cast<double>(frame.size());
}

// Atoms of each species over their greatest common divisor.
Composition reduced(Composition c) {
  std::size_t divisor = 0;
  for (const auto& [name, count] : c) divisor = std::gcd(divisor, count);
  for (auto& [name, count] : c) count /= std::max<std::size_t>(1, divisor);
  return c;
}

// 1.4826 × the median absolute deviation: the standard deviation of a normal distribution.
double spread(const std::vector<double>& values, double centre) {
  std::vector<double> apart;
  for (const double v : values) apart.push_back(std::abs(v - centre));
  return 1.4826 * median(apart);
}

// Energies per atom of one file and composition.
struct Group {
  std::size_t file = 0;
  Composition composition;
  double energy = 0;  // median, eV/atom
  std::vector<std::size_t> samples;
};

// Least absolute deviations by reweighted least squares; residuals in eV/atom.
std::vector<double> robust_residuals(const std::vector<Group>& groups) {
  std::map<std::string, Eigen::Index> column;
  for (const auto& g : groups)
    for (const auto& [name, count] : g.composition) column.try_emplace(name, 0);
  Eigen::Index next = 0;
  for (auto& [name, index] : column) index = next++;
  const auto rows = static_cast<Eigen::Index>(groups.size());
  Eigen::MatrixXd x = Eigen::MatrixXd::Zero(rows, next);
  Eigen::VectorXd y(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const auto& g = groups[static_cast<std::size_t>(i)];
    double atoms = 0;
    for (const auto& [name, count] : g.composition) atoms += static_cast<double>(count);
    for (const auto& [name, count] : g.composition)
      x(i, column.at(name)) = static_cast<double>(count) / atoms;
    y[i] = g.energy;
  }
  Eigen::VectorXd weight = Eigen::VectorXd::Ones(rows);
  Eigen::VectorXd residual = y;
  for (int round = 0; round < 100; ++round) {
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
    solver.setThreshold(1e-9);
    solver.compute(weight.asDiagonal() * x);
    residual = y - x * solver.solve(weight.asDiagonal() * y);
    // Square roots of 1/|r|; the floor keeps exact points from taking all the weight.
    weight = residual.cwiseAbs().cwiseMax(1e-3).cwiseInverse().cwiseSqrt();
  }
  return {residual.data(), residual.data() + rows};
}

std::vector<Group> groups_of(const Dataset& data, const std::vector<std::size_t>& good) {
  std::map<std::pair<std::size_t, Composition>, std::vector<std::size_t>> found;
  for (const auto i : good) {
    const auto& s = data.samples[i];
    if (s.frame.energy_eV)
      found[{s.file, reduced(composition_of(s.frame.structure))}].push_back(i);
  }
  std::vector<Group> out;
  for (auto& [key, samples] : found) {
    std::vector<double> energies;
    for (const auto i : samples) energies.push_back(per_atom(data.samples[i].frame));
    out.push_back({key.first, key.second, median(energies), std::move(samples)});
  }
  return out;
}

}  // namespace

void check_duplicates(const Dataset& data, const std::vector<std::size_t>& good, Findings& out) {
  std::map<std::string, std::size_t> seen;  // by fingerprint
  for (const auto i : good) {
    const std::string bytes = rounded(data.samples[i].frame.structure);
    const auto [at, added] = seen.try_emplace(fingerprint(bytes), i);
    if (added) continue;
    const Sample& first = data.samples[at->second];
    const Frame& frame = data.samples[i].frame;
    const bool both = frame.energy_eV && first.frame.energy_eV;
    const double apart = both ? std::abs(per_atom(frame) - per_atom(first.frame)) : 0;
    if (apart > 1e-3) {
      out.add(Severity::error, "same-atoms-other-energy", i, apart,
              fmt::format("the atoms are those of {}, and the energy is {:.3g} eV/atom away: the "
                          "two come from different settings, keep one",
                          data.where(first), apart));
    } else {
      out.add(Severity::warning, "duplicate", i, 1,
              fmt::format("the frame is the same as {}: keep one, or it counts twice and may be "
                          "trained and tested on",
                          data.where(first)));
    }
  }
}

void check_energies(const Dataset& data, const std::vector<std::size_t>& good,
                    const DataCheckOptions& options, Findings& out) {
  // Frames of one composition, in whatever files, belong together.
  std::map<Composition, std::vector<std::size_t>> same;
  for (const auto i : good) {
    const Frame& frame = data.samples[i].frame;
    if (frame.energy_eV) same[reduced(composition_of(frame.structure))].push_back(i);
  }
  for (const auto& [composition, list] : same) {
    if (list.size() < 4) continue;
    std::vector<double> energies;
    for (const auto i : list) energies.push_back(per_atom(data.samples[i].frame));
    const double centre = median(energies);
    const double allowed = std::max(options.energy_spread_eV_atom, 8 * spread(energies, centre));
    for (std::size_t k = 0; k < list.size(); ++k) {
      const double apart = energies[k] - centre;
      if (std::abs(apart) <= allowed) continue;
      out.add(Severity::error, "energy-outlier", list[k], std::abs(apart),
              fmt::format("the energy is {:+.4g} eV/atom away from the middle of this composition: "
                          "is it of another code or reference, or not converged?",
                          apart));
    }
  }
  const auto groups = groups_of(data, good);
  if (groups.size() < 3) return;
  const auto residuals = robust_residuals(groups);
  const double allowed =
      std::max(options.energy_residual_eV_atom, 8 * spread(residuals, median(residuals)));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (std::abs(residuals[g]) <= allowed) continue;
    for (const auto i : groups[g].samples)
      out.add(Severity::error, "energy-reference", i, std::abs(residuals[g]),
              fmt::format("energies are {:+.4g} eV/atom away from what the other files say for "
                          "these elements: they seem to have another reference; bring them to one, "
                          "or do not mix the files",
                          residuals[g]));
  }
}

void check_stress_size(const Dataset& data, const std::vector<std::size_t>& good,
                       const DataCheckOptions& options, Findings& out) {
  std::map<std::size_t, std::vector<std::pair<double, std::size_t>>> files;
  for (const auto i : good) {
    const auto& s = data.samples[i];
    if (s.frame.stress_eV_A3)
      files[s.file].emplace_back(
          constants::eV_A3_in_GPa * s.frame.stress_eV_A3->cwiseAbs().maxCoeff(), i);
  }
  for (const auto& [file, list] : files) {
    std::vector<double> sizes;
    for (const auto& [size, i] : list) sizes.push_back(size);
    const double middle = median(sizes);
    if (middle <= options.large_stress_GPa) continue;
    const double raw = middle / constants::eV_A3_in_GPa;
    const auto severity =
        middle > 3 * options.large_stress_GPa ? Severity::error : Severity::warning;
    for (const auto& [size, i] : list)
      out.add(severity, "stress-unit", i, size,
              fmt::format("stresses are around {:.3g} eV/A3, that is {:.4g} GPa: are they in GPa, "
                          "in kbar, or virials (eV)? they must be eV/A3 (1 GPa = 0.00624, 1 kbar = "
                          "0.000624), positive under tension",
                          raw, middle));
  }
}

namespace {

// One step between neighbouring frames: what energies say, and what forces and stresses say.
struct Step {
  std::size_t sample;
  double energy;
  double by_forces;
  double by_stress;
  bool has_forces;
  bool has_stress;  // and the cell changes
};

std::optional<Step> step_between(const Dataset& data, std::size_t a, std::size_t b) {
  const Sample& first = data.samples[a];
  const Sample& second = data.samples[b];
  const Frame& f = first.frame;
  const Frame& g = second.frame;
  if (first.file != second.file || first.phase != second.phase || f.size() != g.size() ||
      !f.energy_eV || !g.energy_eV)
    return std::nullopt;
  const Cell& c = f.structure.cell;
  const Cell& d = g.structure.cell;
  if (c.is_defined() != d.is_defined()) return std::nullopt;
  for (std::size_t i = 0; i < f.size(); ++i)
    if (f.structure.species_of(i).name != g.structure.species_of(i).name) return std::nullopt;
  Mat3 strain = Mat3::Zero();
  if (c.is_defined()) {
    const Mat3 gradient = d.vectors() * c.inverse() - Mat3::Identity();
    if (gradient.cwiseAbs().maxCoeff() > 0.05) return std::nullopt;
    strain = 0.5 * (gradient + gradient.transpose());
    // A turned cell is no strain, and its displacements are not small: leave such pairs.
    if ((gradient - strain).cwiseAbs().maxCoeff() > 1e-6) return std::nullopt;
  }
  Step out{b, *g.energy_eV - *f.energy_eV, 0, 0, !f.forces.empty() && !g.forces.empty(),
           f.stress_eV_A3 && g.stress_eV_A3 && strain.cwiseAbs().maxCoeff() > 1e-5};
  const bool moved_cell = strain.cwiseAbs().maxCoeff() > 1e-9;
  if (moved_cell && !out.has_stress) return std::nullopt;
  for (std::size_t i = 0; i < f.size(); ++i) {
    Vec3 u = g.structure.position[i] - f.structure.position[i];
    if (c.is_defined()) {
      const Vec3 s = d.to_fractional(g.structure.position[i]) -
                     c.to_fractional(f.structure.position[i]);
      u = c.minimum_image(c.vectors() * s);
    }
    if (u.norm() > 0.15) return std::nullopt;
    if (out.has_forces)
      out.by_forces -= 0.5 * (f.forces[i] + g.forces[i]).dot(u);
    else if (u.norm() > 1e-6)
      return std::nullopt;
  }
  if (out.has_stress)
    out.by_stress =
        0.5 * (c.volume() * *f.stress_eV_A3 + d.volume() * *g.stress_eV_A3).cwiseProduct(strain)
            .sum();
  return out;
}

struct Line {
  double slope = 0;
  double correlation = 0;
};

// y = slope·x, and how well that holds.
Line through_origin(const std::vector<double>& x, const std::vector<double>& y) {
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += x[i] * x[i];
    xy += x[i] * y[i];
    yy += y[i] * y[i];
  }
  if (!(xx > 0) || !(yy > 0)) return {};
  return {xy / xx, xy / std::sqrt(xx * yy)};
}

void judge(const std::vector<Step>& steps, bool stress, Findings& out) {
  std::vector<double> label;
  std::vector<double> energy;
  for (const auto& s : steps) {
    // The other label's share is taken as it is; steps that it rules tell nothing.
    const double own = stress ? s.by_stress : s.by_forces;
    const double other = stress ? s.by_forces : s.by_stress;
    if (stress ? !s.has_stress : !s.has_forces) continue;
    if (std::abs(other) > 0.3 * std::abs(own)) continue;
    label.push_back(own);
    energy.push_back(s.energy - other);
  }
  if (label.size() < 5) return;
  const Line line = through_origin(label, energy);
  if (std::abs(line.correlation) < 0.9) return;
  const std::string what = stress ? "stress" : "force";
  const std::size_t sample = steps.front().sample;
  if (line.slope < 0) {
    out.add(Severity::error, what + "-sign", sample, 1,
            stress ? "the stress has the wrong sign: between frames the energy falls where the "
                     "stress says that it rises; it must be positive under tension (VASP's kB is "
                     "the opposite)"
                   : "the forces have the wrong sign: between frames the energy rises along them; "
                     "give forces, not gradients");
  } else if (line.slope < 0.5 || line.slope > 2) {
    out.add(Severity::error, what + "-unit", sample, 1,
            fmt::format("between frames energies change {:.3g} times as much as the {} say: check "
                        "the unit of both ({})",
                        line.slope, stress ? "stresses" : "forces",
                        stress ? "eV and eV/A3" : "eV and eV/A"));
  }
}

}  // namespace

void check_work(const Dataset& data, const std::vector<std::size_t>& good, Findings& out) {
  std::map<std::size_t, std::vector<Step>> files;
  for (std::size_t k = 0; k + 1 < good.size(); ++k) {
    if (const auto step = step_between(data, good[k], good[k + 1]))
      files[data.samples[good[k]].file].push_back(*step);
  }
  for (const auto& [file, steps] : files) {
    judge(steps, true, out);
    judge(steps, false, out);
  }
}

}  // namespace vitrion::checking
