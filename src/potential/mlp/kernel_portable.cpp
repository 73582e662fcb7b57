#include "potential/mlp/kernel.hpp"

namespace vitrion::mlp {

extern const KernelTable<float> portable_single;
extern const KernelTable<double> portable_double;
const KernelTable<float> portable_single = kernel_table<float, 4>("portable");
const KernelTable<double> portable_double = kernel_table<double, 2>("portable");

}  // namespace vitrion::mlp
