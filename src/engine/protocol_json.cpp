#include "engine/protocol_json.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace vitrion {
namespace {

using nlohmann::json;

constexpr std::array kinds{"minimise", "dynamics"};
constexpr std::array ensembles{"nve", "nvt", "npt"};
constexpr std::array thermostats{"nose_hoover", "langevin", "rescale"};
constexpr std::array couplings{"isotropic", "anisotropic", "triclinic"};

template <class Enum, std::size_t n>
Enum from_name(const std::array<const char*, n>& names, const json& value) {
  for (std::size_t i = 0; i < n; ++i) {
    if (value.get<std::string>() == names[i]) return static_cast<Enum>(i);
  }
  throw InputError(fmt::format("a protocol cannot have \"{}\"", value.get<std::string>()));
}

template <class Enum, std::size_t n>
const char* to_name(const std::array<const char*, n>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

json segment_to_json(const Segment& s) {
  return {{"kind", to_name(kinds, s.kind)},
          {"label", s.label},
          {"ensemble", to_name(ensembles, s.ensemble)},
          {"thermostat", to_name(thermostats, s.thermostat)},
          {"start_K", s.start_K},
          {"end_K", s.end_K},
          {"duration_ps", s.duration_ps},
          {"pressure_GPa", s.pressure_GPa},
          {"coupling", to_name(couplings, s.coupling)},
          {"thermostat_time_ps", s.thermostat_time_ps},
          {"barostat_time_ps", s.barostat_time_ps},
          {"force_tolerance_eV_A", s.force_tolerance_eV_A},
          {"max_iterations", s.max_iterations},
          {"relax_cell", s.relax_cell}};
}

Segment segment_from_json(const json& j) {
  Segment s;
  s.kind = from_name<Segment::Kind>(kinds, j.at("kind"));
  s.label = j.at("label");
  s.ensemble = from_name<Ensemble>(ensembles, j.at("ensemble"));
  s.thermostat = from_name<Thermostat>(thermostats, j.at("thermostat"));
  s.start_K = j.at("start_K");
  s.end_K = j.at("end_K");
  s.duration_ps = j.at("duration_ps");
  s.pressure_GPa = j.at("pressure_GPa");
  s.coupling = from_name<CellCoupling>(couplings, j.at("coupling"));
  s.thermostat_time_ps = j.at("thermostat_time_ps");
  s.barostat_time_ps = j.at("barostat_time_ps");
  s.force_tolerance_eV_A = j.at("force_tolerance_eV_A");
  s.max_iterations = j.at("max_iterations");
  s.relax_cell = j.at("relax_cell");
  return s;
}

}  // namespace

json protocol_to_json(const Protocol& p) {
  json segments = json::array();
  for (const auto& s : p.segments) segments.push_back(segment_to_json(s));
  return {{"segments", segments},
          {"timestep_ps", p.timestep_ps},
          {"initial_temperature_K",
           p.initial_temperature_K ? json(*p.initial_temperature_K) : json(nullptr)},
          {"seed", p.seed},
          {"thermo_every_ps", p.thermo_every_ps},
          {"frame_every_ps", p.frame_every_ps},
          {"checkpoint_every_ps", p.checkpoint_every_ps},
          {"frame_velocities", p.frame_velocities}};
}

Protocol protocol_from_json(const json& j) {
  try {
    Protocol p;
    for (const auto& s : j.at("segments")) p.segments.push_back(segment_from_json(s));
    p.timestep_ps = j.at("timestep_ps");
    if (!j.at("initial_temperature_K").is_null())
      p.initial_temperature_K = j.at("initial_temperature_K");
    p.seed = j.at("seed");
    p.thermo_every_ps = j.at("thermo_every_ps");
    p.frame_every_ps = j.at("frame_every_ps");
    p.checkpoint_every_ps = j.at("checkpoint_every_ps");
    p.frame_velocities = j.at("frame_velocities");
    return p;
  } catch (const json::exception& e) {
    throw InputError(fmt::format("a protocol in JSON is not complete: {}", e.what()));
  }
}

}  // namespace vitrion
