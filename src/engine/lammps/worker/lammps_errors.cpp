// LAMMPS ends the process on an error. These definitions take the place of its own (the library
// calls them through the dynamic linker) and throw instead, so that the reason can be told.
#include <mpi.h>

#include <cstdio>
#include <string>

#include "engine/lammps/worker/failure.hpp"

namespace LAMMPS_NS {

// Declared by hand, with the names that the library's symbols have.
class Error {
 public:
  [[noreturn]] void all(const std::string& file, int line, const std::string& text);
  [[noreturn]] void one(const std::string& file, int line, const std::string& text);
};

void Error::all(const std::string& file, int line, const std::string& text) {
  (void)file;
  (void)line;
  throw vitrion::worker::LammpsFailure(text);
}

// Only this rank knows of it: the others wait for it in vain and have to be ended.
void Error::one(const std::string& file, int line, const std::string& text) {
  (void)file;
  (void)line;
  int ranks = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (ranks > 1) {
    vitrion::worker::leave_reason(text);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  throw vitrion::worker::LammpsFailure(text);
}

}  // namespace LAMMPS_NS
