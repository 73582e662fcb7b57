#include "dynamics/msd.hpp"

namespace vitrion {

void add_window_parameters(Schema& schema, WindowOptions& window) {
  schema.optional_quantity("fit_from", window.from_ps, Dimension::time,
                           "start of the diffusive window; auto: found", positive);
  schema.optional_quantity("fit_to", window.to_ps, Dimension::time,
                           "end of the diffusive window; auto: half the run", positive);
  schema.quantity("hop_length", window.hop_length_A, Dimension::length,
                  "length of a hop: an MSD below its square is not called diffusion", positive);
  schema.integer("memory", window.memory_MB,
                 "MB of paths to hold; of a longer run every second frame is kept, or fewer",
                 {1, 1e6, false});
}

std::string MsdAnalysis::summary() const {
  return "mean square displacement of each species, single and collective, and its diffusivity";
}

Schema MsdAnalysis::parameters() {
  Schema schema(name());
  schema.text("drift", drift_, drift_help);
  schema.texts("species", species_, "species to follow; none given: all");
  schema.texts("mobile", mobile_,
               "species that are expected to diffuse; none given: monovalent cations");
  add_window_parameters(schema, window_);
  return schema;
}

void MsdAnalysis::prepare(const Frame& first, const SeriesInfo&) {
  mobile_here_ = mobile_.empty() ? default_mobile_species(first.structure) : mobile_;
  frame_ = choose_drift_frame(drift_, first.structure, mobile_here_);
  store_ = DisplacementStore(first, species_, frame_);
  store_.bound(window_.most_bytes());
}

std::unique_ptr<Analysis> MsdAnalysis::fork() const {
  auto out = std::make_unique<MsdAnalysis>();
  out->drift_ = drift_;
  out->species_ = species_;
  out->mobile_ = mobile_;
  out->window_ = window_;
  out->mobile_here_ = mobile_here_;
  out->frame_ = frame_;
  out->store_ = store_.fork();  // the plan alone: what was merged so far stays here
  return out;
}

void MsdAnalysis::merge(Analysis& later) { store_.merge(static_cast<MsdAnalysis&>(later).store_); }

}  // namespace vitrion
