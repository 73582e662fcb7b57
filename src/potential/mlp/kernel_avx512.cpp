#include "potential/mlp/kernel.hpp"

namespace vitrion::mlp {

extern const KernelTable<float> avx512_single;
extern const KernelTable<double> avx512_double;
const KernelTable<float> avx512_single = kernel_table<float, 16>("avx512");
const KernelTable<double> avx512_double = kernel_table<double, 8>("avx512");

}  // namespace vitrion::mlp
