// The temperature of a run, for analyses that cannot do without it.
#pragma once

#include <optional>
#include <string>

#include "analysis/analysis.hpp"

namespace vitrion {

/// In K: `given`, else that of the series; InputError with the remedy where neither is there.
double required_temperature(const std::string& analysis, std::optional<double> given,
                            const SeriesInfo& series);

}  // namespace vitrion
