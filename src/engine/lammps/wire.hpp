// What the program and its LAMMPS worker say to each other, over a Unix socket.
//
// A message is 16 bytes (magic, kind, length of the payload) and the payload, in the byte order of
// the machine: both ends always run on the same one. Text payloads are JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace vitrion::wire {

/// Raised whenever a message changes: worker and program must be of the same build.
inline constexpr std::uint32_t version = 2;

enum class Kind : std::uint32_t {
  hello = 1,      ///< worker: version of the protocol and of LAMMPS (JSON)
  job,            ///< program: what to do (JSON)
  frame,          ///< either: a frame
  thermo,         ///< worker: a record
  progress,       ///< worker: steps done, segment
  checkpoint,     ///< worker: a state file is written; it waits (JSON)
  committed,      ///< program: the checkpoint counts; go on
  result,         ///< worker: an evaluated frame
  done,           ///< worker: the last frame
  extrapolating,  ///< worker: a frame above the grade at which to keep it
};

struct Message {
  Kind kind{};
  std::string payload;
};

/// One end of the socket; owns its descriptor.
class Channel {
 public:
  explicit Channel(int descriptor) : descriptor_(descriptor) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// False where the other end is gone.
  bool send(Kind kind, const std::string& payload);
  /// Waits for a whole message; false where the other end is gone. WorkError on a broken one.
  bool receive(Message& message);
  /// Whether something (or the end) is there to be read within this time.
  [[nodiscard]] bool readable(int timeout_ms) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// A frame as LAMMPS has it: standard orientation, cell at the origin, atoms in the order of ids.
struct PackedFrame {
  std::int64_t step = 0;
  double energy_eV = 0;
  double temperature_K = 0;
  std::array<double, 6> cell{};      ///< lx ly lz xy xz yz
  std::array<double, 6> pressure{};  ///< xx yy zz xy xz yz, eV/Å³, only of evaluated frames
  std::vector<std::int32_t> type;    ///< 1 … n, only from the program
  std::vector<double> x, v, f;
  std::vector<std::int32_t> image;
};

struct PackedThermo {
  std::int64_t step = 0;
  std::int64_t segment = 0;
  double temperature_K = 0, pressure_GPa = 0, density_g_cm3 = 0, volume_A3 = 0;
  double potential_eV = 0, kinetic_eV = 0, grade = 0;
};

struct PackedProgress {
  std::int64_t step = 0;
  std::int64_t segment = 0;
};

std::string pack(const PackedFrame& frame);
PackedFrame unpack_frame(const std::string& payload);
std::string pack(const PackedThermo& thermo);
PackedThermo unpack_thermo(const std::string& payload);
std::string pack(const PackedProgress& progress);
PackedProgress unpack_progress(const std::string& payload);

}  // namespace vitrion::wire
