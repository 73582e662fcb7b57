// vitrion-lammps SOCKET: runs LAMMPS for the program that listens on a Unix socket.
//
// Started by the program itself, plainly or under mpirun, in the folder of the run. It ends when
// its work is done, when LAMMPS fails (the reason is in engine-error.txt), or when the program is
// gone. It ignores Ctrl-C: the program decides.
#include <mpi.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LAMMPS_LIB_MPI
#include <fmt/format.h>
#include <lammps/library.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "engine/lammps/worker/failure.hpp"
#include "engine/lammps/worker/link.hpp"

namespace vitrion::worker {
namespace {

using nlohmann::json;

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw InputError(path + ": the name of the socket is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw InputError(
        fmt::format("{}: no program listens there ({}): this worker is started by vitrion", path,
                    std::strerror(errno)));
  }
  return fd;
}

// Ends the process as soon as the other end of the socket is gone, however long LAMMPS would work.
void watch_program(int fd) {
  std::thread([fd] {
    pollfd p{fd, POLLRDHUP, 0};
    while (::poll(&p, 1, -1) < 0 && errno == EINTR) {
    }
    ::_exit(3);
  }).detach();
}

std::string version_text() {
  std::vector<std::string> words{"vitrion-lammps", "-screen", "none", "-log", "none", "-nocite"};
  std::vector<char*> arguments;
  for (auto& w : words) arguments.push_back(w.data());
  void* handle =
      lammps_open(static_cast<int>(arguments.size()), arguments.data(), MPI_COMM_SELF, nullptr);
  const int date = lammps_version(handle);
  lammps_close(handle);
  return fmt::format("LAMMPS {:04}-{:02}-{:02}", date / 10000, date / 100 % 100, date % 100);
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

void leave_reason(const std::string& text) {
  std::string remedy;
  if (contains(text, "Lost atoms") || contains(text, "Out of range atoms") ||
      contains(text, "Non-numeric") || contains(text, "simulation unstable")) {
    remedy =
        ": forces were too large for the time step; minimise the start first, shorten the time "
        "step, or lower the temperature";
  } else if (contains(text, "box volume has changed") || contains(text, "tilt")) {
    remedy =
        ": the cell ran away; melt at fixed volume, or open the barostat at a lower temperature";
  }
  std::ofstream("engine-error.txt") << text << remedy << '\n';
}

Link::Link(const std::string& socket, MPI_Comm ranks) : ranks_(ranks) {
  int rank = 0;
  MPI_Comm_rank(ranks, &rank);
  if (rank != 0) return;
  channel_ = std::make_unique<wire::Channel>(connect_to(socket));
  watch_program(channel_->descriptor());
}

void Link::send(wire::Kind kind, const std::string& payload) {
  if (channel_ && !channel_->send(kind, payload)) throw Disconnected();
}

wire::Message Link::receive() {
  wire::Message message;
  std::uint64_t head[2] = {0, 0};
  if (channel_ && channel_->receive(message)) {
    head[0] = static_cast<std::uint64_t>(message.kind);
    head[1] = message.payload.size();
  }
  MPI_Bcast(head, 2, MPI_UINT64_T, 0, ranks_);
  if (head[0] == 0) throw Disconnected();
  message.kind = static_cast<wire::Kind>(head[0]);
  message.payload.resize(head[1]);
  constexpr std::uint64_t block = std::uint64_t{1} << 30U;  // MPI counts in int
  for (std::uint64_t at = 0; at < head[1]; at += block) {
    MPI_Bcast(message.payload.data() + at, static_cast<int>(std::min(block, head[1] - at)),
              MPI_BYTE, 0, ranks_);
  }
  return message;
}

namespace {

void work(const std::string& socket) {
  Link link(socket, MPI_COMM_WORLD);
  link.send(wire::Kind::hello, json{{"version", wire::version}, {"lammps", version_text()}}.dump());
  const json job = json::parse(link.receive().payload);
  Setup setup;
  setup.atom_style = job.at("input").at("atom_style");
  setup.commands = job.at("input").at("commands").get<std::vector<std::string>>();
  setup.masses = job.at("masses").get<std::vector<double>>();
  setup.triclinic = job.value("triclinic", false);
  if (link.speaks()) {
    for (const auto& [name, content] : job.at("input").at("files").items()) {
      std::ofstream(name) << content.get<std::string>();
    }
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (job.at("mode") == "evaluate") {
    evaluate_frames(link, setup);
  } else {
    run_protocol(link, setup, job);
  }
}

// 0: done, 1: failed, 3: the program is gone.
int guarded(const std::string& socket) {
  try {
    work(socket);
    return 0;
  } catch (const Disconnected&) {
    return 3;
  } catch (const std::exception& e) {
    leave_reason(e.what());
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

}  // namespace
}  // namespace vitrion::worker

int main(int argc, char** argv) {
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 2) {
    std::fputs("vitrion-lammps SOCKET: the LAMMPS worker of vitrion, which starts it by itself\n",
               stderr);
    return 2;
  }
  MPI_Init(&argc, &argv);
  const int status = vitrion::worker::guarded(argv[1]);
  int ranks = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  std::fflush(nullptr);
  if (status != 0) {
    // LAMMPS cannot be taken down after an error; the other ranks may wait for this one.
    if (ranks > 1) MPI_Abort(MPI_COMM_WORLD, status);
    ::_exit(status);
  }
  MPI_Finalize();
  ::_exit(0);  // the thread that watches the socket still stands
}
