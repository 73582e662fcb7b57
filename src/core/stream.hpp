// Where frames come from and go to: a file, a live engine, or memory, all alike.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/frame.hpp"

namespace vitrion {

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  /// Reads the next frame into `frame` (reusing its memory); false at the end.
  /// Throws InputError with file and line where the data is broken.
  virtual bool next(Frame& frame) = 0;
  /// What the frames come from, for messages.
  [[nodiscard]] virtual std::string name() const = 0;
  /// How far the reading is, 0 … 1, where that can be told.
  [[nodiscard]] virtual std::optional<double> progress() const { return std::nullopt; }
};

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void write(const Frame& frame) = 0;
  /// What was written so far is on disk when this returns (for checkpoints).
  virtual void flush() {}
  /// Completes the output and gives it its final name; without it nothing is left behind.
  virtual void close() = 0;
};

/// Frames held in memory, for tests and small work.
class MemorySource : public FrameSource {
 public:
  explicit MemorySource(std::vector<Frame> frames, std::string name = "memory")
      : frames_(std::move(frames)), name_(std::move(name)) {}
  bool next(Frame& frame) override {
    if (at_ >= frames_.size()) return false;
    frame = frames_[at_++];
    return true;
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  std::vector<Frame> frames_;
  std::string name_;
  std::size_t at_ = 0;
};

class MemorySink : public FrameSink {
 public:
  void write(const Frame& frame) override { frames.push_back(frame); }
  void close() override {}
  std::vector<Frame> frames;
};

/// Passes on every `stride`-th frame from `first` (0-based) up to, not including, `last`.
class StridedSource : public FrameSource {
 public:
  StridedSource(std::unique_ptr<FrameSource> inner, std::int64_t first, std::int64_t last,
                std::int64_t stride)
      : inner_(std::move(inner)), first_(first), last_(last), stride_(stride) {}
  bool next(Frame& frame) override {
    while (at_ < last_ && inner_->next(frame)) {
      const std::int64_t i = at_++;
      if (i >= first_ && (i - first_) % stride_ == 0) return true;
    }
    return false;
  }
  [[nodiscard]] std::string name() const override { return inner_->name(); }
  [[nodiscard]] std::optional<double> progress() const override { return inner_->progress(); }

 private:
  std::unique_ptr<FrameSource> inner_;
  std::int64_t first_;
  std::int64_t last_;
  std::int64_t stride_;
  std::int64_t at_ = 0;
};

}  // namespace vitrion
