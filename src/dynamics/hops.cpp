#include "dynamics/hops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/rng.hpp"
#include "dynamics/jump_groups.hpp"
#include "dynamics/spectrum.hpp"

namespace vitrion {
namespace {

constexpr double spectrum_time_ps = 4;

}  // namespace

std::string HopsAnalysis::summary() const {
  return "hops of an ion without sites: rates, lengths, waiting times, back jumps, strings";
}

Schema HopsAnalysis::parameters() {
  Schema schema(name());
  schema.text("species", species_, "ion to follow; empty: the first monovalent cation");
  schema.quantity("window", window_ps_, Dimension::time,
                  "over which positions are averaged before and after a jump: some vibrations long",
                  positive);
  schema.quantity("min_length", least_length_A_, Dimension::length,
                  "between the mean positions before and after: less is no jump", positive);
  schema.quantity("return_radius", return_radius_A_, Dimension::length,
                  "a jump that ends so near to where the last began is a back jump", positive);
  schema.quantity("string_time", string_time_ps_, Dimension::time,
                  "jumps further apart in time are not linked", positive);
  schema.quantity("string_radius", string_radius_A_, Dimension::length,
                  "an ion has taken the place of another within this distance of it", positive);
  schema.quantity("group_distance", group_distance_A_, Dimension::length,
                  "between the middles of jumps that are said to happen together", positive);
  schema.quantities("distances", distances_A_, Dimension::length,
                    "for the share of ions moved that far", positive);
  schema.quantity("max_time", max_time_ps_, Dimension::time, "longest time for that share",
                  positive);
  schema.integer("points", points_, "number of equally spaced times up to it", {1, 10000});
  schema.optional_quantity("temperature", temperature_K_, Dimension::temperature,
                           "for the barrier; auto: as the trajectory says", positive);
  schema.text("drift", drift_, drift_help);
  return schema;
}

void HopsAnalysis::prepare(const Frame& first, const SeriesInfo& series) {
  const auto mobile = default_mobile_species(first.structure);
  ion_ = !species_.empty() || mobile.empty() ? species_ : mobile.front();
  if (ion_.empty()) {
    throw InputError(
        fmt::format("hops: {} has no monovalent cation: name the ion with --set hops.species=X",
                    first.structure.formula()));
  }
  auto moving = mobile;
  if (std::find(moving.begin(), moving.end(), ion_) == moving.end()) moving.push_back(ion_);
  frame_ = choose_drift_frame(drift_, first.structure, moving);
  store_ = DisplacementStore(first, {ion_}, frame_);
  cell_ = first.structure.cell;
  temperature_here_K_ = temperature_K_ ? temperature_K_ : series.temperature_K;
  origins_ = TimeOrigins<std::vector<float>>(max_time_ps_, points_, distances_A_.size());
}

std::unique_ptr<Analysis> HopsAnalysis::fork() const {
  auto out = std::make_unique<HopsAnalysis>();
  out->store_ = store_.fork();
  return out;
}

void HopsAnalysis::merge(Analysis& other) {
  auto& later = static_cast<HopsAnalysis&>(other);
  for (std::size_t t = 0; t < later.store_.frames(); ++t) {
    const float* row = later.store_.frame(t);
    take({row, row + 3 * store_.atoms()}, later.store_.time_ps(t));
  }
}

void HopsAnalysis::start(double dt_ps) {
  dt_ps_ = dt_ps;
  const auto frames = [&](double time_ps) {
    return static_cast<std::size_t>(std::lround(std::clamp(time_ps / dt_ps, 1.0, 1e7)));
  };
  window_ = std::max<std::size_t>(2, frames(window_ps_));
  detector_ = CageJumps(store_.atoms(), window_, least_length_A_);
  correlator_ = BlockCorrelator({{0, 3 * store_.atoms()}}, frames(spectrum_time_ps));
}

void HopsAnalysis::take(std::vector<float> row, double time_ps) {
  const std::vector<double>& far = distances_A_;
  origins_.next(time_ps, row,
                [&far](std::size_t, const auto& origin, const auto& now, std::span<double> sums) {
                  const std::size_t ions = now.size() / 3;
                  for (std::size_t k = 0; k < ions; ++k) {
                    const float x = now[3 * k] - origin[3 * k];
                    const float y = now[3 * k + 1] - origin[3 * k + 1];
                    const float z = now[3 * k + 2] - origin[3 * k + 2];
                    const double r = std::sqrt(static_cast<double>(x * x + y * y + z * z));
                    for (std::size_t i = 0; i < far.size(); ++i) {
                      if (r > far[i]) sums[i] += 1 / static_cast<double>(ions);
                    }
                  }
                });
  if (frames_ == 0) first_time_ps_ = time_ps;
  if (frames_ == 1) {
    start(time_ps - first_time_ps_);
    feed(previous_);
  }
  if (++frames_ == 1) {
    previous_ = std::move(row);
    return;
  }
  std::vector<float> velocity(row.size());
  const auto per_dt = static_cast<float>(1 / dt_ps_);
  for (std::size_t c = 0; c < row.size(); ++c) velocity[c] = (row[c] - previous_[c]) * per_dt;
  correlator_.append(std::move(velocity));
  previous_ = row;
  feed(std::move(row));
}

void HopsAnalysis::close_stretch(BlockSums& blocks, CageJumps& detector, std::size_t& jumps,
                                 std::size_t& moments) const {
  const auto vibration = detector.take_vibration();
  const double time = static_cast<double>(detector.moments() - moments) * dt_ps_ *
                      static_cast<double>(store_.atoms());
  const double sums[] = {vibration.square_A2, vibration.count,
                         static_cast<double>(detector.finished() - jumps), time};
  blocks.append(sums, 1);
  jumps = detector.finished();
  moments = detector.moments();
}

void HopsAnalysis::feed(std::vector<float> row) {
  detector_.append(std::move(row));
  if (detector_.moments() >= blocked_moments_ + 2 * window_) {
    close_stretch(blocks_, detector_, blocked_jumps_, blocked_moments_);
  }
}

namespace {

// A histogram as a table of centre and density (area 1).
Table histogram(const std::string& name, const std::string& column, const std::string& unit,
                const std::vector<double>& values, double width, std::size_t most_bins) {
  Table table{name,
              {{column, unit, {}, {}}, {"density", "1/" + unit, {}, {}}, {"count", "", {}, {}}}};
  const double top = values.empty() ? width : *std::max_element(values.begin(), values.end());
  width = std::max(width, top / static_cast<double>(most_bins));
  std::vector<double> count(static_cast<std::size_t>(top / width) + 1, 0.0);
  for (const double v : values) count[static_cast<std::size_t>(v / width)] += 1;
  for (std::size_t k = 0; k < count.size(); ++k) {
    table.columns[0].data.push_back((static_cast<double>(k) + 0.5) * width);
    table.columns[1].data.push_back(count[k] / (static_cast<double>(values.size()) * width));
    table.columns[2].data.push_back(count[k]);
  }
  return table;
}

Plot bars(const std::string& title, const std::string& table, const std::string& x,
          const std::string& label) {
  return {Plot::Kind::lines, title, table, x, {"density"}, {""}, label,
          "density",         false, false, {}};
}

}  // namespace

void HopsAnalysis::add_rates(Result& out, const std::vector<Jump>& jumps,
                             const BlockSums& blocks) const {
  const auto ions = static_cast<double>(store_.atoms());
  const double time = static_cast<double>(detector_.moments()) * dt_ps_;
  const auto n = static_cast<double>(jumps.size());
  const double rate = n / (ions * time);
  // Three ways in which jumps may scatter; the largest counts.
  std::vector<double> by_ion(store_.atoms(), 0.0);
  std::vector<double> lengths;
  double square = 0;
  for (const auto& j : jumps) {
    by_ion[j.ion] += 1;
    lengths.push_back(j.length());
    square += lengths.back() * lengths.back();
  }
  const double poisson = std::sqrt(std::max(1.0, n)) / (ions * time);
  const double unlike = ions > 1 ? mean_and_error(by_ion).error / time : 0.0;
  const double in_time =
      blocks.jackknife([](std::span<const double> x) { return x[2] / x[3]; }).error;
  const double error = std::max({poisson, unlike, std::isfinite(in_time) ? in_time : 0.0});
  out.scalars.push_back({"jump_rate", rate, error, "1/ps",
                         "largest of: counting, scatter over ions, blocks of time"});
  const Estimate length = lengths.size() > 1
                              ? mean_and_error(lengths)
                              : Estimate{lengths.empty() ? not_known : lengths[0], not_known};
  out.scalars.push_back(
      {"jump_length", length.value, length.error, "A", fmt::format("{} jumps", jumps.size())});
  const double d = square / (6 * ions * time) * constants::A2_ps_in_cm2_s;
  out.scalars.push_back(
      {"D_jumps", d, d * error / std::max(rate, 1e-300), "cm2/s", "error of the rate"});
  const Estimate amplitude =
      blocks.jackknife([](std::span<const double> x) { return std::sqrt(x[0] / x[1]); });
  out.scalars.push_back({"vibration_amplitude", amplitude.value, amplitude.error, "A",
                         fmt::format("root mean square in 3 dimensions about the mean over {:.3g} "
                                     "ps; jackknife over {} blocks",
                                     static_cast<double>(window_) * dt_ps_, blocks.blocks())});
  if (amplitude.value > 0.5 * least_length_A_) {
    out.warnings.push_back(fmt::format(
        "ions at rest move by {:.2g} A about their mean, and a jump is {:.2g} A at least: some "
        "jumps may be vibration; raise min_length or window",
        amplitude.value, least_length_A_));
  }
  out.tables.push_back(histogram("lengths", "length", "A", lengths, 0.1, 200));
  out.plots.push_back(bars("Lengths of jumps", "lengths", "length", "length (A)"));
}

void HopsAnalysis::add_sequences(Result& out, const std::vector<Jump>& jumps) const {
  std::vector<std::vector<const Jump*>> of_ion(store_.atoms());
  for (const auto& j : jumps) of_ion[j.ion].push_back(&j);
  std::vector<double> waits;
  std::vector<double> cosines;
  double back = 0;
  for (auto& list : of_ion) {
    std::sort(list.begin(), list.end(), [](auto* a, auto* b) { return a->frame < b->frame; });
    for (std::size_t k = 1; k < list.size(); ++k) {
      const Jump& a = *list[k - 1];
      const Jump& b = *list[k];
      waits.push_back((b.frame - a.frame) * dt_ps_);
      cosines.push_back((a.to - a.from).dot(b.to - b.from) / (a.length() * b.length()));
      if ((b.to - a.from).norm() < return_radius_A_) back += 1;
    }
  }
  const auto n = static_cast<double>(waits.size());
  const std::string how = fmt::format("{} pairs of successive jumps", waits.size());
  const double share = n > 0 ? back / n : not_known;
  out.scalars.push_back(
      {"back_jumps", share, std::sqrt(std::max(share * (1 - share), 0.25 / n) / n), "", how});
  const Estimate wait = waits.size() > 1 ? mean_and_error(waits) : Estimate{not_known, not_known};
  out.scalars.push_back({"waiting_time", wait.value, wait.error, "ps",
                         how + "; waits cut by the ends of the run are not among them"});
  const Estimate turn =
      cosines.size() > 1 ? mean_and_error(cosines) : Estimate{not_known, not_known};
  out.scalars.push_back(
      {"jump_cosine", turn.value, turn.error, "", "between successive jumps; " + how});
  out.tables.push_back(histogram("waiting_times", "t", "ps", waits, 2 * dt_ps_, 60));
  out.plots.push_back(bars("Times between jumps of an ion", "waiting_times", "t", "t (ps)"));
  out.plots.back().log_y = true;
}

void HopsAnalysis::add_attempts(Result& out) const {
  const std::size_t longest = std::min(correlator_.max_lag(), correlator_.rows() / 2);
  const auto nu = spectrum_frequencies(longest, dt_ps_);
  const auto spectrum = [&](std::span<const double> sums) {
    std::vector<double> c(longest + 1);
    for (std::size_t m = 0; m <= longest; ++m) c[m] = sums[m] / sums[correlator_.max_lag() + 1 + m];
    auto g = power_spectrum(c, dt_ps_, LagWindow::hann);
    for (std::size_t k = 0; k < g.size(); ++k) g[k] /= difference_response(nu[k], dt_ps_);
    return g;
  };
  const BlockSums sums = correlator_.sums();
  const Estimate attempts =
      sums.jackknife([&](std::span<const double> x) { return band_centre(nu, spectrum(x)); });
  out.scalars.push_back(
      {"attempt_frequency", attempts.value, attempts.error, "THz",
       fmt::format("band centre of the velocity spectrum; jackknife over {} blocks",
                   sums.blocks())});
  const auto g = spectrum(sums.mean());
  const std::size_t top = g.size() - g.size() / 10;
  if (trapezoid(std::span(nu).subspan(top), std::span(g).subspan(top)) > 0.02 * trapezoid(nu, g)) {
    out.warnings.push_back(fmt::format(
        "frames {:.4g} ps apart are too coarse for the spectrum of {}: the attempt frequency is "
        "not to be trusted; write frames closer together",
        dt_ps_, ion_));
  }
  const Scalar rate = *out.find_scalar("jump_rate");
  if (!temperature_here_K_ || !(rate.value > 0) || !(attempts.value > 0)) return;
  const double kT = constants::boltzmann_eV_K * *temperature_here_K_;
  const double part = std::hypot(attempts.error / attempts.value, rate.error / rate.value);
  out.scalars.push_back({"jump_barrier", kT * std::log(attempts.value / rate.value), kT * part,
                         "eV", "k_B T ln(attempt frequency / jump rate), a free energy"});
}

void HopsAnalysis::add_moved(Result& out) const {
  const LagGrid& lags = origins_.grid();
  const std::size_t stride = origins_.stride();
  const std::size_t last =
      std::clamp<std::size_t>((origins_.frames() - 1) / lags.spacing / 2, 1, lags.count);
  const BlockSums sums = origins_.sums(last);
  Table table{"moved", {{"t", "ps", {}, {}}}};
  for (std::size_t lag = 1; lag <= last; ++lag) table.columns[0].data.push_back(lags.time_ps(lag));
  Plot plot{Plot::Kind::lines,
            "Share of ions that moved further",
            "moved",
            "t",
            {},
            {},
            "t (ps)",
            "share",
            false,
            false,
            {}};
  for (std::size_t i = 0; i < distances_A_.size(); ++i) {
    const auto estimates = sums.jackknife_all([&](std::span<const double> x) {
      std::vector<double> all;
      for (std::size_t lag = 1; lag <= last; ++lag) {
        all.push_back(x[lag * stride + i] / x[lag * stride + stride - 1]);
      }
      return all;
    });
    const std::string column = fmt::format("{:g} A", distances_A_[i]);
    Column y{column, "", {}, {}};
    Column error{column + "_error", "", {}, {}};
    for (const auto& e : estimates) {
      y.data.push_back(e.value);
      error.data.push_back(e.error);
    }
    table.columns.push_back(std::move(y));
    table.columns.push_back(std::move(error));
    plot.series.push_back(column);
    plot.errors.emplace_back();
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back(std::move(plot));
}

void HopsAnalysis::add_together(Result& out, std::vector<Jump> jumps) const {
  if (jumps.empty()) return;
  for (auto& j : jumps) {
    const Vec3& start = store_.start()[store_.chosen()[j.ion]];
    j.from += start;
    j.to += start;
  }
  const double frames = string_time_ps_ / dt_ps_;
  auto shuffled = jumps;
  RandomStream random(1, "shuffled jumps");
  for (std::size_t i = shuffled.size(); i-- > 1;) {
    std::swap(shuffled[i].frame, shuffled[random.below(i + 1)].frame);
  }
  const struct {
    const char* key;
    PartSizes found, chance;
  } kinds[] = {{"strings", jump_strings(jumps, cell_, frames, string_radius_A_),
                jump_strings(shuffled, cell_, frames, string_radius_A_)},
               {"groups", jump_groups(jumps, cell_, frames, group_distance_A_),
                jump_groups(shuffled, cell_, frames, group_distance_A_)}};
  const auto n = static_cast<double>(jumps.size());
  for (const auto& kind : kinds) {
    const std::string key = kind.key;
    const double share = share_together(kind.found);
    const double error = std::sqrt(std::max(share * (1 - share), 0.25 / n) / n);
    out.scalars.push_back(
        {key + "_share", share, error, "", "jumps in parts of two or more; counting"});
    out.scalars.push_back({key + "_share_by_chance", share_together(kind.chance), not_known, "",
                           "the same jumps with their times shuffled"});
    out.scalars.push_back({key + "_mean_size", mean_size_of_jump(kind.found), not_known, "",
                           "jumps in the part of a jump, mean over jumps"});
    out.scalars.push_back({key + "_mean_size_by_chance", mean_size_of_jump(kind.chance), not_known,
                           "", "the same jumps with their times shuffled"});
    Table table{key, {{"size", "", {}, {}}, {"share", "", {}, {}}, {"by_chance", "", {}, {}}}};
    const std::size_t most = std::max(kind.found.rbegin()->first, kind.chance.rbegin()->first);
    const auto part = [n](const PartSizes& sizes, std::size_t size) {
      const auto at = sizes.find(size);
      return at == sizes.end() ? 0.0 : static_cast<double>(size * at->second) / n;
    };
    for (std::size_t size = 1; size <= std::min<std::size_t>(most, 1000); ++size) {
      table.columns[0].data.push_back(static_cast<double>(size));
      table.columns[1].data.push_back(part(kind.found, size));
      table.columns[2].data.push_back(part(kind.chance, size));
    }
    out.tables.push_back(std::move(table));
    out.plots.push_back(
        {Plot::Kind::points,
         key == "strings" ? "Jumps by length of their string" : "Jumps by size of their group",
         key,
         "size",
         {"share", "by_chance"},
         {"", ""},
         "size (jumps)",
         "share of jumps",
         false,
         false,
         {}});
  }
}

Result HopsAnalysis::result() const {
  Result out;
  out.name = name();
  out.summary = fmt::format(
      "Jumps of {} between mean positions before and after, found from the paths by the cage-jump "
      "functional; no sites are assumed.",
      ion_);
  out.references = {"10.1103/PhysRevLett.102.088001", "10.1103/PhysRevE.88.022314",
                    "10.1103/PhysRevLett.80.2338", "10.1021/acsaem.8b00457"};
  out.settings = {{"ion", ion_}, {"drift frame", frame_.text}};
  if (!frame_.warning.empty()) out.warnings.push_back(frame_.warning);
  if (frames_ < 2 || detector_.moments() < 2 * window_) {
    for (const char* key : {"jump_rate", "jump_length", "vibration_amplitude"}) {
      out.scalars.push_back({key, not_known, not_known, key[5] == 'r' ? "1/ps" : "A", ""});
    }
    out.warnings.push_back(fmt::format(
        "{} frames are too few to see jumps between windows of {:g} ps: run longer or shorten "
        "window",
        frames_, window_ps_));
    return out;
  }
  out.settings.emplace_back("window", fmt::format("{:.4g} ps, {} frames",
                                                  static_cast<double>(window_) * dt_ps_, window_));
  BlockSums blocks = blocks_;
  CageJumps detector = detector_;
  std::size_t jumps_so_far = blocked_jumps_;
  std::size_t moments_so_far = blocked_moments_;
  if (detector.moments() > moments_so_far) {
    close_stretch(blocks, detector, jumps_so_far, moments_so_far);
  }
  const auto jumps = detector_.jumps();
  if (window_ < 4) {
    out.warnings.push_back(fmt::format(
        "a window of {:g} ps holds {} frames only: means over it are those of chance; write frames "
        "closer together or widen window",
        window_ps_, window_));
  }
  if (jumps.empty()) {
    out.warnings.push_back(
        fmt::format("no ion jumped {:g} A or more in this run", least_length_A_));
  }
  add_rates(out, jumps, blocks);
  add_sequences(out, jumps);
  add_attempts(out);
  add_moved(out);
  add_together(out, jumps);
  return out;
}

}  // namespace vitrion
