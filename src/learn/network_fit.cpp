#include "learn/network_fit.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

constexpr double spline_step_A = 0.02;

double now_minutes() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count() / 60;
}

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

// Adam on the parameters of all elements and layers as one vector.
class Adam {
 public:
  Adam(mlp::Prepared<float>& model, const NetworkFitOptions& options) : options_(options) {
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

  [[nodiscard]] std::size_t size() const { return average_.size(); }

  void step(std::span<const double> gradient, double rate) {
    ++steps_;
    const double first = 1 - std::pow(beta1, steps_), second = 1 - std::pow(beta2, steps_);
    // The average follows quickly at first, so that early reports mean something.
    const double keep = std::min(options_.averaging, 1 - 1.0 / (1 + 0.1 * steps_));
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
            old - rate * (static_cast<double>(pace_[at]) * change + options_.weight_decay * old);
        p[i] = static_cast<float>(value);
        average_[at] =
            static_cast<float>(keep * static_cast<double>(average_[at]) + (1 - keep) * value);
      }
    }
  }

  // Exchanges the current weights with the average.
  void swap() {
    auto at = average_.begin();
    for (const auto p : parts_) {
      std::swap_ranges(p.begin(), p.end(), at);
      at += static_cast<std::ptrdiff_t>(p.size());
    }
  }

 private:
  static constexpr double beta1 = 0.9, beta2 = 0.999;
  std::vector<std::span<float>> parts_;
  const NetworkFitOptions& options_;
  std::vector<float> mean_, square_, average_, pace_;
  double steps_ = 0;
};

// One step's frames in fixed parts, each with its own worker and gradient.
class ParallelLoss {
 public:
  ParallelLoss(const mlp::Prepared<float>& model, const LossWeights& weights, std::size_t parts,
               std::size_t parameters)
      : gradients_(parts, std::vector<double>(parameters)) {
    for (std::size_t i = 0; i < parts; ++i) workers_.emplace_back(model, weights);
  }

  LossSums run(std::span<const PackedFrame* const> frames, bool with_gradient) {
    double forces = 0;
    for (const auto* f : frames) forces += static_cast<double>(f->force.size());
    const std::size_t parts = workers_.size();
    std::vector<LossSums> sums(parts);
    parallel_for(parts, [&](std::size_t i) {
      const std::size_t begin = frames.size() * i / parts, end = frames.size() * (i + 1) / parts;
      if (with_gradient) std::fill(gradients_[i].begin(), gradients_[i].end(), 0.0);
      sums[i] =
          workers_[i].run(frames.subspan(begin, end - begin), static_cast<double>(frames.size()),
                          std::max(forces, 1.0),
                          with_gradient ? std::span<double>(gradients_[i]) : std::span<double>());
    });
    for (std::size_t i = 1; i < parts; ++i) {
      sums[0] += sums[i];
      if (!with_gradient) continue;
      for (std::size_t p = 0; p < gradients_[0].size(); ++p) gradients_[0][p] += gradients_[i][p];
    }
    return sums[0];
  }
  [[nodiscard]] std::span<const double> gradient() const { return gradients_[0]; }

 private:
  std::vector<LossWorker<float>> workers_;
  std::vector<std::vector<double>> gradients_;
};

LossSums measure(ParallelLoss& loss, std::span<const PackedFrame> frames) {
  LossSums sums;
  std::vector<const PackedFrame*> some;
  for (std::size_t begin = 0; begin < frames.size(); begin += 16) {
    some.clear();
    for (std::size_t i = begin; i < std::min(begin + 16, frames.size()); ++i) {
      some.push_back(&frames[i]);
    }
    sums += loss.run(some, false);
  }
  return sums;
}

double rate_at(const NetworkFitOptions& o, double done) {
  if (done < o.warm_up) return o.learning_rate * (0.05 + 0.95 * done / o.warm_up);
  const double t = (done - o.warm_up) / (1 - o.warm_up);
  return o.last_rate + (o.learning_rate - o.last_rate) * 0.5 * (1 + std::cos(M_PI * t));
}

void shuffle(std::vector<std::size_t>& order, std::uint64_t seed, std::uint64_t epoch) {
  RandomStream random(seed, "frames of an epoch", epoch);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

}  // namespace

Schema NetworkFitOptions::schema() {
  Schema s("fit");
  s.quantity("epochs", epochs, Dimension::none, "passes over the training frames", positive)
      .quantity("minutes", minutes, Dimension::none,
                "time of the whole fit instead of epochs (then results depend on the machine); 0: "
                "by epochs",
                not_negative)
      .quantity("learning_rate", learning_rate, Dimension::none, "of Adam, at its highest",
                positive)
      .quantity("last_rate", last_rate, Dimension::none, "at the end of its cosine decay",
                not_negative)
      .quantity("warm_up", warm_up, Dimension::none, "share of the fit in which the rate rises",
                Bounds{0, 0.5})
      .quantity("weight_decay", weight_decay, Dimension::none, "decoupled, times the rate",
                not_negative)
      .quantity("averaging", averaging, Dimension::none, "of the weights kept, per step",
                Bounds{0, 1})
      .integer("frames_per_step", frames_per_step, "frames of one step", Bounds{1, 1024})
      .quantity("energy_weight", weights.energy, Dimension::none, "of (eV/atom)^2", not_negative)
      .quantity("force_weight", weights.force, Dimension::none, "of (eV/A)^2", not_negative)
      .quantity("virial_weight", weights.virial, Dimension::none, "of (eV/atom)^2", not_negative);
  return s;
}

void fit_network(mlp::Model& model, std::span<const PackedFrame> train,
                 std::span<const PackedFrame> validation, const NetworkFitOptions& options,
                 const std::function<void(const NetworkProgress&)>& watch) {
  if (train.empty()) throw InputError("there are no frames to train on");
  mlp::Prepared<float> prepared(model, spline_step_A);
  Adam adam(prepared, options);
  const auto per_step = static_cast<std::size_t>(std::max(1L, options.frames_per_step));
  const std::size_t parts = std::max<std::size_t>(std::min<std::size_t>(2, per_step), per_step / 4);
  ParallelLoss loss(prepared, options.weights, parts, adam.size());
  std::vector<std::size_t> order(train.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<const PackedFrame*> frames;
  NetworkProgress p;
  const double start = now_minutes();
  const double steps =
      options.epochs * static_cast<double>(train.size()) / static_cast<double>(per_step);
  double told = 0;
  std::size_t at = train.size();
  std::uint64_t epoch = 0;
  while (p.done < 1) {
    frames.clear();
    while (frames.size() < std::min(per_step, train.size())) {
      if (at >= order.size()) {
        shuffle(order, options.seed, epoch++);
        at = 0;
      }
      frames.push_back(&train[order[at++]]);
    }
    p.train += loss.run(frames, true);
    p.learning_rate = rate_at(options, p.done);
    adam.step(loss.gradient(), p.learning_rate);
    ++p.step;
    p.minutes = now_minutes() - start;
    p.done =
        options.minutes > 0 ? p.minutes / options.minutes : static_cast<double>(p.step) / steps;
    p.epoch = static_cast<double>(epoch) - 1 +
              static_cast<double>(at) / static_cast<double>(order.size());
    const bool stop = interrupt_requested();
    if (p.done - told >= 0.05 || p.done >= 1 || stop) {
      told = p.done;
      adam.swap();
      p.validation = measure(loss, validation);
      if (p.done >= 1 || stop) break;
      if (watch) watch(p);
      adam.swap();
      p.train = {};
    }
  }
  prepared.store(model);
  if (watch) watch(p);
  check_interrupt();
}

LossSums measure_network(const mlp::Model& model, std::span<const PackedFrame> frames,
                         const LossWeights& weights) {
  mlp::Prepared<float> prepared(model, spline_step_A);
  ParallelLoss loss(prepared, weights, 4, 0);
  return measure(loss, frames);
}

void standardise_features(mlp::Model& model, std::span<const PackedFrame> frames) {
  for (auto& below : model.below) standardise_features(below, frames);
  const auto n = static_cast<std::size_t>(model.features_B());
  for (auto& r : model.readout) {
    r.shift.assign(n, 0.0);
    r.scale.assign(n, 1.0);
  }
  const auto z_count = static_cast<std::size_t>(model.element_count());
  std::vector<std::vector<double>> sum(z_count, std::vector<double>(n)), square = sum;
  std::vector<double> count(z_count);
  const mlp::Evaluator evaluator(model);
  for (const auto& f : frames) {
    const auto features = invariants_of(model, evaluator, f);
    for (std::size_t i = 0; i < f.atoms(); ++i) {
      const std::size_t z = f.element[i];
      count[z] += 1;
      for (std::size_t k = 0; k < n; ++k) {
        const double b = features[i * n + k];
        sum[z][k] += b;
        square[z][k] += b * b;
      }
    }
  }
  for (std::size_t z = 0; z < z_count; ++z) {
    for (std::size_t k = 0; k < n && count[z] > 1; ++k) {
      const double mean = sum[z][k] / count[z];
      const double variance = std::max(0.0, square[z][k] / count[z] - mean * mean);
      model.readout[z].shift[k] = mean;
      // A feature that hardly varies must not be blown up.
      model.readout[z].scale[k] = 1 / std::max(std::sqrt(variance), 1e-3 * (std::abs(mean) + 1e-3));
    }
  }
}

}  // namespace vitrion
