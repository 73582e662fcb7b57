#include "base/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <mutex>

namespace vitrion {
namespace {

std::mutex control_mutex;
std::unique_ptr<tbb::global_control> control;

}  // namespace

void set_threads(int count) {
  const std::lock_guard lock(control_mutex);
  control.reset();
  if (count > 0) {
    control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                    static_cast<std::size_t>(count));
  }
}

int threads() {
  const auto allowed =
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
  return static_cast<int>(std::max<std::size_t>(1, allowed));
}

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  // Isolated: a thread that waits for an inner loop takes no turn of an outer one meanwhile.
  tbb::this_task_arena::isolate(
      [&] { tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { body(i); }); });
}

void ordered_pipeline(std::size_t in_flight,
                      const std::function<std::unique_ptr<PipelineItem>()>& produce,
                      const std::function<void(PipelineItem&)>& transform,
                      const std::function<void(PipelineItem&)>& consume) {
  using Item = std::shared_ptr<PipelineItem>;
  const auto source = tbb::make_filter<void, Item>(tbb::filter_mode::serial_in_order,
                                                   [&](tbb::flow_control& flow) -> Item {
                                                     std::unique_ptr<PipelineItem> item = produce();
                                                     if (!item) flow.stop();
                                                     return item;
                                                   });
  const auto work = tbb::make_filter<Item, Item>(tbb::filter_mode::parallel, [&](Item item) {
    transform(*item);
    return item;
  });
  const auto sink = tbb::make_filter<Item, void>(tbb::filter_mode::serial_in_order,
                                                 [&](const Item& item) { consume(*item); });
  tbb::parallel_pipeline(in_flight, source & work & sink);
}

}  // namespace vitrion
