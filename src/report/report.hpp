// The report: one HTML file that opens offline. Pure: data in, text out; no run directory here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/result.hpp"
#include "core/frame.hpp"

namespace vitrion {

/// T, density and energy of one replica along all its stages.
struct ThermalHistory {
  std::string label;            ///< "replica 1"
  std::vector<double> time_ps;  ///< running over the stages
  std::vector<double> temperature_K;
  std::vector<double> density_g_cm3;
  std::vector<double> potential_eV_atom;
  std::vector<double> pressure_GPa;
  std::vector<std::pair<double, std::string>> stages;  ///< start time and name
};

/// The results of one state (the 300 K glass, production at 600 K …), merged over replicas.
struct ReportState {
  std::string id;     ///< "glass-300K"
  std::string title;  ///< "Glass at 300 K"
  double temperature_K = 0;
  std::vector<Result> results;
};

/// A row of a comparison with the literature.
struct ReferenceRow {
  std::string source;  ///< "Sadowski & Albe, AIMD, NVT"
  std::string doi;
  std::string density;
  std::string atoms;
  std::string time_ps;
  std::string activation_energy_eV;
  std::string conductivity_mS_cm;
  bool this_work = false;
};

/// A measured or published point or line for the Arrhenius plot.
struct ReferencePoint {
  std::string label;
  double temperature_K = 0;
  double conductivity_mS_cm = 0;
  double conductivity_high_mS_cm = 0;  ///< above `conductivity_mS_cm` where it is a range
  double activation_energy_eV = 0;     ///< > 0: a line of this slope through the point
};

struct ReportInput {
  std::string title;     ///< "75Li₂S·25P₂S₅ glass"
  std::string subtitle;  ///< formula, atoms, replicas, potential
  bool complete = true;  ///< false: an unfinished run's report, said on top
  std::vector<std::pair<std::string, std::string>> facts;  ///< system and protocol, in order
  std::string potential_name;
  std::string potential_summary;
  std::string potential_provenance;
  std::vector<std::string> potential_limits;
  std::vector<ThermalHistory> histories;
  std::optional<Frame> structure;  ///< the final glass, for the 3D view
  std::string structure_caption;
  std::vector<ReportState> states;  ///< the first is the headline one
  std::optional<Result> arrhenius;
  std::vector<ReferenceRow> references_table;
  std::vector<ReferencePoint> reference_points;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> provenance;  ///< versions, seeds, hashes, times
  std::vector<std::string> citations;
  std::string resolved_recipe;  ///< YAML, shown folded
};

/// A complete HTML document without any reference to another file or host.
std::string render_report(const ReportInput& input);

/// A stand-alone SVG of a plot of a result (publication style, with axis labels and units).
std::string render_plot_svg(const Result& result, const Plot& plot);

}  // namespace vitrion
