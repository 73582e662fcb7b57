// The sections of the report, in the order in which they stand. Each adds nothing where the input
// has nothing for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/page.hpp"
#include "report/report.hpp"

namespace vitrion::report {

/// How far a number can be trusted.
enum class Trust { good, fair, weak, unknown };

struct HeadlineNumber {
  std::string name;  ///< rich text
  double value = 0;
  double error = 0;
  std::string unit;
  std::string origin;  ///< where it comes from, one line
  Trust trust = Trust::unknown;
  std::string reason;  ///< why this light
};

/// Density, σ at 300 K, E_a, D, Haven ratio: those that the input has.
std::vector<HeadlineNumber> headline_numbers(const ReportInput& input);
void headline_section(Page& page, const std::vector<HeadlineNumber>& numbers);

/// The "Read this first" box; things the numbers themselves say are added to the given warnings.
void caution_box(Page& page, const ReportInput& input, const std::vector<HeadlineNumber>& numbers);

void history_section(Page& page, const ReportInput& input);
void structure_view_section(Page& page, const ReportInput& input);
/// Surfaces of equal density of a volume, in 3D.
void volume_scene(Page& page, const Volume& volume, const std::string& title);
/// A table "event_path" (t, atom, species, x, y, z, hops; a row an atom, frame after frame) is a
/// film.
bool is_film(const Table& table);
void film_scene(Page& page, const Table& table, const std::string& title,
                const std::string& caption);
/// A table "unit_examples" (unit, kind, fraction, atoms, positions, bonds; a row a unit) is drawn
/// as pictures.
bool is_gallery(const Table& table);
void unit_gallery(Page& page, const Table& table, const std::string& title);
/// All results of all states, by analysis.
void results_sections(Page& page, const ReportInput& input);
void arrhenius_section(Page& page, const ReportInput& input);
/// Every scalar of every state, with its error and how that was found.
void scalars_section(Page& page, const ReportInput& input);

/// σ(T) in mS/cm that the Arrhenius fit stands on, with errors; from the conductivity of the
/// states where they have it, else from D.
struct ArrheniusPoint {
  double temperature_K = 0;
  double value = 0;
  double error = 0;
};

/// The results' warnings with where they come from; without those that the input's own say.
std::vector<std::string> result_warnings(const ReportInput& input);

}  // namespace vitrion::report
