#include "engine/lammps/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace vitrion {
namespace {

constexpr int image_limit = 500;  // LAMMPS keeps images in 10 bits, −512 … 511

Vec3 vector_at(const std::vector<double>& values, std::size_t i) {
  return {values[3 * i], values[3 * i + 1], values[3 * i + 2]};
}

void append(std::vector<double>& values, const Vec3& r) {
  values.insert(values.end(), {r[0], r[1], r[2]});
}

std::vector<Vec3> turned(const std::vector<double>& values, const Mat3& back) {
  std::vector<Vec3> out(values.size() / 3);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = back * vector_at(values, i);
  return out;
}

}  // namespace

FrameMap::FrameMap(const Structure& structure)
    : species_(structure.species), kinds_(structure.kind), origin_(structure.cell.origin()) {
  if (structure.size() == 0)
    throw InputError("the structure has no atoms: there is nothing to simulate");
  if (!structure.cell.is_defined() || !structure.cell.fully_periodic()) {
    throw InputError(
        "the structure has no cell that is periodic in all directions: LAMMPS needs one here");
  }
  for (const auto& s : species_) {
    if (!(s.mass_amu > 0)) {
      throw InputError(fmt::format("the species {} has no mass: name it after an element", s.name));
    }
  }
  (void)structure.cell.standard_orientation(rotation_);
}

wire::PackedFrame FrameMap::pack(const Frame& frame) const {
  check_frame(frame);
  const Cell& cell = frame.structure.cell;
  const Mat3 h = rotation_ * cell.vectors();
  wire::PackedFrame out;
  out.step = 0;
  out.cell = {h(0, 0), h(1, 1), h(2, 2), h(0, 1), h(0, 2), h(1, 2)};
  out.x.reserve(3 * frame.size());
  bool images_fit = true;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    Int3 images{};
    append(out.x, rotation_ * (cell.wrap(frame.structure.position[i], images) - cell.origin()));
    for (std::size_t k = 0; k < 3; ++k) {
      const int n = images[k] + (frame.images.empty() ? 0 : frame.images[i][k]);
      images_fit = images_fit && std::abs(n) <= image_limit;
      out.image.push_back(n);
    }
    out.type.push_back(frame.structure.kind[i] + 1);
    if (!frame.velocities.empty()) append(out.v, rotation_ * frame.velocities[i]);
  }
  if (!images_fit) std::fill(out.image.begin(), out.image.end(), 0);
  return out;
}

Frame FrameMap::unpack(const wire::PackedFrame& p, double timestep_ps) const {
  if (p.x.size() != 3 * kinds_.size())
    throw WorkError("the LAMMPS worker sent a frame of another size");
  const Mat3 back = rotation_.transpose();
  Mat3 h = Mat3::Zero();
  h(0, 0) = p.cell[0];
  h(1, 1) = p.cell[1];
  h(2, 2) = p.cell[2];
  h(0, 1) = p.cell[3];
  h(0, 2) = p.cell[4];
  h(1, 2) = p.cell[5];
  Frame frame;
  frame.structure.species = species_;
  frame.structure.kind = kinds_;
  frame.structure.cell = Cell(rotation_.isIdentity(0) ? h : Mat3(back * h), origin_);
  frame.step = p.step;
  frame.time_ps = static_cast<double>(p.step) * timestep_ps;
  frame.wrapping = Wrapping::wrapped;
  frame.structure.position.resize(kinds_.size());
  frame.images.resize(kinds_.size());
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    Int3 images{};
    frame.structure.position[i] =
        frame.structure.cell.wrap(back * vector_at(p.x, i) + origin_, images);
    for (std::size_t k = 0; k < 3; ++k) frame.images[i][k] = images[k] + p.image[3 * i + k];
  }
  frame.velocities = turned(p.v, back);
  frame.forces = turned(p.f, back);
  frame.energy_eV = p.energy_eV;
  if (!p.v.empty() || p.temperature_K > 0) frame.temperature_K = p.temperature_K;
  return frame;
}

nlohmann::json FrameMap::to_json() const {
  nlohmann::json species = nlohmann::json::array();
  for (const auto& s : species_) {
    species.push_back(
        {{"name", s.name}, {"atomic_number", s.atomic_number}, {"mass_amu", s.mass_amu}});
  }
  std::vector<double> rotation(rotation_.data(), rotation_.data() + 9);
  std::vector<double> origin(origin_.data(), origin_.data() + 3);
  return {{"species", species}, {"kinds", kinds_}, {"rotation", rotation}, {"origin", origin}};
}

FrameMap FrameMap::from_json(const nlohmann::json& j) {
  FrameMap map;
  for (const auto& s : j.at("species")) {
    map.species_.push_back({s.at("name"), s.at("atomic_number"), s.at("mass_amu")});
  }
  j.at("kinds").get_to(map.kinds_);
  const auto rotation = j.at("rotation").get<std::vector<double>>();
  const auto origin = j.at("origin").get<std::vector<double>>();
  if (rotation.size() != 9 || origin.size() != 3)
    throw WorkError("a checkpoint's frame is not complete");
  std::copy(rotation.begin(), rotation.end(), map.rotation_.data());
  std::copy(origin.begin(), origin.end(), map.origin_.data());
  for (const auto kind : map.kinds_) {
    if (kind >= map.species_.size()) throw WorkError("a checkpoint names an atom of no species");
  }
  return map;
}

}  // namespace vitrion
