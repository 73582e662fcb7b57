// Frames in the user's orientation ↔ frames as LAMMPS has them.
//
// LAMMPS wants a along x and b in the xy plane. Any other cell is turned on the way in and turned
// back on the way out, so that frames, forces and stresses come out as the structure went in.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/frame.hpp"
#include "engine/lammps/wire.hpp"

namespace vitrion {

class FrameMap {
 public:
  FrameMap() = default;
  /// InputError where the structure has no atoms or no cell that is periodic in all directions.
  explicit FrameMap(const Structure& structure);

  /// Positions wrapped, images and velocities where the frame has them.
  [[nodiscard]] wire::PackedFrame pack(const Frame& frame) const;
  /// Wrapped positions with images; velocities and forces where they were sent.
  [[nodiscard]] Frame unpack(const wire::PackedFrame& packed, double timestep_ps) const;

  /// A tensor of LAMMPS' orientation in that of the structure.
  [[nodiscard]] Mat3 turned_back(const Mat3& tensor) const {
    return rotation_.transpose() * tensor * rotation_;
  }

  [[nodiscard]] nlohmann::json to_json() const;
  static FrameMap from_json(const nlohmann::json& json);
  [[nodiscard]] const std::vector<Species>& species() const { return species_; }
  [[nodiscard]] const std::vector<std::uint16_t>& kinds() const { return kinds_; }

 private:
  std::vector<Species> species_;
  std::vector<std::uint16_t> kinds_;
  Mat3 rotation_ = Mat3::Identity();  // r' = R r
  Vec3 origin_ = Vec3::Zero();
};

}  // namespace vitrion
