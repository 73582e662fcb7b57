// A frame: a structure at a moment, with whatever else is known of it. The only currency.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/structure.hpp"

namespace vitrion {

/// What the positions of a frame mean with respect to the cell's faces.
enum class Wrapping {
  unknown,    ///< the file does not say; taken as wrapped
  wrapped,    ///< folded into the cell (with images, the path can be restored exactly)
  unwrapped,  ///< continuous in time
};

struct Frame {
  Structure structure;
  std::int64_t step = 0;
  std::optional<double> time_ps;  ///< where the file or the engine gives it
  Wrapping wrapping = Wrapping::unknown;

  std::vector<Vec3> velocities;  ///< Å/ps; empty where absent
  std::vector<Int3> images;      ///< cells crossed; empty where absent
  std::vector<Vec3> forces;      ///< eV/Å; empty where absent
  std::vector<double> charges;   ///< e; empty where absent
  std::optional<double> energy_eV;
  /// eV/Å³, positive under tension (σ, not −σ).
  std::optional<Mat3> stress_eV_A3;
  std::optional<double> temperature_K;
  std::string phase;  ///< what the frame is of, where the file says ("config_type"); else empty
  /// Further words of extxyz's comment line, passed on as they stand; keys in lower case.
  std::map<std::string, std::string> info;

  [[nodiscard]] std::size_t size() const { return structure.size(); }
};

/// Throws InputError (naming the atom) on a position, velocity or force that is not finite, or on
/// arrays of different lengths.
void check_frame(const Frame& frame);

}  // namespace vitrion
