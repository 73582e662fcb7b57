#include "learn/adam.hpp"

#include <algorithm>
#include <cmath>

namespace vitrion {
namespace {

// How far each number of an element may move: by the root of how many numbers are summed beside
// it, so that one step changes every layer's output alike (else energies jump by tenths of an eV).
std::vector<float> paces_of(const mlp::Prepared<float>& model, std::size_t block) {
  const auto& m = model.view();
  const auto& e = m.element[0];
  const auto pace = [](double c, int beside) {
    return static_cast<float>(c / std::sqrt(static_cast<double>(beside)));
  };
  std::vector<float> out(block, pace(1, 1 + m.hidden));  // biases and outputs
  const int own = m.elements * m.functions;
  for (std::ptrdiff_t i = 0; i < e.linear - e.mixing; ++i) {
    const bool message = i % m.projections >= own;
    out[static_cast<std::size_t>(i)] = message ? pace(2, m.projections - own) : pace(2, own);
  }
  std::fill(out.begin() + (e.linear - e.mixing), out.begin() + (e.bias - e.mixing),
            pace(2, m.features));
  return out;
}

}  // namespace

Adam::Adam(mlp::Prepared<float>& model, double averaging, double weight_decay)
    : averaging_(averaging), weight_decay_(weight_decay) {
  for (auto* layer = &model; layer != nullptr; layer = layer->below()) {
    for (int z = 0; z < layer->view().elements; ++z) {
      const auto p = layer->parameters(z);
      parts_.push_back(p);
      const auto paces = paces_of(*layer, p.size());
      pace_.insert(pace_.end(), paces.begin(), paces.end());
      average_.insert(average_.end(), p.begin(), p.end());
    }
  }
  mean_.assign(average_.size(), 0.0F);
  square_.assign(average_.size(), 0.0F);
}

void Adam::step(std::span<const double> gradient, double rate) {
  ++steps_;
  const double first = 1 - std::pow(beta1, steps_), second = 1 - std::pow(beta2, steps_);
  // The average follows quickly at first, so that early reports mean something.
  const double keep = std::min(averaging_, 1 - 1.0 / (1 + 0.1 * steps_));
  std::size_t at = 0;
  for (const auto p : parts_) {
    for (std::size_t i = 0; i < p.size(); ++i, ++at) {
      const double g = gradient[at];
      const double m = beta1 * static_cast<double>(mean_[at]) + (1 - beta1) * g;
      const double v = beta2 * static_cast<double>(square_[at]) + (1 - beta2) * g * g;
      mean_[at] = static_cast<float>(m);
      square_[at] = static_cast<float>(v);
      const double old = static_cast<double>(p[i]);
      const double change = (m / first) / (std::sqrt(v / second) + 1e-12);
      const double value =
          old - rate * (static_cast<double>(pace_[at]) * change + weight_decay_ * old);
      p[i] = static_cast<float>(value);
      average_[at] =
          static_cast<float>(keep * static_cast<double>(average_[at]) + (1 - keep) * value);
    }
  }
}

void Adam::swap() {
  auto at = average_.begin();
  for (const auto p : parts_) {
    std::swap_ranges(p.begin(), p.end(), at);
    at += static_cast<std::ptrdiff_t>(p.size());
  }
}

AdamState Adam::state() const {
  AdamState out{steps_, {}, mean_, square_, average_};
  for (const auto p : parts_) out.weights.insert(out.weights.end(), p.begin(), p.end());
  return out;
}

void Adam::restore(const AdamState& state) {
  steps_ = state.steps;
  mean_ = state.mean;
  square_ = state.square;
  average_ = state.average;
  auto at = state.weights.begin();
  for (const auto p : parts_) {
    std::copy_n(at, p.size(), p.begin());
    at += static_cast<std::ptrdiff_t>(p.size());
  }
}

}  // namespace vitrion
