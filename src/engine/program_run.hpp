// Another program, run to its end in a folder with its output in a file.
//
// It has its own process group, so that Ctrl-C on the terminal reaches only this program, and it is
// ended with this program, however that ends.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vitrion {

/// How a process ended, from the status that waitpid gives.
struct ProgramEnding {
  int status = 0;
  [[nodiscard]] bool good() const { return status == 0; }
  /// "ended with status 3", "was ended by signal 9 (Killed; out of memory, or by hand)".
  [[nodiscard]] std::string text() const;
};

/// The file that a shell would start: `name` itself where it has a slash, else found by $PATH.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// Runs `command` (a program and its arguments) with nothing on its standard input; standard output
/// and error go to `output`. InputError where there is no such program, WorkError where it cannot
/// be started; after Ctrl-C it is ended, and Interrupted thrown.
ProgramEnding run_program(const std::vector<std::string>& command,
                          const std::filesystem::path& folder, const std::filesystem::path& output);

/// The last lines of a program's log, " | " between them; "" where there is none.
std::string last_lines(const std::filesystem::path& file, std::size_t count);

}  // namespace vitrion
