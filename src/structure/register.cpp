#include "structure/register.hpp"

#include "structure/angles.hpp"
#include "structure/bond_lifetimes.hpp"
#include "structure/coordination.hpp"
#include "structure/density.hpp"
#include "structure/ensemble.hpp"
#include "structure/environments.hpp"
#include "structure/mixing.hpp"
#include "structure/networks.hpp"
#include "structure/porosity.hpp"
#include "structure/rdf.hpp"
#include "structure/rings.hpp"
#include "structure/speciation.hpp"
#include "structure/structure_factor.hpp"
#include "structure/sublattice.hpp"
#include "structure/total_correlation.hpp"
#include "structure/voids.hpp"
#include "structure/voronoi.hpp"
#include "structure/xrd.hpp"

namespace vitrion {

void register_structure_analyses(AnalysisRegistry& registry) {
  registry.add([] { return std::make_unique<DensityAnalysis>(); });
  registry.add([] { return std::make_unique<RdfAnalysis>(); });
  registry.add([] { return std::make_unique<EnsembleAnalysis>(); });
  registry.add([] { return std::make_unique<AngleAnalysis>(); });
  registry.add([] { return std::make_unique<CoordinationAnalysis>(); });
  registry.add([] { return std::make_unique<EnvironmentAnalysis>(); });
  registry.add([] { return std::make_unique<VoronoiAnalysis>(); });
  registry.add([] { return std::make_unique<SpeciationAnalysis>(); });
  registry.add([] { return std::make_unique<NetworkAnalysis>(); });
  registry.add([] { return std::make_unique<RingAnalysis>(); });
  registry.add([] { return std::make_unique<BondLifetimeAnalysis>(); });
  registry.add([] { return std::make_unique<MixingAnalysis>(); });
  registry.add([] { return std::make_unique<SublatticeAnalysis>(); });
  registry.add([] { return std::make_unique<VoidAnalysis>(); });
  registry.add([] { return std::make_unique<PorosityAnalysis>(); });
  registry.add([] { return std::make_unique<StructureFactorAnalysis>(); });
  registry.add([] { return std::make_unique<TotalCorrelationAnalysis>(); });
  registry.add([] { return std::make_unique<XrdAnalysis>(); });
}

}  // namespace vitrion
