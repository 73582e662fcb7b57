#include "coupling/register.hpp"

#include "coupling/coupling.hpp"
#include "coupling/hop_types.hpp"
#include "coupling/rotation.hpp"

namespace vitrion {

void register_coupling_analyses(AnalysisRegistry& registry) {
  registry.add([] { return std::make_unique<RotationAnalysis>(); });
  registry.add([] { return std::make_unique<CouplingAnalysis>(); });
  registry.add([] { return std::make_unique<HopTypesAnalysis>(); });
}

}  // namespace vitrion
