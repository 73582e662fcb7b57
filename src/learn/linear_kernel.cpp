#include "learn/linear_kernel.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "potential/mlp/harmonics.hpp"

namespace vitrion::linear {
namespace {

using V = float __attribute__((vector_size(64)));
#define VITRION_INLINE inline __attribute__((always_inline))

const std::array<float, mlp::max_lm> norms = [] {
  std::array<float, mlp::max_lm> out{};
  const auto exact = mlp::harmonic_norms();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(exact[i]);
  return out;
}();

VITRION_INLINE V& at(float* p) { return *reinterpret_cast<V*>(p); }
VITRION_INLINE const V& at(const float* p) { return *reinterpret_cast<const V*>(p); }

VITRION_INLINE void project(std::span<const Packet> packets, int functions, int l_max, float* out) {
  const std::size_t width = padded_lm(l_max);
  alignas(64) float y[lanes][64];
  for (std::size_t i = 0; i < static_cast<std::size_t>(functions) * width; ++i) out[i] = 0;
  for (auto& row : y) std::fill_n(row, width, 0.0F);
  for (const Packet& p : packets) {
    mlp::harmonics(l_max, at(p.ux), at(p.uy), at(p.uz), at(p.inverse_r), norms.data(),
                   [&](int lm, const V& value, const V&, const V&, const V&) {
                     for (std::size_t i = 0; i < lanes; ++i) y[i][lm] = value[i];
                   });
    for (std::size_t i = 0; i < lanes; ++i) {
      if (p.inverse_r[i] == 0) continue;
      for (int n = 0; n < functions; ++n) {
        float* row = out + static_cast<std::size_t>(n) * width;
        for (std::size_t k = 0; k < width; k += lanes) at(row + k) += p.value[n][i] * at(y[i] + k);
      }
    }
  }
}

VITRION_INLINE void invariants(const mlp::Program& program, const Gradient& g, float* nodes,
                               float* b, float* j, float* pairs) {
  const auto node = [&](int i) -> V& { return at(nodes + static_cast<std::size_t>(i) * lanes); };
  int next = program.inputs;
  for (const auto& p : program.products) {
    node(next) = node(p.a) * node(p.b);
    ++next;
  }
  const auto outputs = static_cast<std::size_t>(program.outputs());
  for (std::size_t f = 0; f < outputs; ++f) {
    V sum{};
    for (int t = program.first[f]; t < program.first[f + 1]; ++t) {
      const auto u = static_cast<std::size_t>(t);
      sum += static_cast<float>(program.coefficient[u]) * node(program.node[u]);
    }
    at(b + f * lanes) = sum;
    const auto& from = g.first[f];
    const auto& to = g.first[f + 1];
    const auto entry = [&](int e) -> V& { return at(j + static_cast<std::size_t>(e) * lanes); };
    const auto pair = [&](int q) -> V& { return at(pairs + static_cast<std::size_t>(q) * lanes); };
    for (std::size_t e = from.entry; e < to.entry; ++e) at(j + e * lanes) = V{};
    for (std::size_t i = from.constant; i < to.constant; ++i) {
      entry(g.constants[i].entry) += g.constants[i].c;
    }
    for (std::size_t i = from.direct; i < to.direct; ++i) {
      entry(g.directs[i].entry) += g.directs[i].c * node(g.directs[i].node);
    }
    int cleared = 0;
    for (std::size_t i = from.collect; i < to.collect; ++i) {
      const auto& c = g.collects[i];
      if (c.pair >= cleared) {  // pairs are numbered in the order of their first use
        pair(c.pair) = c.c * node(c.node);
        cleared = c.pair + 1;
      } else {
        pair(c.pair) += c.c * node(c.node);
      }
    }
    for (std::size_t i = from.spread; i < to.spread; ++i) {
      entry(g.spreads[i].entry) += pair(g.spreads[i].pair) * node(g.spreads[i].node);
    }
  }
}

using I = int __attribute__((vector_size(64)));

// Lane i of the result is the sum over the lanes of v[i], for i < 16; those beyond `count` are 0.
VITRION_INLINE V sum_lanes(V (&v)[lanes]) {
  const I even1{0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30};
  const I odd1{1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31};
  const I even2{0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29};
  const I odd2{2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31};
  const I even4{0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27};
  const I odd4{4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31};
  const I even8{0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23};
  const I odd8{8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31};
  const auto join = [](const V& a, const V& b, const I& even, const I& odd) {
    return __builtin_shuffle(a, b, even) + __builtin_shuffle(a, b, odd);
  };
  V a[5];
  for (int i = 0; i < 5; ++i) a[i] = join(v[2 * i], v[2 * i + 1], even1, odd1);
  const V b0 = join(a[0], a[1], even2, odd2), b1 = join(a[2], a[3], even2, odd2);
  const V b2 = join(a[4], V{}, even2, odd2);
  return join(join(b0, b1, even4, odd4), join(b2, V{}, even4, odd4), even8, odd8);
}

// Radial functions of the channels at angular momentum l.
VITRION_INLINE void mix(const Packet& p, int functions, const PairMap& map, int l, float* value,
                        float* slope) {
  const std::size_t channels = map.channels.size();
  const auto n_max = static_cast<std::size_t>(functions);
  const float* w = map.weight.data() + static_cast<std::size_t>(l) * channels * n_max;
  for (std::size_t k = 0; k < channels; ++k, w += n_max) {
    V v{}, s{};
    for (std::size_t n = 0; n < n_max; ++n) {
      v += w[n] * at(p.value[n]);
      s += w[n] * at(p.slope[n]);
    }
    at(value + k * lanes) = v;
    at(slope + k * lanes) = s;
  }
}

VITRION_INLINE void tangents(std::span<const Packet> packets, int functions, int l_max,
                             const PairMap& map, Floats& scratch, float* out, std::size_t vectors) {
  const auto lm_all = static_cast<std::size_t>(mlp::lm_count(l_max));
  const std::size_t channels = map.channels.size();
  const std::size_t harmonics_size = packets.size() * lm_all * 4 * lanes;
  const std::size_t radial_size = map.weight.empty() ? 0 : packets.size() * channels * 2 * lanes;
  if (scratch.size() < harmonics_size + radial_size) scratch.resize(harmonics_size + radial_size);
  float* const harmonic = scratch.data();
  float* const radial = harmonic + harmonics_size;
  for (std::size_t q = 0; q < packets.size(); ++q) {
    const Packet& p = packets[q];
    float* const to = harmonic + q * lm_all * 4 * lanes;
    mlp::harmonics(l_max, at(p.ux), at(p.uy), at(p.uz), at(p.inverse_r), norms.data(),
                   [&](int lm, const V& y, const V& gx, const V& gy, const V& gz) {
                     float* h = to + static_cast<std::size_t>(lm) * 4 * lanes;
                     at(h) = y;
                     at(h + lanes) = gx;
                     at(h + 2 * lanes) = gy;
                     at(h + 3 * lanes) = gz;
                   });
  }
  for (int l = 0; l <= l_max; ++l) {
    if (!map.weight.empty()) {
      for (std::size_t q = 0; q < packets.size(); ++q) {
        float* const r = radial + q * channels * 2 * lanes;
        mix(packets[q], functions, map, l, r, r + channels * lanes);
      }
    }
    for (auto lm = static_cast<std::size_t>(l * l);
         lm < static_cast<std::size_t>((l + 1) * (l + 1)); ++lm) {
      for (std::size_t k = 0; k < channels; ++k) {
        float* const row = out + (k * lm_all + lm) * vectors * lanes;
        V sums[lanes]{};
        int group = -1;
        float* to = row - 3 * lanes;
        for (std::size_t q = 0; q < packets.size(); ++q) {
          const Packet& p = packets[q];
          const float* r = radial + q * channels * 2 * lanes + k * lanes;
          const V value = map.weight.empty() ? at(p.value[k]) : at(r);
          const V slope = map.weight.empty() ? at(p.slope[k]) : at(r + channels * lanes);
          const float* h = harmonic + (q * lm_all + lm) * 4 * lanes;
          const V radially = slope * at(h);
          const V x = at(p.ux), y = at(p.uy), z = at(p.uz);
          const V tx = value * at(h + lanes) + radially * x;
          const V ty = value * at(h + 2 * lanes) + radially * y;
          const V tz = value * at(h + 3 * lanes) + radially * z;
          if (p.group != group) {
            group = p.group;
            to += 3 * lanes;
            at(to) = tx;
            at(to + lanes) = ty;
            at(to + 2 * lanes) = tz;
          } else {
            at(to) += tx;
            at(to + lanes) += ty;
            at(to + 2 * lanes) += tz;
          }
          const V dx = x * at(p.r), dy = y * at(p.r), dz = z * at(p.r);
          sums[0] += tx;
          sums[1] += ty;
          sums[2] += tz;
          sums[3] += tx * dx;
          sums[4] += ty * dy;
          sums[5] += tz * dz;
          sums[6] += ty * dz;
          sums[7] += tx * dz;
          sums[8] += tx * dy;
        }
        at(row + (vectors - 1) * lanes) = sum_lanes(sums);
      }
    }
  }
}

template <int N>
VITRION_INLINE void spread_some(const PairMap::Entry* first, const PairMap::Entry* last,
                                const float* j, const float* t, std::size_t row_floats, V* sum) {
  V s[N]{};
  for (const auto* e = first; e != last; ++e) {
    const float c = j[static_cast<std::size_t>(e->entry) * lanes];
    const float* row = t + static_cast<std::size_t>(e->row) * row_floats;
    for (int i = 0; i < N; ++i) s[i] += c * at(row + static_cast<std::size_t>(i) * lanes);
  }
  for (int i = 0; i < N; ++i) sum[i] = s[i];
}

VITRION_INLINE void spread(const Tangents& tangents, std::size_t invariants, const float* j,
                           std::size_t lane, float* columns, std::size_t stride, float* extras) {
  for (std::size_t f = 0; f < invariants; ++f) {
    float* const column = columns + f * stride;
    V extra{};
    for (const auto& part : tangents.parts) {
      const auto* first = part.map->entries.data() + part.map->first[f];
      const auto* last = part.map->entries.data() + part.map->first[f + 1];
      if (first == last) continue;
      const float* t = tangents.data.data() + part.begin;
      const std::size_t row = part.vectors * lanes;
      V sum[8];
      for (std::size_t at_vector = 0; at_vector < part.vectors; at_vector += 8) {
        const std::size_t n = std::min<std::size_t>(8, part.vectors - at_vector);
        const float* from = t + at_vector * lanes;
        switch (n) {
          case 1: spread_some<1>(first, last, j + lane, from, row, sum); break;
          case 2: spread_some<2>(first, last, j + lane, from, row, sum); break;
          case 3: spread_some<3>(first, last, j + lane, from, row, sum); break;
          case 4: spread_some<4>(first, last, j + lane, from, row, sum); break;
          case 5: spread_some<5>(first, last, j + lane, from, row, sum); break;
          case 6: spread_some<6>(first, last, j + lane, from, row, sum); break;
          case 7: spread_some<7>(first, last, j + lane, from, row, sum); break;
          default: spread_some<8>(first, last, j + lane, from, row, sum); break;
        }
        for (std::size_t i = 0; i < n; ++i) {
          if (at_vector + i + 1 == part.vectors) {
            extra += sum[i];
          } else {
            at(column + part.target[at_vector + i]) -= sum[i];
          }
        }
      }
    }
    at(extras + f * lanes) = extra;
  }
}

#define VITRION_KERNELS(name, ...)                                                               \
  struct name {                                                                                  \
    __VA_ARGS__ static void project_(std::span<const Packet> p, int n, int l, float* out) {      \
      project(p, n, l, out);                                                                     \
    }                                                                                            \
    __VA_ARGS__ static void invariants_(const mlp::Program& p, const Gradient& g, float* nodes,  \
                                        float* b, float* j, float* pairs) {                      \
      invariants(p, g, nodes, b, j, pairs);                                                      \
    }                                                                                            \
    __VA_ARGS__ static void tangents_(std::span<const Packet> p, int n, int l, const PairMap& m, \
                                      Floats& scratch, float* out, std::size_t vectors) {        \
      tangents(p, n, l, m, scratch, out, vectors);                                               \
    }                                                                                            \
    __VA_ARGS__ static void spread_(const Tangents& t, std::size_t n, const float* j,            \
                                    std::size_t lane, float* columns, std::size_t stride,        \
                                    float* extras) {                                             \
      spread(t, n, j, lane, columns, stride, extras);                                            \
    }                                                                                            \
    static constexpr Kernels table{project_, invariants_, tangents_, spread_};                   \
  };
VITRION_KERNELS(Portable, __attribute__((flatten)))
VITRION_KERNELS(Avx2, __attribute__((flatten, target("avx2,fma"))))
VITRION_KERNELS(Avx512, __attribute__((flatten, target("avx512f,avx512dq,avx512vl,avx512bw,fma"))))

}  // namespace

const Kernels& kernels() {
  static const Kernels& best = [&]() -> const Kernels& {
    if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
        __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0) {
      return Avx512::table;
    }
    if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
      return Avx2::table;
    }
    return Portable::table;
  }();
  return best;
}

Gradient make_gradient(const mlp::Program& program) {
  Gradient g;
  const auto is_input = [&](int n) { return n < program.inputs; };
  const auto product = [&](int n) {
    return program.products[static_cast<std::size_t>(n - program.inputs)];
  };
  for (std::size_t f = 0; f + 1 < program.first.size(); ++f) {
    g.first.push_back({g.input.size(), g.constants.size(), g.directs.size(), g.collects.size(),
                       g.spreads.size()});
    std::map<int, int> entries, pairs;
    const auto entry = [&](int input) {
      const auto [where, isnew] = entries.try_emplace(input, static_cast<int>(g.input.size()));
      if (isnew) g.input.push_back(input);
      return where->second;
    };
    // c · other flows back into `node`: an input, or a pair of inputs.
    const auto flow = [&](int node, int other, float c) {
      if (is_input(node)) {
        g.directs.push_back({entry(node), other, c});
        return;
      }
      const auto [where, isnew] = pairs.try_emplace(node, static_cast<int>(pairs.size()));
      g.collects.push_back({where->second, other, c});
      if (!isnew) return;
      const auto p = product(node);
      g.spreads.push_back({entry(p.a), where->second, p.b});
      g.spreads.push_back({entry(p.b), where->second, p.a});
    };
    for (int t = program.first[f]; t < program.first[f + 1]; ++t) {
      const int node = program.node[static_cast<std::size_t>(t)];
      const auto c = static_cast<float>(program.coefficient[static_cast<std::size_t>(t)]);
      if (is_input(node)) {
        g.constants.push_back({entry(node), c});
      } else {
        const auto p = product(node);
        flow(p.a, p.b, c);
        flow(p.b, p.a, c);
      }
    }
    g.most_pairs = std::max(g.most_pairs, pairs.size());
  }
  g.first.push_back(
      {g.input.size(), g.constants.size(), g.directs.size(), g.collects.size(), g.spreads.size()});
  return g;
}

}  // namespace vitrion::linear
