// A small PNG writer, for heat maps inside an SVG (8-bit RGB, ISO/IEC 15948).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrion::report {

/// `rgb` holds 3·width·height bytes, the top row first. Returns the file's bytes.
std::string encode_png(int width, int height, const std::vector<std::uint8_t>& rgb);
std::string base64(std::string_view bytes);

}  // namespace vitrion::report
