#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "engine/force_provider.hpp"
#include "engine/lammps/convert.hpp"
#include "engine/lammps/worker_process.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "vitrion-forces-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw WorkError(fmt::format("{}: cannot be made", pattern));
    path = pattern;
  }
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  fs::path path;
};

class LammpsProvider : public ForceProvider {
 public:
  LammpsProvider(const Potential& potential, LammpsProviderOptions options)
      : potential_(potential), options_(std::move(options)) {
    if (options_.folder.empty()) {
      temporary_ = std::make_unique<TemporaryFolder>();
      options_.folder = temporary_->path;
    }
  }
  [[nodiscard]] std::string name() const override { return "LAMMPS/" + potential_.name(); }
  [[nodiscard]] std::string version() const override { return version_; }

  void evaluate(Frame& frame) override {
    const FrameMap map(frame.structure);
    wire::PackedFrame packed = map.pack(frame);
    packed.v.clear();
    try {
      if (!worker_ || frame.structure.species != species_) start(frame.structure);
      worker_->send(wire::Kind::frame, wire::pack(packed));
      const wire::Message answer = worker_->receive();
      if (answer.kind != wire::Kind::result) throw WorkError("the LAMMPS worker sent no forces");
      take(map, wire::unpack_frame(answer.payload), frame);
    } catch (...) {
      worker_.reset();
      throw;
    }
  }

 private:
  void start(const Structure& structure) {
    worker_.reset();
    EngineInput input = potential_.engine_input(structure);
    if (options_.kspace_accuracy > 0)
      input = with_kspace(input, options_.kspace_accuracy, options_.ewald);
    std::vector<double> masses;
    for (const auto& s : structure.species) masses.push_back(s.mass_amu);
    const nlohmann::json job{
        {"mode", "evaluate"},
        {"masses", masses},
        {"input",
         {{"atom_style", input.atom_style}, {"commands", input.commands}, {"files", input.files}}}};
    worker_ = std::make_unique<WorkerProcess>(options_.folder, options_.ranks);
    version_ = worker_->lammps_version();
    worker_->send(wire::Kind::job, job.dump());
    species_ = structure.species;
  }

  static void take(const FrameMap& map, const wire::PackedFrame& answer, Frame& frame) {
    Frame told = map.unpack(answer, 0);
    frame.forces = std::move(told.forces);
    frame.energy_eV = answer.energy_eV;
    const auto& p = answer.pressure;
    Mat3 stress;
    stress << -p[0], -p[3], -p[4], -p[3], -p[1], -p[5], -p[4], -p[5], -p[2];
    frame.stress_eV_A3 = map.turned_back(stress);
  }

  const Potential& potential_;
  LammpsProviderOptions options_;
  std::unique_ptr<TemporaryFolder> temporary_;
  std::unique_ptr<WorkerProcess> worker_;
  std::vector<Species> species_;
  std::string version_;
};

}  // namespace

std::unique_ptr<ForceProvider> make_lammps_provider(const Potential& potential,
                                                    const LammpsProviderOptions& options) {
  return std::make_unique<LammpsProvider>(potential, options);
}

}  // namespace vitrion
