// Invariants of a neighbourhood as polynomials of its projections A_klm, and the products that
// compute them.
//
// B_f = Σ_t c_ft Π A over monomials of order 1…4 that Clebsch–Gordan coupling makes invariant
// under rotation and inversion (Drautz, Phys. Rev. B 99, 014104 (2019),
// DOI 10.1103/PhysRevB.99.014104; real harmonics). Products are shared: a monomial of order 3 or 4
// is one product of two lower ones.
#pragma once

#include <string>
#include <vector>

namespace vitrion::mlp {

/// One factor A_k,l· of an invariant: a channel and an angular momentum.
struct Factor {
  int channel = 0;
  int l = 0;
  auto operator<=>(const Factor&) const = default;
};

/// Factors in order, coupled left to right; order 4 as (1 2)→L and (3 4)→L, contracted.
struct Invariant {
  std::vector<Factor> factors;  ///< 1 to 4
  int coupled_l = 0;            ///< L, for order 4; otherwise 0
  bool operator==(const Invariant&) const = default;
};

/// "k0l1 k0l1 k2l0 …" for messages.
std::string to_string(const Invariant& invariant);

struct Program {
  struct Product {
    int a, b;  ///< earlier nodes
  };
  int channels = 0;
  int l_max = 0;
  int inputs = 0;  ///< channels (l_max + 1)²: nodes 0 … are A_klm at k (L+1)² + lm
  std::vector<Product> products;  ///< node inputs + i = product i
  // Invariant f = Σ coefficient[t] node[t] for t in [first[f], first[f+1]).
  std::vector<int> first{0};
  std::vector<int> node;
  std::vector<double> coefficient;

  [[nodiscard]] int nodes() const { return inputs + static_cast<int>(products.size()); }
  [[nodiscard]] int outputs() const { return static_cast<int>(first.size()) - 1; }
};

/// Which invariants of `channels` channels to make.
struct ProgramSpec {
  int channels = 1;
  std::vector<int> channel_degree;  ///< degree of each channel (its radial order); empty: 0
  struct Order {
    int max_degree = 0;  ///< Σ over factors of (channel degree + l) at most this
    int max_l = 0;
    int max_channel_degree = 1 << 20;
  };
  std::vector<Order> orders;  ///< of order 1, 2, 3, 4
};

/// All linearly independent invariants of a spec: couplings that depend on others of the same
/// factors are left out. Deterministic order: by order, then degree, then factors.
std::vector<Invariant> enumerate_invariants(const ProgramSpec& spec);

/// Throws InputError for factors out of range, or a coupling that vanishes.
Program compile_program(const std::vector<Invariant>& invariants, int channels, int l_max);

/// Real Clebsch–Gordan coefficient: (a ⊗ b)_LM = Σ c(l1 m1 l2 m2 L M) a_l1m1 b_l2m2 turns like
/// Y_LM, orthonormal.
double real_clebsch_gordan(int l1, int m1, int l2, int m2, int l, int m);

}  // namespace vitrion::mlp
