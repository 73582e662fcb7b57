// Frames of a Li-S liquid in a skewed cell, labelled by a known pair potential.
#pragma once

#include <cmath>

#include "base/rng.hpp"
#include "learn/dataset.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion::learn_test {

// A known potential: pairs of a Morse-like well whose depth differs between the elements.
inline void label(Frame& frame) {
  const Structure& s = frame.structure;
  const auto list = build_neighbor_list(s, 5.0);
  double energy = 0;
  Mat3 virial = Mat3::Zero();
  frame.forces.assign(s.size(), Vec3::Zero());
  for (std::size_t i = 0; i < s.size(); ++i) {
    for (const auto& n : list.of(i)) {
      const double depth = 0.2 * (1 + s.kind[i]) * (1 + s.kind[n.atom]);
      const double x = n.distance / 5.0;
      const double cut = std::pow(1 - x * x, 3);
      const double well = std::exp(-1.5 * (n.distance - 2.4));
      const double value = depth * (well * well - 2 * well);
      const double slope = depth * -3.0 * (well * well - well) * cut +
                           value * 3 * std::pow(1 - x * x, 2) * (-2 * x / 5.0);
      energy += 0.5 * value * cut;
      const Vec3 g = 0.5 * slope / n.distance * n.vector;
      frame.forces[i] += g;
      frame.forces[n.atom] -= g;
      virial += g * n.vector.transpose();
    }
  }
  frame.energy_eV = energy - 3.0 * static_cast<double>(s.counts()[0]);
  frame.stress_eV_A3 = virial / s.cell.volume();
}

inline Dataset liquid(std::size_t frames) {
  Dataset data;
  data.files = {"liquid.extxyz"};
  for (std::size_t k = 0; k < frames; ++k) {
    RandomStream random(5, "test liquid", k);
    Sample sample;
    Mat3 h = Mat3::Identity() * 7.2;
    h(0, 1) = 0.8;
    h(1, 2) = -0.5;
    sample.frame.structure.cell = Cell(h);
    for (int i = 0; i < 27; ++i) {
      const Vec3 site(i % 3, i / 3 % 3, i / 9);
      const Vec3 shake(random.normal(), random.normal(), random.normal());
      sample.frame.structure.add(i % 2 == 0 ? "Li" : "S", h / 3.0 * site + 0.15 * shake);
    }
    label(sample.frame);
    sample.index = static_cast<std::int64_t>(k);
    data.samples.push_back(std::move(sample));
  }
  return data;
}

}  // namespace vitrion::learn_test
