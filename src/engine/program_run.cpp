#include "engine/program_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace vitrion {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

bool can_be_run(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

// A running child, which does not outlive this object.
class Child {
 public:
  Child(const fs::path& program, const std::vector<std::string>& command, const fs::path& folder,
        const fs::path& output) {
    std::vector<std::string> words = command;
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) {
      throw WorkError(fmt::format("{}: cannot be started: {}", command[0], std::strerror(errno)));
    }
    if (pid_ > 0) return;
    // Only calls that are safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    ::setpgid(0, 0);
    const int in = ::open("/dev/null", O_RDONLY);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (in < 0 || out < 0 || ::chdir(folder.c_str()) != 0) ::_exit(126);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  ~Child() {
    if (ended()) return;
    ::kill(-pid_, SIGTERM);
    for (int i = 0; i < 50 && !ended(); ++i) std::this_thread::sleep_for(milliseconds(100));
    if (ended()) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool ended() {
    if (ended_) return true;
    int status = 0;
    const pid_t answer = ::waitpid(pid_, &status, WNOHANG);
    if (answer == 0 || (answer < 0 && errno == EINTR)) return false;
    ended_ = true;
    status_ = status;
    return true;
  }
  [[nodiscard]] int status() const { return status_; }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace

std::string ProgramEnding::text() const {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("was ended by signal {} ({}{})", signal, strsignal(signal),
                       signal == SIGKILL ? "; out of memory, or by hand" : "");
  }
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

std::optional<fs::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    const fs::path file = fs::absolute(name);
    return can_be_run(file) ? std::optional(file) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path == nullptr ? "" : path, ':')) {
    const fs::path file = fs::absolute(folder) / name;
    if (!name.empty() && can_be_run(file)) return file;
  }
  return std::nullopt;
}

ProgramEnding run_program(const std::vector<std::string>& command, const fs::path& folder,
                          const fs::path& output) {
  const std::string name = command.empty() ? "" : command[0];
  const auto program = find_program(name);
  if (!program) {
    throw InputError(fmt::format(
        "there is no program \"{}\" here: install it, or name the command that runs it", name));
  }
  Child child(*program, command, fs::absolute(folder), fs::absolute(output));
  // Short waits at first, for programs that end at once; later ones cost nothing.
  for (auto wait = milliseconds(2); !child.ended(); wait = std::min(2 * wait, milliseconds(200))) {
    check_interrupt();
    std::this_thread::sleep_for(wait);
  }
  return {child.status()};
}

std::string last_lines(const fs::path& file, std::size_t count) {
  std::error_code error;
  if (!fs::exists(file, error)) return "";
  auto lines = split(read_text_file(file), '\n');
  std::erase(lines, "");
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<long>(count));
  return join(lines, " | ");
}

}  // namespace vitrion
