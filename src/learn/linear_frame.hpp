// One frame on its way through the kernels of the linear design. Internal to linear_design.
//
// Atoms get slots by element, so that sixteen neighbours of one kind are one vector; centres go in
// batches of sixteen of one element. O(atoms · neighbours) vectors, see linear_kernel.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "learn/linear_design.hpp"

namespace vitrion {

struct LinearDesign::Tables {
  mlp::Model model;
  mlp::Program program;
  linear::Gradient gradient;
  std::vector<linear::PairMap> maps;  // [centre's element][neighbour's element]
  std::vector<int> atomic_number;
  double cutoff = 0;
};

struct LinearDesign::Scratch::Buffers {
  std::vector<std::vector<linear::Packet>> packets;  // [centre of the batch · elements + element]
  linear::Floats projection, nodes, values, jacobian, pairs, tangent, extras;
  linear::Tangents tangents;
  std::vector<int> seen;  // how often a slot was used by the centre at hand
  std::vector<double> value, slope;
  std::vector<float> raw;
};

namespace linear {

/// Atoms of one element side by side, near ones near, in groups of sixteen that hold one element.
struct Slots {
  std::vector<std::uint32_t> of;        // atom → slot
  std::vector<std::uint32_t> in_order;  // atoms, element by element
  std::size_t groups = 0;
};

}  // namespace linear

class LinearDesign::Worker {
 public:
  Worker(const Tables& tables, Scratch::Buffers& buffers, const Structure& structure,
         DesignRows& out);
  void run(bool with_rows, bool with_features);

 private:
  using Packets = std::vector<linear::Packet>;

  void describe_frame();
  void prepare_rows();
  void add_zbl(std::size_t i, const Neighbor& q, const mlp::PairShape& shape, int z, int other);
  linear::Packet& packet_for(Packets& mine, std::size_t slot);
  void make_packets(std::size_t i, Packets* packets);
  void project(int z, const Packets* packets, std::size_t lane);
  void make_tangents(int z, const Packets* packets);
  void write_rows(std::size_t i, std::size_t lane);
  void do_batch(std::size_t begin, std::size_t end, bool with_rows, bool with_features);

  const Tables& t_;
  const mlp::Model& m_;
  Scratch::Buffers& b_;
  const Structure& structure_;
  DesignRows& out_;
  const linear::Kernels& kernels_ = linear::kernels();
  std::size_t elements_, functions_, lm_all_, width_, invariants_;
  linear::Slots slots_;
  NeighborList list_;
};

}  // namespace vitrion
