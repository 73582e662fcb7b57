// Compiled with the flags of its instruction set (CMakeLists.txt); elsewhere plain loops.
#include "rmc/pair_kernels_impl.hpp"

namespace vitrion::rmc {

const PairKernels pair_kernels_avx2 = kernels_for<8>();

}  // namespace vitrion::rmc
