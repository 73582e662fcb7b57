// Marks loops that are compiled for several instruction sets; the best is chosen when the program
// starts. Sanitizers do not get along with that.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VITRION_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define VITRION_CLONES
#endif
