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
  /// Where the model has messages: the row of each neighbour in `message` [row][messages()].
  std::span<const std::uint32_t> neighbor = {};
  std::span<const double> message = {};
};

/// What comes back; spans may be empty where not wanted, except energy and gradient.
struct Response {
  std::span<double> energy;                 ///< eV of each centre, reference and ZBL included
  std::span<double> gx, gy, gz;             ///< dE_centre / d(neighbour position), eV/Å
  std::span<double> grade;                  ///< extrapolation grade of each centre
  std::span<double> deviation;              ///< posterior standard deviation of E, eV
  std::span<double> features;               ///< B [centre][features_B()], for training and tests
  std::span<double> message_gradient = {};  ///< dE_centre / d(message) [neighbour][messages()]
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

  /// May be called from many threads at once, as the others. Where the model has messages, forces
  /// want three passes: messages of all atoms; evaluate, with the sums of message_gradient over
  /// all who saw an atom; and pull_messages with these sums, whose gradients are added.
  void evaluate(const Centres& centres, const Response& response) const;
  /// How many numbers an atom tells its neighbours; 0: none, and evaluate() is all there is.
  [[nodiscard]] int messages() const;
  /// [centre][messages()]; neighbours' messages are not looked at.
  void send_messages(const Centres& centres, std::span<double> message) const;
  /// gx, gy, gz: d(Σ_h adjoint[centre][h] · message[centre][h]) / d(neighbour position).
  void pull_messages(const Centres& centres, std::span<const double> adjoint, std::span<double> gx,
                     std::span<double> gy, std::span<double> gz) const;
  [[nodiscard]] double cutoff_A() const;
  [[nodiscard]] std::string width_name() const;

  class Kernel;

 private:
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace vitrion::mlp
