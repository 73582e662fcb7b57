#include "potential/mlp/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "potential/mlp/harmonics.hpp"

namespace vitrion::mlp {
namespace {

using Monomial = std::vector<int>;  // inputs, sorted
using MixedPolynomial = std::map<Monomial, double>;

int input_of(const Factor& f, int m, int l_max) {
  return f.channel * lm_count(l_max) + lm_index(f.l, m);
}

void add(MixedPolynomial& p, Monomial monomial, double c) {
  std::sort(monomial.begin(), monomial.end());
  p[std::move(monomial)] += c;
}

// The components (a ⊗ b)_LM as lists of (input a, input b, coefficient).
struct PairTerm {
  int a, b;
  double c;
};
std::vector<PairTerm> coupled(const Factor& a, const Factor& b, int l, int m, int l_max) {
  std::vector<PairTerm> out;
  for (int ma = -a.l; ma <= a.l; ++ma) {
    for (int mb = -b.l; mb <= b.l; ++mb) {
      const double c = real_clebsch_gordan(a.l, ma, b.l, mb, l, m);
      if (std::abs(c) > 1e-12) out.push_back({input_of(a, ma, l_max), input_of(b, mb, l_max), c});
    }
  }
  return out;
}

MixedPolynomial polynomial_of(const Invariant& invariant, int l_max) {
  const auto& f = invariant.factors;
  MixedPolynomial p;
  if (f.size() == 1) {
    if (f[0].l == 0) add(p, {input_of(f[0], 0, l_max)}, 1);
  } else if (f.size() == 2) {
    if (f[0].l != f[1].l) return p;
    const double c = 1 / std::sqrt(2.0 * f[0].l + 1);
    for (int m = -f[0].l; m <= f[0].l; ++m) {
      add(p, {input_of(f[0], m, l_max), input_of(f[1], m, l_max)}, c);
    }
  } else {
    const int l = f.size() == 3 ? f[2].l : invariant.coupled_l;
    const double c = 1 / std::sqrt(2.0 * l + 1);
    for (int m = -l; m <= l; ++m) {
      const auto left = coupled(f[0], f[1], l, m, l_max);
      if (f.size() == 3) {
        for (const auto& t : left) add(p, {t.a, t.b, input_of(f[2], m, l_max)}, c * t.c);
        continue;
      }
      for (const auto& right : coupled(f[2], f[3], l, m, l_max)) {
        for (const auto& t : left) add(p, {t.a, t.b, right.a, right.b}, c * t.c * right.c);
      }
    }
  }
  std::erase_if(p, [](const auto& term) { return std::abs(term.second) < 1e-10; });
  return p;
}

double inner(const MixedPolynomial& a, const MixedPolynomial& b) {
  double sum = 0;
  for (const auto& [monomial, c] : a) {
    const auto at = b.find(monomial);
    if (at != b.end()) sum += c * at->second;
  }
  return sum;
}

// Adds p to an orthonormal family unless it depends on it.
bool extends(std::vector<MixedPolynomial>& family, MixedPolynomial p) {
  const double size = inner(p, p);
  if (size < 1e-16) return false;
  for (const auto& q : family) {
    const double c = inner(p, q);
    for (const auto& [monomial, v] : q) p[monomial] -= c * v;
  }
  const double left = inner(p, p);
  if (left < 1e-8 * size) return false;
  for (auto& term : p) term.second /= std::sqrt(left);
  family.push_back(std::move(p));
  return true;
}

// All sorted choices of `order` factors within the limits.
void choose(const std::vector<Factor>& letters, const std::vector<int>& degree, int order,
            int budget, std::size_t from, std::vector<Factor>& chosen,
            std::vector<std::vector<Factor>>& out) {
  if (static_cast<int>(chosen.size()) == order) {
    out.push_back(chosen);
    return;
  }
  for (std::size_t i = from; i < letters.size(); ++i) {
    if (degree[i] > budget) continue;
    chosen.push_back(letters[i]);
    choose(letters, degree, order, budget - degree[i], i, chosen, out);
    chosen.pop_back();
  }
}

void append_couplings(std::vector<Factor> factors, int l_max, std::vector<Invariant>& out) {
  if (factors.size() < 4) {
    const Invariant candidate{std::move(factors), 0};
    if (!polynomial_of(candidate, l_max).empty()) out.push_back(candidate);
    return;
  }
  std::vector<MixedPolynomial> family;
  for (int l = 0; l <= 2 * l_max; ++l) {
    if (l < std::abs(factors[0].l - factors[1].l) || l > factors[0].l + factors[1].l) continue;
    if (l < std::abs(factors[2].l - factors[3].l) || l > factors[2].l + factors[3].l) continue;
    const Invariant candidate{factors, l};
    if (extends(family, polynomial_of(candidate, l_max))) out.push_back(candidate);
  }
}

class Compiler {
 public:
  explicit Compiler(Program& program) : program_(program) {}

  int node_of(const Monomial& m) {
    if (m.size() == 1) return m[0];
    if (m.size() == 2) return product(m[0], m[1]);
    if (m.size() == 3) {
      for (const auto& [i, j, k] : {Split3{0, 1, 2}, Split3{0, 2, 1}, Split3{1, 2, 0}}) {
        if (known(m[i], m[j])) return product(product(m[i], m[j]), m[k]);
      }
      return product(product(m[0], m[1]), m[2]);
    }
    const Split4 splits[]{{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 3, 1, 2}};
    Split4 best = splits[0];
    int most = -1;
    for (const auto& s : splits) {
      const int have = (known(m[s.i], m[s.j]) ? 1 : 0) + (known(m[s.k], m[s.l]) ? 1 : 0);
      if (have > most) best = s;
      most = std::max(most, have);
    }
    return product(product(m[best.i], m[best.j]), product(m[best.k], m[best.l]));
  }

 private:
  struct Split3 {
    std::size_t i, j, k;
  };
  struct Split4 {
    std::size_t i, j, k, l;
  };
  [[nodiscard]] bool known(int a, int b) const { return made_.contains(std::minmax(a, b)); }
  int product(int a, int b) {
    const auto [at, isnew] = made_.try_emplace(std::minmax(a, b), program_.nodes());
    if (isnew) program_.products.push_back({std::min(a, b), std::max(a, b)});
    return at->second;
  }

  Program& program_;
  std::map<std::pair<int, int>, int> made_;
};

}  // namespace

std::string to_string(const Invariant& invariant) {
  std::string text;
  for (const auto& f : invariant.factors) {
    text += fmt::format("{}k{}l{}", text.empty() ? "" : " ", f.channel, f.l);
  }
  return invariant.factors.size() == 4 ? text + fmt::format(" L{}", invariant.coupled_l) : text;
}

std::vector<Invariant> enumerate_invariants(const ProgramSpec& spec) {
  std::vector<Invariant> out;
  int l_max = 0;
  for (const auto& o : spec.orders) l_max = std::max(l_max, o.max_l);
  for (std::size_t order = 1; order <= spec.orders.size(); ++order) {
    const auto& limits = spec.orders[order - 1];
    std::vector<Factor> letters;
    std::vector<int> degree;
    for (int k = 0; k < spec.channels; ++k) {
      const int d =
          spec.channel_degree.empty() ? 0 : spec.channel_degree[static_cast<std::size_t>(k)];
      if (d > limits.max_channel_degree) continue;
      for (int l = 0; l <= limits.max_l; ++l) {
        letters.push_back({k, l});
        degree.push_back(d + l);
      }
    }
    std::vector<std::vector<Factor>> choices;
    std::vector<Factor> chosen;
    choose(letters, degree, static_cast<int>(order), limits.max_degree, 0, chosen, choices);
    for (auto& factors : choices) {
      const int sum = std::accumulate(factors.begin(), factors.end(), 0,
                                      [](int s, const Factor& f) { return s + f.l; });
      if (sum % 2 == 0) append_couplings(std::move(factors), l_max, out);
    }
  }
  return out;
}

Program compile_program(const std::vector<Invariant>& invariants, int channels, int l_max) {
  Program program;
  program.channels = channels;
  program.l_max = l_max;
  program.inputs = channels * lm_count(l_max);
  Compiler compiler(program);
  std::vector<std::size_t> by_order(invariants.size());
  std::iota(by_order.begin(), by_order.end(), 0);
  std::vector<MixedPolynomial> polynomials;
  for (const auto& invariant : invariants) {
    for (const auto& f : invariant.factors) {
      if (f.channel < 0 || f.channel >= channels || f.l < 0 || f.l > l_max) {
        throw InputError(fmt::format("invariant {} is out of the range of {} channels and l <= {}",
                                     to_string(invariant), channels, l_max));
      }
    }
    if (invariant.factors.empty() || invariant.factors.size() > 4) {
      throw InputError("an invariant has 1 to 4 factors");
    }
    polynomials.push_back(polynomial_of(invariant, l_max));
    if (polynomials.back().empty()) {
      throw InputError(fmt::format("invariant {} vanishes: its factors do not couple to a scalar",
                                   to_string(invariant)));
    }
  }
  // Pairs first, so that higher orders find them.
  std::stable_sort(by_order.begin(), by_order.end(), [&](std::size_t a, std::size_t b) {
    return invariants[a].factors.size() < invariants[b].factors.size();
  });
  std::vector<std::vector<std::pair<int, double>>> terms(invariants.size());
  for (const std::size_t f : by_order) {
    for (const auto& [monomial, c] : polynomials[f]) {
      terms[f].emplace_back(compiler.node_of(monomial), c);
    }
  }
  for (auto& row : terms) {
    std::sort(row.begin(), row.end());
    for (const auto& [node, c] : row) {
      program.node.push_back(node);
      program.coefficient.push_back(c);
    }
    program.first.push_back(static_cast<int>(program.node.size()));
  }
  return program;
}

}  // namespace vitrion::mlp
