#include "learn/network_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "learn/adam.hpp"
#include "learn/fit_state.hpp"

namespace vitrion {
namespace {

constexpr double spline_step_A = 0.02;
constexpr double minutes_between_states = 0.5;

double now_minutes() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count() / 60;
}

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

// Frames in the order in which they are drawn: each once an epoch, whose order is drawn anew.
class Deck {
 public:
  Deck(std::size_t frames, std::uint64_t seed) : order_(frames), at_(frames), seed_(seed) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }
  std::size_t draw() {
    if (at_ >= order_.size()) shuffle();
    return order_[at_++];
  }
  void skip(std::uint64_t draws) {
    for (; draws > order_.size(); draws -= order_.size()) {
      shuffle();
      at_ = order_.size();
    }
    for (; draws > 0; --draws) draw();
  }
  [[nodiscard]] double epochs() const {
    return static_cast<double>(epoch_) - 1 +
           static_cast<double>(at_) / static_cast<double>(order_.size());
  }

 private:
  void shuffle() {
    RandomStream random(seed_, "frames of an epoch", epoch_++);
    for (std::size_t i = order_.size(); i > 1; --i) {
      std::swap(order_[i - 1], order_[random.below(i)]);
    }
    at_ = 0;
  }

  std::vector<std::size_t> order_;
  std::size_t at_;
  std::uint64_t seed_, epoch_ = 0;
};

// One fit, from where its state file left it if there is one.
class Fit {
 public:
  using Watch = std::function<void(const NetworkProgress&)>;

  Fit(const mlp::Model& model, std::span<const PackedFrame> train,
      std::span<const PackedFrame> validation, const NetworkFitOptions& options,
      std::filesystem::path state_file)
      : train_(train),
        validation_(validation),
        options_(options),
        state_file_(std::move(state_file)),
        prepared_(model, spline_step_A),
        adam_(prepared_, options.averaging, options.weight_decay),
        loss_(prepared_, options.weights, parts_of_step(options.frames_per_step), adam_.size()),
        deck_(train.size(), options.seed),
        frames_(std::min(static_cast<std::size_t>(options.frames_per_step), train.size())) {
    if (state_file_.empty()) return;
    identity_ = fit_identity(adam_.state(), options, train, validation);
    if (auto kept = read_fit_state(state_file_, identity_)) go_on_from(std::move(*kept));
  }

  void run(const Watch& watch) {
    for (const auto& earlier : state_.told) watch(earlier);
    const double begun = now_minutes() - state_.now.minutes;
    while (state_.now.done < 1) {
      step(begun);
      const double told = state_.told.empty() ? 0 : state_.told.back().done;
      if (state_.now.done - told >= 0.05 || state_.now.done >= 1) {
        tell(watch);
        keep();
      }
      if (interrupt_requested()) keep();
      check_interrupt();
      if (now_minutes() - kept_ > minutes_between_states) keep();
    }
  }

  void store_average(mlp::Model& model) {
    adam_.swap();
    prepared_.store(model);
    adam_.swap();
  }

 private:
  static std::size_t parts_of_step(long frames) {
    const auto n = static_cast<std::size_t>(frames);
    return std::max<std::size_t>(std::min<std::size_t>(2, n), n / 4);
  }

  void go_on_from(FitState kept) {
    state_ = std::move(kept);
    adam_.restore(state_.adam);
    deck_.skip(static_cast<std::uint64_t>(state_.now.step) * frames_.size());
    log_info(fmt::format("the fit goes on at {:.0f} %, where {} left it", 100 * state_.now.done,
                         state_file_.string()));
    state_.now.earlier = false;
  }

  void step(double begun) {
    NetworkProgress& p = state_.now;
    for (auto& frame : frames_) frame = &train_[deck_.draw()];
    p.train += loss_.run(frames_, true);
    p.learning_rate = rate_at(options_, p.done);
    adam_.step(loss_.gradient(), p.learning_rate);
    ++p.step;
    p.minutes = now_minutes() - begun;
    p.epoch = deck_.epochs();
    const double steps = options_.epochs * static_cast<double>(train_.size()) /
                         static_cast<double>(options_.frames_per_step);
    p.done =
        options_.minutes > 0 ? p.minutes / options_.minutes : static_cast<double>(p.step) / steps;
  }

  void tell(const Watch& watch) {
    adam_.swap();
    state_.now.validation = measure(loss_, validation_);
    adam_.swap();
    watch(state_.now);
    state_.told.push_back(state_.now);
    state_.now.train = {};
  }

  void keep() {
    if (state_file_.empty()) return;
    state_.adam = adam_.state();
    write_fit_state(state_file_, identity_, state_);
    kept_ = now_minutes();
  }

  std::span<const PackedFrame> train_, validation_;
  const NetworkFitOptions& options_;
  std::filesystem::path state_file_;
  mlp::Prepared<float> prepared_;
  Adam adam_;
  ParallelLoss loss_;
  Deck deck_;
  std::vector<const PackedFrame*> frames_;
  std::string identity_;
  FitState state_;
  double kept_ = now_minutes();
};

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
                 const std::function<void(const NetworkProgress&)>& watch,
                 const std::filesystem::path& state_file) {
  if (train.empty()) throw InputError("there are no frames to train on");
  Fit fit(model, train, validation, options, state_file);
  fit.run(watch ? watch : [](const NetworkProgress&) {});
  fit.store_average(model);
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
