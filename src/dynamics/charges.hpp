// Which charge each atom carries, for currents and conductivities.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/frame.hpp"

namespace vitrion {

struct AtomCharges {
  std::vector<double> e;  ///< of each atom; empty: not known
  std::string text;       ///< "formal", "of the trajectory" or "as given", with the values
  std::string warning;    ///< the cell is not neutral; empty: it is
};

inline constexpr const char* charges_help =
    "charge of each species in e, as Li:1,S:-2; none given: those of the trajectory, else formal";

/// Those given (formal for species not named), else of the frame, else formal; empty where a
/// species has none of them. Throws InputError where `given` names what is not there.
AtomCharges choose_charges(const std::map<std::string, double>& given, const Frame& first);

}  // namespace vitrion
