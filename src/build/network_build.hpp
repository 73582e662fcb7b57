// From settings to a network model: plan, start, annealing, modifier ions.
#pragma once

#include "build/plan.hpp"

namespace vitrion {

SystemPlan plan_network(const SystemSettings& settings);
BuiltSystem build_network(const SystemSettings& settings, std::uint64_t seed,
                          std::uint64_t replica);

}  // namespace vitrion
