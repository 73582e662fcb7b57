#include "engine/lammps/worker/instance.hpp"

#define LAMMPS_LIB_MPI
#include <fmt/format.h>
#include <lammps/library.h>

#include <cmath>
#include <cstdlib>
#include <exception>

#include "base/error.hpp"

namespace vitrion::worker {
namespace {

std::string number(double x) { return fmt::format("{}", x); }

}  // namespace

Instance::Instance(MPI_Comm ranks) : ranks_(ranks), exceptions_(std::uncaught_exceptions()) {
  std::vector<std::string> words{"vitrion-lammps", "-screen", "none", "-log", "none", "-nocite"};
  std::vector<char*> arguments;
  for (auto& w : words) arguments.push_back(w.data());
  int rank = 0;
  MPI_Comm_rank(ranks, &rank);
  if (const char* file = std::getenv("VITRION_LAMMPS_TRACE"); file != nullptr && rank == 0) {
    trace_.open(file, std::ios::app);
  }
  handle_ = lammps_open(static_cast<int>(arguments.size()), arguments.data(), ranks, nullptr);
  if (handle_ == nullptr) throw WorkError("LAMMPS could not be started");
  register_pair_mlp(handle_);
  log(true);
}

Instance::~Instance() {
  if (handle_ != nullptr && std::uncaught_exceptions() == exceptions_) lammps_close(handle_);
}

void Instance::command(const std::string& text) {
  if (trace_.is_open()) trace_ << text << '\n' << std::flush;
  lammps_command(handle_, text.c_str());
}

void Instance::log(bool on) { lammps_command(handle_, on ? "log lammps.log append" : "log none"); }

void Instance::build(const Setup& setup, const wire::PackedFrame& frame) {
  command("units metal");
  command("atom_style " + setup.atom_style);
  command("atom_modify map yes");
  command("boundary p p p");
  command("box tilt large");
  const auto& c = frame.cell;
  const bool tilted = setup.triclinic || c[3] != 0 || c[4] != 0 || c[5] != 0;
  std::string region = fmt::format("region box {} 0 {} 0 {} 0 {}", tilted ? "prism" : "block",
                                   number(c[0]), number(c[1]), number(c[2]));
  if (tilted) region += fmt::format(" {} {} {}", number(c[3]), number(c[4]), number(c[5]));
  command(region + " units box");
  command(fmt::format("create_box {} box", setup.masses.size()));
  for (std::size_t i = 0; i < setup.masses.size(); ++i) {
    command(fmt::format("mass {} {}", i + 1, number(setup.masses[i])));
  }
  const std::size_t n = frame.type.size();
  std::vector<double> v = frame.v;
  v.resize(3 * n, 0.0);
  std::vector<int> images(n);
  for (std::size_t i = 0; i < n; ++i) {
    images[i] = lammps_encode_image_flags(frame.image[3 * i], frame.image[3 * i + 1],
                                          frame.image[3 * i + 2]);
  }
  std::vector<int> ids(n);
  for (std::size_t i = 0; i < n; ++i) ids[i] = static_cast<int>(i + 1);
  lammps_create_atoms(handle_, static_cast<int>(n), ids.data(), frame.type.data(), frame.x.data(),
                      v.data(), images.data(), 0);
  if (lammps_get_natoms(handle_) != static_cast<double>(n)) {
    throw WorkError(fmt::format("LAMMPS took {} of {} atoms: check the positions",
                                lammps_get_natoms(handle_), n));
  }
  finish(setup);
}

void Instance::restore(const Setup& setup, const std::string& state) {
  command("box tilt large");
  command("read_restart " + state);
  finish(setup);
}

void Instance::finish(const Setup& setup) {
  command("neighbor 2.0 bin");  // unless the potential says otherwise
  for (const auto& text : setup.commands) command(text);
  command("neigh_modify every 1 delay 0 check yes");
  command("thermo_style custom step temp press pxx pyy pzz pxy pxz pyz vol density pe ke");
  command("thermo_modify lost error norm no flush no");
  atoms_ = static_cast<std::size_t>(lammps_get_natoms(handle_));
}

double Instance::thermo(const std::string& keyword) {
  const double value = lammps_get_thermo(handle_, keyword.c_str());
  if (!std::isfinite(value)) {
    throw WorkError(fmt::format("Non-numeric {}: the simulation is unstable", keyword));
  }
  return value;
}

std::vector<double> Instance::gather(const char* name) {
  std::vector<double> out(3 * atoms_);
  lammps_gather_atoms(handle_, const_cast<char*>(name), 1, 3, out.data());
  return out;
}

std::vector<std::int32_t> Instance::gather_images() {
  std::vector<std::int32_t> out(3 * atoms_);
  std::string name = "image";
  lammps_gather_atoms(handle_, name.data(), 0, 3, out.data());
  return out;
}

void Instance::scatter(const char* name, std::vector<double>& values) {
  lammps_scatter_atoms(handle_, const_cast<char*>(name), 1, 3, values.data());
}

std::array<double, 6> Instance::cell() {
  double low[3], high[3], xy = 0, yz = 0, xz = 0;
  int periodic[3], change = 0;
  lammps_extract_box(handle_, low, high, &xy, &yz, &xz, periodic, &change);
  return {high[0] - low[0], high[1] - low[1], high[2] - low[2], xy, xz, yz};
}

std::optional<Extrapolation> Instance::extrapolation() const {
  return worker::extrapolation(handle_, ranks_);
}

}  // namespace vitrion::worker
