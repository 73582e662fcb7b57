// Compiled with the flags of its instruction set (CMakeLists.txt); elsewhere plain loops.
#include "rmc/pair_kernels_impl.hpp"

namespace vitrion::rmc {

const PairKernels pair_kernels_avx512 = kernels_for<16>();

}  // namespace vitrion::rmc
