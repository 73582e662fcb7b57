// The inner loops of the linear design: invariants of sixteen centres at once, their derivatives
// with respect to the projections, and the tangents of one centre's neighbours.
//
// B_f depends on few projections A (five or six on average): ∂B/∂r = Σ (∂B/∂A) (∂A/∂r), a sparse
// matrix times the tangents of all neighbours, costs less than a pass through all products. Single
// precision; the widest vectors of the machine at run time. Internal to linear_design.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <vector>

#include "potential/mlp/program.hpp"

namespace vitrion::linear {

inline constexpr std::size_t lanes = 16;

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{64}); }
  bool operator==(const AlignedAllocator&) const { return true; }
};
using Floats = std::vector<float, AlignedAllocator<float>>;

/// How to get ∂B_f/∂A from the nodes of a program: c·node into an entry; c·node into the adjoint
/// of a pair, and adjoints times a factor into entries.
struct Gradient {
  struct Constant {
    int entry;
    float c;
  };
  struct Direct {
    int entry, node;
    float c;
  };
  struct Collect {
    int pair, node;
    float c;
  };
  struct Spread {
    int entry, pair, node;
  };
  struct Offsets {
    std::size_t entry = 0, constant = 0, direct = 0, collect = 0, spread = 0;
  };
  std::vector<int> input;  ///< of each entry: which A
  std::vector<Constant> constants;
  std::vector<Direct> directs;
  std::vector<Collect> collects;
  std::vector<Spread> spreads;
  std::vector<Offsets> first;  ///< of each invariant; one more at the end
  std::size_t most_pairs = 0;
};
Gradient make_gradient(const mlp::Program& program);

/// The neighbours of one kind that one centre sees in sixteen slots; empty lanes have zero radial
/// functions.
struct Packet {
  alignas(64) float ux[lanes], uy[lanes], uz[lanes];  // unit vectors to the neighbours
  alignas(64) float r[lanes], inverse_r[lanes];
  alignas(64) float value[lanes][lanes], slope[lanes][lanes];  // [n][lane]
  int group = 0;                                               // which slots
};

/// Of (centre's element, neighbour's element): which channels there are and their radial weights.
struct PairMap {
  std::vector<int> channels;  ///< global
  std::vector<float> weight;  ///< [l][channel here][n]; empty: channel i is function i
  struct Entry {
    int entry, row;  ///< of the gradient; of the tangents, channel here · (L+1)² + lm
  };
  std::vector<Entry> entries;      ///< of all invariants
  std::vector<std::size_t> first;  ///< [invariant]
};

/// Tangents of one centre: for each of the elements, rows of vectors (3 for each slot group seen,
/// then one with their sum in lanes 0–2 and the strain's xx yy zz yz xz xy in 3–8).
struct Tangents {
  struct Part {
    const PairMap* map = nullptr;
    std::size_t begin = 0;            ///< of its floats
    std::size_t vectors = 0;          ///< in a row
    std::vector<std::size_t> target;  ///< offset of each vector in a column of the design
  };
  Floats data;
  std::vector<Part> parts;
};

struct Kernels {
  /// A[z' n lm] of one centre from packets of one element: `out` [functions][(L+1)² padded].
  void (*project)(std::span<const Packet> packets, int functions, int l_max, float* out);
  /// nodes [node][16] from inputs in place, B [f][16], J [entry][16].
  void (*invariants)(const mlp::Program&, const Gradient&, float* nodes, float* b, float* j,
                     float* pairs);
  /// Fills the part of the tangents that belongs to one element. Packets are sorted by group.
  void (*tangents)(std::span<const Packet> packets, int functions, int l_max, const PairMap&,
                   Floats& scratch, float* out, std::size_t vectors);
  /// column f −= Σ J T; extras [f][16] the last vectors.
  void (*spread)(const Tangents&, std::size_t invariants, const float* j, std::size_t lane,
                 float* columns, std::size_t stride, float* extras);
};
const Kernels& kernels();

constexpr std::size_t padded_lm(int l_max) {
  const auto lm = static_cast<std::size_t>((l_max + 1) * (l_max + 1));
  return (lm + lanes - 1) / lanes * lanes;
}

}  // namespace vitrion::linear
