// A protocol as JSON: for the engine's worker, for fingerprints and for manifests.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/protocol.hpp"

namespace vitrion {

nlohmann::json protocol_to_json(const Protocol& protocol);
/// Throws InputError where the text is not of this form.
Protocol protocol_from_json(const nlohmann::json& json);

}  // namespace vitrion
