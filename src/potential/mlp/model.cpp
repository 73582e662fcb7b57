#include "potential/mlp/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "core/element.hpp"
#include "potential/mlp/harmonics.hpp"

namespace vitrion::mlp {
namespace {

constexpr int max_radial_functions = 16;
constexpr int max_messages = 64;

template <typename Enum, std::size_t N>
Enum named(const std::array<const char*, N>& names, const std::string& name, const char* what) {
  for (std::size_t i = 0; i < N; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
  }
  throw InputError(fmt::format("no {} is called '{}': one of {}", what, name,
                               fmt::join(names.begin(), names.end(), ", ")));
}

void require(bool good, const std::string& field, const std::string& what) {
  if (!good) throw InputError(fmt::format("{} {}", field, what));
}

void require_size(const std::vector<double>& values, std::size_t want, const std::string& field) {
  require(values.size() == want, field,
          fmt::format("has {} numbers, and should have {}", values.size(), want));
  const auto bad =
      std::find_if_not(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  require(bad == values.end(), field,
          fmt::format("has a number that is not finite, at place {}", bad - values.begin() + 1));
}

void check_elements(const Model& m) {
  require(!m.elements.empty(), "elements", "names no element");
  std::set<std::string> seen;
  for (const auto& name : m.elements) {
    require(element::symbol(element::atomic_number(name)) == name && name != "X", "elements",
            fmt::format("names \"{}\", which is no element", name));
    require(seen.insert(name).second, "elements", fmt::format("names {} twice", name));
  }
  for (const auto& mixture : m.made_for) {
    for (const auto& name : mixture) {
      require(seen.contains(name), "made_for",
              fmt::format("names \"{}\", which is not among the elements", name));
    }
  }
  require_size(m.reference_energy_eV, m.elements.size(), "reference_energy_eV");
}

void check_pair(const PairShape& p, const std::string& pair) {
  const std::string field = fmt::format("radial.pairs {}", pair);
  require(std::isfinite(p.cutoff_A) && p.cutoff_A > 0, field, "has no cut-off above 0");
  require(p.core_inner_A >= 0 && p.core_outer_A > p.core_inner_A, field,
          "should have 0 <= core_inner_A < core_outer_A");
  require(p.core_outer_A <= p.cutoff_A, field, "has a core wider than its cut-off");
}

void check_radial(const Model& m) {
  const auto& r = m.radial;
  require(r.functions >= 1 && r.functions <= max_radial_functions, "radial.functions",
          fmt::format("is {}, and should be 1 to {}", r.functions, max_radial_functions));
  require(std::isfinite(r.lambda) && (r.scaling != Scaling::exponential || r.lambda > 0),
          "radial.lambda", "should be more than 0");
  const auto z = m.elements.size();
  require(r.pairs.size() == z * z, "radial.pairs",
          fmt::format("has {} pairs, and should have {}", r.pairs.size(), z * z));
  for (std::size_t a = 0; a < z; ++a) {
    for (std::size_t b = 0; b < z; ++b) {
      const std::string pair = m.elements[a] + "-" + m.elements[b];
      const PairShape& one = r.pairs[a * z + b];
      const PairShape& other = r.pairs[b * z + a];
      check_pair(one, pair);
      require(one.cutoff_A == other.cutoff_A && one.core_inner_A == other.core_inner_A &&
                  one.core_outer_A == other.core_outer_A,
              "radial.pairs", fmt::format("differs between {} and its mirror", pair));
    }
  }
}

void check_invariants(const Model& m) {
  require(!m.invariants.empty(), "invariants", "is empty");
  for (const auto& i : m.invariants) {
    require(!i.factors.empty() && i.factors.size() <= 4, "invariants",
            fmt::format("has \"{}\", which has not 1 to 4 factors", to_string(i)));
    for (const auto& f : i.factors) {
      require(f.channel >= 0 && f.channel < m.channels && f.l >= 0 && f.l <= m.l_max, "invariants",
              fmt::format("has \"{}\", which is out of the range of {} channels and l <= {}",
                          to_string(i), m.channels, m.l_max));
    }
  }
}

void check_shape(const Model& m) {
  require(std::isfinite(m.density_scale) && m.density_scale > 0, "density_scale",
          "should be more than 0");
  require(m.l_max >= 0 && m.l_max <= max_l, "l_max",
          fmt::format("is {}, and should be 0 to {}", m.l_max, max_l));
  require(m.copies >= 1, "copies", "should be at least 1");
  require(m.channels >= 1, "channels", "should be at least 1");
  if (m.mixing.empty()) {
    require(m.copies == 1 && m.channels == m.projections(), "channels",
            fmt::format("should be {} (elements times radial functions) in one copy, as there is "
                        "no mixing",
                        m.projections()));
  } else {
    require_size(
        m.mixing,
        static_cast<std::size_t>(m.element_count()) * static_cast<std::size_t>(m.mixed_channels()) *
            static_cast<std::size_t>(m.l_max + 1) * static_cast<std::size_t>(m.projections()),
        "mixing");
  }
  check_invariants(m);
}

void check_readout(const Model& m) {
  require(m.readout.size() == m.elements.size(), "readout",
          fmt::format("has {} entries for {} elements", m.readout.size(), m.elements.size()));
  const auto features = static_cast<std::size_t>(m.features_B());
  const auto hidden = static_cast<std::size_t>(m.hidden_units());
  for (std::size_t z = 0; z < m.elements.size(); ++z) {
    const Readout& r = m.readout[z];
    const std::string field = fmt::format("readout {}: ", m.elements[z]);
    require_size(r.shift, features, field + "shift");
    require_size(r.scale, features, field + "scale");
    require_size(r.linear, features, field + "linear");
    require_size(r.hidden_bias, hidden, field + "hidden_bias");
    require_size(r.hidden_output, hidden, field + "hidden_output");
    require_size(r.hidden_weight, hidden * features, field + "hidden_weight");
  }
}

void check_uncertainty(const Model& m) {
  require(m.features == "invariants" || m.features == "hidden", "features",
          fmt::format("is \"{}\", and should be invariants or hidden", m.features));
  require(m.features == "invariants" || m.hidden_units() > 0, "features",
          "speaks of hidden units, and there are none");
  if (m.uncertainty.empty()) return;
  require(m.uncertainty.size() == m.elements.size(), "uncertainty",
          fmt::format("has {} entries for {} elements", m.uncertainty.size(), m.elements.size()));
  const auto n = static_cast<std::size_t>(m.uncertainty_features());
  for (std::size_t z = 0; z < m.elements.size(); ++z) {
    const auto& u = m.uncertainty[z];
    const std::string field = fmt::format("uncertainty {}: ", m.elements[z]);
    require_size(u.active_inverse, u.active_inverse.empty() ? 0 : n * n, field + "active_inverse");
    require_size(u.posterior_factor, (u.posterior_factor.size() + n - 1) / n * n,
                 field + "posterior_factor");
  }
}

// What the kernels take for granted of a layer of messages.
void check_below(const Model& m) {
  if (m.below.empty()) return;
  require(m.below.size() == 1, "messages", "should be one layer");
  const Model& b = m.below[0];
  require(b.below.empty(), "messages", "should be one layer, without another below it");
  require(
      b.hidden_units() >= 1 && b.hidden_units() <= max_messages, "messages",
      fmt::format("has {} hidden units, and should have 1 to {}", b.hidden_units(), max_messages));
  require(!m.mixing.empty() && !b.mixing.empty(), "mixing", "is needed where there are messages");
  require(b.elements == m.elements && b.radial.functions == m.radial.functions &&
              b.radial.pairs.size() == m.radial.pairs.size(),
          "messages", "should have the elements and radial functions of the model");
  for (std::size_t i = 0; i < m.radial.pairs.size(); ++i) {
    require(b.radial.pairs[i].cutoff_A == m.radial.pairs[i].cutoff_A, "messages",
            "should have the cut-offs of the model");
  }
  check_shape(b);
  check_readout(b);
}

}  // namespace

Scaling scaling_named(const std::string& name) {
  return named<Scaling>(scaling_names, name, "scaling of radial functions");
}
Envelope envelope_named(const std::string& name) {
  return named<Envelope>(envelope_names, name, "envelope of radial functions");
}
Activation activation_named(const std::string& name) {
  return named<Activation>(activation_names, name, "activation");
}

double Model::max_cutoff_A() const {
  double longest = 0;
  for (const auto& p : radial.pairs) longest = std::max(longest, p.cutoff_A);
  return longest;
}

double activate(Activation kind, double x, double& slope) {
  switch (kind) {
    case Activation::tanh: {
      const double t = std::tanh(x);
      slope = 1 - t * t;
      return t;
    }
    case Activation::silu: {
      const double s = 1 / (1 + std::exp(-x));
      slope = s * (1 + x * (1 - s));
      return x * s;
    }
    case Activation::root: break;
  }
  const double root = std::sqrt(std::abs(x) + 0.25);
  slope = 0.5 / root;
  return std::copysign(root - 0.5, x);
}

void check_model(const Model& model) {
  check_elements(model);
  check_radial(model);
  check_below(model);
  check_shape(model);
  check_readout(model);
  check_uncertainty(model);
  require(std::isfinite(model.timestep_ps) && model.timestep_ps > 0, "timestep_ps",
          "should be more than 0");
}

}  // namespace vitrion::mlp
