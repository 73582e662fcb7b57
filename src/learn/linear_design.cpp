#include "learn/linear_design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "potential/mlp/harmonics.hpp"
#include "potential/mlp/radial.hpp"

namespace vitrion {
using linear::lanes;

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

LinearDesign::Scratch::Scratch() : buffers_(std::make_unique<Buffers>()) {}
LinearDesign::Scratch::~Scratch() = default;
LinearDesign::Scratch::Scratch(Scratch&&) noexcept = default;
LinearDesign::Scratch& LinearDesign::Scratch::operator=(Scratch&&) noexcept = default;
LinearDesign::~LinearDesign() = default;
LinearDesign::LinearDesign(LinearDesign&&) noexcept = default;
LinearDesign& LinearDesign::operator=(LinearDesign&&) noexcept = default;

namespace {

// Which channels a neighbour of `other` feeds around a centre of `z`, and with what weights.
linear::PairMap make_map(const mlp::Model& m, const linear::Gradient& g, int z, int other) {
  linear::PairMap map;
  const int functions = m.radial.functions;
  const int lm_all = mlp::lm_count(m.l_max);
  std::vector<int> here(static_cast<std::size_t>(m.channels), -1);
  const auto weight = [&](int k, int l, int n) {
    const auto row = (static_cast<std::size_t>(z) * static_cast<std::size_t>(m.channels) +
                      static_cast<std::size_t>(k)) *
                         static_cast<std::size_t>(m.l_max + 1) +
                     static_cast<std::size_t>(l);
    return m.mixing[row * static_cast<std::size_t>(m.projections()) +
                    static_cast<std::size_t>(other * functions + n)];
  };
  for (int k = 0; k < m.channels; ++k) {
    bool fed = m.mixing.empty() && k / functions == other;
    for (int l = 0; !m.mixing.empty() && l <= m.l_max; ++l) {
      for (int n = 0; n < functions; ++n) fed = fed || weight(k, l, n) != 0;
    }
    if (!fed) continue;
    here[static_cast<std::size_t>(k)] = static_cast<int>(map.channels.size());
    map.channels.push_back(k);
  }
  for (int l = 0; !m.mixing.empty() && l <= m.l_max; ++l) {
    for (const int k : map.channels) {
      for (int n = 0; n < functions; ++n) {
        map.weight.push_back(static_cast<float>(weight(k, l, n)));
      }
    }
  }
  for (std::size_t f = 0; f + 1 < g.first.size(); ++f) {
    map.first.push_back(map.entries.size());
    for (std::size_t e = g.first[f].entry; e < g.first[f + 1].entry; ++e) {
      const int k = here[static_cast<std::size_t>(g.input[e] / lm_all)];
      if (k >= 0) map.entries.push_back({static_cast<int>(e), k * lm_all + g.input[e] % lm_all});
    }
  }
  map.first.push_back(map.entries.size());
  return map;
}

}  // namespace

LinearDesign::LinearDesign(const mlp::Model& model) : tables_(std::make_unique<Tables>()) {
  if (model.copies != 1 || model.hidden_units() != 0) {
    throw InputError(fmt::format(
        "\"{}\" is not linear in its coefficients: a linear fit needs one copy and no hidden units",
        model.name));
  }
  auto& t = *tables_;
  t.model = model;
  t.program = mlp::compile_program(model.invariants, model.channels, model.l_max);
  t.gradient = linear::make_gradient(t.program);
  t.cutoff = model.max_cutoff_A();
  const int z_max = model.element_count();
  for (int z = 0; z < z_max; ++z) {
    t.atomic_number.push_back(element::require(model.elements[static_cast<std::size_t>(z)]));
    for (int other = 0; other < z_max; ++other) {
      t.maps.push_back(make_map(model, t.gradient, z, other));
    }
  }
}

std::size_t LinearDesign::columns() const {
  return invariants() * static_cast<std::size_t>(tables_->model.element_count());
}
std::size_t LinearDesign::invariants() const { return tables_->model.invariants.size(); }
const mlp::Model& LinearDesign::model() const { return tables_->model; }

std::vector<int> element_indices(const Structure& structure, const mlp::Model& model) {
  std::vector<int> out;
  const auto counts = structure.counts();
  for (std::size_t k = 0; k < structure.species.size(); ++k) {
    const auto& name = structure.species[k].name;
    const auto at = std::find(model.elements.begin(), model.elements.end(), name);
    if (at == model.elements.end() && counts[k] > 0) {
      throw InputError(
          fmt::format("the potential knows {} and not \"{}\"", join(model.elements, ", "), name));
    }
    out.push_back(at == model.elements.end() ? -1 : static_cast<int>(at - model.elements.begin()));
  }
  return out;
}

namespace {

// Atoms of one element side by side, near ones near, in groups of sixteen that hold one element.
struct Slots {
  std::vector<std::uint32_t> of;        // atom → slot
  std::vector<std::uint32_t> in_order;  // atoms, element by element
  std::size_t groups = 0;
};

Slots make_slots(const Structure& s, const std::vector<int>& element, int elements) {
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
  (void)elements;
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

void LinearDesign::rows(const Structure& structure, Scratch& scratch, DesignRows& out,
                        bool want_features) const {
  const auto& t = *tables_;
  const mlp::Model& m = t.model;
  auto& b = *scratch.buffers_;
  const auto& run = linear::kernels();
  const auto elements = static_cast<std::size_t>(m.element_count());
  const auto functions = static_cast<std::size_t>(m.radial.functions);
  const auto lm_all = static_cast<std::size_t>(mlp::lm_count(m.l_max));
  const std::size_t width = linear::padded_lm(m.l_max);
  const std::size_t f_all = invariants();
  const std::size_t n = structure.size();

  const std::vector<int> species = element_indices(structure, m);
  out.atoms = n;
  out.columns = columns();
  out.element.resize(n);
  out.element_atoms.assign(elements, 0);
  out.base_energy_eV = 0;
  for (std::size_t i = 0; i < n; ++i) {
    out.element[i] = species[structure.kind[i]];
    ++out.element_atoms[static_cast<std::size_t>(out.element[i])];
    out.base_energy_eV += m.reference_energy_eV[static_cast<std::size_t>(out.element[i])];
  }
  const Slots slots = make_slots(structure, out.element, m.element_count());
  out.stride = slots.groups * 3 * lanes;
  out.row.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t slot = slots.of[i];
    out.row[i] = static_cast<std::uint32_t>(slot / lanes * 3 * lanes + slot % lanes);
  }
  out.energy.assign(out.columns, 0);
  for (auto& s : out.strain) s.assign(out.columns, 0);
  out.force.assign(out.columns * out.stride, 0);
  out.features.assign(want_features ? n * f_all : 0, 0);
  out.base_force.assign(n, Vec3::Zero());
  out.base_strain.fill(0);

  const NeighborList list = build_neighbor_list(structure, t.cutoff);
  b.packets.resize(lanes * elements);
  b.nodes.resize(static_cast<std::size_t>(t.program.nodes()) * lanes);
  b.values.resize(f_all * lanes);
  b.jacobian.resize(std::max<std::size_t>(1, t.gradient.input.size()) * lanes);
  b.pairs.resize((t.gradient.most_pairs + 1) * lanes);
  b.extras.resize(f_all * lanes);
  b.projection.resize(functions * width);
  b.seen.assign(slots.groups * lanes, 0);
  b.value.resize(functions);
  b.slope.resize(functions);
  b.raw.resize(static_cast<std::size_t>(m.projections()) * lm_all);
  const double density = 1 / m.density_scale;

  const auto add_zbl = [&](std::size_t i, const Neighbor& q, const mlp::PairShape& shape, int z,
                           int other) {
    const auto e = mlp::zbl(shape, t.atomic_number[static_cast<std::size_t>(z)],
                            t.atomic_number[static_cast<std::size_t>(other)], q.distance);
    const Vec3 pull = 0.5 * e.slope / q.distance * q.vector;
    out.base_energy_eV += 0.5 * e.value;
    out.base_force[i] += pull;
    out.base_force[q.atom] -= pull;
    static constexpr int first[]{0, 1, 2, 1, 0, 0}, second[]{0, 1, 2, 2, 2, 1};
    for (std::size_t k = 0; k < 6; ++k) out.base_strain[k] += pull[first[k]] * q.vector[second[k]];
  };

  // Packets of one centre: the k-th image of an atom goes into the k-th layer of its group.
  const auto make_packets = [&](std::size_t i, std::vector<linear::Packet>* packets) {
    const int z = out.element[i];
    for (std::size_t e = 0; e < elements; ++e) packets[e].clear();
    for (const Neighbor& q : list.of(i)) {
      const int other = out.element[q.atom];
      const auto& shape = m.pair(z, other);
      if (q.distance >= shape.cutoff_A) continue;
      if (m.zbl && q.distance < shape.core_outer_A) add_zbl(i, q, shape, z, other);
      const std::size_t slot = slots.of[q.atom];
      const auto group = static_cast<int>(slot / lanes);
      const std::size_t lane = slot % lanes;
      auto& mine = packets[static_cast<std::size_t>(other)];
      int layer = b.seen[slot]++;
      linear::Packet* to = nullptr;
      for (auto& p : mine) {
        if (p.group == group && layer-- == 0) {
          to = &p;
          break;
        }
      }
      if (to == nullptr) to = &mine.emplace_back(empty_packet(group));
      mlp::radial_functions(m.radial, shape, q.distance, b.value, b.slope);
      for (std::size_t k = 0; k < functions; ++k) {
        to->value[k][lane] = static_cast<float>(b.value[k] * density);
        to->slope[k][lane] = static_cast<float>(b.slope[k] * density);
      }
      const Vec3 u = q.vector / q.distance;
      to->ux[lane] = static_cast<float>(u[0]);
      to->uy[lane] = static_cast<float>(u[1]);
      to->uz[lane] = static_cast<float>(u[2]);
      to->r[lane] = static_cast<float>(q.distance);
      to->inverse_r[lane] = static_cast<float>(1 / q.distance);
    }
    for (const Neighbor& q : list.of(i)) b.seen[slots.of[q.atom]] = 0;
    for (std::size_t e = 0; e < elements; ++e) {
      std::stable_sort(packets[e].begin(), packets[e].end(),
                       [](const auto& a, const auto& c) { return a.group < c.group; });
    }
  };

  // A of one centre into its lane of the nodes.
  const auto project = [&](int z, const std::vector<linear::Packet>* packets, std::size_t lane) {
    for (std::size_t e = 0; e < elements; ++e) {
      run.project(packets[e], m.radial.functions, m.l_max, b.projection.data());
      for (std::size_t k = 0; k < functions; ++k) {
        std::copy_n(b.projection.data() + k * width, lm_all,
                    b.raw.data() + (e * functions + k) * lm_all);
      }
    }
    if (m.mixing.empty()) {
      for (std::size_t i = 0; i < b.raw.size(); ++i) b.nodes[i * lanes + lane] = b.raw[i];
      return;
    }
    const auto projections = static_cast<std::size_t>(m.projections());
    const double* w = m.mixing.data() + static_cast<std::size_t>(z) *
                                            static_cast<std::size_t>(m.channels) *
                                            static_cast<std::size_t>(m.l_max + 1) * projections;
    for (std::size_t k = 0; k < static_cast<std::size_t>(m.channels); ++k) {
      for (std::size_t l = 0; l <= static_cast<std::size_t>(m.l_max); ++l, w += projections) {
        for (std::size_t lm = l * l; lm < (l + 1) * (l + 1); ++lm) {
          double sum = 0;
          for (std::size_t p = 0; p < projections; ++p) {
            sum += w[p] * static_cast<double>(b.raw[p * lm_all + lm]);
          }
          b.nodes[(k * lm_all + lm) * lanes + lane] = static_cast<float>(sum);
        }
      }
    }
  };

  const auto make_tangents = [&](int z, const std::vector<linear::Packet>* packets) {
    auto& parts = b.tangents.parts;
    parts.clear();
    std::size_t size = 0;
    for (std::size_t e = 0; e < elements; ++e) {
      const auto& mine = packets[e];
      if (mine.empty()) continue;
      auto& part = parts.emplace_back();
      part.map = &t.maps[static_cast<std::size_t>(z) * elements + e];
      part.begin = size;
      int group = -1;
      for (const auto& p : mine) {
        if (p.group == group) continue;
        group = p.group;
        for (std::size_t d = 0; d < 3; ++d) {
          part.target.push_back((static_cast<std::size_t>(group) * 3 + d) * lanes);
        }
      }
      part.vectors = part.target.size() + 1;
      size += part.map->channels.size() * lm_all * part.vectors * lanes;
    }
    if (b.tangents.data.size() < size) b.tangents.data.resize(size);
    std::size_t at = 0;
    for (std::size_t e = 0; e < elements; ++e) {
      if (packets[e].empty()) continue;
      const auto& part = parts[at++];
      run.tangents(packets[e], m.radial.functions, m.l_max, *part.map, b.tangent,
                   b.tangents.data.data() + part.begin, part.vectors);
    }
  };

  std::size_t begin = 0;
  while (begin < n) {
    const int z = out.element[slots.in_order[begin]];
    std::size_t end = begin;
    while (end < n && end - begin < lanes && out.element[slots.in_order[end]] == z) ++end;
    std::fill(b.nodes.begin(),
              b.nodes.begin() + static_cast<std::ptrdiff_t>(t.program.inputs) *
                                    static_cast<std::ptrdiff_t>(lanes),
              0.0F);
    for (std::size_t c = begin; c < end; ++c) {
      auto* packets = &b.packets[(c - begin) * elements];
      make_packets(slots.in_order[c], packets);
      project(z, packets, c - begin);
    }
    run.invariants(t.program, t.gradient, b.nodes.data(), b.values.data(), b.jacobian.data(),
                   b.pairs.data());
    const std::size_t block = static_cast<std::size_t>(z) * f_all;
    for (std::size_t c = begin; c < end; ++c) {
      const std::size_t lane = c - begin;
      const std::size_t i = slots.in_order[c];
      make_tangents(z, &b.packets[lane * elements]);
      float* const columns_of_z = out.force.data() + block * out.stride;
      run.spread(b.tangents, f_all, b.jacobian.data(), lane, columns_of_z, out.stride,
                 b.extras.data());
      for (std::size_t f = 0; f < f_all; ++f) {
        const float value = b.values[f * lanes + lane];
        out.energy[block + f] += static_cast<double>(value);
        if (want_features) out.features[i * f_all + f] = value;
        const float* extra = b.extras.data() + f * lanes;
        float* own = columns_of_z + f * out.stride + out.row[i];
        for (std::size_t d = 0; d < 3; ++d) own[d * lanes] += extra[d];
        for (std::size_t k = 0; k < 6; ++k) {
          out.strain[k][block + f] += static_cast<double>(extra[3 + k]);
        }
      }
    }
    begin = end;
  }
}

LinearPrediction predict(const DesignRows& rows, std::span<const double> c) {
  LinearPrediction out;
  out.energy_eV = rows.base_energy_eV;
  out.strain = rows.base_strain;
  std::vector<double> sum(rows.stride, 0);
  for (std::size_t k = 0; k < rows.columns; ++k) {
    out.energy_eV += c[k] * rows.energy[k];
    for (std::size_t q = 0; q < 6; ++q) out.strain[q] += c[k] * rows.strain[q][k];
    const float* column = rows.force.data() + k * rows.stride;
    for (std::size_t r = 0; r < rows.stride; ++r) sum[r] += c[k] * static_cast<double>(column[r]);
  }
  out.forces.resize(rows.atoms);
  for (std::size_t i = 0; i < rows.atoms; ++i) {
    for (int d = 0; d < 3; ++d) {
      out.forces[i][d] =
          rows.base_force[i][d] + sum[rows.row[i] + static_cast<std::size_t>(d) * lanes];
    }
  }
  return out;
}

}  // namespace vitrion
