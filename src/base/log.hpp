// What the program says while it works: messages on standard error, and progress.
//
// On a terminal, progress is one line that rewrites itself, with rate and time left; piped, it is
// a plain line now and then. Colours only on a terminal, and never where NO_COLOR is set.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vitrion {

enum class Verbosity { quiet, normal, verbose };
void set_verbosity(Verbosity verbosity);

/// Whether standard error is a terminal on which colours and rewriting are welcome.
bool on_terminal();

void log_info(std::string_view message);
void log_detail(std::string_view message);  ///< only with --verbose
void log_warning(std::string_view message);
void log_error(std::string_view message);

/// Progress over work of a known or unknown (0) total. Not thread-safe: one owner.
class Progress {
 public:
  Progress(std::string what, std::string unit, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Work done before this progress began: part of the total, not of the rate.
  void begin_at(std::uint64_t done);
  void update(std::uint64_t done);
  /// A few words shown behind the bar ("T = 1200 K").
  void note(std::string text) { note_ = std::move(text); }
  /// Removes the bar; says the total time where `message` is not empty.
  void finish(std::string_view message = {});

 private:
  void draw(bool last);

  std::string what_;
  std::string unit_;
  std::string note_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t begun_at_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
  bool finished_ = false;
};

/// Installs handlers for SIGINT and SIGTERM; a second SIGINT ends the process at once.
void watch_interrupts();
bool interrupt_requested();
/// Throws Interrupted after Ctrl-C.
void check_interrupt();

}  // namespace vitrion
