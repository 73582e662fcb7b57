// How the worker tells why it ends: in a file of the run's folder, which any rank can write.
#pragma once

#include <stdexcept>
#include <string>

namespace vitrion::worker {

/// An error of LAMMPS itself.
class LammpsFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The program is gone, or wants no more.
class Disconnected : public std::runtime_error {
 public:
  Disconnected() : std::runtime_error("the program is gone") {}
};

/// Writes engine-error.txt, with a remedy for the errors that users meet most.
void leave_reason(const std::string& text);

}  // namespace vitrion::worker
