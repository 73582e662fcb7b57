// Radial functions, in double: scaled Chebyshev polynomials with a smooth cut-off and a core.
//
// R_n(r) = T_n(x(s)) f(s), x from 1 at s = 0 to −1 at r_c:
//   linear       x = 1 − 2 s/r_c
//   exponential  x = 2 (e^{−λ s/r_c} − e^{−λ}) / (1 − e^{−λ}) − 1
//   cosine       x = cos(π s/r_c)
// f = (1 − (s/r_c)²)² (polynomial) or ½ (1 + cos(π s/r_c)) (cosine: that of ML-PACE, Lysogorskiy
// et al., npj Comput. Mater. 7, 97 (2021), DOI 10.1038/s41524-021-00559-9).
// s(r) = r for r ≥ core_outer and rests (s' = 0) for r ≤ core_inner, so that the expansion exerts
// no radial force where it has no data and ZBL alone repels.
// ZBL: Ziegler, Biersack & Littmark (1985), switched off between core_inner and core_outer.
#pragma once

#include <span>

#include "potential/mlp/model.hpp"

namespace vitrion::mlp {

/// Values and derivatives of all functions at r (Å); zero from the cut-off on.
void radial_functions(const RadialBasis& basis, const PairShape& pair, double r,
                      std::span<double> value, std::span<double> derivative);

struct ValueSlope {
  double value = 0, slope = 0;
};

/// s(r).
ValueSlope core_distance(const PairShape& pair, double r);

/// Screened nuclear repulsion of atomic numbers z1, z2 in eV, times the switch.
ValueSlope zbl(const PairShape& pair, int z1, int z2, double r);

}  // namespace vitrion::mlp
