#include "engine/lammps/wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

#include "base/error.hpp"

namespace vitrion::wire {
namespace {

constexpr std::uint32_t magic = 0x4E525456;  // "VTRN"

struct Header {
  std::uint32_t magic = 0;
  std::uint32_t kind = 0;
  std::uint64_t length = 0;
};

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool receive_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, data, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

class Writer {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint64_t>(values.size()));
    if (!values.empty()) {
      out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }
  }
  std::string out;
};

class Reader {
 public:
  explicit Reader(const std::string& in) : in_(in) {}
  template <class T>
  void get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(&value, take(sizeof value), sizeof value);
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::uint64_t n = 0;
    get(n);
    if (n > in_.size()) throw WorkError("a message of the LAMMPS worker is broken");
    values.resize(n);
    if (n > 0) std::memcpy(values.data(), take(n * sizeof(T)), n * sizeof(T));
  }

 private:
  const char* take(std::size_t size) {
    if (in_.size() - at_ < size) throw WorkError("a message of the LAMMPS worker is broken");
    const char* place = in_.data() + at_;
    at_ += size;
    return place;
  }
  const std::string& in_;
  std::size_t at_ = 0;
};

template <class T>
std::string pack_plain(const T& value) {
  Writer w;
  w.put(value);
  return w.out;
}

template <class T>
T unpack_plain(const std::string& payload) {
  T value;
  Reader(payload).get(value);
  return value;
}

}  // namespace

Channel::~Channel() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Channel::send(Kind kind, const std::string& payload) {
  const Header header{magic, static_cast<std::uint32_t>(kind), payload.size()};
  return send_all(descriptor_, reinterpret_cast<const char*>(&header), sizeof header) &&
         send_all(descriptor_, payload.data(), payload.size());
}

bool Channel::receive(Message& message) {
  Header header;
  if (!receive_all(descriptor_, reinterpret_cast<char*>(&header), sizeof header)) return false;
  if (header.magic != magic || header.length > (std::uint64_t{1} << 40U)) {
    throw WorkError(
        "the LAMMPS worker does not speak this program's language: install both from one build");
  }
  message.kind = static_cast<Kind>(header.kind);
  message.payload.resize(header.length);
  return receive_all(descriptor_, message.payload.data(), header.length);
}

bool Channel::readable(int timeout_ms) const {
  pollfd p{descriptor_, POLLIN, 0};
  return ::poll(&p, 1, timeout_ms) > 0;
}

std::string pack(const PackedFrame& f) {
  Writer w;
  w.put(f.step);
  w.put(f.energy_eV);
  w.put(f.temperature_K);
  w.put(f.cell);
  w.put(f.pressure);
  w.put(f.type);
  w.put(f.x);
  w.put(f.v);
  w.put(f.f);
  w.put(f.image);
  return std::move(w.out);
}

PackedFrame unpack_frame(const std::string& payload) {
  Reader r(payload);
  PackedFrame f;
  r.get(f.step);
  r.get(f.energy_eV);
  r.get(f.temperature_K);
  r.get(f.cell);
  r.get(f.pressure);
  r.get(f.type);
  r.get(f.x);
  r.get(f.v);
  r.get(f.f);
  r.get(f.image);
  return f;
}

std::string pack(const PackedThermo& t) { return pack_plain(t); }
PackedThermo unpack_thermo(const std::string& payload) {
  return unpack_plain<PackedThermo>(payload);
}
std::string pack(const PackedProgress& p) { return pack_plain(p); }
PackedProgress unpack_progress(const std::string& payload) {
  return unpack_plain<PackedProgress>(payload);
}

}  // namespace vitrion::wire
