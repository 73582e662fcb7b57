// thermo.csv of an engine stage: T, P, density and energy against time.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "engine/engine.hpp"

namespace vitrion {

/// Writes records as the engine tells them; goes on behind `keep` records of an interrupted try.
class ThermoLog : public EngineObserver {
 public:
  using ProgressCall =
      std::function<void(std::int64_t, std::int64_t, const ThermoRecord&, const std::string&)>;

  ThermoLog(std::filesystem::path file, std::size_t keep, ProgressCall on_progress);
  ~ThermoLog() override;

  void thermo(const ThermoRecord& record) override;
  void progress(std::int64_t done, std::int64_t total, const std::string& label) override;
  void flush() override;
  /// Gives the file its final name.
  void close();

 private:
  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  std::filesystem::path file_;
  std::unique_ptr<std::FILE, Closer> out_;
  ProgressCall on_progress_;
  ThermoRecord last_;
};

/// All records of a thermo.csv. InputError with file and line.
std::vector<ThermoRecord> read_thermo(const std::filesystem::path& file);

}  // namespace vitrion
