// Who is a former and who an anion of a glass network, and which of their bonds count: the same
// parameters for speciation, networks, rings and bond lifetimes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/schema.hpp"
#include "structure/units.hpp"

namespace vitrion {

struct NetworkRoles {
  BondCutoffs bonds;       ///< within the network alone
  std::vector<Part> part;  ///< by group
};

/// What a user chose; empty lists stand for P, Si, Ge, B, Sn, As, Sb and for S, Se, O, Te.
struct NetworkChoice {
  std::vector<std::string> formers;
  std::vector<std::string> anions;
  std::map<std::string, double> cutoffs_A;
};

void add_network_parameters(Schema& schema, std::map<std::string, double>& cutoffs_A,
                            std::vector<std::string>& formers, std::vector<std::string>& anions);

/// Throws InputError (naming the analysis `who`) where formers or anions are missing, or a former
/// has no bond to an anion.
NetworkRoles choose_network(const PairTable& table, const NetworkChoice& choice,
                            const std::string& who);

}  // namespace vitrion
