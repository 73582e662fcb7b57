#include "coupling/verdicts.hpp"

#include <fmt/format.h>

#include <cmath>

namespace vitrion {
namespace {

const Scalar* known(const Result& r, const char* key) {
  const Scalar* s = r.find_scalar(key);
  return s != nullptr && std::isfinite(s->value) ? s : nullptr;
}

Verdict spatial(const Result& r) {
  Verdict out{"spatial", "cannot be told from this run", "no ion near a ligand"};
  const Scalar* z = known(r, "chi_significance");
  const Scalar* chi = known(r, "chi");
  const Scalar* floor = known(r, "chi_floor");
  if (z == nullptr || chi == nullptr || floor == nullptr || !(chi->value > 0)) return out;
  out.verdict = z->value > 3 ? "correlated" : "not correlated";
  out.because = fmt::format(
      "chi = {:.3g} ± {:.1g} against {:.3g} for independent samples; sites alone make it so",
      chi->value, chi->error, floor->value);
  const Scalar* p = known(r, "activity_p_value");
  const Scalar* c = known(r, "activity_correlation");
  if (p != nullptr && c != nullptr) {
    out.because += fmt::format(
        "; units that turn more see {} hops (correlation {:.2f}, p = {:.2g})",
        p->value < 0.05 ? (c->value > 0 ? "more" : "fewer") : "no more", c->value, p->value);
  }
  return out;
}

Verdict vibrational(const Result& r) {
  Verdict out{"vibrational", "cannot be told from this run", "no spectra"};
  const Scalar* turn = known(r, "overlap_ligands_angular");
  const Scalar* move = known(r, "overlap_units_translation");
  if (turn == nullptr || move == nullptr) return out;
  out.verdict = turn->value > 0.5 ? "spectra overlap" : "spectra do not overlap";
  out.because = fmt::format(
      "overlap of the ions' spectrum with the ligands' angular velocity {:.2f} ± {:.2f}, with the "
      "units' translation {:.2f}; an overlap allows coupling and does not show it",
      turn->value, turn->error, move->value);
  return out;
}

Verdict energetic(const Result& r) {
  Verdict out{"energetic", "cannot be told from this run", "a rate or the temperature is missing"};
  const Scalar* hop = known(r, "hop_barrier");
  const Scalar* turn = known(r, "turn_barrier");
  if (hop == nullptr || turn == nullptr) return out;
  const double apart = turn->value - hop->value;
  const double error = std::hypot(hop->error, turn->error);
  out.verdict = std::abs(apart) < std::max(0.05, 2 * error) ? "barriers alike" : "barriers differ";
  out.because = fmt::format("hops {:.3f} ± {:.3f} eV, turns {:.3f} ± {:.3f} eV", hop->value,
                            hop->error, turn->value, turn->error);
  return out;
}

}  // namespace

void weigh_any_rotation(EventCoupling& found, const RotationAtHops& any, const EventOptions& o) {
  const Estimate& e = any.ratio;
  if (!std::isfinite(e.value) || !std::isfinite(e.error)) return;
  const std::string finding = fmt::format(
      "units beside a hop rotate {:.2f} ± {:.2f} times as much as at other times (p = {:.2g})",
      e.value, e.error, any.p_value);
  found.reason += "; " + finding;
  if (found.verdict == "coupled" || found.hops < 20) return;
  if (any.p_value < 0.05 && e.value - 1.645 * e.error > 1 && e.value > o.meaningful) {
    found.verdict = "coupled";
    found.needed_ps = 0;
    found.reason = finding + ", by smaller steps than turns; " + found.reason;
  } else if (found.verdict == "not coupled" && e.value + 1.645 * e.error > o.meaningful) {
    found.verdict = "cannot be told from this run";
    found.needed_ps =
        found.duration_ps * std::pow(3.2 * e.error / (o.meaningful - 1), 2) + found.duration_ps;
  }
}

std::vector<Verdict> verdicts(const Result& r, const EventCoupling& found, const EventOptions&) {
  return {{"temporal", found.verdict, found.reason}, spatial(r), vibrational(r), energetic(r)};
}

}  // namespace vitrion
