#include <algorithm>

#include "base/text.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {

std::string_view line_of(std::string_view head, int index) {
  for (; index > 0; --index) {
    const auto end = head.find('\n');
    if (end == std::string_view::npos) return {};
    head.remove_prefix(end + 1);
  }
  head = head.substr(0, head.find('\n'));
  if (!head.empty() && head.back() == '\r') head.remove_suffix(1);
  return head;
}

void fill_time(Frame& frame, const ReadOptions& options) {
  if (!frame.time_ps && options.timestep_ps) {
    frame.time_ps = static_cast<double>(frame.step) * *options.timestep_ps;
  }
}

std::string_view trim_line(std::string_view head, int index) { return trim(line_of(head, index)); }

Frame in_standard_orientation(const Frame& frame) {
  Frame out = frame;
  if (!frame.structure.cell.is_defined()) {
    Vec3 low = Vec3::Zero();
    Vec3 high = Vec3::Zero();
    if (frame.size() > 0) low = high = frame.structure.position[0];
    for (const auto& r : frame.structure.position) {
      low = low.cwiseMin(r);
      high = high.cwiseMax(r);
    }
    low.array() -= 0.5;
    high.array() += 0.5;
    const Mat3 box = (high - low).asDiagonal().toDenseMatrix();
    out.structure.cell = Cell(box, low, {false, false, false});
    return out;
  }
  Mat3 rotation;
  out.structure.cell = frame.structure.cell.standard_orientation(rotation);
  if (rotation.isIdentity(0)) return out;
  for (auto* vectors : {&out.structure.position, &out.velocities, &out.forces}) {
    for (auto& v : *vectors) v = (rotation * v).eval();
  }
  if (out.stress_eV_A3)
    out.stress_eV_A3 = (rotation * *out.stress_eV_A3 * rotation.transpose()).eval();
  return out;
}

}  // namespace vitrion::io
