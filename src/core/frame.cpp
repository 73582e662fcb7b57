#include "core/frame.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace vitrion {
namespace {

void check_vectors(const std::vector<Vec3>& values, std::size_t atoms, const char* what) {
  if (values.empty()) return;
  if (values.size() != atoms) {
    throw InputError(fmt::format("there are {} {} for {} atoms", values.size(), what, atoms));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].allFinite()) {
      throw InputError(
          fmt::format("atom {} has a value in its {} that is not finite", i + 1, what));
    }
  }
}

}  // namespace

void check_frame(const Frame& frame) {
  const std::size_t atoms = frame.size();
  if (frame.structure.kind.size() != atoms) {
    throw InputError(
        fmt::format("there are {} kinds for {} atoms", frame.structure.kind.size(), atoms));
  }
  check_vectors(frame.structure.position, atoms, "positions");
  check_vectors(frame.velocities, atoms, "velocities");
  check_vectors(frame.forces, atoms, "forces");
  if (!frame.images.empty() && frame.images.size() != atoms) {
    throw InputError(
        fmt::format("there are {} image flags for {} atoms", frame.images.size(), atoms));
  }
}

}  // namespace vitrion
