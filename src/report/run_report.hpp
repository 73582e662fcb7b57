// The report of a run directory, or of a folder of `vitrion analyse`.
#pragma once

#include <filesystem>
#include <string>

#include "workflow/run_directory.hpp"

namespace vitrion {

/// Writes report.html from what is there (an unfinished run says so); returns its path.
std::filesystem::path write_run_report(const RunDirectory& run);
/// Of a folder with results/ only; `title` names what was measured.
std::filesystem::path write_analysis_report(
    const std::filesystem::path& folder, const std::string& title,
    const std::string& subtitle = "Analysis of a trajectory");
/// Whichever of the two the folder is.
std::filesystem::path write_report_of(const std::filesystem::path& folder);

/// The headline of a finished run, for the terminal.
std::string summary_lines(const RunDirectory& run);

}  // namespace vitrion
