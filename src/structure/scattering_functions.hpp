// The conventions of S(q), as pure functions: partials, exact conversions between them, totals, and
// the transform of g(r).
//
// With the number densities' modes ρ_α(q), A_αβ = ⟨ρ_α ρ_β*⟩/N, and c_α = N_α/N:
//   Faber–Ziman (1965)       S_αβ = 1 + (A_αβ − c_α δ_αβ) / (c_α c_β)
//   Ashcroft–Langreth (1967) S_αβ = A_αβ / √(c_α c_β) = δ_αβ + √(c_α c_β) (S_FZ − 1)
//   Bhatia–Thornton (1970)   modes of the number, Σ ρ_α, and of concentrations, ρ_α − c_α Σ ρ_β
// DOI 10.1080/14786436508211931, 10.1103/PhysRev.156.685, 10.1103/PhysRevB.2.3004; totals as in
// Keen, DOI 10.1107/S0021889800019993. O(species²).
#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

namespace vitrion {

/// From A_αβ (symmetric) to Faber–Ziman and back; `c` are the concentrations, Σ c = 1.
Eigen::MatrixXd faber_ziman_from_modes(const Eigen::MatrixXd& modes, const Eigen::VectorXd& c);
Eigen::MatrixXd modes_from_faber_ziman(const Eigen::MatrixXd& s_fz, const Eigen::VectorXd& c);

Eigen::MatrixXd ashcroft_langreth_from_faber_ziman(const Eigen::MatrixXd& s_fz,
                                                   const Eigen::VectorXd& c);
Eigen::MatrixXd faber_ziman_from_ashcroft_langreth(const Eigen::MatrixXd& s_al,
                                                   const Eigen::VectorXd& c);

/// For any number of species; with two, S_NC = nc[0] and S_CC = cc(0, 0) of Bhatia and Thornton.
struct BhatiaThornton {
  double nn = 1;
  Eigen::VectorXd nc;
  Eigen::MatrixXd cc;
};
BhatiaThornton bhatia_thornton_from_faber_ziman(const Eigen::MatrixXd& s_fz,
                                                const Eigen::VectorXd& c);
Eigen::MatrixXd faber_ziman_from_bhatia_thornton(const BhatiaThornton& s, const Eigen::VectorXd& c);

/// ⟨w⟩² = (Σ c w)² or ⟨w²⟩ = Σ c w²: by what the distinct scattering is divided.
enum class ScatteringNorm { average_squared, squared_average };

/// i(q) = Σ c_α c_β w_α w_β (S_αβ − 1): the distinct scattering of an atom, in units of w².
double distinct_scattering(const Eigen::MatrixXd& s_fz, const Eigen::VectorXd& c,
                           const Eigen::VectorXd& w);
double scattering_norm(const Eigen::VectorXd& c, const Eigen::VectorXd& w, ScatteringNorm norm);

/// Windows that let g − 1 end smoothly at r_max: none, Lorch's sin(πr/R)/(πr/R)
/// (DOI 10.1088/0022-3719/2/2/305), or the cosine cut (1 + cos(πr/R))/2.
enum class Window { none, lorch, cosine };
Window window_from(const std::string& name);
double window_value(Window window, double r_A, double r_max_A);

/// S(q) − 1 = 4πρ ∫ (g − 1) r² sin(qr)/(qr) W dr for each q; g is constant over each of its bins
/// from 0, the integral over a bin is exact, W is taken at its centre. Made once, applied often.
class SineTransform {
 public:
  SineTransform(std::size_t bins, double width_A, Window window, std::span<const double> q_A);
  [[nodiscard]] std::vector<double> operator()(std::span<const double> g,
                                               double number_density_A3) const;
  /// 4π W ∫ r² sin(qr)/(qr) dr over each bin, [q, bin].
  [[nodiscard]] const Eigen::MatrixXd& kernel() const { return kernel_; }

 private:
  Eigen::MatrixXd kernel_;
};

/// Gaussian of standard deviation sigma over points with weights (bins of unequal statistics).
std::vector<double> broaden_weighted(std::span<const double> x, std::span<const double> value,
                                     std::span<const double> weight, double sigma);

}  // namespace vitrion
