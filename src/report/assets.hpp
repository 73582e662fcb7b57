// The scripts and the style sheet that every report carries, as bytes of the program.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace vitrion::report {

/// All but our own four are empty in a build without VITRION_REPORT_SCRIPTS.
struct Assets {
  std::string_view report_css;
  std::string_view report_js;
  std::string_view viewer_js;
  std::string_view scenes_js;
  std::string_view uplot_js;
  std::string_view uplot_css;
  std::string_view molecules_js;  ///< 3Dmol.js
  std::vector<std::pair<std::string_view, std::string_view>> licenses;
};
Assets assets();

}  // namespace vitrion::report
