#include "coupling/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/constants.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace vitrion {
namespace {

// Fewer turns, or of fewer units, are an anecdote, however small p is.
constexpr std::size_t least_turns = 5;
constexpr std::size_t least_units = 3;

struct Pair {
  std::uint32_t hop;
  std::uint32_t unit;  // numbered among units that turn
  float distance;
  double lag;  // of the hop behind the turn, within ±T/2
};

struct Pairs {
  std::vector<Pair> all;              // by hop
  std::vector<std::size_t> turns_of;  // turns of each unit that turns
};

double around(double lag, double duration) { return lag - duration * std::round(lag / duration); }

Pairs find_pairs(std::span<const HopEvent> hops, std::span<const TurnEvent> turns, const Cell& cell,
                 double duration, double reach) {
  Pairs out;
  std::map<std::uint32_t, std::uint32_t> number;
  std::vector<std::uint32_t> unit;
  for (const auto& turn : turns) {
    const auto at = number.emplace(turn.unit, static_cast<std::uint32_t>(number.size())).first;
    unit.push_back(at->second);
    out.turns_of.resize(number.size(), 0);
    ++out.turns_of[at->second];
  }
  constexpr std::size_t batch = 256;
  std::vector<std::vector<Pair>> parts((hops.size() + batch - 1) / batch);
  parallel_for(parts.size(), [&](std::size_t b) {
    for (std::size_t i = b * batch; i < std::min(hops.size(), (b + 1) * batch); ++i) {
      for (std::size_t j = 0; j < turns.size(); ++j) {
        const Vec3 d = hops[i].at - turns[j].at;
        const double r = (cell.is_defined() ? cell.minimum_image(d) : d).norm();
        if (r > reach) continue;
        parts[b].push_back({static_cast<std::uint32_t>(i), unit[j], static_cast<float>(r),
                            around(hops[i].time_ps - turns[j].time_ps, duration)});
      }
    }
  });
  for (const auto& part : parts) out.all.insert(out.all.end(), part.begin(), part.end());
  return out;
}

// What is counted, of the run and of each surrogate.
struct Counts {
  double pairs = 0;
  double with = 0;   // Σℓ² of hops with a turn
  double after = 0;  // Σℓ² of hops just after one, and with none
  double ahead = 0, behind = 0;
  std::vector<double> map;
  std::vector<double> lags;
  std::vector<double> by_unit;
};

class Counter {
 public:
  Counter(std::span<const HopEvent> hops, const Pairs& pairs, double duration,
          const EventOptions& o, std::size_t lag_bins, double lag_width)
      : hops_(hops),
        pairs_(pairs),
        duration_(duration),
        o_(o),
        bins_(lag_bins),
        width_(lag_width) {}

  [[nodiscard]] Counts count(std::span<const double> shift) const {
    Counts out;
    out.map.assign(o_.deltas_ps.size() * o_.radii_A.size(), 0.0);
    out.lags.assign(bins_, 0.0);
    out.by_unit.assign(pairs_.turns_of.size(), 0.0);
    const auto n = pairs_.all.size();
    for (std::size_t i = 0; i < n;) {
      const std::uint32_t hop = pairs_.all[i].hop;
      bool with = false;
      bool after = false;
      for (; i < n && pairs_.all[i].hop == hop; ++i) add(pairs_.all[i], shift, out, with, after);
      if (with) out.with += hops_[hop].square_A2;
      if (!with && after) out.after += hops_[hop].square_A2;
    }
    return out;
  }

 private:
  void add(const Pair& pair, std::span<const double> shift, Counts& out, bool& with,
           bool& after) const {
    const double lag = shift.empty() ? pair.lag : around(pair.lag - shift[pair.unit], duration_);
    const double apart = std::abs(lag);
    const auto r = static_cast<double>(pair.distance);
    if (r <= o_.radius_A) {
      if (apart <= o_.delta_ps) {
        out.pairs += 1;
        out.by_unit[pair.unit] += 1;
        with = true;
      }
      after = after || (lag > o_.delta_ps && lag <= 3 * o_.delta_ps);
      if (apart <= 2 * o_.delta_ps) (lag > 0 ? out.behind : out.ahead) += 1;
      const double bin = std::floor(lag / width_ + 0.5 * static_cast<double>(bins_));
      if (bin >= 0 && bin < static_cast<double>(bins_))
        out.lags[static_cast<std::size_t>(bin)] += 1;
    }
    for (std::size_t d = 0; d < o_.deltas_ps.size(); ++d) {
      if (apart > o_.deltas_ps[d]) continue;
      for (std::size_t k = 0; k < o_.radii_A.size(); ++k) {
        if (r <= o_.radii_A[k]) out.map[d * o_.radii_A.size() + k] += 1;
      }
    }
  }

  std::span<const HopEvent> hops_;
  const Pairs& pairs_;
  double duration_;
  const EventOptions& o_;
  std::size_t bins_;
  double width_;
};

// Share of surrogates at least as far out, on the nearer side, both sides counted.
double two_sided(double found, std::span<const double> chance) {
  double high = 1;
  double low = 1;
  for (const double x : chance) {
    high += x >= found ? 1 : 0;
    low += x <= found ? 1 : 0;
  }
  return std::min(1.0, 2 * std::min(high, low) / static_cast<double>(chance.size() + 1));
}

Estimate moments(std::span<const double> x) {
  const Estimate mean = mean_and_error(x);
  return {mean.value, mean.error * std::sqrt(static_cast<double>(x.size()))};
}

// `dispersion`: variance of the count by chance over that of independent events.
void judge(EventCoupling& out, const EventOptions& o, double dispersion, std::size_t units) {
  const double sigma = out.enhancement.error;
  const double share_bound = out.share_with.value + 2 * out.share_with.error;
  const char* none = "not coupled";
  const char* unknown = "cannot be told from this run";
  const double T = out.duration_ps;
  if (out.hops < 20) {
    out.verdict = unknown;
    out.reason = fmt::format("only {} hops in {:.3g} ps", out.hops, T);
    out.needed_ps = T * 100 / std::max<double>(1, static_cast<double>(out.hops));
  } else if (out.turns == 0) {
    out.verdict = none;
    out.reason =
        fmt::format("{} hops and no turn of any unit: ions move without turns here", out.hops);
  } else if (out.p_value < 0.05 && out.enhancement.value > 1 + 1.645 * sigma &&
             out.turns >= least_turns && units >= least_units) {
    out.verdict = "coupled";
    out.reason = fmt::format(
        "hops near a turn are {:.2f} ± {:.2f} times as many as by chance (p = {:.3g}); {:.0f} % of "
        "the diffusion happens with a turn, {:.0f} % by chance",
        out.enhancement.value, sigma, out.p_value, 100 * out.share_with.value,
        100 * out.share_with_chance);
  } else if (out.enhancement.value + 1.645 * sigma < o.meaningful && out.expected >= 5) {
    out.verdict = none;
    out.reason = fmt::format(
        "hops near a turn are {:.2f} ± {:.2f} times as many as by chance (p = {:.2g}): with 95 % "
        "confidence below {:.2g}",
        out.enhancement.value, sigma, out.p_value, o.meaningful);
  } else if (share_bound < 0.05) {
    out.verdict = none;
    out.reason = fmt::format(
        "{} turns among {} hops: no more than {:.1f} % of the diffusion happens within {:g} A and "
        "{:g} ps of a turn",
        out.turns, out.hops, 100 * share_bound, o.radius_A, o.delta_ps);
  } else {
    out.verdict = unknown;
    // 80 % power at 5 %: 2.8 standard errors of a count, which grows as the run; a little more, as
    // two nulls must be passed and chance is drawn.
    const double wanted = std::pow(3.2 / (o.meaningful - 1), 2) * dispersion;
    const double by_error = out.expected > 0
                                ? T * wanted / out.expected
                                : T * 30 / std::max(1.0, static_cast<double>(out.turns));
    out.needed_ps = std::max(1.5 * T, by_error);
    out.reason = fmt::format(
        "{} turns and {:.3g} hops expected near them by chance tell the enhancement to ± {:.2g} "
        "only; a run of about {:.2g} ps would tell {:g} from 1",
        out.turns, out.expected, sigma, out.needed_ps, o.meaningful);
  }
}

}  // namespace

EventCoupling couple_events(std::span<const HopEvent> hops, std::span<const TurnEvent> turns,
                            const Cell& cell, double duration_ps, const EventOptions& o) {
  EventCoupling out;
  out.duration_ps = duration_ps;
  out.hops = hops.size();
  out.turns = turns.size();
  double reach = o.radius_A;
  for (const double r : o.radii_A) reach = std::max(reach, r);
  const double widest = std::min(o.max_lag_ps, 0.5 * duration_ps);
  const double width = 0.5 * o.delta_ps;
  const auto bins = 2 * std::max<std::size_t>(1, static_cast<std::size_t>(widest / width));
  const Pairs pairs = find_pairs(hops, turns, cell, duration_ps, reach);
  const Counter counter(hops, pairs, duration_ps, o, bins, width);
  const Counts found = counter.count({});
  double square = 0;
  for (const auto& hop : hops) square += hop.square_A2;

  // The exact mean of chance.
  const std::size_t units = pairs.turns_of.size();
  std::vector<double> within(units, 0.0);
  std::vector<double> within_r(o.radii_A.size(), 0.0);
  double near = 0;
  for (const auto& pair : pairs.all) {
    const auto r = static_cast<double>(pair.distance);
    if (r <= o.radius_A) {
      within[pair.unit] += 1;
      near += 1;
    }
    for (std::size_t k = 0; k < o.radii_A.size(); ++k) within_r[k] += r <= o.radii_A[k] ? 1 : 0;
  }
  const auto chance = [&](double delta) { return std::min(1.0, 2 * delta / duration_ps); };
  out.pairs = found.pairs;
  out.expected = near * chance(o.delta_ps);

  // Surrogates.
  const double work = static_cast<double>(pairs.all.size()) * o.surrogates;
  const auto surrogates = static_cast<std::size_t>(
      std::max(99.0, o.surrogates * std::min(1.0, 2e9 / std::max(1.0, work))));
  std::vector<Counts> null(surrogates);
  parallel_for(surrogates, [&](std::size_t s) {
    RandomStream random(o.seed, "turns shifted in time", s);
    std::vector<double> shift(units);
    for (double& x : shift) x = duration_ps * random.uniform();
    null[s] = counter.count(shift);
  });
  std::vector<double> null_pairs;
  std::vector<double> null_share;
  for (const auto& c : null) {
    null_pairs.push_back(c.pairs);
    null_share.push_back(square > 0 ? c.with / square : 0.0);
  }
  out.p_value = turns.empty() ? 1.0 : two_sided(found.pairs, null_pairs);
  const auto shifts = static_cast<std::size_t>(duration_ps / (2 * o.delta_ps));
  if (shifts >= 40 && !turns.empty()) {
    std::vector<double> alike(std::min<std::size_t>(shifts, 400) - 1);
    parallel_for(alike.size(), [&](std::size_t k) {
      const std::vector<double> shift(
          units, static_cast<double>(k + 1) / static_cast<double>(alike.size() + 1) * duration_ps);
      alike[k] = counter.count(shift).pairs;
    });
    out.p_value = std::max(out.p_value, two_sided(found.pairs, alike));
  }

  // The map, and the largest deviation anywhere in it.
  const std::size_t cells = found.map.size();
  std::vector<double> sd(cells);
  std::vector<double> mean(cells);
  for (std::size_t m = 0; m < cells; ++m) {
    std::vector<double> x;
    for (const auto& c : null) x.push_back(c.map[m]);
    const Estimate e = moments(x);
    mean[m] = within_r[m % o.radii_A.size()] * chance(o.deltas_ps[m / o.radii_A.size()]);
    sd[m] = std::max(e.error, 1e-12);
    out.map.push_back(mean[m] > 0 ? found.map[m] / mean[m] : not_known);
    out.map_z.push_back(mean[m] > 0 ? (found.map[m] - mean[m]) / sd[m] : not_known);
  }
  const auto farthest = [&](const std::vector<double>& map) {
    double z = 0;
    for (std::size_t m = 0; m < cells; ++m) {
      if (mean[m] > 0) z = std::max(z, std::abs(map[m] - mean[m]) / sd[m]);
    }
    return z;
  };
  double beyond = 1;
  const double largest = farthest(found.map);
  for (const auto& c : null) beyond += farthest(c.map) >= largest ? 1 : 0;
  out.p_map = beyond / static_cast<double>(surrogates + 1);

  // Errors by bootstrap over units that turn.
  std::vector<double> ratio;
  std::vector<double> extra;
  RandomStream random(o.seed, "units drawn again");
  for (int b = 0; b < 400 && units > 1; ++b) {
    double n = 0;
    double m = 0;
    double t = 0;
    for (std::size_t k = 0; k < units; ++k) {
      const std::size_t u = random.below(units);
      n += found.by_unit[u];
      m += within[u] * chance(o.delta_ps);
      t += static_cast<double>(pairs.turns_of[u]);
    }
    if (m > 0) ratio.push_back(n / m);
    extra.push_back((n - m) / t);
  }
  const double counting = std::sqrt(std::max({found.pairs, out.expected, 1.0}));
  const auto count = static_cast<double>(turns.size());
  if (out.expected > 0) {
    const double boot = ratio.size() > 1 ? moments(ratio).error : 0.0;
    out.enhancement = {found.pairs / out.expected, std::max(boot, counting / out.expected)};
  } else {
    out.enhancement = {not_known, not_known};
  }
  if (!turns.empty()) {
    const double boot = extra.size() > 1 ? moments(extra).error : 0.0;
    out.excess = {(found.pairs - out.expected) / count, std::max(boot, counting / count)};
  } else {
    out.excess = {not_known, not_known};
  }

  // Shares of the diffusion.
  const auto n = static_cast<double>(hops.size());
  const auto share = [&](double part) {
    const double x = square > 0 ? part / square : not_known;
    return Estimate{x, std::sqrt(std::max(x * (1 - x), 1 / n) / n)};
  };
  out.share_with = share(found.with);
  out.share_after = share(found.after);
  out.share_without = share(square - found.with - found.after);
  const Estimate by_chance = moments(null_share);
  out.share_with_chance = by_chance.value;
  if (by_chance.value > 0) {
    out.coupling_number = {out.share_with.value / by_chance.value,
                           std::hypot(out.share_with.error, by_chance.error) / by_chance.value};
  } else {
    out.coupling_number = {not_known, not_known};
  }
  const double both = found.ahead + found.behind;
  out.asymmetry = {both > 0 ? (found.behind - found.ahead) / both : not_known,
                   both > 0 ? 1 / std::sqrt(both) : not_known};
  const double a_bin = near * width / duration_ps;
  for (std::size_t k = 0; k < bins && a_bin > 0; ++k) {
    std::vector<double> x;
    for (const auto& c : null) x.push_back(c.lags[k]);
    out.lags.push_back({(static_cast<double>(k) + 0.5 - 0.5 * static_cast<double>(bins)) * width,
                        found.lags[k] / a_bin, moments(x).error / a_bin});
  }
  const double spread = moments(null_pairs).error;
  judge(out, o, out.expected > 0 ? std::max(1.0, spread * spread / out.expected) : 1.0, units);
  return out;
}

}  // namespace vitrion
