#include <fmt/format.h>

#include <cmath>

#include "base/constants.hpp"
#include "coupling/coupling.hpp"

namespace vitrion {

FilmChoice CouplingAnalysis::film_choice() const {
  FilmChoice choice;
  if (film_ion_ > 0) choice.ion = static_cast<std::uint32_t>(film_ion_ - 1);
  if (film_time_ps_) choice.frame = (*film_time_ps_ - first_time_ps_) / dt_ps_;
  return choice;
}

// As a table that reports show as a film: a row an atom, frame after frame.
void CouplingAnalysis::add_film(Result& out) const {
  const Film& film = film_.film();
  if (film.positions.empty()) {
    if (film_ion_ > 0) {
      out.warnings.push_back(fmt::format(
          "no film: ion {} does not hop with a unit within {:g} A and a window of frames before "
          "and after",
          film_ion_, events_.radius_A));
    }
    return;
  }
  const auto& atoms = plan_->species;
  out.settings.emplace_back(
      "event",
      fmt::format(
          "{} {} hops by {:.2f} A at {:.2f} ps; the unit around {} {} rotates by {:.0f} deg",
          atoms[film.ion], film.ion + 1, film.length_A, first_time_ps_ + film.frame * dt_ps_,
          atoms[tracker_.units()[film.unit].centre], tracker_.units()[film.unit].centre + 1,
          film.angle_rad * 180 / constants::pi));
  Table table{"event_path",
              {column("t", "ps"),
               column("atom", ""),
               {"species", "", {}, {}},
               column("x", "A"),
               column("y", "A"),
               column("z", "A"),
               column("hops", "")}};
  const std::size_t every = std::max<std::size_t>(1, film.positions.size() / 60);
  for (std::size_t t = 0; t < film.positions.size(); t += every) {
    const double time =
        (static_cast<double>(t) - 0.5 * static_cast<double>(film.positions.size())) * dt_ps_;
    for (std::size_t k = 0; k < film.atoms.size(); ++k) {
      const Vec3& r = film.positions[t][k];
      const double row[] = {time, film.atoms[k] + 1.0, r.x(), r.y(), r.z(), k == 0 ? 1.0 : 0.0};
      for (const std::size_t c : {0U, 1U}) table.columns[c].data.push_back(row[c]);
      table.columns[2].text.push_back(atoms[film.atoms[k]]);
      for (const std::size_t c : {2U, 3U, 4U, 5U}) table.columns[c + 1].data.push_back(row[c]);
    }
  }
  out.tables.push_back(std::move(table));
}

void CouplingAnalysis::add_angles(Result& out) const {
  if (film_.at_all_times().empty() || film_.beside_hops().empty()) return;
  constexpr double width = EventFilm::angle_width_deg;
  const double unit = temperature_here_K_ ? constants::boltzmann_eV_K * *temperature_here_K_ : 1.0;
  const std::string name = temperature_here_K_ ? "eV" : "kT";
  // Against the same reference, so that the two curves can be compared: P of a free unit is 1.
  const auto profile = [&](const BlockSums& sums) {
    return sums.jackknife_all([&](std::span<const double> n) {
      double all = 0;
      for (const double x : n) all += x;
      std::vector<double> f;
      for (std::size_t k = 0; k < n.size(); ++k) {
        const double low = static_cast<double>(k) * width * constants::degree;
        const double high = low + width * constants::degree;
        const double share = ((high - std::sin(high)) - (low - std::sin(low))) / constants::pi;
        f.push_back(-unit * std::log(n[k] / all / share));
      }
      return f;
    });
  };
  const auto always = profile(film_.at_all_times());
  const auto beside = profile(film_.beside_hops());
  Table table{"angle_profile",
              {column("theta", "deg"), column("all", name), column("all_error", name),
               column("at_hops", name), column("at_hops_error", name)}};
  const auto known = [](double x) { return std::isfinite(x) ? x : not_known; };
  for (std::size_t k = 0; k < always.size(); ++k) {
    if (!std::isfinite(always[k].value) && !std::isfinite(beside[k].value)) continue;
    const double row[] = {(static_cast<double>(k) + 0.5) * width, known(always[k].value),
                          known(always[k].error), known(beside[k].value), known(beside[k].error)};
    for (std::size_t c = 0; c < 5; ++c) table.columns[c].data.push_back(row[c]);
  }
  out.tables.push_back(std::move(table));
  out.plots.push_back({Plot::Kind::lines,
                       "Free energy along the rotation of units, beside hops and at all times",
                       "angle_profile",
                       "theta",
                       {"all", "at_hops"},
                       {"all_error", "at_hops_error"},
                       "angle from the orientation before (deg)",
                       "F (" + name + ")",
                       false,
                       false,
                       {}});
}

}  // namespace vitrion
