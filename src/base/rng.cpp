#include "base/rng.hpp"

#include <cmath>

#include "base/constants.hpp"

namespace vitrion {
namespace {

// FNV-1a: a stable name → number, the same on every machine.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const unsigned char c : name) h = (h ^ c) * 1099511628211ULL;
  return h;
}

// SplitMix64's finaliser, to spread close seeds apart.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> c,
                                           std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ULL * c[0];
    const std::uint64_t p1 = 0xCD9E8D57ULL * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9U;
    k[1] += 0xBB67AE85U;
  }
  return c;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  const std::uint64_t key = mix(seed + 0x9e3779b97f4a7c15ULL) ^ hash_name(name);
  key_ = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
  // The low half of the counter runs; the high half is the index, so streams never overlap.
  counter_ = {0, 0, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32)};
}

RandomStream::result_type RandomStream::operator()() {
  if (left_ == 0) {
    const auto out = philox4x32_10(counter_, key_);
    buffer_ = {out[0] | (std::uint64_t{out[1]} << 32), out[2] | (std::uint64_t{out[3]} << 32)};
    if (++counter_[0] == 0) ++counter_[1];
    left_ = 2;
  }
  return buffer_[static_cast<std::size_t>(--left_)];
}

double RandomStream::uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

std::uint64_t RandomStream::below(std::uint64_t n) {
  const std::uint64_t limit = max() - max() % n;
  std::uint64_t x = 0;
  do x = (*this)();
  while (x >= limit);
  return x % n;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double r = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * constants::pi * uniform();
  spare_normal_ = r * std::sin(angle);
  has_spare_ = true;
  return r * std::cos(angle);
}

std::uint32_t derive_seed(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  RandomStream stream(seed, name, index);
  return static_cast<std::uint32_t>(1 + stream.below(2147483646ULL));
}

}  // namespace vitrion
