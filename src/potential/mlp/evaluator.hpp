// One function from (centre, neighbours) to energy and forces, for every caller: the LAMMPS pair
// style, the force provider, the trainer's checks.
//
// The vector width is chosen at run time (AVX-512, AVX2, portable). Single precision inside with
// double sums, or double throughout. O(neighbours · N (L+1)²) + O(products) a centre.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "potential/mlp/model.hpp"

namespace vitrion::mlp {

/// Centres with their neighbours, in flat arrays. Neighbours beyond their pair's cut-off may be
/// present: they count for nothing, their gradient is zero.
struct Centres {
  std::span<const int> element;          ///< of each centre: index into Model::elements
  std::span<const std::uint32_t> first;  ///< centre c has neighbours [first[c], first[c+1])
  std::span<const int> neighbor_element;
  std::span<const double> dx, dy, dz;  ///< neighbour − centre, Å
};

/// What comes back; spans may be empty where not wanted, except energy and gradient.
struct Response {
  std::span<double> energy;      ///< eV of each centre, reference and ZBL included
  std::span<double> gx, gy, gz;  ///< dE_centre / d(neighbour position), eV/Å
  std::span<double> grade;       ///< extrapolation grade of each centre
  std::span<double> deviation;   ///< posterior standard deviation of E, eV
  std::span<double> features;    ///< B [centre][features_B()], for training and tests
};

enum class Precision { single, double_ };
enum class Width { automatic, portable, avx2, avx512 };

class Evaluator {
 public:
  /// InputError where the model is not sound, or the machine lacks the width asked for.
  explicit Evaluator(const Model& model, Precision precision = Precision::single,
                     Width width = Width::automatic);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;
  Evaluator& operator=(Evaluator&&) noexcept;

  /// May be called from many threads at once.
  void evaluate(const Centres& centres, const Response& response) const;
  [[nodiscard]] double cutoff_A() const;
  [[nodiscard]] std::string width_name() const;

  class Kernel;

 private:
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace vitrion::mlp
