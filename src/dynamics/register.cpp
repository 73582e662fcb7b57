#include "dynamics/register.hpp"

#include "dynamics/conductivity.hpp"
#include "dynamics/green_kubo.hpp"
#include "dynamics/hops.hpp"
#include "dynamics/msd.hpp"
#include "dynamics/onsager.hpp"
#include "dynamics/path_density.hpp"
#include "dynamics/scattering.hpp"
#include "dynamics/sites.hpp"
#include "dynamics/van_hove.hpp"
#include "dynamics/vdos.hpp"

namespace vitrion {

void register_dynamics_analyses(AnalysisRegistry& registry) {
  registry.add([] { return std::make_unique<MsdAnalysis>(); });
  registry.add([] { return std::make_unique<ConductivityAnalysis>(); });
  registry.add([] { return std::make_unique<VdosAnalysis>(); });
  registry.add([] { return std::make_unique<VanHoveAnalysis>(); });
  registry.add([] { return std::make_unique<ScatteringAnalysis>(); });
  registry.add([] { return std::make_unique<OnsagerAnalysis>(); });
  registry.add([] { return std::make_unique<GreenKuboAnalysis>(); });
  registry.add([] { return std::make_unique<HopsAnalysis>(); });
  registry.add([] { return std::make_unique<PathDensityAnalysis>(); });
  registry.add([] { return std::make_unique<SitesAnalysis>(); });
}

}  // namespace vitrion
