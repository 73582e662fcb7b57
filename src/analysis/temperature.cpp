#include "analysis/temperature.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace vitrion {

double required_temperature(const std::string& analysis, std::optional<double> given,
                            const SeriesInfo& series) {
  const std::optional<double> t = given ? given : series.temperature_K;
  if (!t || !(*t > 0)) {
    throw InputError(fmt::format(
        "{}: the temperature of the run is not known: give it with -T, for example -T 500K, or by "
        "--set {}.temperature=500K",
        analysis, analysis));
  }
  return *t;
}

}  // namespace vitrion
