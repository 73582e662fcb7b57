// What a kernel reads of a model: sizes and pointers, nothing that owns or allocates.
#pragma once

#include <cstddef>

namespace vitrion::mlp {

/// Parameters of one element, trained ones in one contiguous block in this order.
template <class T>
struct ElementView {
  T* mixing = nullptr;  ///< [l][k][q], q over projections (z', n), then (message, n)
  T* linear = nullptr;  ///< [features]
  T* weight = nullptr;  ///< [hidden][features]
  T* bias = nullptr;    ///< [hidden]
  T* output = nullptr;  ///< [hidden]
  const T* shift = nullptr;
  const T* scale = nullptr;
};

template <class T>
struct View {
  int elements, functions, projections;  ///< Z, N, (Z + M) N
  int messages;                          ///< M, of each neighbour
  int l_max, lm;                         ///< (L+1)²
  int channels, copies, block;           ///< K = copies · block
  int features, block_features, hidden;
  int inputs, products;  ///< of the program of one copy
  bool mixing;
  int activation;  ///< as the enumeration
  T inverse_density;

  const int* product_a;
  const int* product_b;
  const int* first;
  const int* node;
  const T* coefficient;
  const T* norms;
  const ElementView<T>* element;

  // Radial functions as Hermite splines, by pair [z·Z + z']: knots of 2 × 16 numbers (values,
  // slopes·h) at r = i·h.
  const T* const* table;
  const T* inverse_step;
  const double* cutoff;
  int row_pad;  ///< (L+1)² rounded up to a full vector
};

inline constexpr int radial_pad = 16;

/// Neighbours of one centre, already within the cut-off and ordered by element.
template <class T>
struct Row {
  int count = 0;
  const int* start = nullptr;  ///< [Z + 1]: neighbours of element z are start[z] … start[z+1]
  const double* dx = nullptr;
  const double* dy = nullptr;
  const double* dz = nullptr;
  T* gradient = nullptr;                ///< [count][3], written
  const T* message = nullptr;           ///< [count][M], of the neighbours; where M > 0
  const T* message_velocity = nullptr;  ///< their derivative along the direction, for training
  T* message_gradient =
      nullptr;  ///< [count][M], written: ∂E/∂message, or in training its derivative
};

/// The functions of one instruction set. `lanes` centres of one element at a time.
template <class T>
struct KernelTable {
  const char* name;
  int lanes;
  std::size_t (*scratch_bytes)(const View<T>&, int neighbors_in_batch);
  /// Energies (without reference and ZBL) and gradients of `count` ≤ lanes centres of element z;
  /// `features` [count][features] (shifted and scaled) and `hidden` [count][hidden] (values) where
  /// not null.
  void (*evaluate)(const View<T>&, int z, int count, const Row<T>* rows, double* energy,
                   double* features, double* hidden, void* scratch, std::size_t bytes);

  std::size_t (*training_bytes)(const View<T>&, int most_neighbors);
  /// Adds, for each trained number θ of element z, the sum over the lanes c of
  ///   energy_weight[c] ∂E_c/∂θ + d/dε ∂E_c/∂θ  as the neighbours move by ε velocity[c] [n][3]
  /// to sums [parameters]. Rows' gradients are not touched.
  void (*differentiate)(const View<T>&, int z, int count, const Row<T>* rows,
                        const T* const* velocity, const T* energy_weight, T* sums, void* scratch,
                        std::size_t bytes);

  // Of a layer whose hidden values are messages to the next.
  /// value[c] [hidden]; with `velocity`, also tangent[c], their derivative along it (bytes as for
  /// training, else as for evaluation).
  void (*messages)(const View<T>&, int z, int count, const Row<T>* rows, T* const* value,
                   void* scratch, std::size_t bytes);
  void (*push_messages)(const View<T>&, int z, int count, const Row<T>* rows,
                        const T* const* velocity, T* const* value, T* const* tangent, void* scratch,
                        std::size_t bytes);
  /// Rows' gradients of Σ_h adjoint[c][h] · value[c][h].
  void (*pull_messages)(const View<T>&, int z, int count, const Row<T>* rows,
                        const T* const* adjoint, void* scratch, std::size_t bytes);
  /// Adds what `differentiate` adds, for an energy whose derivatives by this layer's values are
  /// adjoint[c], and theirs along the direction (weight of the energy included) tangent[c].
  void (*differentiate_messages)(const View<T>&, int z, int count, const Row<T>* rows,
                                 const T* const* velocity, const T* const* adjoint,
                                 const T* const* tangent, T* sums, void* scratch,
                                 std::size_t bytes);
};

}  // namespace vitrion::mlp
