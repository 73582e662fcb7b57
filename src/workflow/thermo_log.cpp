#include "workflow/thermo_log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace vitrion {
namespace {

constexpr const char* header =
    "# step, time (ps), segment, temperature (K), pressure (GPa), density (g/cm3), volume (A3), "
    "potential energy (eV), kinetic energy (eV), extrapolation grade (largest since the last line; "
    "0: "
    "not watched)\n"
    "step,time,segment,temperature,pressure,density,volume,potential,kinetic,grade\n";

}  // namespace

ThermoLog::ThermoLog(std::filesystem::path file, std::size_t keep, ProgressCall on_progress)
    : file_(std::move(file)), on_progress_(std::move(on_progress)) {
  std::string kept = header;
  const auto unfinished = unfinished_name(file_);
  if (keep > 0) {
    std::ifstream in(unfinished);
    std::string line;
    std::getline(in, line);
    std::getline(in, line);
    for (std::size_t i = 0; i < keep; ++i) {
      if (!std::getline(in, line)) {
        throw WorkError(fmt::format(
            "{}: is shorter than its checkpoint says: remove the stage's folder and resume",
            unfinished.string()));
      }
      kept += line + "\n";
    }
  }
  write_file_atomically(unfinished, kept);
  out_.reset(std::fopen(unfinished.c_str(), "ab"));
  if (!out_)
    throw WorkError(
        fmt::format("{}: cannot be written: {}", unfinished.string(), std::strerror(errno)));
}

ThermoLog::~ThermoLog() = default;

void ThermoLog::thermo(const ThermoRecord& r) {
  last_ = r;
  const std::string line =
      fmt::format("{},{:.6f},{},{:.4f},{:.6f},{:.6f},{:.4f},{:.6f},{:.6f},{:.4g}\n", r.step,
                  r.time_ps, r.segment, r.temperature_K, r.pressure_GPa, r.density_g_cm3,
                  r.volume_A3, r.potential_eV, r.kinetic_eV, r.grade);
  std::fputs(line.c_str(), out_.get());  // a failure is told by flush()
}

void ThermoLog::progress(std::int64_t done, std::int64_t total, const std::string& label) {
  if (on_progress_) on_progress_(done, total, last_, label);
}

void ThermoLog::flush() {
  if (std::fflush(out_.get()) != 0 || ::fsync(::fileno(out_.get())) != 0 ||
      std::ferror(out_.get()) != 0) {
    throw WorkError(fmt::format("{}: cannot be written: {}", file_.string(), std::strerror(errno)));
  }
}

void ThermoLog::close() {
  flush();
  out_.reset();
  commit_file(file_);
}

std::vector<ThermoRecord> read_thermo(const std::filesystem::path& file) {
  const std::string text = read_text_file(file);
  std::vector<ThermoRecord> out;
  int number = 0;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find('\n', start);
    if (end == std::string::npos) end = text.size();
    const std::string_view line(text.data() + start, end - start);
    start = end + 1;
    if (++number <= 2) continue;
    const auto cells = split(line, ',');
    const Location where{file.string(), number, 0};
    if (cells.size() != 10)
      throw InputError(where,
                       "the line should have 10 values: remove the stage's folder and resume");
    ThermoRecord r;
    r.step = parse_integer(cells[0], where);
    r.time_ps = parse_number(cells[1], where);
    r.segment = static_cast<int>(parse_integer(cells[2], where));
    r.temperature_K = parse_number(cells[3], where);
    r.pressure_GPa = parse_number(cells[4], where);
    r.density_g_cm3 = parse_number(cells[5], where);
    r.volume_A3 = parse_number(cells[6], where);
    r.potential_eV = parse_number(cells[7], where);
    r.kinetic_eV = parse_number(cells[8], where);
    r.grade = parse_number(cells[9], where);
    out.push_back(r);
  }
  return out;
}

}  // namespace vitrion
