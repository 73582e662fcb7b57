#include "base/log.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace {

std::atomic<Verbosity> verbosity{Verbosity::normal};
std::atomic<int> interrupts{0};
std::mutex output;
bool line_open = false;  // a progress line stands on the terminal

void clear_line() {
  if (line_open) std::fputs("\r\033[K", stderr);
  line_open = false;
}

void say(std::string_view colour, std::string_view prefix, std::string_view message) {
  const std::lock_guard lock(output);
  clear_line();
  const bool colours = on_terminal();
  // By fputs: fmt's print throws where standard error is a file on a full disk.
  const std::string line = fmt::format("{}{}{}{}\n", colours ? colour : "", prefix,
                                       colours && !colour.empty() ? "\033[0m" : "", message);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 100;
}

void on_signal(int) {
  if (interrupts.fetch_add(1) >= 1) std::_Exit(130);
}

}  // namespace

void set_verbosity(Verbosity value) { verbosity = value; }

bool on_terminal() {
  static const bool answer = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return answer;
}

void log_info(std::string_view message) {
  if (verbosity != Verbosity::quiet) say("", "", message);
}
void log_detail(std::string_view message) {
  if (verbosity == Verbosity::verbose) say("\033[2m", "", message);
}
void log_warning(std::string_view message) { say("\033[33m", "warning: ", message); }
void log_error(std::string_view message) { say("\033[31m", "vitrion: ", message); }

Progress::Progress(std::string what, std::string unit, std::uint64_t total)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()),
      drawn_(start_) {}

Progress::~Progress() { finish(); }

void Progress::begin_at(std::uint64_t done) {
  begun_at_ = done;
  start_ = std::chrono::steady_clock::now();
}

void Progress::update(std::uint64_t done) {
  done_ = done;
  const auto now = std::chrono::steady_clock::now();
  const auto pause =
      on_terminal() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000);
  if (now - drawn_ < pause) return;
  drawn_ = now;
  draw(false);
}

void Progress::draw(bool last) {
  if (verbosity == Verbosity::quiet) return;
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate =
      elapsed > 0 ? static_cast<double>(done_ - std::min(done_, begun_at_)) / elapsed : 0;
  std::string line;
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    constexpr int width = 24;
    const int filled = static_cast<int>(share * width);
    std::string bar;
    for (int i = 0; i < width; ++i) bar += i < filled ? "━" : "╌";
    const double left =
        rate > 0 ? static_cast<double>(total_ - std::min(done_, total_)) / rate : -1;
    line = fmt::format("{} {}{:3.0f} % · {:.3g} {}/s{}", what_, on_terminal() ? bar + " " : "",
                       100 * share, rate, unit_,
                       left >= 0 ? " · " + format_duration(left) + " left" : "");
  } else {
    line = fmt::format("{} {} {} · {:.3g} {}/s", what_, done_, unit_, rate, unit_);
  }
  if (!note_.empty()) line += " · " + note_;
  const std::lock_guard lock(output);
  if (on_terminal()) {
    // Cut by characters, not bytes, so that the line never wraps.
    const std::size_t width = terminal_width() - 1;
    std::size_t cells = 0;
    std::size_t end = 0;
    while (end < line.size() && cells < width) {
      ++end;
      while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) ++end;
      ++cells;
    }
    std::fputs(("\r\033[K" + line.substr(0, end)).c_str(), stderr);
    line_open = true;
    if (last) clear_line();
  } else if (!last) {
    std::fputs((line + "\n").c_str(), stderr);
  }
  std::fflush(stderr);
}

void Progress::finish(std::string_view message) {
  if (finished_) return;
  finished_ = true;
  {
    const std::lock_guard lock(output);
    if (on_terminal()) clear_line();
    std::fflush(stderr);
  }
  if (!message.empty()) log_info(message);
}

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a lost reader is an error code, not a death
}

bool interrupt_requested() { return interrupts.load() > 0; }

void check_interrupt() {
  if (interrupt_requested()) throw Interrupted();
}

}  // namespace vitrion
