#include "learn/network_uncertainty.hpp"

#include <algorithm>

#include "learn/active_set.hpp"

namespace vitrion {
namespace {

constexpr int passes = 3;

// Values of the hidden units of every atom of a frame, as rows of their element.
class HiddenRows {
 public:
  explicit HiddenRows(const mlp::Model& model) : model_(model), evaluator_(model) {}

  void append(const PackedFrame& f, std::vector<std::vector<float>>& rows) {
    const auto n = static_cast<std::size_t>(model_.features_B());
    const auto features = invariants_of(model_, evaluator_, f);
    for (std::size_t i = 0; i < f.atoms(); ++i) {
      hidden_of(f.element[i], std::span(features).subspan(i * n, n), rows[f.element[i]]);
    }
  }

 private:
  void hidden_of(std::size_t z, std::span<const double> b, std::vector<float>& out) const {
    const mlp::Readout& r = model_.readout[z];
    for (std::size_t h = 0; h < r.hidden_bias.size(); ++h) {
      double x = r.hidden_bias[h], slope = 0;
      for (std::size_t k = 0; k < b.size(); ++k) {
        x += r.hidden_weight[h * b.size() + k] * (b[k] - r.shift[k]) * r.scale[k];
      }
      out.push_back(static_cast<float>(mlp::activate(model_.activation, x, slope)));
    }
  }

  const mlp::Model& model_;
  mlp::Evaluator evaluator_;
};

}  // namespace

void add_active_sets(mlp::Model& model, std::span<const PackedFrame> frames, std::size_t atoms) {
  const auto hidden = static_cast<std::size_t>(model.hidden_units());
  if (hidden == 0 || frames.empty()) return;
  const auto z_count = static_cast<std::size_t>(model.element_count());
  std::size_t all = 0;
  for (const auto& f : frames) all += f.atoms();
  const std::size_t stride = std::max<std::size_t>(1, all / (atoms * z_count));
  std::vector<std::vector<float>> rows(z_count);
  HiddenRows values(model);
  for (std::size_t i = 0; i < frames.size(); i += stride) values.append(frames[i], rows);
  model.uncertainty.assign(z_count, {});
  for (std::size_t z = 0; z < z_count; ++z) {
    ActiveSet set(hidden);
    const std::span<const float> data(rows[z]);
    for (int pass = 0; pass < passes; ++pass) {
      bool changed = false;
      for (std::size_t i = 0; i * hidden < data.size(); ++i) {
        changed |= set.offer(data.subspan(i * hidden, hidden), i);
      }
      set.refresh();
      if (!changed) break;
    }
    auto& inverse = model.uncertainty[z].active_inverse;
    for (std::size_t i = 0; i < hidden; ++i) {
      for (std::size_t j = 0; j < hidden; ++j) {
        inverse.push_back(
            set.inverse()(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
      }
    }
  }
  model.features = "hidden";
}

}  // namespace vitrion
