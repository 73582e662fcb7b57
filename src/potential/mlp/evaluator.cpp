#include "potential/mlp/evaluator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "core/element.hpp"
#include "potential/mlp/prepared.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion::mlp {
namespace {

std::size_t size(int n) { return static_cast<std::size_t>(n); }

// One centre's neighbours within their cut-offs, ordered by element, and where they came from.
template <class T>
struct Gathered {
  std::vector<int> start;
  std::vector<double> dx, dy, dz;
  std::vector<std::uint32_t> source;
  std::vector<T> gradient, message, message_gradient;
};

}  // namespace

class Evaluator::Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void evaluate(const Centres& in, const Response& out) const = 0;
  virtual int messages() const = 0;
  virtual void send_messages(const Centres& in, std::span<double> message) const = 0;
  virtual void pull_messages(const Centres& in, std::span<const double> adjoint,
                             const std::array<std::span<double>, 3>& gradient) const = 0;
  virtual double cutoff() const = 0;
  virtual std::string name() const = 0;
};

namespace {

template <class T>
class TypedKernel final : public Evaluator::Kernel {
 public:
  TypedKernel(const Model& model, Width width)
      : prepared_(model, std::is_same_v<T, float> ? 0.02 : 0.002, width),
        table_(kernel_of(width, T{})),
        radial_(model.radial),
        zbl_(model.zbl),
        reference_(model.reference_energy_eV),
        uncertainty_(model.uncertainty),
        hidden_features_(model.features == "hidden"),
        cutoff_(model.max_cutoff_A()) {
    for (const auto& e : model.elements) number_.push_back(element::atomic_number(e));
  }

  double cutoff() const override { return cutoff_; }
  std::string name() const override { return table_.name; }

  int messages() const override { return prepared_.view().messages; }

  void evaluate(const Centres& in, const Response& out) const override {
    for_batches(in, [&](int z, std::span<const int> centres) { batch(in, out, z, centres); });
  }

  void send_messages(const Centres& in, std::span<double> message) const override {
    for_batches(in, [&](int z, std::span<const int> centres) {
      auto& w = workspace(in, z, centres, false);
      w.value.resize(centres.size() * size(messages()));
      std::vector<T*> lanes;
      for (std::size_t c = 0; c < centres.size(); ++c) {
        lanes.push_back(w.value.data() + c * size(messages()));
      }
      const View<T>& m = prepared_.below()->view();
      const auto memory = w.memory(table_.scratch_bytes(m, w.neighbors));
      table_.messages(m, z, static_cast<int>(centres.size()), w.rows.data(), lanes.data(),
                      memory.data(), memory.size());
      for (std::size_t c = 0; c < centres.size(); ++c) {
        std::copy_n(lanes[c], messages(), message.data() + size(centres[c]) * size(messages()));
      }
    });
  }

  void pull_messages(const Centres& in, std::span<const double> adjoint,
                     const std::array<std::span<double>, 3>& gradient) const override {
    for_batches(in, [&](int z, std::span<const int> centres) {
      auto& w = workspace(in, z, centres, false);
      w.value.clear();
      for (const int c : centres) {
        const auto from = adjoint.subspan(size(c) * size(messages()), size(messages()));
        for (const double x : from) w.value.push_back(static_cast<T>(x));
      }
      std::vector<const T*> lanes;
      for (std::size_t c = 0; c < centres.size(); ++c) {
        lanes.push_back(w.value.data() + c * size(messages()));
      }
      const View<T>& m = prepared_.below()->view();
      const auto memory = w.memory(table_.scratch_bytes(m, w.neighbors));
      table_.pull_messages(m, z, static_cast<int>(centres.size()), w.rows.data(), lanes.data(),
                           memory.data(), memory.size());
      for (std::size_t c = 0; c < centres.size(); ++c) {
        scatter_gradient(in, gradient, centres[c], w.gathered[c]);
      }
    });
  }

 private:
  // A thread's memory for one batch.
  struct Workspace {
    std::vector<Gathered<T>> gathered;
    std::vector<std::byte> scratch;
    std::vector<Row<T>> rows;
    std::vector<double> energy, features, hidden;
    std::vector<T> value;
    int neighbors = 0;

    std::span<std::byte> memory(std::size_t bytes) {
      if (scratch.size() < bytes + 64) scratch.resize(bytes + 64);
      void* aligned = scratch.data();
      std::size_t space = scratch.size();
      std::align(64, bytes, aligned, space);
      return {static_cast<std::byte*>(aligned), space};
    }
  };

  // Calls f(element, centres) with as many centres of one element as the kernel has lanes.
  template <class F>
  void for_batches(const Centres& in, F&& f) const {
    const int n = static_cast<int>(in.element.size());
    std::vector<int> order(size(n));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return in.element[size(a)] < in.element[size(b)]; });
    for (int begin = 0; begin < n;) {
      const int z = in.element[size(order[size(begin)])];
      int count = 1;
      while (count < table_.lanes && begin + count < n &&
             in.element[size(order[size(begin + count)])] == z) {
        ++count;
      }
      f(z, std::span<const int>(order).subspan(size(begin), size(count)));
      begin += count;
    }
  }

  // The rows of a batch, with what their neighbours say where `listening`.
  Workspace& workspace(const Centres& in, int z, std::span<const int> centres,
                       bool listening) const {
    thread_local Workspace w;
    if (w.gathered.size() < centres.size()) w.gathered.resize(centres.size());
    w.rows.resize(centres.size());
    w.neighbors = 0;
    for (std::size_t c = 0; c < centres.size(); ++c) {
      auto& g = w.gathered[c];
      gather(in, z, centres[c], g);
      w.rows[c] = {static_cast<int>(g.dx.size()),
                   g.start.data(),
                   g.dx.data(),
                   g.dy.data(),
                   g.dz.data(),
                   g.gradient.data()};
      w.neighbors += w.rows[c].count;
      if (!listening || messages() == 0) continue;
      listen(in, g);
      w.rows[c].message = g.message.data();
      w.rows[c].message_gradient = g.message_gradient.data();
    }
    return w;
  }

  void listen(const Centres& in, Gathered<T>& g) const {
    const std::size_t n = size(messages());
    g.message.resize(g.source.size() * n + 1);
    g.message_gradient.resize(g.message.size());
    for (std::size_t j = 0; j < g.source.size(); ++j) {
      const double* from = in.message.data() + in.neighbor[g.source[j]] * n;
      for (std::size_t h = 0; h < n; ++h) g.message[j * n + h] = static_cast<T>(from[h]);
    }
  }

  void batch(const Centres& in, const Response& out, int z, std::span<const int> centres) const {
    const View<T>& m = prepared_.view();
    auto& w = workspace(in, z, centres, true);
    auto& [gathered, scratch, rows, energy, features, hidden, value, neighbors] = w;
    energy.resize(centres.size());
    const bool want_features =
        !out.features.empty() || !out.grade.empty() || !out.deviation.empty();
    const bool want_hidden = want_features && hidden_features_;
    if (want_features) features.resize(centres.size() * size(m.features));
    if (want_hidden) hidden.resize(centres.size() * size(m.hidden));
    const auto memory = w.memory(table_.scratch_bytes(m, neighbors));
    table_.evaluate(m, z, static_cast<int>(centres.size()), rows.data(), energy.data(),
                    want_features ? features.data() : nullptr,
                    want_hidden ? hidden.data() : nullptr, memory.data(), memory.size());
    for (std::size_t c = 0; c < centres.size(); ++c) {
      scatter(in, out, z, centres[c], gathered[c], energy[c]);
      if (!want_features) continue;
      const auto b =
          std::span<const double>(features).subspan(c * size(m.features), size(m.features));
      if (!out.features.empty()) give_invariants(out, z, centres[c], b);
      judge(out, z, centres[c],
            want_hidden
                ? std::span<const double>(hidden).subspan(c * size(m.hidden), size(m.hidden))
                : b);
    }
  }

  void gather(const Centres& in, int z, int centre, Gathered<T>& g) const {
    const View<T>& m = prepared_.view();
    const std::size_t begin = in.first[size(centre)], end = in.first[size(centre) + 1];
    g.start.assign(size(m.elements) + 1, 0);
    g.source.clear();
    const auto inside = [&](std::size_t j) {
      const double d2 = in.dx[j] * in.dx[j] + in.dy[j] * in.dy[j] + in.dz[j] * in.dz[j];
      const double rc = m.cutoff[z * m.elements + in.neighbor_element[j]];
      return d2 < rc * rc;
    };
    for (std::size_t j = begin; j < end; ++j) {
      if (!inside(j)) continue;
      g.source.push_back(static_cast<std::uint32_t>(j));
      ++g.start[size(in.neighbor_element[j]) + 1];
    }
    for (int e = 0; e < m.elements; ++e) g.start[size(e) + 1] += g.start[size(e)];
    const std::size_t n = g.source.size();
    g.dx.resize(n);
    g.dy.resize(n);
    g.dz.resize(n);
    g.gradient.resize(3 * n + 3);
    // Counting sort by element; `source` follows.
    thread_local std::vector<int> next;
    thread_local std::vector<std::uint32_t> unsorted;
    next.assign(g.start.begin(), g.start.end() - 1);
    unsorted = g.source;
    for (const std::uint32_t j : unsorted) {
      const auto at = size(next[size(in.neighbor_element[j])]++);
      g.source[at] = j;
      g.dx[at] = in.dx[j];
      g.dy[at] = in.dy[j];
      g.dz[at] = in.dz[j];
    }
  }

  void scatter_gradient(const Centres& in, const std::array<std::span<double>, 3>& out, int centre,
                        const Gathered<T>& g) const {
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t j = in.first[size(centre)]; j < in.first[size(centre) + 1]; ++j) {
        out[a][j] = 0;
      }
      for (std::size_t j = 0; j < g.source.size(); ++j) {
        out[a][g.source[j]] = static_cast<double>(g.gradient[3 * j + a]);
      }
    }
  }

  void scatter_messages(const Centres& in, const Response& out, int centre,
                        const Gathered<T>& g) const {
    const std::size_t n = size(messages());
    const std::size_t begin = in.first[size(centre)], end = in.first[size(centre) + 1];
    std::fill(out.message_gradient.data() + begin * n, out.message_gradient.data() + end * n, 0.0);
    for (std::size_t j = 0; j < g.source.size(); ++j) {
      std::copy_n(g.message_gradient.data() + j * n, n,
                  out.message_gradient.data() + g.source[j] * n);
    }
  }

  void scatter(const Centres& in, const Response& out, int z, int centre, const Gathered<T>& g,
               double energy) const {
    const View<T>& m = prepared_.view();
    scatter_gradient(in, {out.gx, out.gy, out.gz}, centre, g);
    if (!out.message_gradient.empty()) scatter_messages(in, out, centre, g);
    double total = energy + reference_[size(z)];
    for (std::size_t j = 0; j < g.source.size(); ++j) {
      const std::size_t to = g.source[j];
      const int other = in.neighbor_element[to];
      const PairShape& pair = radial_.pairs[size(z * m.elements + other)];
      const double d2 = g.dx[j] * g.dx[j] + g.dy[j] * g.dy[j] + g.dz[j] * g.dz[j];
      if (!zbl_ || d2 >= pair.core_outer_A * pair.core_outer_A) continue;
      const double r = std::sqrt(d2);
      const ValueSlope core = mlp::zbl(pair, number_[size(z)], number_[size(other)], r);
      total += 0.5 * core.value;  // half to each end
      out.gx[to] += 0.5 * core.slope * g.dx[j] / r;
      out.gy[to] += 0.5 * core.slope * g.dy[j] / r;
      out.gz[to] += 0.5 * core.slope * g.dz[j] / r;
    }
    out.energy[size(centre)] = total;
  }

  // The kernel's are shifted and scaled; callers want them as they are defined.
  void give_invariants(const Response& out, int z, int centre, std::span<const double> b) const {
    const ElementView<T>& e = prepared_.view().element[z];
    for (std::size_t f = 0; f < b.size(); ++f) {
      out.features[size(centre) * b.size() + f] =
          b[f] / static_cast<double>(e.scale[f]) + static_cast<double>(e.shift[f]);
    }
  }

  void judge(const Response& out, int z, int centre, std::span<const double> features) const {
    const std::size_t n = features.size();
    if (!out.grade.empty()) out.grade[size(centre)] = 0;
    if (!out.deviation.empty()) out.deviation[size(centre)] = 0;
    if (uncertainty_.empty()) return;
    const auto& u = uncertainty_[size(z)];
    if (!out.grade.empty() && u.active_inverse.size() == n * n) {
      double worst = 0;
      for (std::size_t k = 0; k < n; ++k) {
        double s = 0;
        for (std::size_t f = 0; f < n; ++f) s += features[f] * u.active_inverse[f * n + k];
        worst = std::max(worst, std::abs(s));
      }
      out.grade[size(centre)] = worst;
    }
    if (!out.deviation.empty() && !u.posterior_factor.empty()) {
      const std::size_t rank = u.posterior_factor.size() / n;
      double variance = 0;
      for (std::size_t k = 0; k < rank; ++k) {
        double s = 0;
        for (std::size_t f = 0; f < n; ++f) s += features[f] * u.posterior_factor[f * rank + k];
        variance += s * s;
      }
      out.deviation[size(centre)] = std::sqrt(variance);
    }
  }

  Prepared<T> prepared_;
  const KernelTable<T>& table_;
  RadialBasis radial_;
  bool zbl_;
  std::vector<double> reference_;
  std::vector<ElementUncertainty> uncertainty_;
  bool hidden_features_;
  double cutoff_;
  std::vector<int> number_;
};

}  // namespace

Evaluator::Evaluator(const Model& model, Precision precision, Width width) {
  check_model(model);
  if (precision == Precision::single) {
    kernel_ = std::make_unique<TypedKernel<float>>(model, width);
  } else {
    kernel_ = std::make_unique<TypedKernel<double>>(model, width);
  }
}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

void Evaluator::evaluate(const Centres& centres, const Response& response) const {
  kernel_->evaluate(centres, response);
}
int Evaluator::messages() const { return kernel_->messages(); }
void Evaluator::send_messages(const Centres& centres, std::span<double> message) const {
  kernel_->send_messages(centres, message);
}
void Evaluator::pull_messages(const Centres& centres, std::span<const double> adjoint,
                              std::span<double> gx, std::span<double> gy,
                              std::span<double> gz) const {
  kernel_->pull_messages(centres, adjoint, {gx, gy, gz});
}
double Evaluator::cutoff_A() const { return kernel_->cutoff(); }
std::string Evaluator::width_name() const { return kernel_->name(); }

}  // namespace vitrion::mlp
