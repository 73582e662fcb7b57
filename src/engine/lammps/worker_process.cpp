#include "engine/lammps/worker_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <vector>

#include "base/data_files.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/program_run.hpp"

extern char** environ;

namespace vitrion {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto start_limit = std::chrono::seconds(120);  // a loaded machine starts MPI slowly

// A socket in a folder of its own, which nobody else may enter; gone when the worker is there.
class Listener {
 public:
  Listener() {
    std::error_code error;
    fs::path base = fs::temp_directory_path(error);
    std::string pattern = (base / "vitrion-XXXXXX").string();
    if (error || pattern.size() > 90) pattern = "/tmp/vitrion-XXXXXX";  // a socket's name is short
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw WorkError(fmt::format("{}: cannot be made: {}", pattern, std::strerror(errno)));
    }
    folder_ = pattern;
    path = folder_ + "/s";
    descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (descriptor < 0 ||
        ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(descriptor, 1) != 0) {
      throw WorkError(fmt::format("{}: cannot listen: {}", path, std::strerror(errno)));
    }
  }
  ~Listener() {
    if (descriptor >= 0) ::close(descriptor);
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string path;
  int descriptor = -1;

 private:
  std::string folder_;
};

std::vector<std::string> environment(bool parallel) {
  std::vector<std::string> out;
  for (char** e = environ; *e != nullptr; ++e) out.emplace_back(*e);
  if (parallel) {
    out.emplace_back("OMPI_ALLOW_RUN_AS_ROOT=1");
    out.emplace_back("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1");
  }
  // Without it Open MPI warns, and slows down, where a container forbids reading another process.
  out.emplace_back("OMPI_MCA_btl_vader_single_copy_mechanism=none");
  out.emplace_back("OMP_NUM_THREADS=1");
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& t : texts) out.push_back(t.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

fs::path worker_program() {
  const char* given = std::getenv("VITRION_LAMMPS_WORKER");
  if (given != nullptr && *given != '\0') return given;
  const fs::path here = program_folder();
  std::error_code error;
  for (const fs::path& place : {here, here.parent_path()}) {
    if (fs::exists(place / "vitrion-lammps", error)) return place / "vitrion-lammps";
  }
  throw WorkError(fmt::format(
      "the program vitrion-lammps is not beside {}: install it, or set VITRION_LAMMPS_WORKER",
      here.string()));
}

WorkerProcess::WorkerProcess(fs::path folder, int ranks)
    : folder_(fs::absolute(std::move(folder))), parallel_(ranks > 1) {
  std::error_code error;
  fs::remove(folder_ / "engine-error.txt", error);
  const Listener listener;
  start(listener.path, ranks);
  try {
    const auto limit = steady_clock::now() + start_limit;
    pollfd p{listener.descriptor, POLLIN, 0};
    while (::poll(&p, 1, 100) <= 0) {
      check_interrupt();
      if (has_ended()) fail();
      if (steady_clock::now() > limit)
        throw WorkError("the LAMMPS worker did not start within two minutes");
    }
    channel_ = std::make_unique<wire::Channel>(
        ::accept4(listener.descriptor, nullptr, nullptr, SOCK_CLOEXEC));
    greet();
  } catch (...) {
    stop();
    throw;
  }
}

void WorkerProcess::start(const std::string& socket, int ranks) {
  const std::string program = worker_program().string();
  std::vector<std::string> arguments;
  if (parallel_) {
    arguments = {"mpirun", "-np", std::to_string(ranks), "--oversubscribe", "--bind-to", "none"};
  }
  arguments.push_back(program);
  arguments.push_back(socket);
  auto variables = environment(parallel_);
  const auto argv = pointers(arguments);
  const auto envp = pointers(variables);
  const std::string output = (folder_ / "engine.log").string();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions, folder_.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int error = ::posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = -1;
    throw WorkError(fmt::format("{}: cannot be started: {}", arguments[0], std::strerror(error)));
  }
}

void WorkerProcess::greet() {
  const wire::Message hello = receive();
  const auto j = nlohmann::json::parse(hello.payload, nullptr, false);
  if (hello.kind != wire::Kind::hello || j.is_discarded() ||
      j.value("version", 0U) != wire::version) {
    throw WorkError(fmt::format("{} is of another build than this program: install both together",
                                worker_program().string()));
  }
  lammps_version_ = j.value("lammps", "");
}

WorkerProcess::~WorkerProcess() { stop(); }

void WorkerProcess::stop() {
  if (pid_ <= 0) return;
  channel_.reset();  // the worker ends at the end of file
  // mpirun takes its ranks with it only where it may; give it a moment.
  if (!has_ended() && parallel_) {
    ::kill(pid_, SIGTERM);
    for (int i = 0; i < 50 && !has_ended(); ++i) std::this_thread::sleep_for(milliseconds(100));
  }
  if (!has_ended()) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

bool WorkerProcess::has_ended() {
  if (status_) return true;
  int status = 0;
  const pid_t answer = ::waitpid(pid_, &status, WNOHANG);
  if (answer == 0) return false;
  status_ = answer == pid_ ? status : 0;
  return true;
}

void WorkerProcess::send(wire::Kind kind, const std::string& payload) {
  if (!channel_->send(kind, payload)) fail();
}

wire::Message WorkerProcess::receive() {
  while (!channel_->readable(100)) check_interrupt();
  wire::Message message;
  if (!channel_->receive(message)) fail();
  check_interrupt();
  return message;
}

void WorkerProcess::fail() {
  for (int i = 0; i < 100 && !has_ended(); ++i) std::this_thread::sleep_for(milliseconds(100));
  std::error_code error;
  const fs::path reason = folder_ / "engine-error.txt";
  if (fs::exists(reason, error)) {
    const std::string text(trim(read_text_file(reason)));
    throw WorkError(
        fmt::format("LAMMPS stopped: {} (its log: {})", text, (folder_ / "lammps.log").string()));
  }
  const std::string how = status_ ? ProgramEnding{*status_}.text() : "does not answer";
  const std::string tail = last_lines(folder_ / "engine.log", 3);
  throw WorkError(fmt::format("the LAMMPS worker {}{}", how, tail.empty() ? "" : ": " + tail));
}

}  // namespace vitrion
