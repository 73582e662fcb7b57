#include "learn/network_loss.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace vitrion {
namespace {

using mlp::KernelTable;
using mlp::Row;
using mlp::View;

struct Centre {
  std::uint32_t frame, atom;
  std::size_t pairs;  // where its neighbours begin in the arrays of the step
};

double root(double sum, double n) { return n > 0 ? std::sqrt(sum / n) : 0; }

// Memory of vectors, aligned and never shrunk.
template <class T>
T* aligned(std::vector<std::byte>& memory, std::size_t count) {
  const std::size_t bytes = count * sizeof(T) + 64;
  if (memory.size() < bytes) memory.resize(bytes);
  void* p = memory.data();
  std::size_t space = memory.size();
  return static_cast<T*>(std::align(64, bytes - 64, p, space));
}

}  // namespace

LossSums& LossSums::operator+=(const LossSums& o) {
  loss += o.loss;
  energy2 += o.energy2;
  force2 += o.force2;
  virial2 += o.virial2;
  frames += o.frames;
  forces += o.forces;
  virials += o.virials;
  return *this;
}
double LossSums::energy_rmse() const { return root(energy2, frames); }
double LossSums::force_rmse() const { return root(force2, forces); }
double LossSums::virial_rmse() const { return root(virial2, virials); }

template <class T>
struct LossWorker<T>::State {
  const mlp::Prepared<T>& model;
  LossWeights weights;
  const KernelTable<T>& table;

  std::vector<std::vector<Centre>> centres;  // by element
  std::vector<std::size_t> base;             // of each frame: its first atom in the step
  std::vector<double> dx, dy, dz;
  std::vector<int> start;
  std::vector<T> gradient, velocity;
  // Messages of atoms and their adjoints [atom][M], with tangents, and as pairs have them
  // [pair][M].
  std::vector<T> message, message_tangent, adjoint, adjoint_tangent;
  std::vector<T> pair_message, pair_tangent, pair_gradient;
  std::vector<double> energy;  // of each frame
  std::vector<std::vector<double>> force, direction;
  std::vector<std::array<double, 9>> virial, strain;
  std::vector<T> energy_weight;  // of each frame
  std::vector<T> of_numbers;     // the gradient of one layer
  std::vector<std::byte> scratch;

  State(const mlp::Prepared<T>& m, const LossWeights& w)
      : model(m), weights(w), table(mlp::kernel_of(mlp::Width::automatic, T{})) {}

  const View<T>& view() const { return model.view(); }
  [[nodiscard]] std::size_t messages() const { return static_cast<std::size_t>(view().messages); }

  void unpack(std::span<const PackedFrame* const> frames) {
    centres.assign(static_cast<std::size_t>(view().elements), {});
    std::size_t pairs = 0, atoms = 0;
    for (const auto* f : frames) pairs += f->neighbor.size(), atoms += f->atoms();
    dx.resize(pairs);
    dy.resize(pairs);
    dz.resize(pairs);
    gradient.resize(3 * pairs);
    velocity.resize(3 * pairs);
    start.clear();
    force.resize(frames.size());
    direction.resize(frames.size());
    energy.assign(frames.size(), 0.0);
    energy_weight.assign(frames.size(), T(0));
    virial.assign(frames.size(), {});
    strain.assign(frames.size(), {});
    message.resize(atoms * messages());
    message_tangent.resize(message.size());
    adjoint.resize(message.size());
    adjoint_tangent.resize(message.size());
    pair_message.resize(pairs * messages());
    pair_tangent.resize(pair_message.size());
    pair_gradient.resize(pair_message.size());
    base.assign(1, 0);
    std::size_t at = 0;
    for (std::uint32_t k = 0; k < frames.size(); ++k) {
      const PackedFrame& f = *frames[k];
      base.push_back(base.back() + f.atoms());
      force[k].assign(3 * f.atoms(), 0.0);
      direction[k].assign(3 * f.atoms(), 0.0);
      for (std::uint32_t i = 0; i < f.atoms(); ++i) {
        centres[f.element[i]].push_back({k, i, at + f.first[i]});
      }
      std::copy(f.dx.begin(), f.dx.end(), dx.begin() + static_cast<std::ptrdiff_t>(at));
      std::copy(f.dy.begin(), f.dy.end(), dy.begin() + static_cast<std::ptrdiff_t>(at));
      std::copy(f.dz.begin(), f.dz.end(), dz.begin() + static_cast<std::ptrdiff_t>(at));
      at += f.neighbor.size();
    }
  }

  // The rows of a batch of centres of one element.
  template <class F>
  void for_batches(std::span<const PackedFrame* const> frames, F&& body) {
    const auto width = static_cast<std::size_t>(table.lanes);
    const auto z1 = static_cast<std::size_t>(view().elements) + 1;
    std::vector<Row<T>> rows(width);
    std::vector<int> starts(width * z1);
    for (int z = 0; z < view().elements; ++z) {
      const auto& list = centres[static_cast<std::size_t>(z)];
      for (std::size_t begin = 0; begin < list.size(); begin += width) {
        const std::size_t n = std::min(width, list.size() - begin);
        const std::span<const Centre> part(list.data() + begin, n);
        int neighbors = 0, most = 0;
        for (std::size_t c = 0; c < n; ++c) {
          const PackedFrame& f = *frames[part[c].frame];
          const std::size_t i = part[c].atom, p = part[c].pairs;
          for (std::size_t e = 0; e < z1; ++e) {
            starts[c * z1 + e] = static_cast<int>(f.start[i * z1 + e]);
          }
          const int count = static_cast<int>(f.first[i + 1] - f.first[i]);
          rows[c] = {count,         &starts[c * z1], dx.data() + p,
                     dy.data() + p, dz.data() + p,   gradient.data() + 3 * p};
          rows[c].message = pair_message.data() + p * messages();
          rows[c].message_velocity = pair_tangent.data() + p * messages();
          rows[c].message_gradient = pair_gradient.data() + p * messages();
          neighbors += count;
          most = std::max(most, count);
        }
        body(z, part, rows.data(), neighbors, most);
      }
    }
  }

  void forward(std::span<const PackedFrame* const> frames) {
    if (messages() > 0) send_messages(frames);
    std::vector<double> e(static_cast<std::size_t>(table.lanes));
    for_batches(frames,
                [&](int z, std::span<const Centre> part, const Row<T>* rows, int neighbors, int) {
                  const std::size_t bytes = table.scratch_bytes(view(), neighbors);
                  table.evaluate(view(), z, static_cast<int>(part.size()), rows, e.data(), nullptr,
                                 nullptr, aligned<std::byte>(scratch, bytes), bytes);
                  for (std::size_t c = 0; c < part.size(); ++c) {
                    const Centre& centre = part[c];
                    energy[centre.frame] += e[c];
                    collect(*frames[centre.frame], centre, rows[c]);
                  }
                });
    if (messages() > 0) pull_messages(frames);
  }

  [[nodiscard]] std::size_t atom_of(const Centre& c) const { return base[c.frame] + c.atom; }

  // Of each lane, its atom's row of [atom][M].
  std::vector<T*> lanes_of(std::span<const Centre> part, std::vector<T>& rows) const {
    std::vector<T*> out;
    for (const Centre& c : part) out.push_back(rows.data() + atom_of(c) * messages());
    return out;
  }
  std::vector<const T*> lanes_of(std::span<const Centre> part, const std::vector<T>& rows) const {
    std::vector<const T*> out;
    for (const Centre& c : part) out.push_back(rows.data() + atom_of(c) * messages());
    return out;
  }
  std::vector<const T*> velocities_of(std::span<const Centre> part) const {
    std::vector<const T*> out;
    for (const Centre& c : part) out.push_back(velocity.data() + 3 * c.pairs);
    return out;
  }

  // Calls f(pair of the step, atom of the step that is its neighbour).
  template <class F>
  void for_pairs(std::span<const PackedFrame* const> frames, F&& f) const {
    std::size_t pair = 0;
    for (std::size_t k = 0; k < frames.size(); ++k) {
      for (const auto j : frames[k]->neighbor) f(pair++, base[k] + j);
    }
  }
  void to_pairs(std::span<const PackedFrame* const> frames, const std::vector<T>& from,
                std::vector<T>& to) const {
    for_pairs(frames, [&](std::size_t pair, std::size_t atom) {
      std::copy_n(from.data() + atom * messages(), messages(), to.data() + pair * messages());
    });
  }
  void to_atoms(std::span<const PackedFrame* const> frames, const std::vector<T>& from,
                std::vector<T>& to) const {
    std::fill(to.begin(), to.end(), T(0));
    for_pairs(frames, [&](std::size_t pair, std::size_t atom) {
      for (std::size_t h = 0; h < messages(); ++h) {
        to[atom * messages() + h] += from[pair * messages() + h];
      }
    });
  }

  void send_messages(std::span<const PackedFrame* const> frames) {
    const View<T>& below = model.below()->view();
    for_batches(
        frames, [&](int z, std::span<const Centre> part, const Row<T>* rows, int neighbors, int) {
          const std::size_t bytes = table.scratch_bytes(below, neighbors);
          table.messages(below, z, static_cast<int>(part.size()), rows,
                         lanes_of(part, message).data(), aligned<std::byte>(scratch, bytes), bytes);
        });
    to_pairs(frames, message, pair_message);
  }

  // What the messages' own neighbours feel.
  void pull_messages(std::span<const PackedFrame* const> frames) {
    to_atoms(frames, pair_gradient, adjoint);
    const View<T>& below = model.below()->view();
    for_batches(frames,
                [&](int z, std::span<const Centre> part, const Row<T>* rows, int neighbors, int) {
                  const std::size_t bytes = table.scratch_bytes(below, neighbors);
                  table.pull_messages(below, z, static_cast<int>(part.size()), rows,
                                      lanes_of(part, std::as_const(adjoint)).data(),
                                      aligned<std::byte>(scratch, bytes), bytes);
                  for (std::size_t c = 0; c < part.size(); ++c) {
                    collect(*frames[part[c].frame], part[c], rows[c]);
                  }
                });
  }

  void collect(const PackedFrame& f, const Centre& centre, const Row<T>& row) {
    auto& out = force[centre.frame];
    auto& w = virial[centre.frame];
    const std::size_t i = centre.atom;
    for (int j = 0; j < row.count; ++j) {
      const T* g = row.gradient + 3 * static_cast<std::ptrdiff_t>(j);
      const std::size_t other = f.neighbor[f.first[i] + static_cast<std::size_t>(j)];
      const double d[3]{row.dx[j], row.dy[j], row.dz[j]};
      for (std::size_t a = 0; a < 3; ++a) {
        const double ga = static_cast<double>(g[a]);
        out[3 * i + a] += ga;
        out[3 * other + a] -= ga;
        for (std::size_t b = 0; b < 3; ++b) w[3 * a + b] += ga * d[b];
      }
    }
  }

  LossSums residuals(std::span<const PackedFrame* const> frames, double frames_in_step,
                     double forces_in_step) {
    LossSums sums;
    for (std::size_t k = 0; k < frames.size(); ++k) {
      const PackedFrame& f = *frames[k];
      const auto n = static_cast<double>(f.atoms());
      if (f.has_energy) {
        const double de = (energy[k] - f.energy_eV) / n;
        const double w = weights.energy * f.weight / frames_in_step;
        sums.loss += w * de * de;
        sums.energy2 += de * de;
        sums.frames += 1;
        energy_weight[k] = static_cast<T>(2 * w * de / n);
      }
      const double wf = weights.force * f.weight / forces_in_step;
      for (std::size_t i = 0; i < f.force.size(); ++i) {
        const double df = force[k][i] - static_cast<double>(f.force[i]);
        sums.loss += wf * df * df;
        sums.force2 += df * df;
        direction[k][i] = -2 * wf * df;
      }
      sums.forces += static_cast<double>(f.force.size());
      if (!f.has_virial) continue;
      const double wv = weights.virial * f.weight / (9 * frames_in_step);
      for (std::size_t a = 0; a < 9; ++a) {
        const double dv = (virial[k][a] - f.virial_eV[a]) / n;
        sums.loss += wv * dv * dv;
        sums.virial2 += dv * dv;
        strain[k][a] = 2 * wv * dv / n;
      }
      sums.virials += 9;
    }
    return sums;
  }

  // Adds to `out`, [element][numbers] of one layer; `body` runs one batch.
  template <class F>
  void sum_gradients(std::span<const PackedFrame* const> frames, const View<T>& layer,
                     std::span<double> out, F&& body) {
    of_numbers.assign(out.size(), T(0));
    const std::size_t parameters = out.size() / static_cast<std::size_t>(layer.elements);
    for_batches(frames,
                [&](int z, std::span<const Centre> part, const Row<T>* rows, int, int most) {
                  const std::size_t bytes = table.training_bytes(layer, most);
                  body(z, part, rows, of_numbers.data() + static_cast<std::size_t>(z) * parameters,
                       aligned<std::byte>(scratch, bytes), bytes);
                });
    for (std::size_t p = 0; p < out.size(); ++p) out[p] += static_cast<double>(of_numbers[p]);
  }

  void backward(std::span<const PackedFrame* const> frames, std::span<double> out) {
    for (const auto& list : centres) {
      for (const Centre& c : list) set_velocity(*frames[c.frame], c);
    }
    if (messages() > 0) push_messages(frames);
    const std::size_t top = model.numbers();
    sum_gradients(frames, view(), out.first(top),
                  [&](int z, std::span<const Centre> part, const Row<T>* rows, T* to, void* memory,
                      std::size_t bytes) {
                    std::vector<T> energies;
                    for (const Centre& c : part) energies.push_back(energy_weight[c.frame]);
                    table.differentiate(view(), z, static_cast<int>(part.size()), rows,
                                        velocities_of(part).data(), energies.data(), to, memory,
                                        bytes);
                  });
    if (messages() == 0) return;
    to_atoms(frames, pair_gradient, adjoint_tangent);
    const View<T>& below = model.below()->view();
    sum_gradients(frames, below, out.subspan(top),
                  [&](int z, std::span<const Centre> part, const Row<T>* rows, T* to, void* memory,
                      std::size_t bytes) {
                    table.differentiate_messages(
                        below, z, static_cast<int>(part.size()), rows, velocities_of(part).data(),
                        lanes_of(part, std::as_const(adjoint)).data(),
                        lanes_of(part, std::as_const(adjoint_tangent)).data(), to, memory, bytes);
                  });
  }

  // Messages and how they change along the velocities.
  void push_messages(std::span<const PackedFrame* const> frames) {
    const View<T>& below = model.below()->view();
    for_batches(frames, [&](int z, std::span<const Centre> part, const Row<T>* rows, int,
                            int most) {
      const std::size_t bytes = table.training_bytes(below, most);
      table.push_messages(below, z, static_cast<int>(part.size()), rows, velocities_of(part).data(),
                          lanes_of(part, message).data(), lanes_of(part, message_tangent).data(),
                          aligned<std::byte>(scratch, bytes), bytes);
    });
    to_pairs(frames, message_tangent, pair_tangent);
  }

  void set_velocity(const PackedFrame& f, const Centre& centre) {
    const auto& v = direction[centre.frame];
    const auto& s = strain[centre.frame];
    T* to = velocity.data() + 3 * centre.pairs;
    for (std::size_t j = f.first[centre.atom]; j < f.first[centre.atom + 1]; ++j) {
      const std::size_t other = f.neighbor[j];
      const double d[3]{f.dx[j], f.dy[j], f.dz[j]};
      for (std::size_t a = 0; a < 3; ++a) {
        double x = v[3 * other + a] - v[3 * centre.atom + a];
        for (std::size_t b = 0; b < 3; ++b) x += s[3 * a + b] * d[b];
        *to++ = static_cast<T>(x);
      }
    }
  }
};

template <class T>
LossWorker<T>::LossWorker(const mlp::Prepared<T>& model, const LossWeights& weights)
    : state_(std::make_unique<State>(model, weights)) {}
template <class T>
LossWorker<T>::~LossWorker() = default;
template <class T>
LossWorker<T>::LossWorker(LossWorker&&) noexcept = default;

template <class T>
LossSums LossWorker<T>::run(std::span<const PackedFrame* const> frames, double frames_in_step,
                            double forces_in_step, std::span<double> gradient) {
  state_->unpack(frames);
  state_->forward(frames);
  const LossSums sums = state_->residuals(frames, frames_in_step, forces_in_step);
  if (!gradient.empty()) state_->backward(frames, gradient);
  return sums;
}

template class LossWorker<float>;
template class LossWorker<double>;

}  // namespace vitrion
