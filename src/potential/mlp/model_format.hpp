// What the reader and the writer of a model's file agree on (docs/model-file.md).
#pragma once

namespace vitrion::mlp {

inline constexpr const char* format_name = "vitrion-mlp";
inline constexpr int format_version = 1;
inline constexpr int version_with_messages = 2;

}  // namespace vitrion::mlp
