// Threads: how many, loops over them, and the ordered pipeline on which the driver stands.
//
// Nothing here may make a result depend on the number of threads: loops write to their own
// index, and the pipeline hands its items on in order.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace vitrion {

/// Sets the number of worker threads for the whole program; 0 means all cores.
void set_threads(int count);
int threads();

/// Calls body(i) for each i in [0, count), in any order, on all threads.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// An item that travels down an ordered pipeline.
struct PipelineItem {
  virtual ~PipelineItem() = default;
};

/// produce (serial, in order, nullptr ends) → transform (parallel) → consume (serial, in order).
/// At most `in_flight` items are alive at once.
void ordered_pipeline(std::size_t in_flight,
                      const std::function<std::unique_ptr<PipelineItem>()>& produce,
                      const std::function<void(PipelineItem&)>& transform,
                      const std::function<void(PipelineItem&)>& consume);

}  // namespace vitrion
