// Energy, forces and stress by CP2K, run as a program for each frame.
//
// It writes an input into a folder, runs the command there, and reads the output with io/'s own
// reader. Frames are independent of one another: each starts from atomic densities.
//
// Where `start_cutoff_Ry` is given the cycles converge loosely on that grid first, and go on from
// there to the same labels. Where they do not converge, the next of `tries` takes another way: with
// whole occupations orbital transformation (VandeVondele & Hutter 2003, DOI 10.1063/1.1543154) from
// the orbitals there are, which goes downhill where mixing oscillates between states of nearly the
// same energy; smeared, half the mixing.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "engine/cp2k/input.hpp"
#include "engine/force_provider.hpp"

namespace vitrion {

/// The calculation ended, and its cycles had not converged: the frame has no labels.
class NotConverged : public WorkError {
 public:
  explicit NotConverged(const std::string& message) : WorkError(message) {}
};

class Cp2kProvider : public ForceProvider {
 public:
  /// `folder` is made where it is absent; it holds cp2k.inp and cp2k.out of the last run.
  /// InputError where the command names no program.
  Cp2kProvider(Cp2kSettings settings, std::filesystem::path folder);

  [[nodiscard]] std::string name() const override { return "CP2K"; }
  /// As the program told it; "" before the first frame.
  [[nodiscard]] std::string version() const override { return version_; }
  /// NotConverged where no try has; WorkError with CP2K's own reason where it died.
  void evaluate(Frame& frame) override;
  /// Where the output of the last frame is.
  [[nodiscard]] std::filesystem::path output() const { return folder_ / "cp2k.out"; }

 private:
  void converge(const Structure& structure, Cp2kSettings& how, Cp2kRun run);
  void run_once(const Structure& structure, const Cp2kSettings& how, const Cp2kRun& run);
  void read_labels(Frame& frame) const;

  Cp2kSettings settings_;
  std::filesystem::path folder_;
  std::vector<std::string> command_;
  std::string version_;
};

/// The message in the box that CP2K prints before it gives up; "" where there is none.
std::string cp2k_abort_reason(const std::string& output);

}  // namespace vitrion
