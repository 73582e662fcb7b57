// Packing beside Packmol: 7 Li + PS4 + P2S7 at 1.93 g/cm3, every pair 2.0 Å apart; ours periodic.
//
// bench_packing [ATOMS …] packs, and where the program `packmol` (Debian's) is found, has it do the
// same without periodicity, as 20.14 knows none. CPU seconds of one core each.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/constants.hpp"
#include "base/files.hpp"
#include "build/system.hpp"
#include "build/unit.hpp"

namespace {

using namespace vitrion;

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

SystemSettings settings(long atoms, const std::string& separation) {
  SystemSettings s;
  s.composition = "7 Li + PS4 + P2S7";
  s.atoms = atoms;
  s.density_g_cm3 = 1.93;
  s.separation = separation;
  return s;
}

double ours(long atoms, const std::string& separation) {
  const double before = cpu_seconds(RUSAGE_SELF);
  build_system(settings(atoms, separation), 1, 0);
  return cpu_seconds(RUSAGE_SELF) - before;
}

double packmol(long atoms) {
  if (std::system("command -v packmol >/dev/null") != 0) return -1;
  const auto folder = std::filesystem::temp_directory_path() / "vitrion-packmol";
  make_directory(folder);
  const SystemPlan plan = plan_system(settings(atoms, "plain"));
  const double edge = std::cbrt(plan.volume_A3);
  std::string input = "tolerance 2.0\nfiletype xyz\nseed 7\noutput out.xyz\n";
  for (const auto& u : plan.units) {
    const Unit unit = UnitLibrary::standard().get(u.name);
    std::string xyz = fmt::format("{}\n\n", unit.size());
    for (std::size_t k = 0; k < unit.size(); ++k) {
      xyz += fmt::format("{} {} {} {}\n", unit.elements[k], unit.position[k].x(),
                         unit.position[k].y(), unit.position[k].z());
    }
    write_file_atomically(folder / (u.name + ".xyz"), xyz);
    input +=
        fmt::format("structure {}.xyz\n number {}\n inside box 0 0 0 {} {} {}\nend structure\n",
                    u.name, u.count, edge, edge, edge);
  }
  write_file_atomically(folder / "input", input);
  const double before = cpu_seconds(RUSAGE_CHILDREN);
  const std::string command = fmt::format("cd {} && packmol < input > log", folder.string());
  if (std::system(command.c_str()) != 0) return -1;
  return cpu_seconds(RUSAGE_CHILDREN) - before;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<long> sizes;
  for (int k = 1; k < argc; ++k) sizes.push_back(std::atol(argv[k]));
  if (sizes.empty()) sizes = {1000, 5000, 20000};
  fmt::print("{:>9} {:>12} {:>16} {:>12}   CPU seconds\n", "atoms", "plain 2.0 Å",
             "units kept apart", "packmol");
  for (const long n : sizes) {
    const double other = n > 30000 ? -1 : packmol(n);
    fmt::print("{:>9} {:>12.3f} {:>16.3f} {:>12}\n", n, ours(n, "plain"), ours(n, "auto"),
               other < 0 ? "-" : fmt::format("{:.2f}", other));
  }
  return 0;
}
