#include "analysis/registry.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion {

void AnalysisRegistry::add(const Maker& maker) { entries_.push_back({maker()->name(), maker}); }

std::unique_ptr<Analysis> AnalysisRegistry::make(const std::string& name) const {
  for (const auto& entry : entries_) {
    if (entry.name == name) return entry.maker();
  }
  throw InputError(fmt::format("there is no analysis \"{}\"{}: choose from {}", name,
                               did_you_mean(name, names()), join(names(), ", ")));
}

std::vector<std::string> AnalysisRegistry::names() const {
  std::vector<std::string> out;
  for (const auto& entry : entries_) out.push_back(entry.name);
  return out;
}

}  // namespace vitrion
