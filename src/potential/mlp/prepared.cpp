#include "potential/mlp/prepared.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion::mlp {

extern const KernelTable<float> portable_single, avx2_single, avx512_single;
extern const KernelTable<double> portable_double, avx2_double, avx512_double;

namespace {

std::size_t size(int n) { return static_cast<std::size_t>(n); }

bool has(Width width) {
  if (width == Width::avx512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  }
  if (width == Width::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return true;
}

Width widest(Width asked) {
  if (asked == Width::automatic) {
    return has(Width::avx512) ? Width::avx512 : has(Width::avx2) ? Width::avx2 : Width::portable;
  }
  if (!has(asked)) throw InputError("this processor lacks the vector instructions asked for");
  return asked;
}

// Model: [k][l][q]; kernel: [l][k][q].
template <class To, class From>
void reorder_mixing(const Model& m, const From* from, To* to, bool forward) {
  const std::size_t l_count = size(m.l_max) + 1, q_count = size(m.projections());
  const std::size_t k_count = size(m.mixed_channels());
  for (std::size_t k = 0; k < k_count; ++k) {
    for (std::size_t l = 0; l < l_count; ++l) {
      for (std::size_t q = 0; q < q_count; ++q) {
        const std::size_t file = (k * l_count + l) * q_count + q;
        const std::size_t kernel = (l * k_count + k) * q_count + q;
        to[forward ? kernel : file] = static_cast<To>(from[forward ? file : kernel]);
      }
    }
  }
}

}  // namespace

const KernelTable<float>& kernel_of(Width width, float) {
  switch (widest(width)) {
    case Width::avx512: return avx512_single;
    case Width::avx2: return avx2_single;
    default: return portable_single;
  }
}
const KernelTable<double>& kernel_of(Width width, double) {
  switch (widest(width)) {
    case Width::avx512: return avx512_double;
    case Width::avx2: return avx2_double;
    default: return portable_double;
  }
}

template <class T>
Prepared<T>::Prepared(const Model& model, double spline_step_A, Width width)
    : program_(compile_program(model.invariants, model.channels, model.l_max)) {
  for (const auto& p : program_.products) {
    product_a_.push_back(p.a);
    product_b_.push_back(p.b);
  }
  for (const double c : program_.coefficient) coefficient_.push_back(static_cast<T>(c));
  for (const double n : harmonic_norms()) norms_.push_back(static_cast<T>(n));
  view_.elements = model.element_count();
  view_.functions = model.radial.functions;
  view_.projections = model.projections();
  view_.messages = model.messages();
  view_.l_max = model.l_max;
  view_.lm = lm_count(model.l_max);
  view_.channels = model.mixed_channels();
  view_.copies = model.copies;
  view_.block = model.channels;
  view_.features = model.features_B();
  view_.block_features = program_.outputs();
  view_.hidden = model.hidden_units();
  view_.inputs = program_.inputs;
  view_.products = static_cast<int>(program_.products.size());
  view_.mixing = !model.mixing.empty();
  view_.activation = static_cast<int>(model.activation);
  view_.inverse_density = static_cast<T>(1 / model.density_scale);
  view_.product_a = product_a_.data();
  view_.product_b = product_b_.data();
  view_.first = program_.first.data();
  view_.node = program_.node.data();
  view_.coefficient = coefficient_.data();
  view_.norms = norms_.data();
  place_parameters(model);
  tabulate(model, spline_step_A);
  const int lanes = kernel_of(width, T{}).lanes;
  view_.row_pad = (view_.lm + lanes - 1) / lanes * lanes;
  if (!model.below.empty()) {
    below_ = std::make_unique<Prepared>(model.below[0], spline_step_A, width);
  }
}

template <class T>
void Prepared<T>::place_parameters(const Model& model) {
  const std::size_t mixing =
      view_.mixing ? size(view_.channels) * size(model.l_max + 1) * size(view_.projections) : 0;
  const std::size_t f = size(view_.features), h = size(view_.hidden);
  block_ = mixing + f + h * f + 2 * h;
  const std::size_t z_count = size(view_.elements);
  parameters_.resize(block_ * z_count);
  shift_.resize(f * z_count, T(0));
  scale_.resize(f * z_count, T(1));
  for (std::size_t z = 0; z < z_count; ++z) {
    const Readout& r = model.readout[z];
    T* at = parameters_.data() + z * block_;
    ElementView<T> e;
    const auto put = [&](const std::vector<double>& from, std::size_t n) {
      T* start = at;
      for (std::size_t i = 0; i < n; ++i) at[i] = i < from.size() ? static_cast<T>(from[i]) : T(0);
      at += n;
      return start;
    };
    if (mixing > 0) reorder_mixing(model, model.mixing.data() + z * mixing, at, true);
    e.mixing = at;
    at += mixing;
    e.linear = put(r.linear, f);
    e.weight = put(r.hidden_weight, h * f);
    e.bias = put(r.hidden_bias, h);
    e.output = put(r.hidden_output, h);
    for (std::size_t i = 0; i < f; ++i) {
      if (!r.shift.empty()) shift_[z * f + i] = static_cast<T>(r.shift[i]);
      if (!r.scale.empty()) scale_[z * f + i] = static_cast<T>(r.scale[i]);
    }
    e.shift = shift_.data() + z * f;
    e.scale = scale_.data() + z * f;
    element_.push_back(e);
  }
  view_.element = element_.data();
}

template <class T>
void Prepared<T>::store(Model& model) const {
  const std::size_t mixing =
      view_.mixing ? size(view_.channels) * size(model.l_max + 1) * size(view_.projections) : 0;
  const std::size_t f = size(view_.features), h = size(view_.hidden);
  for (std::size_t z = 0; z < size(view_.elements); ++z) {
    const ElementView<T>& e = element_[z];
    Readout& r = model.readout[z];
    if (mixing > 0) reorder_mixing(model, e.mixing, model.mixing.data() + z * mixing, false);
    r.linear.assign(e.linear, e.linear + f);
    r.hidden_weight.assign(e.weight, e.weight + h * f);
    r.hidden_bias.assign(e.bias, e.bias + h);
    r.hidden_output.assign(e.output, e.output + h);
  }
  if (below_) below_->store(model.below[0]);
}

template <class T>
void Prepared<T>::tabulate(const Model& model, double step) {
  const std::size_t n = size(model.radial.functions);
  std::vector<double> value(n), slope(n);
  for (const auto& pair : model.radial.pairs) {
    const auto knots = static_cast<std::size_t>(std::ceil(pair.cutoff_A / step));
    const double h = pair.cutoff_A / static_cast<double>(knots);
    std::vector<T> rows((knots + 2) * 2 * radial_pad, T(0));
    for (std::size_t i = 0; i < knots; ++i) {
      radial_functions(model.radial, pair, h * static_cast<double>(i), value, slope);
      for (std::size_t k = 0; k < n; ++k) {
        rows[i * 2 * radial_pad + k] = static_cast<T>(value[k]);
        rows[i * 2 * radial_pad + radial_pad + k] = static_cast<T>(slope[k] * h);
      }
    }
    tables_.push_back(std::move(rows));
    inverse_step_.push_back(static_cast<T>(1 / h));
    cutoff_.push_back(pair.cutoff_A);
  }
  for (const auto& t : tables_) table_.push_back(t.data());
  view_.table = table_.data();
  view_.inverse_step = inverse_step_.data();
  view_.cutoff = cutoff_.data();
}

template class Prepared<float>;
template class Prepared<double>;

}  // namespace vitrion::mlp
