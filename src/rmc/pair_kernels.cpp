#include "rmc/pair_kernels_impl.hpp"

namespace vitrion::rmc {

const PairKernels pair_kernels_portable = kernels_for<4>();

const PairKernels& pair_kernels() {
  static const PairKernels& best = []() -> const PairKernels& {
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
      return pair_kernels_avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return pair_kernels_avx2;
#endif
    return pair_kernels_portable;
  }();
  return best;
}

}  // namespace vitrion::rmc
