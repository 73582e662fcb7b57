#include "potential/mlp/pace_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion::mlp {
namespace {

using Complex = std::complex<double>;

void require_expressible(const Model& m) {
  if (m.hidden_units() > 0 || !m.below.empty()) {
    throw InputError(
        "a potential with hidden units cannot be written for pair_style pace: train one with "
        "`kind: linear` and `linear: {scaling: exponential, envelope: cosine}`, or use the "
        "program's own pair style vitrion/mlp");
  }
  if (m.radial.scaling != Scaling::exponential || m.radial.envelope != Envelope::cosine) {
    throw InputError(fmt::format(
        "pair_style pace has no radial functions of {} scaling with a {} envelope: train with "
        "`linear: {{scaling: exponential, envelope: cosine}}`",
        scaling_names[at(static_cast<int>(m.radial.scaling))],
        envelope_names[at(static_cast<int>(m.radial.envelope))]));
  }
}

// R_n of a model = Σ_k row[k] g_k: the argument of one is minus that of the other.
std::vector<double> radial_row(int functions, int n) {
  std::vector<double> row(at(functions), 0);
  const double sign = n % 2 == 0 ? 1 : -1;
  row[0] = sign;
  if (n > 0) row[at(n)] = -2 * sign;
  return row;
}

// A factor of PACE, and its m.
struct Letter {
  int element, n, l;
  auto operator<=>(const Letter&) const = default;
};
struct Complexed {
  Letter letter;
  int m;
  Complex c;
  auto key() const { return std::tuple(letter, m); }
};

// The real harmonic m in complex ones: cos(mφ) and sin(mφ) without the Condon–Shortley sign.
std::vector<std::pair<int, Complex>> complex_terms(int m) {
  const double h = std::sqrt(0.5);
  const int n = std::abs(m);
  const double sign = n % 2 == 0 ? 1 : -1;
  if (m == 0) return {{0, 1.0}};
  if (m > 0) return {{n, sign * h}, {-n, h}};
  return {{n, Complex(0, -sign * h)}, {-n, Complex(0, h)}};
}

// Polynomial of one centre in A of PACE: by the factors, then by their m.
using Combinations = std::map<std::vector<int>, Complex>;
using Polynomial = std::map<std::vector<Letter>, Combinations>;

class CentreExport {
 public:
  CentreExport(const Model& model, int z) : m_(model), z_(z) { add_invariants(); }

  [[nodiscard]] std::vector<PaceFunction> functions() const {
    std::vector<PaceFunction> out;
    for (int other = 0; other < m_.element_count(); ++other) {
      for (int k = 0; k < m_.radial.functions; ++k) {
        const double c = single_[at(other * m_.radial.functions + k)];
        if (c != 0) out.push_back({{other}, {k + 1}, {0}, {0}, {c}});
      }
    }
    for (const auto& [letters, combinations] : polynomial_) {
      PaceFunction f = function(letters, combinations);
      if (!f.coefficient.empty()) out.push_back(std::move(f));
    }
    return out;
  }

 private:
  // Real monomials of all invariants first: most are shared.
  void add_invariants() {
    const Program program = compile_program(m_.invariants, m_.channels, m_.l_max);
    std::vector<std::vector<int>> factors(at(program.nodes()));
    for (int i = 0; i < program.inputs; ++i) factors[at(i)] = {i};
    for (std::size_t i = 0; i < program.products.size(); ++i) {
      auto& product = factors[at(program.inputs) + i];
      product = factors[at(program.products[i].a)];
      const auto& other = factors[at(program.products[i].b)];
      product.insert(product.end(), other.begin(), other.end());
    }
    single_.assign(at(m_.projections()), 0);
    const Readout& r = m_.readout[at(z_)];
    for (int copy = 0; copy < m_.copies; ++copy) {
      std::vector<double> weight(factors.size(), 0);
      for (int f = 0; f < program.outputs(); ++f) {
        const std::size_t b = at(copy * program.outputs() + f);
        for (int t = program.first[at(f)]; t < program.first[at(f) + 1]; ++t)
          weight[at(program.node[at(t)])] += r.linear[b] * r.scale[b] * program.coefficient[at(t)];
      }
      for (std::size_t i = 0; i < factors.size(); ++i)
        if (weight[i] != 0) add(factors[i], copy, weight[i]);
    }
  }

  void add(const std::vector<int>& inputs, int copy, double weight) {
    if (inputs.size() == 1) {
      add_single(copy * m_.channels + inputs[0] / lm_count(m_.l_max), weight);
      return;
    }
    std::vector<std::vector<Complexed>> choices;
    for (const int input : inputs) choices.push_back(letters_of(input, copy));
    std::vector<Complexed> chosen;
    expand(choices, chosen, weight);
  }

  // Products of one factor take g_k directly.
  void add_single(int channel, double weight) {
    const int functions = m_.radial.functions;
    for (int q = 0; q < m_.projections(); ++q) {
      const double share = mixing(channel, 0, q);
      if (share == 0) continue;
      const auto row = radial_row(functions, q % functions);
      for (int k = 0; k < functions; ++k) {
        single_[at(q / functions * functions + k)] +=
            weight * share / m_.density_scale * row[at(k)];
      }
    }
  }

  [[nodiscard]] double mixing(int channel, int l, int q) const {
    if (m_.mixing.empty()) return channel == q ? 1 : 0;
    return m_.mixing[at(
        ((z_ * m_.mixed_channels() + channel) * (m_.l_max + 1) + l) * m_.projections() + q)];
  }

  [[nodiscard]] std::vector<Complexed> letters_of(int input, int copy) const {
    const int channel = copy * m_.channels + input / lm_count(m_.l_max);
    const int lm = input % lm_count(m_.l_max);
    const int l = static_cast<int>(std::sqrt(lm + 0.5));
    std::vector<Complexed> out;
    for (const auto& [m, c] : complex_terms(lm - l * l - l)) {
      if (m_.mixing.empty()) {
        const int functions = m_.radial.functions;
        out.push_back({{channel / functions, channel % functions + 1, l}, m, c});
        continue;
      }
      for (int other = 0; other < m_.element_count(); ++other)
        out.push_back({{other, channel + 1, l}, m, c});
    }
    return out;
  }

  void expand(const std::vector<std::vector<Complexed>>& choices, std::vector<Complexed>& chosen,
              Complex weight) {
    if (chosen.size() < choices.size()) {
      for (const auto& choice : choices[chosen.size()]) {
        chosen.push_back(choice);
        expand(choices, chosen, weight * choice.c);
        chosen.pop_back();
      }
      return;
    }
    auto sorted = chosen;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.key() < b.key(); });
    std::vector<Letter> letters;
    std::vector<int> m;
    int sum = 0;
    for (const auto& s : sorted) {
      letters.push_back(s.letter);
      m.push_back(s.m);
      sum += s.m;
    }
    if (sum == 0) polynomial_[letters][m] += weight;  // the others cancel: B does not turn
  }

  // Only one of each pair m, −m: their products are complex conjugates of one another.
  [[nodiscard]] static PaceFunction function(const std::vector<Letter>& letters,
                                             const Combinations& combinations) {
    double largest = 0;
    for (const auto& [m, c] : combinations) largest = std::max(largest, std::abs(c));
    for (const auto& [m, c] : combinations) {
      if (std::abs(c.imag()) < 1e-8 * largest) continue;
      throw InputError(
          "an invariant of the potential changes its sign under inversion, which pair_style pace "
          "cannot express: train again");
    }
    std::map<std::vector<int>, double> half;
    for (const auto& [m, c] : combinations) half[std::max(m, opposite(letters, m))] += c.real();
    PaceFunction f;
    for (const auto& [m, c] : half) {
      if (std::abs(c) <= 1e-13 * largest) continue;
      f.m.insert(f.m.end(), m.begin(), m.end());
      f.coefficient.push_back(c);
    }
    for (const auto& letter : letters) {
      f.element.push_back(letter.element);
      f.n.push_back(letter.n);
      f.l.push_back(letter.l);
    }
    return f;
  }

  // −m, in order again among equal factors.
  static std::vector<int> opposite(const std::vector<Letter>& letters, std::vector<int> m) {
    for (int& x : m) x = -x;
    for (std::size_t i = 0; i < m.size();) {
      std::size_t end = i + 1;
      while (end < m.size() && letters[end] == letters[i]) ++end;
      std::sort(m.begin() + static_cast<std::ptrdiff_t>(i),
                m.begin() + static_cast<std::ptrdiff_t>(end));
      i = end;
    }
    return m;
  }

  const Model& m_;
  int z_;
  std::vector<double> single_;  // of g_k [neighbour element][k]
  Polynomial polynomial_;
};

// C [n][l][k] of a centre and a neighbour.
std::vector<double> radial_coefficients(const Model& m, int z, int other) {
  const int functions = m.radial.functions;
  const int rows = m.mixing.empty() ? functions : m.mixed_channels();
  std::vector<double> out(at(rows * (m.l_max + 1) * functions), 0);
  for (int n = 0; n < rows; ++n) {
    for (int l = 0; l <= m.l_max; ++l) {
      double* to = out.data() + (n * (m.l_max + 1) + l) * functions;
      for (int q = 0; q < functions; ++q) {
        const double share =
            m.mixing.empty() ? (n == q ? 1.0 : 0.0)
                             : m.mixing[at(((z * rows + n) * (m.l_max + 1) + l) * m.projections() +
                                           other * functions + q)];
        const auto row = radial_row(functions, q);
        for (int k = 0; k < functions; ++k) to[k] += share * row[at(k)] / m.density_scale;
      }
    }
  }
  return out;
}

// P e^{−Λ r²}/r · env(r) equal to half of ZBL (each end of the pair counts it) at two distances.
void set_core(const Model& m, int z, int other, PaceBond& bond) {
  const PairShape& pair = m.pair(z, other);
  bond.inner_A = pair.core_outer_A;
  bond.inner_width_A = pair.core_outer_A - pair.core_inner_A;
  if (!m.zbl) return;
  const int z1 = element::atomic_number(m.elements[at(z)]);
  const int z2 = element::atomic_number(m.elements[at(other)]);
  PairShape bare = pair;  // without its switch at these distances
  bare.core_inner_A = pair.core_outer_A;
  bare.core_outer_A = 2 * pair.core_outer_A;
  const auto wanted = [&](double r) {
    return 0.5 * r * zbl(bare, z1, z2, r).value / (0.5 * (1 + std::cos(M_PI * r / pair.cutoff_A)));
  };
  const double near = std::max(pair.core_inner_A, 0.1 * pair.core_outer_A);
  const double far = 0.5 * (pair.core_inner_A + pair.core_outer_A);
  if (far <= near) return;
  bond.core_decay = std::max(0.0, std::log(wanted(near) / wanted(far)) / (far * far - near * near));
  bond.core_prefactor = wanted(near) * std::exp(bond.core_decay * near * near);
}

PaceBond bond_of(const Model& m, int z, int other) {
  PaceBond bond;
  bond.radial = m.mixing.empty() ? m.radial.functions : m.mixed_channels();
  bond.l_max = m.l_max;
  bond.base = m.radial.functions;
  bond.lambda = m.radial.lambda;
  bond.cutoff_A = m.pair(z, other).cutoff_A;
  bond.coefficient = radial_coefficients(m, z, other);
  set_core(m, z, other, bond);
  return bond;
}

std::string list(const auto& values) {
  std::string out = "[";
  for (const auto& v : values) out += fmt::format("{}{}", out.size() > 1 ? ", " : "", v);
  return out + "]";
}

std::string nested(const PaceBond& bond) {
  std::string out = "[";
  const double* c = bond.coefficient.data();
  for (int n = 0; n < bond.radial; ++n) {
    out += n > 0 ? ", [" : "[";
    for (int l = 0; l <= bond.l_max; ++l, c += bond.base)
      out += (l > 0 ? ", " : "") + list(std::vector<double>(c, c + bond.base));
    out += "]";
  }
  return out + "]";
}

std::string bond_text(const PaceBond& b) {
  return fmt::format(
      "{{nradmax: {}, lmax: {}, nradbasemax: {}, radbasename: {}, radparameters: [{}], "
      "radcoefficients: {}, prehc: {}, lambdahc: {}, rcut: {}, dcut: {}, rcut_in: {}, dcut_in: {}, "
      "inner_cutoff_type: {}}}",
      b.radial, b.l_max, b.base, b.base_name, b.lambda, nested(b), b.core_prefactor, b.core_decay,
      b.cutoff_A, b.cutoff_width_A, b.inner_A, b.inner_width_A, b.inner_kind);
}

std::string function_text(int z, int densities, const PaceFunction& f) {
  return fmt::format(
      "{{mu0: {}, rank: {}, ndensity: {}, num_ms_combs: {}, mus: {}, ns: {}, ls: {}, ms_combs: {}, "
      "ctildes: {}}}",
      z, f.n.size(), densities, f.m.size() / f.n.size(), list(f.element), list(f.n), list(f.l),
      list(f.m), list(f.coefficient));
}

}  // namespace

PacePotential pace_of(const Model& model) {
  check_model(model);
  require_expressible(model);
  PacePotential out;
  out.elements = model.elements;
  for (int z = 0; z < model.element_count(); ++z) {
    const Readout& r = model.readout[at(z)];
    double reference = model.reference_energy_eV[at(z)];
    for (std::size_t f = 0; f < r.linear.size(); ++f)
      reference -= r.linear[f] * r.scale[f] * r.shift[f];
    out.reference_energy_eV.push_back(reference);
    out.embedding.emplace_back();
    for (int other = 0; other < model.element_count(); ++other)
      out.bonds.push_back(bond_of(model, z, other));
    out.functions.push_back(CentreExport(model, z).functions());
  }
  return out;
}

// Numbers as short as they bring the same double back.
std::string pace_text(const PacePotential& p, const std::string& comment) {
  std::string out;
  for (const auto& line : split(comment, '\n')) {
    if (!line.empty()) out += "# " + line + "\n";
  }
  out += fmt::format("elements: {}\nE0: {}\ndeltaSplineBins: {}\nembeddings:\n", list(p.elements),
                     list(p.reference_energy_eV), p.spline_step_A);
  for (int z = 0; z < p.element_count(); ++z) {
    const PaceEmbedding& e = p.embedding[at(z)];
    out += fmt::format(
        "  {}: {{ndensity: {}, FS_parameters: {}, npoti: {}, rho_core_cutoff: {}, "
        "drho_core_cutoff: {}}}\n",
        z, e.densities, list(e.parameters), e.kind, e.core_cut, e.core_width);
  }
  out += "bonds:\n";
  for (int z = 0; z < p.element_count(); ++z) {
    for (int other = 0; other < p.element_count(); ++other)
      out += fmt::format("  [{}, {}]: {}\n", z, other, bond_text(p.bond(z, other)));
  }
  out += "functions:\n";
  for (int z = 0; z < p.element_count(); ++z) {
    const auto& functions = p.functions[at(z)];
    out += fmt::format("  {}:{}\n", z, functions.empty() ? " []" : "");
    for (const auto& f : functions)
      out += "    - " + function_text(z, p.embedding[at(z)].densities, f) + "\n";
  }
  return out;
}

void write_pace(const std::filesystem::path& file, const PacePotential& potential,
                const std::string& comment) {
  if (file.extension() != ".yace") {
    throw InputError(fmt::format(
        "{}: name the file .yace: LAMMPS takes other endings for potentials of another form",
        file.string()));
  }
  write_file_atomically(file, pace_text(potential, comment));
}

}  // namespace vitrion::mlp
