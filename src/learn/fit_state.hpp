// Where the fit of a network stands, kept in a file (CBOR), so that one that was stopped or killed
// goes on to the same bits.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "learn/adam.hpp"
#include "learn/network_fit.hpp"

namespace vitrion {

struct FitState {
  NetworkProgress now;
  std::vector<NetworkProgress> told;  ///< what was reported so far
  AdamState adam;
};

/// Which fit it is: of its start, its options and its frames.
std::string fit_identity(const AdamState& start, const NetworkFitOptions& options,
                         std::span<const PackedFrame> train,
                         std::span<const PackedFrame> validation);

void write_fit_state(const std::filesystem::path& file, const std::string& identity,
                     const FitState& state);
/// Nothing where there is no file, or it is of another fit or not whole; then a fit begins anew.
std::optional<FitState> read_fit_state(const std::filesystem::path& file,
                                       const std::string& identity);

}  // namespace vitrion
