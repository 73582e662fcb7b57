// The reciprocal part of Ewald's sum, kept up to date move by move:
//
//   E = (2π k_e/V) Σ_{G≠0} exp(−G²/4α²)/G² |S(G)|² − k_e α/√π Σ q² − k_e π Q²/(2α²V)
//
// with S(G) = Σ q exp(iG·r) and Q = Σ q (a uniform background makes up for it). The real part,
// q q erfc(αr)/r, is the caller's. One of each pair ±G is kept. O(wave vectors) a moved atom.
// P. P. Ewald, Ann. Phys. 369, 253 (1921), DOI 10.1002/andp.19213690304.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "rmc/sites.hpp"

namespace vitrion::rmc {

class EwaldWaves {
 public:
  EwaldWaves() = default;
  /// α and the real-space cut-off as `precision`/cutoff; waves up to 2α·precision.
  EwaldWaves(double alpha_A1, double precision) : alpha_(alpha_A1), precision_(precision) {}

  void reset(const Cell& cell, const std::vector<Site>& sites, const std::vector<double>& charge);
  /// Opens a proposal; add() each move of it; change() is what they do together, eV.
  void begin();
  void add(double charge, const Site& from, const Site& to);
  [[nodiscard]] double change() const;
  void accept();

  [[nodiscard]] double energy_eV() const { return energy_; }
  [[nodiscard]] std::size_t waves() const { return static_cast<std::size_t>(weight_.size()); }

 private:
  // cos and sin of 2πns for n = −most … most.
  struct Phases {
    std::vector<double> c, s;
    int most = 0;
    void set(std::int32_t at, int most_n);
    [[nodiscard]] std::size_t index(int n) const { return static_cast<std::size_t>(n + most); }
  };
  // Waves (a, b, first … first + count − 1).
  struct Row {
    int a, b, first, count;
    Eigen::Index start;
  };
  void make_waves(const Cell& cell);
  void accumulate(double factor, const Site& at, Eigen::ArrayXd& re, Eigen::ArrayXd& im);

  double alpha_ = 0;
  double precision_ = 0;
  Int3 most_{0, 0, 0};
  std::vector<Row> rows_;
  Eigen::ArrayXd weight_, re_, im_, change_re_, change_im_;
  double constant_ = 0;
  double energy_ = 0;
  Phases x_, y_, z_;
};

}  // namespace vitrion::rmc
