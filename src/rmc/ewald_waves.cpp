#include "rmc/ewald_waves.hpp"

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"

namespace vitrion::rmc {

void EwaldWaves::Phases::set(std::int32_t at, int most_n) {
  most = most_n;
  c.resize(2 * static_cast<std::size_t>(most) + 1);
  s.resize(c.size());
  const double angle = 2 * constants::pi * (static_cast<std::uint32_t>(at) / steps);
  const double c1 = std::cos(angle);
  const double s1 = std::sin(angle);
  c[index(0)] = 1;
  s[index(0)] = 0;
  for (int n = 1; n <= most; ++n) {
    const double cn = c[index(n - 1)] * c1 - s[index(n - 1)] * s1;
    const double sn = c[index(n - 1)] * s1 + s[index(n - 1)] * c1;
    c[index(n)] = c[index(-n)] = cn;
    s[index(n)] = sn;
    s[index(-n)] = -sn;
  }
}

void EwaldWaves::make_waves(const Cell& cell) {
  const Mat3 reciprocal = 2 * constants::pi * cell.inverse().transpose();
  const double longest = 2 * alpha_ * precision_;
  for (std::size_t k = 0; k < 3; ++k) {
    const double length = cell.lengths()[static_cast<Eigen::Index>(k)];
    most_[k] = static_cast<int>(std::ceil(longest * length / (2 * constants::pi)));
  }
  rows_.clear();
  std::vector<double> weight;
  for (int a = 0; a <= most_[0]; ++a) {
    for (int b = a == 0 ? 0 : -most_[1]; b <= most_[1]; ++b) {
      Row row{a, b, 0, 0, static_cast<Eigen::Index>(weight.size())};
      for (int c = a == 0 && b == 0 ? 1 : -most_[2]; c <= most_[2]; ++c) {
        const double g2 = (reciprocal * Vec3(a, b, c)).squaredNorm();
        if (g2 > longest * longest) continue;  // those within are neighbours: a ball is convex
        if (row.count == 0) row.first = c;
        ++row.count;
        weight.push_back(4 * constants::pi * constants::coulomb_eV_A / cell.volume() *
                         std::exp(-g2 / (4 * alpha_ * alpha_)) / g2);
      }
      if (row.count > 0) rows_.push_back(row);
    }
  }
  weight_ = Eigen::Map<Eigen::ArrayXd>(weight.data(), static_cast<Eigen::Index>(weight.size()));
}

void EwaldWaves::accumulate(double factor, const Site& at, Eigen::ArrayXd& re, Eigen::ArrayXd& im) {
  x_.set(at.x, most_[0]);
  y_.set(at.y, most_[1]);
  z_.set(at.z, most_[2]);
  for (const Row& row : rows_) {
    const std::size_t i = x_.index(row.a);
    const std::size_t j = y_.index(row.b);
    const double c = factor * (x_.c[i] * y_.c[j] - x_.s[i] * y_.s[j]);
    const double s = factor * (x_.c[i] * y_.s[j] + x_.s[i] * y_.c[j]);
    const double* zc = z_.c.data() + z_.index(row.first);
    const double* zs = z_.s.data() + z_.index(row.first);
    double* __restrict r = re.data() + row.start;
    double* __restrict m = im.data() + row.start;
    for (int k = 0; k < row.count; ++k) {
      r[k] += c * zc[k] - s * zs[k];
      m[k] += c * zs[k] + s * zc[k];
    }
  }
}

void EwaldWaves::reset(const Cell& cell, const std::vector<Site>& sites,
                       const std::vector<double>& charge) {
  make_waves(cell);
  re_.setZero(weight_.size());
  im_.setZero(weight_.size());
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    sum += charge[i];
    squares += charge[i] * charge[i];
    if (charge[i] != 0) accumulate(charge[i], sites[i], re_, im_);
  }
  constant_ = -constants::coulomb_eV_A *
              (alpha_ / std::sqrt(constants::pi) * squares +
               constants::pi * sum * sum / (2 * alpha_ * alpha_ * cell.volume()));
  energy_ = constant_ + (weight_ * (re_.square() + im_.square())).sum();
}

void EwaldWaves::begin() {
  change_re_.setZero(weight_.size());
  change_im_.setZero(weight_.size());
}

void EwaldWaves::add(double charge, const Site& from, const Site& to) {
  accumulate(-charge, from, change_re_, change_im_);
  accumulate(charge, to, change_re_, change_im_);
}

double EwaldWaves::change() const {
  return (weight_ * (change_re_ * (2 * re_ + change_re_) + change_im_ * (2 * im_ + change_im_)))
      .sum();
}

void EwaldWaves::accept() {
  energy_ += change();
  re_ += change_re_;
  im_ += change_im_;
}

}  // namespace vitrion::rmc
