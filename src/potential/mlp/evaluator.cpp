// The plain evaluator: scalar, double, gradients by reverse accumulation over the program.
#include "potential/mlp/evaluator.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "core/element.hpp"
#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion::mlp {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// One neighbour within its cut-off, with everything the gradient needs again.
struct Term {
  std::size_t neighbor = 0;
  int element = 0;
  double u[3]{};
  std::vector<double> radial, slope;  // [n]
  std::vector<double> y, gx, gy, gz;  // [lm]
};

}  // namespace

class Evaluator::Kernel {
 public:
  explicit Kernel(const Model& model) : m(model) {
    check_model(m);
    program = compile_program(m.invariants, m.channels, m.l_max);
    for (const auto& name : m.elements) numbers.push_back(element::atomic_number(name));
  }

  void centre(const Centres& in, const Response& out, std::size_t c) const {
    const int z = in.element[c];
    double energy = m.reference_energy_eV[index(z)];
    std::vector<Term> terms;
    for (std::size_t j = in.first[c]; j < in.first[c + 1]; ++j) {
      out.gx[j] = out.gy[j] = out.gz[j] = 0;
      const double r = std::sqrt(in.dx[j] * in.dx[j] + in.dy[j] * in.dy[j] + in.dz[j] * in.dz[j]);
      const int other = in.neighbor_element[j];
      const PairShape& pair = m.pair(z, other);
      if (r >= pair.cutoff_A) continue;
      terms.push_back(term(in, j, r, pair));
      if (!m.zbl) continue;
      const ValueSlope core = zbl(pair, numbers[index(z)], numbers[index(other)], r);
      energy += 0.5 * core.value;
      out.gx[j] = 0.5 * core.slope * terms.back().u[0];
      out.gy[j] = 0.5 * core.slope * terms.back().u[1];
      out.gz[j] = 0.5 * core.slope * terms.back().u[2];
    }
    std::vector<double> a = project(terms);
    std::vector<double> mixed = mix(z, a);
    std::vector<double> nodes, b;
    for (int copy = 0; copy < m.copies; ++copy) invariants(mixed, copy, nodes, b);
    std::vector<double> slope_b(b.size(), 0.0);
    energy += read_out(z, b, slope_b, out, c);
    out.energy[c] = energy;
    if (!out.features.empty()) {
      std::copy(b.begin(), b.end(), out.features.begin() + static_cast<long>(c * b.size()));
    }
    const std::vector<double> slope_a = unmix(z, back(nodes, slope_b));
    for (const auto& t : terms) push(t, slope_a, out);
  }

  Model m;
  Program program;
  std::vector<int> numbers;

 private:
  [[nodiscard]] int lm() const { return lm_count(m.l_max); }

  [[nodiscard]] Term term(const Centres& in, std::size_t j, double r, const PairShape& pair) const {
    Term t;
    t.neighbor = j;
    t.element = in.neighbor_element[j];
    t.u[0] = in.dx[j] / r;
    t.u[1] = in.dy[j] / r;
    t.u[2] = in.dz[j] / r;
    t.radial.resize(index(m.radial.functions));
    t.slope.resize(index(m.radial.functions));
    radial_functions(m.radial, pair, r, t.radial, t.slope);
    for (auto* v : {&t.y, &t.gx, &t.gy, &t.gz}) v->resize(index(lm()));
    harmonics(m.l_max, t.u[0], t.u[1], t.u[2], 1 / r, 0.0,
              [&](int i, double y, double gx, double gy, double gz) {
                t.y[index(i)] = y;
                t.gx[index(i)] = gx;
                t.gy[index(i)] = gy;
                t.gz[index(i)] = gz;
              });
    return t;
  }

  [[nodiscard]] std::vector<double> project(const std::vector<Term>& terms) const {
    std::vector<double> a(index(m.projections() * lm()), 0.0);
    for (const auto& t : terms) {
      for (int n = 0; n < m.radial.functions; ++n) {
        const double w = t.radial[index(n)] / m.density_scale;
        double* row = &a[index((t.element * m.radial.functions + n) * lm())];
        for (int i = 0; i < lm(); ++i) row[i] += w * t.y[index(i)];
      }
    }
    return a;
  }

  template <class F>
  void for_mixing(int z, F&& body) const {
    const double* w =
        m.mixing.data() + index(z * m.mixed_channels() * (m.l_max + 1)) * index(m.projections());
    for (int k = 0; k < m.mixed_channels(); ++k) {
      for (int l = 0; l <= m.l_max; ++l) {
        for (int p = 0; p < m.projections(); ++p, ++w) {
          for (int i = l * l; i < (l + 1) * (l + 1); ++i) {
            body(index(k * lm() + i), index(p * lm() + i), *w);
          }
        }
      }
    }
  }

  [[nodiscard]] std::vector<double> mix(int z, const std::vector<double>& a) const {
    if (m.mixing.empty()) return a;
    std::vector<double> out(index(m.mixed_channels() * lm()), 0.0);
    for_mixing(z, [&](std::size_t to, std::size_t from, double w) { out[to] += w * a[from]; });
    return out;
  }

  [[nodiscard]] std::vector<double> unmix(int z, const std::vector<double>& slope) const {
    if (m.mixing.empty()) return slope;
    std::vector<double> out(index(m.projections() * lm()), 0.0);
    for_mixing(z, [&](std::size_t to, std::size_t from, double w) { out[from] += w * slope[to]; });
    return out;
  }

  // Appends the values of all nodes and invariants of one copy.
  void invariants(const std::vector<double>& mixed, int copy, std::vector<double>& nodes,
                  std::vector<double>& b) const {
    const std::size_t base = nodes.size();
    const std::size_t from = index(copy * program.inputs);
    nodes.insert(nodes.end(), mixed.begin() + static_cast<long>(from),
                 mixed.begin() + static_cast<long>(from + index(program.inputs)));
    for (const auto& p : program.products) {
      nodes.push_back(nodes[base + index(p.a)] * nodes[base + index(p.b)]);
    }
    for (int f = 0; f < program.outputs(); ++f) {
      double sum = 0;
      for (int t = program.first[index(f)]; t < program.first[index(f) + 1]; ++t) {
        sum += program.coefficient[index(t)] * nodes[base + index(program.node[index(t)])];
      }
      b.push_back(sum);
    }
  }

  // dE/dA' from dE/dB.
  [[nodiscard]] std::vector<double> back(const std::vector<double>& nodes,
                                         const std::vector<double>& slope_b) const {
    std::vector<double> out;
    const auto count = index(program.nodes());
    for (int copy = 0; copy < m.copies; ++copy) {
      const double* value = nodes.data() + index(copy) * count;
      std::vector<double> slope(count, 0.0);
      for (int f = 0; f < program.outputs(); ++f) {
        for (int t = program.first[index(f)]; t < program.first[index(f) + 1]; ++t) {
          slope[index(program.node[index(t)])] +=
              program.coefficient[index(t)] * slope_b[index(copy * program.outputs() + f)];
        }
      }
      for (std::size_t i = program.products.size(); i-- > 0;) {
        const auto& p = program.products[i];
        const double s = slope[index(program.inputs) + i];
        slope[index(p.a)] += s * value[p.b];
        slope[index(p.b)] += s * value[p.a];
      }
      out.insert(out.end(), slope.begin(), slope.begin() + program.inputs);
    }
    return out;
  }

  double read_out(int z, const std::vector<double>& b, std::vector<double>& slope_b,
                  const Response& out, std::size_t c) const {
    const Readout& r = m.readout[index(z)];
    std::vector<double> scaled(b.size()), hidden;
    double energy = 0;
    for (std::size_t f = 0; f < b.size(); ++f) {
      scaled[f] = (b[f] - r.shift[f]) * r.scale[f];
      energy += r.linear[f] * scaled[f];
      slope_b[f] = r.linear[f] * r.scale[f];
    }
    for (std::size_t h = 0; h < r.hidden_bias.size(); ++h) {
      const double* w = &r.hidden_weight[h * b.size()];
      double x = r.hidden_bias[h];
      for (std::size_t f = 0; f < b.size(); ++f) x += w[f] * scaled[f];
      double slope = 0;
      hidden.push_back(activate(m.activation, x, slope));
      energy += r.hidden_output[h] * hidden.back();
      for (std::size_t f = 0; f < b.size(); ++f) {
        slope_b[f] += r.hidden_output[h] * slope * w[f] * r.scale[f];
      }
    }
    const auto& phi = m.features == "hidden" ? hidden : scaled;
    if (!out.grade.empty()) out.grade[c] = largest_column(z, phi);
    if (!out.deviation.empty()) out.deviation[c] = deviation(z, phi);
    return energy;
  }

  [[nodiscard]] double largest_column(int z, const std::vector<double>& phi) const {
    if (m.uncertainty.empty() || m.uncertainty[index(z)].active_inverse.empty()) return 0;
    double largest = 0;
    for (const double x : times(phi, m.uncertainty[index(z)].active_inverse)) {
      largest = std::max(largest, std::abs(x));
    }
    return largest;
  }

  [[nodiscard]] double deviation(int z, const std::vector<double>& phi) const {
    if (m.uncertainty.empty()) return 0;
    double sum = 0;
    for (const double x : times(phi, m.uncertainty[index(z)].posterior_factor)) sum += x * x;
    return std::sqrt(sum);
  }

  static std::vector<double> times(const std::vector<double>& phi,
                                   const std::vector<double>& matrix) {
    const std::size_t columns = matrix.size() / phi.size();
    std::vector<double> out(columns, 0.0);
    for (std::size_t i = 0; i < phi.size(); ++i) {
      for (std::size_t k = 0; k < columns; ++k) out[k] += phi[i] * matrix[i * columns + k];
    }
    return out;
  }

  void push(const Term& t, const std::vector<double>& slope_a, const Response& out) const {
    double g[3] = {0, 0, 0};
    for (int n = 0; n < m.radial.functions; ++n) {
      const double* s = &slope_a[index((t.element * m.radial.functions + n) * lm())];
      const double value = t.radial[index(n)] / m.density_scale;
      const double slope = t.slope[index(n)] / m.density_scale;
      for (int i = 0; i < lm(); ++i) {
        const double along = s[i] * slope * t.y[index(i)];
        g[0] += along * t.u[0] + s[i] * value * t.gx[index(i)];
        g[1] += along * t.u[1] + s[i] * value * t.gy[index(i)];
        g[2] += along * t.u[2] + s[i] * value * t.gz[index(i)];
      }
    }
    out.gx[t.neighbor] += g[0];
    out.gy[t.neighbor] += g[1];
    out.gz[t.neighbor] += g[2];
  }
};

Evaluator::Evaluator(const Model& model, Precision, Width width)
    : kernel_(std::make_unique<Kernel>(model)) {
  if (width != Width::automatic && width != Width::portable) {
    throw InputError("this evaluator knows no vectors of that width");
  }
}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

void Evaluator::evaluate(const Centres& centres, const Response& response) const {
  for (std::size_t c = 0; c < centres.element.size(); ++c) kernel_->centre(centres, response, c);
}
double Evaluator::cutoff_A() const { return kernel_->m.max_cutoff_A(); }
std::string Evaluator::width_name() const { return "plain"; }

}  // namespace vitrion::mlp
