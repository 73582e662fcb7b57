#include "structure/sq_sums.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "structure/density_modes.hpp"
#include "structure/pair_distribution.hpp"

namespace vitrion {

void SqSettings::add_to(Schema& schema) {
  schema.quantity("bin", bin_A, Dimension::wavenumber, "width of the bins of abs(q)", positive)
      .integer("vectors", vectors,
               "direct: take about as many vectors in a bin at most, drawn at random for each "
               "frame; 0: all",
               not_negative)
      .choice("window", window, {"none", "lorch", "cosine"},
              "transform: how g(r) - 1 ends at r_max")
      .optional_quantity("r_max", r_max_A, Dimension::length,
                         "transform: how far g(r) goes; auto: half the smallest height of the cell",
                         positive);
}

Eigen::MatrixXd SqPartials::matrix(const PairTable& table, std::size_t row) const {
  const auto n = static_cast<Eigen::Index>(table.groups());
  Eigen::MatrixXd out(n, n);
  for (Eigen::Index a = 0; a < n; ++a) {
    for (Eigen::Index b = a; b < n; ++b) {
      const std::size_t p = table.pair(static_cast<std::size_t>(a), static_cast<std::size_t>(b));
      out(a, b) = out(b, a) = s_fz[p][row];
    }
  }
  return out;
}

namespace {

struct QGrid {
  double width = 0.05;
  std::size_t bins = 0;
  [[nodiscard]] double centre(std::size_t k) const {
    return (static_cast<double>(k) + 0.5) * width;
  }
};

// Counters for each bin: vectors, Σ abs(q), Σ Re ρ_α ρ_β*; then the volume.
class DirectSums : public SqSums {
 public:
  struct Setup {
    PairTable table;
    QGrid grid;
    double q_max = 10;
    double vectors = 2500;
    [[nodiscard]] std::size_t stride() const { return 2 + table.pairs(); }
    // Where a bin has so many vectors: V q² dq / 4π² of them, q and −q as one.
    [[nodiscard]] double q_full(double volume) const {
      if (vectors == 0) return std::numeric_limits<double>::infinity();
      return 2 * constants::pi * std::sqrt(vectors / (volume * grid.width));
    }
  };
  explicit DirectSums(std::shared_ptr<const Setup> setup) : setup_(std::move(setup)) {}

  [[nodiscard]] std::unique_ptr<SqSums> fork() const override {
    return std::make_unique<DirectSums>(setup_);
  }
  void consume(const FrameView& view) override {
    const Structure& s = view.frame.structure;
    const double q_full = setup_->q_full(s.cell.volume());
    const ModeLattice lattice =
        make_mode_lattice(s.cell, setup_->q_max, {q_full, static_cast<std::uint64_t>(view.index)});
    auto counters = sum_shells(s, setup_->table, lattice, {setup_->grid.width, setup_->grid.bins});
    counters.push_back(s.cell.volume());
    sums_.append(counters, 1);
    thinned_from_ = std::min(thinned_from_, q_full);
    q_least_ = std::min(q_least_, 2 * constants::pi / s.cell.heights().maxCoeff());
  }
  void merge(const SqSums& later) override {
    const auto& other = dynamic_cast<const DirectSums&>(later);
    sums_.merge(other.sums_);
    thinned_from_ = std::min(thinned_from_, other.thinned_from_);
    q_least_ = std::min(q_least_, other.q_least_);
  }
  [[nodiscard]] const BlockSums& sums() const override { return sums_; }
  [[nodiscard]] const PairTable& table() const override { return setup_->table; }
  [[nodiscard]] SqPartials partials(std::span<const double> counters) const override;
  [[nodiscard]] double mean_volume(std::span<const double> counters) const override {
    return counters.back();
  }
  void describe(Result& out) const override;

 private:
  // Bins that have vectors in any frame.
  [[nodiscard]] std::vector<std::size_t> rows() const {
    const std::vector<double> total = sums_.total();
    std::vector<std::size_t> out;
    for (std::size_t k = 0; k < setup_->grid.bins; ++k) {
      if (total[k * setup_->stride()] > 0) out.push_back(k);
    }
    return out;
  }

  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
  double thinned_from_ = std::numeric_limits<double>::infinity();
  double q_least_ = std::numeric_limits<double>::infinity();
};

SqPartials DirectSums::partials(std::span<const double> counters) const {
  const PairTable& table = setup_->table;
  double n = 0;
  for (std::size_t a = 0; a < table.groups(); ++a) n += table.count(a);
  SqPartials out;
  out.s_fz.resize(table.pairs());
  for (const std::size_t k : rows()) {
    const double* c = counters.data() + k * setup_->stride();
    out.q_A.push_back(setup_->grid.centre(k));
    out.q_mean_A.push_back(c[0] > 0 ? c[1] / c[0] : setup_->grid.centre(k));
    out.count.push_back(c[0]);
    for (std::size_t a = 0; a < table.groups(); ++a) {
      for (std::size_t b = a; b < table.groups(); ++b) {
        const std::size_t p = table.pair(a, b);
        // The review's Eq. 8: the self term goes for like atoms, the 1 stays for all.
        const double self = a == b ? table.count(a) : 0;
        out.s_fz[p].push_back(1 + n / (table.count(a) * table.count(b)) * (c[2 + p] / c[0] - self));
      }
    }
  }
  return out;
}

void DirectSums::describe(Result& out) const {
  out.settings.emplace_back("method",
                            "direct sum over the reciprocal vectors of each frame's cell");
  out.settings.emplace_back(
      "vectors",
      thinned_from_ < setup_->q_max
          ? fmt::format("all (one of q and -q) up to {:.4g} 1/A; beyond, about {:.0f} in "
                        "a bin, drawn at random for each frame",
                        thinned_from_, setup_->vectors)
          : "all (one of q and -q)");
  out.settings.emplace_back("smallest vector", fmt::format("{:.4g} 1/A", q_least_));
}

// Counters are those of PairDistribution.
class TransformSums : public SqSums {
 public:
  struct Setup {
    PairDistributionSetup g;
    QGrid grid;
    std::string window;
    std::optional<SineTransform> transform;
  };
  explicit TransformSums(std::shared_ptr<const Setup> setup)
      : setup_(std::move(setup)), g_(setup_->g) {}

  [[nodiscard]] std::unique_ptr<SqSums> fork() const override {
    return std::make_unique<TransformSums>(setup_);
  }
  void consume(const FrameView& view) override {
    g_.consume(view.frame.structure);
    volume_ += view.frame.structure.cell.volume();
    half_height_ = std::min(half_height_, 0.5 * view.frame.structure.cell.heights().minCoeff());
  }
  void merge(const SqSums& later) override {
    const auto& other = dynamic_cast<const TransformSums&>(later);
    g_.merge(other.g_);
    volume_ += other.volume_;
    half_height_ = std::min(half_height_, other.half_height_);
  }
  [[nodiscard]] const BlockSums& sums() const override { return g_.sums(); }
  [[nodiscard]] const PairTable& table() const override { return setup_->g.table; }
  [[nodiscard]] SqPartials partials(std::span<const double> counters) const override;
  [[nodiscard]] double mean_volume(std::span<const double>) const override { return not_known; }
  void describe(Result& out) const override;

 private:
  std::shared_ptr<const Setup> setup_;
  PairDistribution g_;
  double volume_ = 0;
  double half_height_ = std::numeric_limits<double>::infinity();
};

SqPartials TransformSums::partials(std::span<const double> counters) const {
  const PairTable& table = setup_->g.table;
  const double density =
      static_cast<double>(table.group_of().size()) * sums().total_weight() / volume_;
  SqPartials out;
  for (std::size_t k = 0; k < setup_->grid.bins; ++k) out.q_A.push_back(setup_->grid.centre(k));
  out.q_mean_A = out.q_A;
  out.count.assign(out.q_A.size(), not_known);
  for (std::size_t a = 0; a < table.groups(); ++a) {
    for (std::size_t b = a; b < table.groups(); ++b) {
      auto s = (*setup_->transform)(g_.g(counters, a, b), density);
      for (double& x : s) x += 1;
      out.s_fz.push_back(std::move(s));
    }
  }
  return out;
}

void TransformSums::describe(Result& out) const {
  out.settings.emplace_back("method", "transform of g(r)");
  out.settings.emplace_back("r_max", fmt::format("{:.4g} A", setup_->g.r_max_A));
  out.settings.emplace_back("window", setup_->window);
  if (setup_->g.r_max_A > half_height_ * (1 + 1e-9)) {
    out.warnings.push_back(fmt::format(
        "g(r) is transformed up to {:.4g} A, beyond half the smallest height of the cell, {:.4g} "
        "A, where atoms meet their own images: choose a smaller r_max",
        setup_->g.r_max_A, half_height_));
  }
}

QGrid grid_of(const SqSettings& settings, const std::string& who) {
  if (settings.bin_A > settings.q_max_A) {
    throw InputError(
        fmt::format("{}: a bin of {} 1/Å is wider than q_max, {} 1/Å: choose a smaller "
                    "one",
                    who, settings.bin_A, settings.q_max_A));
  }
  const double bins = std::ceil(settings.q_max_A / settings.bin_A * (1 - 1e-12));
  if (bins > 1e5) {
    throw InputError(fmt::format("{}: {} bins are too many: choose a wider bin than {} 1/Å", who,
                                 bins, settings.bin_A));
  }
  return {settings.bin_A, static_cast<std::size_t>(bins)};
}

// Work in a frame, in vectors times atoms; above this one frame takes minutes.
void check_affordable(const Frame& first, const DirectSums::Setup& setup, const std::string& who) {
  const double volume = first.structure.cell.volume();
  const double q_full = std::min(setup.q_full(volume), setup.q_max);
  const double pi = constants::pi;
  const double vectors = volume * std::pow(q_full, 3) / (12 * pi * pi) +
                         setup.vectors * (setup.q_max - q_full) / setup.grid.width;
  const double work = vectors * static_cast<double>(first.size());
  if (work < 1e12) return;
  throw InputError(
      fmt::format("{}: {:.2g} reciprocal vectors for {} atoms are too many: choose a smaller q_max "
                  "or number of "
                  "vectors, or \"method: transform\"",
                  who, vectors, first.size()));
}

}  // namespace

std::unique_ptr<SqSums> make_sq_sums(const Frame& first, const SqSettings& settings,
                                     const std::string& who) {
  const Cell& cell = first.structure.cell;
  const QGrid grid = grid_of(settings, who);
  if (settings.method == "transform") {
    auto setup = std::make_shared<TransformSums::Setup>();
    double r_max = 10;
    if (cell.is_defined()) {
      // A little less than half: the cell of a run under pressure breathes.
      r_max = settings.r_max_A.value_or(std::floor(0.5 * cell.heights().minCoeff() * 9.8) / 10);
    }
    setup->g = make_pair_distribution(first, std::max(r_max, 1.0), 0.02, who);
    setup->grid = grid;
    setup->window = settings.window;
    std::vector<double> q;
    for (std::size_t k = 0; k < grid.bins; ++k) q.push_back(grid.centre(k));
    setup->transform.emplace(setup->g.bins, setup->g.width(), window_from(settings.window), q);
    return std::make_unique<TransformSums>(std::move(setup));
  }
  if (!cell.is_defined() || !cell.fully_periodic()) {
    throw InputError(fmt::format(
        "{} by direct summation needs a cell that is periodic in all directions, as q are its "
        "reciprocal vectors: give a trajectory with one",
        who));
  }
  auto setup = std::make_shared<DirectSums::Setup>();
  setup->table = PairTable(first.structure);
  setup->grid = grid;
  setup->q_max = settings.q_max_A;
  setup->vectors = static_cast<double>(settings.vectors);
  check_affordable(first, *setup, who);
  return std::make_unique<DirectSums>(std::move(setup));
}

}  // namespace vitrion
