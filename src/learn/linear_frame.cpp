#include "learn/linear_frame.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion {
using linear::lanes;
using linear::Slots;
namespace {

Slots make_slots(const Structure& s, const std::vector<int>& element) {
  Slots out;
  const std::size_t n = s.size();
  out.of.resize(n);
  std::vector<std::uint64_t> key(n, 0);
  if (n > 160 && s.cell.is_defined()) {
    const Vec3 heights = s.cell.heights();
    for (std::size_t i = 0; i < n; ++i) {
      const Vec3 f = s.cell.to_fractional(s.cell.wrap(s.position[i]));
      for (int k = 0; k < 3; ++k) {
        const double bins = std::max(1.0, std::floor(heights[k] / 5.0));
        const auto bin = static_cast<std::uint64_t>(std::clamp(f[k] * bins, 0.0, bins - 1));
        key[i] = key[i] << 16U | bin;
      }
    }
  }
  out.in_order.resize(n);
  std::iota(out.in_order.begin(), out.in_order.end(), 0U);
  std::stable_sort(out.in_order.begin(), out.in_order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return element[a] != element[b] ? element[a] < element[b] : key[a] < key[b];
  });
  std::size_t slot = 0;
  int last = 0;
  for (const std::uint32_t i : out.in_order) {
    if (element[i] != last) slot = (slot + lanes - 1) / lanes * lanes;
    last = element[i];
    out.of[i] = static_cast<std::uint32_t>(slot++);
  }
  out.groups = (slot + lanes - 1) / lanes;
  return out;
}

linear::Packet empty_packet(int group) {
  linear::Packet p;
  std::fill_n(p.ux, lanes, 1.0F);
  for (float* a : {p.uy, p.uz, p.r, p.inverse_r}) std::fill_n(a, lanes, 0.0F);
  std::fill_n(&p.value[0][0], lanes * lanes, 0.0F);
  std::fill_n(&p.slope[0][0], lanes * lanes, 0.0F);
  p.group = group;
  return p;
}

}  // namespace

LinearDesign::Worker::Worker(const Tables& tables, Scratch::Buffers& buffers,
                             const Structure& structure, DesignRows& out)
    : t_(tables),
      m_(tables.model),
      b_(buffers),
      structure_(structure),
      out_(out),
      elements_(static_cast<std::size_t>(m_.element_count())),
      functions_(static_cast<std::size_t>(m_.radial.functions)),
      lm_all_(static_cast<std::size_t>(mlp::lm_count(m_.l_max))),
      width_(linear::padded_lm(m_.l_max)),
      invariants_(m_.invariants.size()) {
  describe_frame();
  slots_ = make_slots(structure, out.element);
  list_ = build_neighbor_list(structure, t_.cutoff);
  b_.packets.resize(lanes * elements_);
  b_.nodes.resize(static_cast<std::size_t>(t_.program.nodes()) * lanes);
  b_.values.resize(invariants_ * lanes);
  b_.jacobian.resize(std::max<std::size_t>(1, t_.gradient.input.size()) * lanes);
  b_.pairs.resize((t_.gradient.most_pairs + 1) * lanes);
  b_.extras.resize(invariants_ * lanes);
  b_.projection.resize(functions_ * width_);
  b_.seen.assign(slots_.groups * lanes, 0);
  b_.value.resize(functions_);
  b_.slope.resize(functions_);
  b_.raw.resize(static_cast<std::size_t>(m_.projections()) * lm_all_);
}

void LinearDesign::Worker::describe_frame() {
  const std::vector<int> species = element_indices(structure_, m_);
  const std::size_t n = structure_.size();
  out_.atoms = n;
  out_.columns = elements_ * invariants_;
  out_.element.resize(n);
  out_.element_atoms.assign(elements_, 0);
  out_.base_energy_eV = 0;
  for (std::size_t i = 0; i < n; ++i) {
    out_.element[i] = species[structure_.kind[i]];
    ++out_.element_atoms[static_cast<std::size_t>(out_.element[i])];
    out_.base_energy_eV += m_.reference_energy_eV[static_cast<std::size_t>(out_.element[i])];
  }
  out_.base_force.assign(n, Vec3::Zero());
  out_.base_strain.fill(0);
}

void LinearDesign::Worker::prepare_rows() {
  out_.stride = slots_.groups * 3 * lanes;
  out_.row.resize(out_.atoms);
  for (std::size_t i = 0; i < out_.atoms; ++i) {
    const std::size_t slot = slots_.of[i];
    out_.row[i] = static_cast<std::uint32_t>(slot / lanes * 3 * lanes + slot % lanes);
  }
  out_.energy.assign(out_.columns, 0);
  for (auto& s : out_.strain) s.assign(out_.columns, 0);
  out_.force.assign(out_.columns * out_.stride, 0);
}

void LinearDesign::Worker::add_zbl(std::size_t i, const Neighbor& q, const mlp::PairShape& shape,
                                   int z, int other) {
  static constexpr int first[]{0, 1, 2, 1, 0, 0}, second[]{0, 1, 2, 2, 2, 1};
  const auto e = mlp::zbl(shape, t_.atomic_number[static_cast<std::size_t>(z)],
                          t_.atomic_number[static_cast<std::size_t>(other)], q.distance);
  const Vec3 pull = 0.5 * e.slope / q.distance * q.vector;
  out_.base_energy_eV += 0.5 * e.value;
  out_.base_force[i] += pull;
  out_.base_force[q.atom] -= pull;
  for (std::size_t k = 0; k < 6; ++k) {
    out_.base_strain[k] += pull[first[k]] * q.vector[second[k]];
  }
}

// The k-th image of an atom goes into the k-th packet of its group.
linear::Packet& LinearDesign::Worker::packet_for(Packets& mine, std::size_t slot) {
  const auto group = static_cast<int>(slot / lanes);
  int layer = b_.seen[slot]++;
  for (auto& p : mine) {
    if (p.group == group && layer-- == 0) return p;
  }
  return mine.emplace_back(empty_packet(group));
}

void LinearDesign::Worker::make_packets(std::size_t i, Packets* packets) {
  const int z = out_.element[i];
  const double density = 1 / m_.density_scale;
  for (std::size_t e = 0; e < elements_; ++e) packets[e].clear();
  for (const Neighbor& q : list_.of(i)) {
    const int other = out_.element[q.atom];
    const auto& shape = m_.pair(z, other);
    if (q.distance >= shape.cutoff_A) continue;
    if (m_.zbl && q.distance < shape.core_outer_A) add_zbl(i, q, shape, z, other);
    const std::size_t lane = slots_.of[q.atom] % lanes;
    auto& to = packet_for(packets[static_cast<std::size_t>(other)], slots_.of[q.atom]);
    mlp::radial_functions(m_.radial, shape, q.distance, b_.value, b_.slope);
    for (std::size_t k = 0; k < functions_; ++k) {
      to.value[k][lane] = static_cast<float>(b_.value[k] * density);
      to.slope[k][lane] = static_cast<float>(b_.slope[k] * density);
    }
    const Vec3 u = q.vector / q.distance;
    to.ux[lane] = static_cast<float>(u[0]);
    to.uy[lane] = static_cast<float>(u[1]);
    to.uz[lane] = static_cast<float>(u[2]);
    to.r[lane] = static_cast<float>(q.distance);
    to.inverse_r[lane] = static_cast<float>(1 / q.distance);
  }
  for (const Neighbor& q : list_.of(i)) b_.seen[slots_.of[q.atom]] = 0;
  for (std::size_t e = 0; e < elements_; ++e) {
    std::stable_sort(packets[e].begin(), packets[e].end(),
                     [](const auto& a, const auto& c) { return a.group < c.group; });
  }
}

// A of one centre, mixed, into its lane of the nodes.
void LinearDesign::Worker::project(int z, const Packets* packets, std::size_t lane) {
  for (std::size_t e = 0; e < elements_; ++e) {
    kernels_.project(packets[e], m_.radial.functions, m_.l_max, b_.projection.data());
    for (std::size_t k = 0; k < functions_; ++k) {
      std::copy_n(b_.projection.data() + k * width_, lm_all_,
                  b_.raw.data() + (e * functions_ + k) * lm_all_);
    }
  }
  if (m_.mixing.empty()) {
    for (std::size_t i = 0; i < b_.raw.size(); ++i) b_.nodes[i * lanes + lane] = b_.raw[i];
    return;
  }
  const auto projections = static_cast<std::size_t>(m_.projections());
  const auto channels = static_cast<std::size_t>(m_.channels);
  const auto l_count = static_cast<std::size_t>(m_.l_max) + 1;
  const double* w =
      m_.mixing.data() + static_cast<std::size_t>(z) * channels * l_count * projections;
  for (std::size_t k = 0; k < channels; ++k) {
    for (std::size_t l = 0; l < l_count; ++l, w += projections) {
      for (std::size_t lm = l * l; lm < (l + 1) * (l + 1); ++lm) {
        double sum = 0;
        for (std::size_t p = 0; p < projections; ++p) {
          sum += w[p] * static_cast<double>(b_.raw[p * lm_all_ + lm]);
        }
        b_.nodes[(k * lm_all_ + lm) * lanes + lane] = static_cast<float>(sum);
      }
    }
  }
}

void LinearDesign::Worker::make_tangents(int z, const Packets* packets) {
  auto& parts = b_.tangents.parts;
  parts.clear();
  std::size_t size = 0;
  for (std::size_t e = 0; e < elements_; ++e) {
    if (packets[e].empty()) continue;
    auto& part = parts.emplace_back();
    part.map = &t_.maps[static_cast<std::size_t>(z) * elements_ + e];
    part.begin = size;
    int group = -1;
    for (const auto& p : packets[e]) {
      if (p.group == group) continue;
      group = p.group;
      for (std::size_t d = 0; d < 3; ++d) {
        part.target.push_back((static_cast<std::size_t>(group) * 3 + d) * lanes);
      }
    }
    part.vectors = part.target.size() + 1;
    size += part.map->channels.size() * lm_all_ * part.vectors * lanes;
  }
  if (b_.tangents.data.size() < size) b_.tangents.data.resize(size);
  std::size_t at = 0;
  for (std::size_t e = 0; e < elements_; ++e) {
    if (packets[e].empty()) continue;
    const auto& part = parts[at++];
    kernels_.tangents(packets[e], m_.radial.functions, m_.l_max, *part.map, b_.tangent,
                      b_.tangents.data.data() + part.begin, part.vectors);
  }
}

void LinearDesign::Worker::write_rows(std::size_t i, std::size_t lane) {
  const std::size_t block = static_cast<std::size_t>(out_.element[i]) * invariants_;
  float* const columns = out_.force.data() + block * out_.stride;
  kernels_.spread(b_.tangents, invariants_, b_.jacobian.data(), lane, columns, out_.stride,
                  b_.extras.data());
  for (std::size_t f = 0; f < invariants_; ++f) {
    out_.energy[block + f] += static_cast<double>(b_.values[f * lanes + lane]);
    const float* extra = b_.extras.data() + f * lanes;
    float* own = columns + f * out_.stride + out_.row[i];
    for (std::size_t d = 0; d < 3; ++d) own[d * lanes] += extra[d];
    for (std::size_t k = 0; k < 6; ++k) {
      out_.strain[k][block + f] += static_cast<double>(extra[3 + k]);
    }
  }
}

void LinearDesign::Worker::do_batch(std::size_t begin, std::size_t end, bool with_rows,
                                    bool with_features) {
  const int z = out_.element[slots_.in_order[begin]];
  const auto inputs = static_cast<std::ptrdiff_t>(t_.program.inputs);
  std::fill_n(b_.nodes.begin(), inputs * static_cast<std::ptrdiff_t>(lanes), 0.0F);
  for (std::size_t c = begin; c < end; ++c) {
    auto* packets = &b_.packets[(c - begin) * elements_];
    make_packets(slots_.in_order[c], packets);
    project(z, packets, c - begin);
  }
  kernels_.invariants(t_.program, t_.gradient, b_.nodes.data(), b_.values.data(),
                      b_.jacobian.data(), b_.pairs.data());
  for (std::size_t c = begin; c < end; ++c) {
    const std::size_t lane = c - begin;
    const std::size_t i = slots_.in_order[c];
    if (with_rows) {
      make_tangents(z, &b_.packets[lane * elements_]);
      write_rows(i, lane);
    }
    for (std::size_t f = 0; with_features && f < invariants_; ++f) {
      out_.features[i * invariants_ + f] = b_.values[f * lanes + lane];
    }
  }
}

void LinearDesign::Worker::run(bool with_rows, bool with_features) {
  if (with_rows) prepare_rows();
  out_.features.assign(with_features ? out_.atoms * invariants_ : 0, 0);
  std::size_t begin = 0;
  while (begin < out_.atoms) {
    const int z = out_.element[slots_.in_order[begin]];
    std::size_t end = begin;
    while (end < out_.atoms && end - begin < lanes && out_.element[slots_.in_order[end]] == z) {
      ++end;
    }
    do_batch(begin, end, with_rows, with_features);
    begin = end;
  }
}

}  // namespace vitrion
