#include "structure/scattering_functions.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"

namespace vitrion {

using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd faber_ziman_from_modes(const MatrixXd& modes, const VectorXd& c) {
  MatrixXd s = modes;
  s.diagonal() -= c;
  return (1 + s.array() / (c * c.transpose()).array()).matrix();
}

MatrixXd modes_from_faber_ziman(const MatrixXd& s_fz, const VectorXd& c) {
  MatrixXd modes = ((s_fz.array() - 1) * (c * c.transpose()).array()).matrix();
  modes.diagonal() += c;
  return modes;
}

MatrixXd ashcroft_langreth_from_faber_ziman(const MatrixXd& s_fz, const VectorXd& c) {
  const MatrixXd root = (c * c.transpose()).cwiseSqrt();
  MatrixXd s = ((s_fz.array() - 1) * root.array()).matrix();
  s.diagonal().array() += 1;
  return s;
}

MatrixXd faber_ziman_from_ashcroft_langreth(const MatrixXd& s_al, const VectorXd& c) {
  MatrixXd s = s_al;
  s.diagonal().array() -= 1;
  return (1 + s.array() / (c * c.transpose()).cwiseSqrt().array()).matrix();
}

BhatiaThornton bhatia_thornton_from_faber_ziman(const MatrixXd& s_fz, const VectorXd& c) {
  const MatrixXd modes = modes_from_faber_ziman(s_fz, c);
  const VectorXd with_all = modes.rowwise().sum();  // ⟨ρ_α ρ*⟩/N
  BhatiaThornton out;
  out.nn = with_all.sum();
  out.nc = with_all - c * out.nn;
  out.cc = modes - c * with_all.transpose() - with_all * c.transpose() + out.nn * c * c.transpose();
  return out;
}

MatrixXd faber_ziman_from_bhatia_thornton(const BhatiaThornton& s, const VectorXd& c) {
  const MatrixXd modes =
      s.cc + c * s.nc.transpose() + s.nc * c.transpose() + s.nn * c * c.transpose();
  return faber_ziman_from_modes(modes, c);
}

double distinct_scattering(const MatrixXd& s_fz, const VectorXd& c, const VectorXd& w) {
  const VectorXd cw = c.cwiseProduct(w);
  return cw.dot((s_fz.array() - 1).matrix() * cw);
}

double scattering_norm(const VectorXd& c, const VectorXd& w, ScatteringNorm norm) {
  if (norm == ScatteringNorm::squared_average) return c.dot(w.cwiseProduct(w));
  return std::pow(c.dot(w), 2);
}

Window window_from(const std::string& name) {
  if (name == "lorch") return Window::lorch;
  return name == "cosine" ? Window::cosine : Window::none;
}

double window_value(Window window, double r, double r_max) {
  const double x = constants::pi * r / r_max;
  if (window == Window::none || x == 0) return 1;
  if (r >= r_max) return 0;
  return window == Window::lorch ? std::sin(x) / x : 0.5 * (1 + std::cos(x));
}

SineTransform::SineTransform(std::size_t bins, double width, Window window,
                             std::span<const double> q)
    : kernel_(static_cast<Eigen::Index>(q.size()), static_cast<Eigen::Index>(bins)) {
  // ∫₀ʳ r² sin(qr)/(qr) dr; its series where the two terms would cancel.
  const auto primitive = [](double r, double at) {
    const double x = at * r;
    if (x < 1e-2) return r * r * r / 3 * (1 - x * x / 10 * (1 - x * x / 28));
    return (std::sin(x) - x * std::cos(x)) / (at * at * at);
  };
  const double r_max = width * static_cast<double>(bins);
  for (Eigen::Index row = 0; row < kernel_.rows(); ++row) {
    double low = 0;
    for (Eigen::Index k = 0; k < kernel_.cols(); ++k) {
      const double r = static_cast<double>(k) * width;
      const double high = primitive(r + width, q[static_cast<std::size_t>(row)]);
      kernel_(row, k) =
          4 * constants::pi * window_value(window, r + 0.5 * width, r_max) * (high - low);
      low = high;
    }
  }
}

std::vector<double> SineTransform::operator()(std::span<const double> g,
                                              double number_density) const {
  const Eigen::Map<const VectorXd> values(g.data(), static_cast<Eigen::Index>(g.size()));
  const VectorXd s = number_density * (kernel_ * (values.array() - 1).matrix());
  return {s.data(), s.data() + s.size()};
}

std::vector<double> broaden_weighted(std::span<const double> x, std::span<const double> value,
                                     std::span<const double> weight, double sigma) {
  std::vector<double> out(value.begin(), value.end());
  if (!(sigma > 0)) return out;
  std::size_t first = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    while (x[k] - x[first] > 5 * sigma) ++first;
    double sum = 0;
    double total = 0;
    for (std::size_t j = first; j < out.size() && x[j] - x[k] <= 5 * sigma; ++j) {
      const double d = (x[j] - x[k]) / sigma;
      const double w = weight[j] * std::exp(-0.5 * d * d);
      sum += w * value[j];
      total += w;
    }
    if (total > 0) out[k] = sum / total;
  }
  return out;
}

}  // namespace vitrion
