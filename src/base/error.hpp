// The two ways in which anything in vitrion fails.
//
// InputError: the call, a recipe or a data file is wrong; the program exits with 2.
// WorkError:  the work itself failed (an engine died, a disk is full); it exits with 1.
// A message is one lower-case sentence that says what is wrong and what to do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace vitrion {

/// A place in a text file; a line or column of 0 means "not known".
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", without the parts that are not known.
  [[nodiscard]] std::string text() const;
};

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

/// What the user gave is wrong (exit code 2).
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(message) {}
  InputError(const Location& where, const std::string& message);
};

/// The input was right and the work failed all the same (exit code 1).
class WorkError : public Error {
 public:
  explicit WorkError(const std::string& message) : Error(message) {}
};

/// Thrown at a safe point after Ctrl-C or SIGTERM; what is complete has been kept.
class Interrupted : public Error {
 public:
  Interrupted() : Error("interrupted") {}
};

}  // namespace vitrion
