#include "learn/normal_equations.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"

namespace vitrion {
namespace {

// What a frame gives to the three systems; unused rows are not there.
struct FrameBlocks {
  linear::RowBlock force;
  std::vector<double> energy;                 // one row, or none
  std::array<std::vector<double>, 6> stress;  // six rows, or none
  std::vector<double> sum, squares;
  std::vector<std::size_t> element_atoms;
};

void pack_forces(const DesignRows& rows, const Frame& frame, std::size_t width,
                 linear::RowBlock& out) {
  const std::size_t n = rows.atoms;
  out.resize(3 * n, width);
  for (std::size_t k = 0; k < rows.columns; ++k) {
    const float* column = rows.force.data() + k * rows.stride;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t d = 0; d < 3; ++d) {
        out(3 * i + d, k) = static_cast<double>(column[rows.row[i] + d * linear::lanes]);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t d = 0; d < 3; ++d) {
      const auto e = static_cast<Eigen::Index>(d);
      out(3 * i + d, width - 1) = frame.forces[i][e] - rows.base_force[i][e];
    }
  }
}

FrameBlocks blocks_of(const DesignRows& rows, const Frame& frame, std::size_t invariants,
                      std::size_t width) {
  FrameBlocks out;
  out.element_atoms = rows.element_atoms;
  const auto n = static_cast<double>(rows.atoms);
  if (frame.forces.size() == rows.atoms) pack_forces(rows, frame, width, out.force);
  if (frame.energy_eV && std::isfinite(*frame.energy_eV)) {
    out.energy.assign(width, 0);
    for (std::size_t k = 0; k < rows.columns; ++k) out.energy[k] = rows.energy[k] / n;
    for (std::size_t z = 0; z < rows.element_atoms.size(); ++z) {
      out.energy[rows.columns + z] = static_cast<double>(rows.element_atoms[z]) / n;
    }
    out.energy[width - 1] = (*frame.energy_eV - rows.base_energy_eV) / n;
  }
  if (frame.stress_eV_A3 && frame.structure.cell.fully_periodic()) {
    static constexpr int first[]{0, 1, 2, 1, 0, 0}, second[]{0, 1, 2, 2, 2, 1};
    const double volume = frame.structure.cell.volume();
    const Mat3& s = *frame.stress_eV_A3;
    for (std::size_t q = 0; q < 6; ++q) {
      auto& row = out.stress[q];
      row.assign(width, 0);
      for (std::size_t k = 0; k < rows.columns; ++k) row[k] = rows.strain[q][k] / volume;
      row[width - 1] =
          0.5 * (s(first[q], second[q]) + s(second[q], first[q])) - rows.base_strain[q] / volume;
    }
  }
  out.sum.assign(rows.columns, 0);
  out.squares.assign(rows.columns, 0);
  for (std::size_t i = 0; i < rows.atoms; ++i) {
    const std::size_t at = static_cast<std::size_t>(rows.element[i]) * invariants;
    for (std::size_t f = 0; f < invariants; ++f) {
      const auto v = static_cast<double>(rows.features[i * invariants + f]);
      out.sum[at + f] += v;
      out.squares[at + f] += v * v;
    }
  }
  return out;
}

void put_row(linear::RowBlock& block, std::size_t row, const std::vector<double>& values) {
  for (std::size_t k = 0; k < values.size(); ++k) block(row, k) = values[k];
}

}  // namespace

NormalEquations::NormalEquations(std::size_t invariants, std::size_t elements)
    : invariants_(invariants), elements_(elements) {
  for (auto& g : gram_) g = linear::Gram(width());
  sum_.assign(columns(), 0);
  squares_.assign(columns(), 0);
  atoms_.assign(elements_, 0);
}

void NormalEquations::add(const LinearDesign& design, std::span<const Sample> samples,
                          std::span<const std::size_t> indices,
                          const std::function<void(std::size_t)>& tick) {
  if (design.columns() != columns()) {
    throw std::invalid_argument("NormalEquations::add: another basis");
  }
  // About 256 MiB of rows at a time.
  constexpr std::size_t budget = std::size_t{256} << 20U;
  std::vector<std::unique_ptr<LinearDesign::Scratch>> idle;
  std::mutex guard;
  std::size_t begin = 0;
  while (begin < indices.size()) {
    std::size_t end = begin, bytes = 0;
    while (end < indices.size() && end - begin < 64 && (end == begin || bytes < budget)) {
      bytes += samples[indices[end++]].frame.size() * 3 * (width() + 24) * sizeof(double);
    }
    std::vector<FrameBlocks> blocks(end - begin);
    parallel_for(blocks.size(), [&](std::size_t i) {
      if (interrupt_requested()) return;
      std::unique_ptr<LinearDesign::Scratch> scratch;
      {
        const std::lock_guard lock(guard);
        if (!idle.empty()) {
          scratch = std::move(idle.back());
          idle.pop_back();
        }
      }
      if (!scratch) scratch = std::make_unique<LinearDesign::Scratch>();
      const Frame& frame = samples[indices[begin + i]].frame;
      DesignRows rows;
      design.rows(frame.structure, *scratch, rows, true);
      blocks[i] = blocks_of(rows, frame, invariants_, width());
      const std::lock_guard lock(guard);
      idle.push_back(std::move(scratch));
    });
    if (interrupt_requested()) throw Interrupted();
    linear::RowBlock energy, stress;
    std::vector<const linear::RowBlock*> force;
    std::size_t energies = 0, stresses = 0;
    for (const auto& b : blocks) {
      energies += b.energy.empty() ? 0 : 1;
      stresses += b.stress[0].empty() ? 0 : 6;
      if (b.force.rows > 0) force.push_back(&b.force);
      rows_[1] += static_cast<double>(b.force.rows);
      for (std::size_t k = 0; k < sum_.size(); ++k) {
        sum_[k] += b.sum[k];
        squares_[k] += b.squares[k];
      }
      for (std::size_t z = 0; z < elements_; ++z) {
        atoms_[z] += static_cast<double>(b.element_atoms[z]);
      }
    }
    energy.resize(energies, width());
    stress.resize(stresses, width());
    rows_[0] += static_cast<double>(energies);
    rows_[2] += static_cast<double>(stresses);
    energies = stresses = 0;
    for (const auto& b : blocks) {
      if (!b.energy.empty()) put_row(energy, energies++, b.energy);
      for (const auto& row : b.stress) {
        if (!row.empty()) put_row(stress, stresses++, row);
      }
    }
    const linear::RowBlock* const e = &energy;
    const linear::RowBlock* const s = &stress;
    if (energies > 0) gram_[0].add({&e, 1});
    gram_[1].add(force);
    if (stresses > 0) gram_[2].add({&s, 1});
    begin = end;
    if (tick) tick(end);
  }
}

void NormalEquations::merge(const NormalEquations& later) {
  if (later.invariants_ != invariants_ || later.elements_ != elements_) {
    throw std::invalid_argument("NormalEquations::merge: another basis");
  }
  for (std::size_t p = 0; p < 3; ++p) {
    gram_[p].merge(later.gram_[p]);
    rows_[p] += later.rows_[p];
  }
  for (std::size_t k = 0; k < sum_.size(); ++k) {
    sum_[k] += later.sum_[k];
    squares_[k] += later.squares_[k];
  }
  for (std::size_t z = 0; z < elements_; ++z) atoms_[z] += later.atoms_[z];
}

NormalSystem NormalEquations::system(const RowWeights& weights) const {
  const std::array<double, 3> sigma{weights.energy_eV_atom, weights.force_eV_A,
                                    weights.stress_eV_A3};
  const auto n = static_cast<Eigen::Index>(columns() + elements_);
  NormalSystem out;
  out.gram = Eigen::MatrixXd::Zero(n, n);
  out.rhs = Eigen::VectorXd::Zero(n);
  for (std::size_t p = 0; p < 3; ++p) {
    if (rows_[p] == 0 || !(sigma[p] > 0) || !std::isfinite(sigma[p])) continue;
    const double w = 1 / (sigma[p] * sigma[p]);
    out.gram += w * gram_[p].matrix(columns() + elements_);
    for (Eigen::Index k = 0; k < n; ++k) {
      out.rhs[k] += w * gram_[p](width() - 1, static_cast<std::size_t>(k));
    }
    out.yy += w * gram_[p](width() - 1, width() - 1);
    out.rows += rows_[p];
  }
  return out;
}

NormalEquations::Errors NormalEquations::errors(const Eigen::VectorXd& c) const {
  std::array<double, 3> rms{};
  for (std::size_t p = 0; p < 3; ++p) {
    if (rows_[p] == 0) continue;
    std::vector<double> v(c.data(), c.data() + c.size());
    v.push_back(-1);
    rms[p] = std::sqrt(std::max(0.0, gram_[p].quadratic(v)) / rows_[p]);
  }
  return {rms[0], rms[1], rms[2]};
}

}  // namespace vitrion
