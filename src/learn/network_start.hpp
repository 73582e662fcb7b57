// A trained network that another training goes on from, with its shape and its numbers.
//
// New data may come from a program with other reference energies: the start's are shifted by what
// the frames' energies differ from its own, element by element (least squares of least norm, so
// that what the compositions do not tell apart stays as it was).
#pragma once

#include <map>
#include <span>
#include <string>

#include "learn/dataset.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion {

/// `name_or_file` as in load_potential. `reference_eV`: given by the user; empty: shifted to fit up
/// to a thousand of the `train` frames. InputError where it is no network, or lacks an element of
/// the data.
mlp::Model network_start(const std::string& name_or_file, const Dataset& data,
                         std::span<const std::size_t> train,
                         const std::map<std::string, double>& reference_eV);

}  // namespace vitrion
