#include "learn/linear_uncertainty.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "learn/active_set.hpp"

namespace vitrion {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<double> row_major(const Eigen::MatrixXd& m) {
  std::vector<double> out(static_cast<std::size_t>(m.size()));
  Eigen::Map<RowMajor>(out.data(), m.rows(), m.cols()) = m;
  return out;
}

// φ of the atoms of each element: [element][atom · invariants].
std::vector<std::vector<float>> collect_features(const mlp::Model& model,
                                                 const LinearDesign& design, const Dataset& data,
                                                 const std::vector<std::size_t>& frames,
                                                 std::size_t most_atoms) {
  const std::size_t count = design.invariants();
  const std::size_t elements = model.elements.size();
  std::vector<double> atoms(elements, 0);
  for (const std::size_t i : frames) {
    const auto& s = data.samples[i].frame.structure;
    const auto index = element_indices(s, model);
    for (const auto kind : s.kind) ++atoms[static_cast<std::size_t>(index[kind])];
  }
  std::vector<DesignRows> rows(frames.size());
  parallel_for(frames.size(), [&](std::size_t i) {
    if (interrupt_requested()) return;
    LinearDesign::Scratch scratch;
    design.features(data.samples[frames[i]].frame.structure, scratch, rows[i]);
  });
  if (interrupt_requested()) throw Interrupted();
  std::vector<std::vector<float>> out(elements);
  std::vector<double> turn(elements, 0);
  for (const auto& r : rows) {
    for (std::size_t i = 0; i < r.atoms; ++i) {
      const auto z = static_cast<std::size_t>(r.element[i]);
      // Evenly every few atoms, so that no more than `most_atoms` are taken.
      turn[z] += std::min(1.0, static_cast<double>(most_atoms) / atoms[z]);
      if (turn[z] < 1) continue;
      turn[z] -= 1;
      const auto& readout = model.readout[z];
      for (std::size_t f = 0; f < count; ++f) {
        const auto b = static_cast<double>(r.features[i * count + f]);
        out[z].push_back(static_cast<float>((b - readout.shift[f]) * readout.scale[f]));
      }
    }
  }
  return out;
}

// Rough exchanges first, for fewer updates in all. Grades of a block of atoms at once tell which
// are worth an offer.
ActiveSet span_of(const std::vector<float>& features, std::size_t count, int passes) {
  using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  constexpr std::size_t block = 256;
  ActiveSet set(count);
  const std::size_t atoms = features.size() / count;
  for (int pass = 0; pass < passes; ++pass) {
    bool changed = false;
    const double tolerance = pass == 0 ? 2.0 : pass == 1 ? 1.2 : 1.01;
    for (std::size_t begin = 0; begin < atoms; begin += block) {
      if (interrupt_requested()) throw Interrupted();
      const std::size_t rows = std::min(block, atoms - begin);
      const Eigen::Map<const Rows> x(features.data() + begin * count,
                                     static_cast<Eigen::Index>(rows),
                                     static_cast<Eigen::Index>(count));
      const Eigen::VectorXd grade =
          (x.cast<double>() * set.inverse()).cwiseAbs().rowwise().maxCoeff();
      for (std::size_t i = 0; i < rows; ++i) {
        if (grade[static_cast<Eigen::Index>(i)] <= tolerance) continue;
        changed = set.offer({features.data() + (begin + i) * count, count}, begin + i, tolerance) ||
                  changed;
      }
    }
    set.refresh();
    if (!changed && pass > 1) break;
  }
  return set;
}

}  // namespace

void write_posterior(mlp::Model& model, const LinearSolution& solution) {
  model.uncertainty.resize(model.elements.size());
  for (std::size_t z = 0; z < solution.element_factor.size(); ++z) {
    // φ = s (B − μ): coefficients of φ are those of B over s.
    Eigen::MatrixXd factor = solution.element_factor[z];
    for (Eigen::Index f = 0; f < factor.rows(); ++f) {
      factor.row(f) /= model.readout[z].scale[static_cast<std::size_t>(f)];
    }
    model.uncertainty[z].posterior_factor = row_major(factor);
  }
}

void write_uncertainty(mlp::Model& model, const LinearDesign& design, const Dataset& data,
                       const std::vector<std::size_t>& train, const LinearSolution& solution,
                       const LinearFitOptions& options, const FitProgress& progress) {
  const std::size_t count = design.invariants();
  const std::size_t elements = model.elements.size();
  // Frames enough for the atoms wanted, evenly over the data.
  double atoms = 0;
  for (const std::size_t i : train) atoms += static_cast<double>(data.samples[i].frame.size());
  const auto wanted = static_cast<double>(options.active_atoms * elements * 2);
  const auto step = static_cast<std::size_t>(std::max(1.0, std::floor(atoms / wanted)));
  std::vector<std::size_t> frames;
  for (std::size_t i = 0; i < train.size(); i += step) frames.push_back(train[i]);
  if (progress) progress("active set", 0, elements);
  const auto features = collect_features(model, design, data, frames, options.active_atoms);
  model.features = "invariants";
  model.uncertainty.assign(elements, {});
  std::vector<ActiveSet> sets(elements);
  parallel_for(elements, [&](std::size_t z) {
    sets[z] = span_of(features[z], count, options.active_passes);
  });
  for (std::size_t z = 0; z < elements; ++z) {
    model.uncertainty[z].active_inverse = row_major(sets[z].inverse());
  }
  write_posterior(model, solution);
  if (progress) progress("active set", elements, elements);
}

namespace {

struct AtomUncertainty {
  std::size_t element = 0;
  double deviation = 0, grade = 0, force_error = 0;
};

Calibration::Element calibration_of(std::vector<AtomUncertainty> atoms, const std::string& name) {
  Calibration::Element out;
  out.name = name;
  std::sort(atoms.begin(), atoms.end(),
            [](const auto& a, const auto& b) { return a.deviation < b.deviation; });
  const std::size_t bins = std::min<std::size_t>(8, atoms.size());
  double error = 0, deviation = 0;
  for (std::size_t b = 0; b < bins; ++b) {
    Calibration::Bin bin;
    for (std::size_t i = b * atoms.size() / bins; i < (b + 1) * atoms.size() / bins; ++i) {
      const auto& a = atoms[i];
      bin.deviation_eV += a.deviation;
      bin.grade += a.grade;
      bin.force_error_eV_A += a.force_error * a.force_error;
      bin.atoms += 1;
      error += a.force_error * a.force_error;
      deviation += a.deviation * a.deviation;
      out.largest_grade = std::max(out.largest_grade, a.grade);
    }
    bin.deviation_eV /= bin.atoms;
    bin.grade /= bin.atoms;
    bin.force_error_eV_A = std::sqrt(bin.force_error_eV_A / bin.atoms);
    out.bins.push_back(bin);
  }
  out.force_per_deviation_A = deviation > 0 ? std::sqrt(error / deviation) : 0;
  return out;
}

}  // namespace

Calibration calibrate(const mlp::Model& model, const LinearDesign& design, const Dataset& data,
                      const std::vector<std::size_t>& held_out, const LinearSolution& solution,
                      double noise_eV_atom) {
  // A hundred frames tell enough.
  const std::size_t step = std::max<std::size_t>(1, held_out.size() / 100);
  std::vector<std::size_t> frames;
  for (std::size_t i = 0; i < held_out.size(); i += step) frames.push_back(held_out[i]);
  const std::size_t count = design.invariants();
  const auto m = static_cast<Eigen::Index>(count);
  const std::size_t elements = model.elements.size();
  std::vector<Eigen::MatrixXf> inverse, factor;
  for (const auto& u : model.uncertainty) {
    inverse.push_back(Eigen::Map<const RowMajor>(u.active_inverse.data(), m, m).cast<float>());
    const auto rank = static_cast<Eigen::Index>(u.posterior_factor.size()) / m;
    factor.push_back(Eigen::Map<const RowMajor>(u.posterior_factor.data(), m, rank).cast<float>());
  }
  std::vector<std::vector<AtomUncertainty>> per_frame(frames.size());
  std::vector<double> ratio(frames.size(), 0);
  parallel_for(frames.size(), [&](std::size_t at) {
    if (interrupt_requested()) return;
    const Frame& frame = data.samples[frames[at]].frame;
    LinearDesign::Scratch scratch;
    DesignRows rows;
    design.rows(frame.structure, scratch, rows, true);
    const auto predicted =
        predict(rows, {solution.coefficients.data(), static_cast<std::size_t>(m) * elements});
    for (std::size_t i = 0; i < rows.atoms; ++i) {
      const auto z = static_cast<std::size_t>(rows.element[i]);
      const auto& readout = model.readout[z];
      Eigen::VectorXf phi(m);
      for (std::size_t f = 0; f < count; ++f) {
        phi[static_cast<Eigen::Index>(f)] = static_cast<float>(
            (static_cast<double>(rows.features[i * count + f]) - readout.shift[f]) *
            readout.scale[f]);
      }
      AtomUncertainty a;
      a.element = z;
      a.grade = static_cast<double>((inverse[z].transpose() * phi).cwiseAbs().maxCoeff());
      a.deviation = static_cast<double>((factor[z].transpose() * phi).norm());
      if (frame.forces.size() == rows.atoms) {
        a.force_error = (predicted.forces[i] - frame.forces[i]).norm();
        per_frame[at].push_back(a);
      }
    }
    if (!frame.energy_eV || !solution.posterior) return;
    // The energy moves with the coefficients directly and through the reference energies.
    Eigen::VectorXd row = Eigen::Map<const Eigen::VectorXd>(
        rows.energy.data(), static_cast<Eigen::Index>(rows.energy.size()));
    double reference = 0;
    for (std::size_t z = 0; z < elements; ++z) {
      const auto n = static_cast<double>(rows.element_atoms[z]);
      row -= n * solution.reference_slope.row(static_cast<Eigen::Index>(z)).transpose();
      reference += n * solution.reference[static_cast<Eigen::Index>(z)];
    }
    const double noise = noise_eV_atom * static_cast<double>(rows.atoms);
    const double deviation = std::hypot(
        noise, solution.posterior->deviation(solution.prior_deviation.asDiagonal() * row));
    ratio[at] = std::pow((predicted.energy_eV + reference - *frame.energy_eV) / deviation, 2);
  });
  if (interrupt_requested()) throw Interrupted();
  Calibration out;
  std::vector<std::vector<AtomUncertainty>> atoms(elements);
  double sum = 0, energies = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    for (const auto& a : per_frame[i]) atoms[a.element].push_back(a);
    sum += ratio[i];
    energies += ratio[i] > 0 ? 1 : 0;
  }
  for (std::size_t z = 0; z < elements; ++z) {
    out.elements.push_back(calibration_of(std::move(atoms[z]), model.elements[z]));
  }
  out.energy_ratio = energies > 0 ? std::sqrt(sum / energies) : 0;
  return out;
}

}  // namespace vitrion
