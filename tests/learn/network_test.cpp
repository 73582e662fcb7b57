// Training a network: exact gradients, the same bits on any number of threads, and a potential
// that can be learned is learned.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "base/document.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "engine/mlp_provider.hpp"
#include "learn/network_fit.hpp"
#include "learn/network_skeleton.hpp"
#include "learn/network_uncertainty.hpp"
#include "learn/train.hpp"
#include "liquid.hpp"

namespace vitrion {
namespace {

using learn_test::liquid;

mlp::Model small_network(const std::string& activation = "silu", long messages = 0) {
  NetworkSkeletonOptions o;
  o.cutoff_A = 5.0;
  o.functions = 5;
  o.l_max = 2;
  o.l_order3 = 2;
  o.l_order4 = 1;
  o.channels = 3;
  o.hidden = 4;
  o.activation = activation;
  o.messages = messages;
  o.message_channels = 2;
  const std::vector<double> nearest(4, 1.4);
  mlp::Model m = make_network_skeleton({"Li", "S"}, nearest, o);
  m.reference_energy_eV = {-3.0, 0.0};
  return m;
}

std::vector<PackedFrame> packed(const Dataset& data, const mlp::Model& model) {
  std::vector<std::size_t> all(data.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return pack_frames(data, all, model);
}

// Every trained number of a model, of the layer below too.
std::vector<double*> numbers_of(mlp::Prepared<double>& prepared) {
  std::vector<double*> out;
  for (auto* layer = &prepared; layer != nullptr; layer = layer->below()) {
    for (int z = 0; z < layer->view().elements; ++z) {
      for (double& x : layer->parameters(z)) out.push_back(&x);
    }
  }
  return out;
}

// Of the numbers asked for, the gradient against differences of the loss; all of the gradient.
std::vector<double> expect_gradient_of_differences(mlp::Prepared<double>& prepared,
                                                   std::span<const PackedFrame> frames,
                                                   std::span<const std::size_t> which) {
  LossWorker<double> worker(prepared, {});
  const std::vector<const PackedFrame*> some{&frames[0], &frames[2]};
  const auto numbers = numbers_of(prepared);
  std::vector<double> gradient(numbers.size(), 0.0);
  worker.run(some, 2, 162, gradient);
  for (const std::size_t i : which) {
    double& x = *numbers[i];
    const double old = x, h = 1e-5;
    x = old + h;
    const double up = worker.run(some, 2, 162, {}).loss;
    x = old - h;
    const double down = worker.run(some, 2, 162, {}).loss;
    x = old;
    const double expected = (up - down) / (2 * h);
    EXPECT_NEAR(gradient[i], expected, 1e-6 * (1 + std::abs(expected))) << "number " << i;
  }
  return gradient;
}

TEST(NetworkLoss, GradientIsThatOfDifferences) {
  for (const char* activation : {"silu", "tanh", "root"}) {
    SCOPED_TRACE(activation);
    mlp::Model model = small_network(activation);
    const auto frames = packed(liquid(3), model);
    standardise_features(model, frames);
    mlp::Prepared<double> prepared(model, 0.002);
    const std::size_t block = prepared.parameters(0).size();
    std::vector<std::size_t> which;
    for (std::size_t k = 0; k < 24; ++k) {
      // Spread over mixing, linear, weights, biases and outputs, of both elements.
      which.push_back(k % 2 * block + (k < 16 ? k * 7919 % block : block - 1 - k % 8));
    }
    expect_gradient_of_differences(prepared, frames, which);
  }
}

TEST(NetworkLoss, GradientIsThatOfDifferencesThroughMessages) {
  mlp::Model model = small_network("silu", 3);
  const auto frames = packed(liquid(3), model);
  standardise_features(model, frames);
  mlp::Prepared<double> prepared(model, 0.002);
  const std::size_t count = numbers_of(prepared).size();
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < 60; ++k) which.push_back(k * 7919 % count);
  const auto gradient = expect_gradient_of_differences(prepared, frames, which);
  double of_messages = 0;
  for (const std::size_t i : which) {
    if (i >= prepared.numbers()) of_messages += std::abs(gradient[i]);
  }
  EXPECT_GT(of_messages, 1e-3);
}

TEST(NetworkLoss, PartsOfAStepAddUp) {
  mlp::Model model = small_network();
  const auto frames = packed(liquid(4), model);
  standardise_features(model, frames);
  mlp::Prepared<double> prepared(model, 0.002);
  LossWorker<double> worker(prepared, {});
  std::vector<const PackedFrame*> all;
  for (const auto& f : frames) all.push_back(&f);
  const std::size_t n = 2 * prepared.parameters(0).size();
  std::vector<double> whole(n, 0.0), parts(n, 0.0);
  const double loss = worker.run(all, 4, 324, whole).loss;
  double sum = worker.run(std::span(all).first(1), 4, 324, parts).loss;
  sum += worker.run(std::span(all).subspan(1), 4, 324, parts).loss;
  EXPECT_NEAR(sum, loss, 1e-12 * loss);
  for (std::size_t i = 0; i < n; ++i)
    EXPECT_NEAR(parts[i], whole[i], 1e-9 * (1 + std::abs(whole[i])));
}

// Fits `model` on two threads; returns what one thread makes of the same start.
mlp::Model fit_on_two_threads_and_on_one(mlp::Model& model, std::span<const PackedFrame> train,
                                         std::span<const PackedFrame> test,
                                         const NetworkFitOptions& options) {
  mlp::Model again = model;
  set_threads(2);
  fit_network(model, train, test, options, {});
  set_threads(1);
  fit_network(again, train, test, options, {});
  set_threads(0);
  return again;
}

TEST(NetworkFit, LearnsAPotentialItHasNotSeenAndSameBitsOnAnyThreads) {
  const Dataset data = liquid(48);
  mlp::Model model = small_network();
  const auto frames = packed(data, model);
  const std::span<const PackedFrame> train(frames.data(), 40), test(frames.data() + 40, 8);
  standardise_features(model, train);
  const double before = measure_network(model, test).force_rmse();
  NetworkFitOptions options;
  options.epochs = 40;
  options.learning_rate = 1e-2;
  options.averaging = 0.99;
  options.frames_per_step = 4;
  const mlp::Model again = fit_on_two_threads_and_on_one(model, train, test, options);
  EXPECT_EQ(model.readout[0].linear, again.readout[0].linear);
  EXPECT_EQ(model.mixing, again.mixing);
  const LossSums after = measure_network(model, test);
  EXPECT_LT(after.force_rmse(), 0.15 * before);
  EXPECT_LT(after.energy_rmse(), 0.02);
}

TEST(NetworkFit, MessagesAreLearnedTooWithTheSameBitsOnAnyThreads) {
  const Dataset data = liquid(48);
  mlp::Model model = small_network("silu", 3);
  const auto frames = packed(data, model);
  const std::span<const PackedFrame> train(frames.data(), 40), test(frames.data() + 40, 8);
  standardise_features(model, train);
  const auto first = model.below[0];
  const double before = measure_network(model, test).force_rmse();
  NetworkFitOptions options;
  options.epochs = 20;
  options.learning_rate = 1e-2;
  options.averaging = 0.99;
  options.frames_per_step = 4;
  const mlp::Model again = fit_on_two_threads_and_on_one(model, train, test, options);
  EXPECT_EQ(model.mixing, again.mixing);
  EXPECT_EQ(model.below[0].mixing, again.below[0].mixing);
  EXPECT_NE(model.below[0].mixing, first.mixing);
  EXPECT_NE(model.below[0].readout[0].hidden_weight, first.readout[0].hidden_weight);
  for (const auto& r : model.below[0].readout) {  // still no energy of its own
    for (const double c : r.linear) EXPECT_EQ(c, 0);
    for (const double v : r.hidden_output) EXPECT_EQ(v, 0);
  }
  EXPECT_LT(measure_network(model, test).force_rmse(), 0.25 * before);
  // What the trainer computes is what the provider gives.
  MlpProvider provider(model, mlp::Precision::double_);
  Frame frame = data.samples[40].frame;
  provider.evaluate(frame);
  double sum = 0;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    sum += (frame.forces[i] - data.samples[40].frame.forces[i]).squaredNorm();
  }
  const double error = std::sqrt(sum / (3 * static_cast<double>(frame.size())));
  EXPECT_NEAR(error, measure_network(model, test.first(1)).force_rmse(), 1e-4);
}

// A small fit that writes its state, stopped by `watch` after some reports or run to its end.
class StoppedFit : public ::testing::Test {
 protected:
  StoppedFit() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    options_.epochs = 8;
    options_.frames_per_step = 4;
    standardise_features(start_, frames_);
  }

  // The reports that were made; `model` is trained where none of them stopped the fit.
  std::vector<NetworkProgress> fit(mlp::Model& model, std::size_t stop_after) {
    std::vector<NetworkProgress> told;
    struct Stop {};
    const std::span<const PackedFrame> all(frames_);
    try {
      fit_network(
          model, all.first(18), all.last(2), options_,
          [&](const NetworkProgress& p) {
            if (told.size() == stop_after) throw Stop();
            told.push_back(p);
          },
          file_);
    } catch (const Stop&) {
    }
    return told;
  }

  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "stopped_fit";
  std::filesystem::path file_ = folder_ / "state.cbor";
  mlp::Model start_ = small_network("silu", 3);
  std::vector<PackedFrame> frames_ = packed(liquid(20), start_);
  NetworkFitOptions options_;
};

TEST_F(StoppedFit, GoesOnToTheSameBitsAndReports) {
  mlp::Model whole = start_, parts = start_;
  const auto all = fit(whole, 1000);
  std::filesystem::remove(file_);
  ASSERT_EQ(all.size(), 18U);  // of 36 steps
  EXPECT_EQ(fit(parts, 5).size(), 5U);
  EXPECT_EQ(parts.mixing, start_.mixing);
  EXPECT_EQ(fit(parts, 9).size(), 9U);
  const auto told = fit(parts, 1000);
  EXPECT_EQ(parts.mixing, whole.mixing);
  EXPECT_EQ(parts.below[0].mixing, whole.below[0].mixing);
  EXPECT_EQ(parts.readout[1].hidden_weight, whole.readout[1].hidden_weight);
  ASSERT_EQ(told.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(told[i].earlier, i < 9);
    EXPECT_EQ(told[i].step, all[i].step);
    EXPECT_EQ(told[i].epoch, all[i].epoch);
    EXPECT_EQ(told[i].train.force_rmse(), all[i].train.force_rmse());
    EXPECT_EQ(told[i].validation.force_rmse(), all[i].validation.force_rmse());
  }
  mlp::Model again = start_;  // done: nothing is left to do
  for (const auto& p : fit(again, 1000)) EXPECT_TRUE(p.earlier);
  EXPECT_EQ(again.mixing, whole.mixing);
}

TEST_F(StoppedFit, BeginsAnewWhereTheFitIsAnotherOrItsStateIsBroken) {
  mlp::Model whole = start_;
  const auto all = fit(whole, 1000);
  std::filesystem::remove(file_);
  const auto begins_anew = [&] { return !fit(start_, 5).at(0).earlier; };
  EXPECT_TRUE(begins_anew());
  EXPECT_FALSE(begins_anew());
  options_.learning_rate *= 2;
  EXPECT_TRUE(begins_anew());
  EXPECT_FALSE(begins_anew());
  frames_[3].force[7] += 0.001F;
  EXPECT_TRUE(begins_anew());
  EXPECT_FALSE(begins_anew());
  start_.mixing[0] += 0.01;
  EXPECT_TRUE(begins_anew());
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) / 2);
  EXPECT_TRUE(begins_anew());
}

TEST(NetworkUncertainty, GradesOfTrainingAreAtMostOneAndACompressedFrameIsOutside) {
  const Dataset data = liquid(30);
  mlp::Model model = small_network();
  const auto frames = packed(data, model);
  standardise_features(model, frames);
  add_active_sets(model, frames);
  MlpProvider provider(model);
  double inside = 0;
  for (const auto& sample : data.samples) {
    Frame frame = sample.frame;
    for (const double g : provider.evaluate_atoms(frame).grade) inside = std::max(inside, g);
  }
  EXPECT_GT(inside, 0.5);
  EXPECT_LT(inside, 1.05);
  Frame squeezed = data.samples[0].frame;
  for (auto& r : squeezed.structure.position) r *= 0.75;
  squeezed.structure.cell = Cell(0.75 * squeezed.structure.cell.vectors());
  double outside = 0;
  for (const double g : provider.evaluate_atoms(squeezed).grade) outside = std::max(outside, g);
  EXPECT_GT(outside, 2);
}

TEST(TrainingRecipe, ShippedAndPrintedRecipesAreValid) {
  const std::filesystem::path folder = VITRION_SOURCE_DIR "/recipes/potentials";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const TrainingRecipe recipe = load_training_recipe(entry.path());
    EXPECT_EQ(recipe.name, entry.path().stem());
    EXPECT_FALSE(recipe.limits.empty());
  }
  TrainingRecipe printed;
  printed.schema().read(parse_yaml(commented_training_recipe(), "example"));
  EXPECT_EQ(printed.name, "my-potential");
  EXPECT_EQ(printed.split.gap, 3);
  try {
    printed.schema().read(parse_yaml("dta: [x]", "example"));
    FAIL();
  } catch (const InputError& e) {
    EXPECT_NE(std::string(e.what()).find("data"), std::string::npos);
  }
}

TEST(PackedFrames, LabelsLoseTheirReferenceAndKeepTheirVirial) {
  const Dataset data = liquid(1);
  const mlp::Model model = small_network();
  const auto p = packed(data, model).front();
  const Frame& f = data.samples[0].frame;
  EXPECT_NEAR(p.energy_eV, *f.energy_eV + 3.0 * 14, 1e-9);
  EXPECT_NEAR(p.virial_eV[1], (*f.stress_eV_A3)(0, 1) * f.structure.cell.volume(), 1e-9);
  EXPECT_EQ(p.first.size(), 28U);
  EXPECT_EQ(p.start.size(), 27U * 3U);
}

}  // namespace
}  // namespace vitrion
