// A sink and an observer that keep everything, and a folder that goes away.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace vitrion::testing {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vitrion test XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

class Recorder : public FrameSink, public EngineObserver {
 public:
  void write(const Frame& frame) override {
    frames.push_back(frame);
    if (on_frame) on_frame(frames.size());
  }
  void close() override {}
  void flush() override { ++flushes; }
  void thermo(const ThermoRecord& record) override { records.push_back(record); }
  void progress(std::int64_t done, std::int64_t total, const std::string& label) override {
    steps_done = done;
    steps_total = total;
    if (labels.empty() || labels.back() != label) labels.push_back(label);
  }
  /// What a resumed run tells again is forgotten.
  void go_back_to(const Checkpoint& checkpoint) {
    frames.resize(checkpoint.frames);
    records.resize(checkpoint.records);
  }

  std::vector<Frame> frames;
  std::vector<ThermoRecord> records;
  std::vector<std::string> labels;
  std::int64_t steps_done = 0;
  std::int64_t steps_total = 0;
  int flushes = 0;
  std::function<void(std::size_t)> on_frame;
};

/// Processes that this one has started.
std::vector<int> child_processes();

inline Segment dynamics(const std::string& label, Ensemble ensemble, double temperature_K,
                        double duration_ps) {
  Segment s;
  s.label = label;
  s.ensemble = ensemble;
  s.start_K = s.end_K = temperature_K;
  s.duration_ps = duration_ps;
  return s;
}

}  // namespace vitrion::testing
