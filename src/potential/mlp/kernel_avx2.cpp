#include "potential/mlp/kernel.hpp"

namespace vitrion::mlp {

extern const KernelTable<float> avx2_single;
extern const KernelTable<double> avx2_double;
const KernelTable<float> avx2_single = kernel_table<float, 8>("avx2");
const KernelTable<double> avx2_double = kernel_table<double, 4>("avx2");

}  // namespace vitrion::mlp
