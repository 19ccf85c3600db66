// Swift's functions and these have different target features (soft float), for which reason LLVM would never
// inline one into the other unless told to.
#pragma once
#define APUS_INLINE static inline __attribute__((always_inline))
