#include "learn/fit_state.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/document.hpp"
#include "base/files.hpp"
#include "base/log.hpp"

namespace vitrion {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int version = 1;

Json sums_json(const LossSums& s) {
  return {s.loss, s.energy2, s.force2, s.virial2, s.frames, s.forces, s.virials};
}

LossSums sums_of(const Json& j) {
  return {j.at(0), j.at(1), j.at(2), j.at(3), j.at(4), j.at(5), j.at(6)};
}

Json progress_json(const NetworkProgress& p) {
  return {p.done,   p.step, p.epoch, p.learning_rate, sums_json(p.train), sums_json(p.validation),
          p.minutes};
}

NetworkProgress progress_of(const Json& j) {
  NetworkProgress p;
  p.done = j.at(0);
  p.step = j.at(1);
  p.epoch = j.at(2);
  p.learning_rate = j.at(3);
  p.train = sums_of(j.at(4));
  p.validation = sums_of(j.at(5));
  p.minutes = j.at(6);
  p.earlier = true;
  return p;
}

template <class T>
std::string print_of(const std::vector<T>& values) {
  return fingerprint({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

std::string print_of(std::span<const PackedFrame> frames) {
  std::string all;
  for (const auto& f : frames) {
    all += print_of(f.element) + print_of(f.neighbor) + print_of(f.dx) + print_of(f.dy) +
           print_of(f.dz) + print_of(f.force);
    all += fmt::format("{} {} {} {}", f.energy_eV, fmt::join(f.virial_eV, " "), f.has_energy,
                       f.has_virial);
    all += fmt::format(" {}", f.weight);
  }
  return fingerprint(all);
}

FitState state_of(const Json& j) {
  FitState out;
  out.now = progress_of(j.at("now"));
  for (const auto& p : j.at("told")) out.told.push_back(progress_of(p));
  out.adam = {j.at("steps"), j.at("weights"), j.at("mean"), j.at("square"), j.at("average")};
  return out;
}

}  // namespace

std::string fit_identity(const AdamState& start, const NetworkFitOptions& options,
                         std::span<const PackedFrame> train,
                         std::span<const PackedFrame> validation) {
  NetworkFitOptions same = options;
  return fmt::format("fit {} of {} seed {} from {} on {} and {}", version,
                     fingerprint(write_yaml(same.schema().write())), options.seed,
                     print_of(start.weights), print_of(train), print_of(validation));
}

void write_fit_state(const fs::path& file, const std::string& identity, const FitState& state) {
  Json out;
  out["identity"] = identity;
  out["now"] = progress_json(state.now);
  out["told"] = Json::array();
  for (const auto& p : state.told) out["told"].push_back(progress_json(p));
  out["steps"] = state.adam.steps;
  out["weights"] = state.adam.weights;
  out["mean"] = state.adam.mean;
  out["square"] = state.adam.square;
  out["average"] = state.adam.average;
  std::string bytes;
  Json::to_cbor(out, bytes);
  write_file_atomically(file, bytes);
}

std::optional<FitState> read_fit_state(const fs::path& file, const std::string& identity) {
  if (!fs::exists(file)) return std::nullopt;
  try {
    const Json j = Json::from_cbor(read_text_file(file));
    if (j.at("identity") == identity) return state_of(j);
    log_info(
        fmt::format("{} is of another recipe or other data: the fit begins anew", file.string()));
  } catch (const nlohmann::json::exception&) {
    log_warning(fmt::format("{} is not whole: the fit begins anew", file.string()));
  }
  return std::nullopt;
}

}  // namespace vitrion
