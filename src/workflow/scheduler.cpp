#include "workflow/scheduler.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>

#include "base/data_files.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace vitrion {
namespace {

// A stage's process and the pipe on which it tells how far it is.
struct Worker {
  const Stage* stage;
  pid_t pid;
  int pipe;
  std::string buffer;
  double share = 0;
  std::string note;
  std::string error;  // said on the pipe, for a disk too full to hold a status
};

// The lines of a worker's pipe: "done total note", or "! reason" before it fails.
void take_line(Worker& worker, const std::string& line) {
  if (line.rfind("! ", 0) == 0) {
    worker.error = line.substr(2);
    return;
  }
  const auto words = split_words(line);
  if (words.size() < 2) return;
  try {
    const double done = parse_number(words[0]);
    const double total = parse_number(words[1]);
    worker.share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0.0;
    const auto behind = static_cast<std::size_t>(words[1].data() - line.data()) + words[1].size();
    worker.note = std::string(trim(std::string_view(line).substr(behind)));
  } catch (const InputError&) {
    // A torn line of a killed process.
  }
}

void read_pipe(Worker& worker) {
  char block[4096];
  ssize_t n = 0;
  while ((n = ::read(worker.pipe, block, sizeof block)) > 0)
    worker.buffer.append(block, static_cast<std::size_t>(n));
  std::size_t end = 0;
  while ((end = worker.buffer.find('\n')) != std::string::npos) {
    take_line(worker, worker.buffer.substr(0, end));
    worker.buffer.erase(0, end + 1);
  }
}

Worker start(const RunDirectory& run, const Stage& stage) {
  make_directory(run.stage_folder(stage.id));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw WorkError(fmt::format("no pipe for {}: {}", stage.id, std::strerror(errno)));
  const std::string program = (program_folder() / "vitrion").string();
  const std::string root = run.root().string();
  const std::string log = (run.stage_folder(stage.id) / "log.txt").string();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0)
    throw WorkError(fmt::format("no process for {}: {}", stage.id, std::strerror(errno)));
  if (pid == 0) {
    // Only calls that are safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (out >= 0) {
      ::dup2(out, STDERR_FILENO);
      ::dup2(out, STDOUT_FILENO);
    }
    ::dup2(ends[1], 3);
    ::execl(program.c_str(), program.c_str(), "stage", root.c_str(), stage.id.c_str(),
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {&stage, pid, ends[0], "", 0, "", ""};
}

class Scheduler {
 public:
  Scheduler(const RunDirectory& run, const Recipe& recipe, int jobs)
      : run_(run), recipe_(recipe), stages_(plan_stages(recipe, timestep_of(recipe))), jobs_(jobs) {
    for (const auto& stage : stages_) total_ += stage.work;
  }

  void work() {
    Progress progress("vitrion", "steps", static_cast<std::uint64_t>(total_));
    start_ready();
    progress.begin_at(static_cast<std::uint64_t>(finished_work_));
    while (true) {
      if (!interrupt_requested()) start_ready();
      if (workers_.empty()) break;
      wait_a_moment();
      reap();
      show(progress);
    }
    progress.finish();
    if (interrupt_requested()) throw Interrupted();
    if (!failures_.empty()) throw WorkError(failures_.front());
  }

 private:
  bool is_done(const Stage& stage) {
    if (done_.contains(stage.id)) return true;
    for (const auto& id : stage.after) {
      if (!done_.contains(id)) return false;
    }
    const StageStatus status = run_.status(stage.id);
    return status.state == "done" && status.inputs == stage_inputs(run_, recipe_, stage);
  }

  void start_ready() {
    for (const auto& stage : stages_) {
      if (static_cast<int>(workers_.size()) >= jobs_) return;
      if (done_.contains(stage.id) || tried_.contains(stage.id)) continue;
      const bool ready = std::all_of(stage.after.begin(), stage.after.end(),
                                     [&](const auto& id) { return done_.contains(id); });
      if (!ready) continue;
      if (is_done(stage)) {
        finish(stage);
        start_ready();  // its followers, in their order
        return;
      }
      tried_.insert(stage.id);
      workers_.push_back(start(run_, stage));
    }
  }

  void finish(const Stage& stage) {
    done_.insert(stage.id);
    finished_work_ += stage.work;
  }

  void wait_a_moment() {
    std::vector<pollfd> fds;
    for (const auto& worker : workers_) fds.push_back({worker.pipe, POLLIN, 0});
    ::poll(fds.data(), fds.size(), 200);
    for (auto& worker : workers_) read_pipe(worker);
  }

  void reap() {
    for (std::size_t i = 0; i < workers_.size();) {
      int status = 0;
      if (::waitpid(workers_[i].pid, &status, WNOHANG) != workers_[i].pid) {
        ++i;
        continue;
      }
      read_pipe(workers_[i]);
      const Worker worker = workers_[i];
      ::close(worker.pipe);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      ended(*worker.stage, status, worker.error);
    }
  }

  void ended(const Stage& stage, int status, const std::string& error) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      finish(stage);
      log_detail(stage.title + ": done");
      return;
    }
    if (interrupt_requested()) return;
    std::string why = error.empty() ? run_.status(stage.id).error : error;
    if (WIFSIGNALED(status))
      why = fmt::format("its process was killed by signal {}", WTERMSIG(status));
    if (why.empty())
      why = fmt::format("it ended with code {}; see {}", WEXITSTATUS(status),
                        (run_.stage_folder(stage.id) / "log.txt").string());
    failures_.push_back(fmt::format("{} failed: {}", stage.title, why));
    log_error(failures_.back());
    if (workers_.empty()) return;
    log_info("the other stages go on; what is complete is kept");
  }

  void show(Progress& progress) {
    double done = finished_work_;
    std::vector<std::string> notes;
    for (const auto& worker : workers_) {
      done += worker.share * worker.stage->work;
      notes.push_back(
          worker.stage->replica > 0
              ? fmt::format("r{} {}", worker.stage->replica,
                            worker.note.empty()
                                ? worker.stage->title.substr(worker.stage->title.rfind(' ') + 1)
                                : worker.note)
              : worker.stage->title);
    }
    progress.note(join(notes, ", "));
    progress.update(static_cast<std::uint64_t>(done));
  }

  const RunDirectory& run_;
  const Recipe& recipe_;
  std::vector<Stage> stages_;
  int jobs_;
  double total_ = 0;
  double finished_work_ = 0;
  std::vector<Worker> workers_;
  std::set<std::string> done_;
  std::set<std::string> tried_;
  std::vector<std::string> failures_;
};

}  // namespace

void run_stages(const RunDirectory& run, const ScheduleOptions& options) {
  // A killed parent's children end by themselves within a moment.
  const FolderLock lock(run.root(), "vitrion run", 30);
  const Recipe recipe = run.recipe();
  int jobs = options.jobs;
  if (jobs <= 0) {
    jobs = std::max(1, threads() / static_cast<int>(recipe.engine.ranks));
  }
  Scheduler(run, recipe, jobs).work();
}

}  // namespace vitrion
