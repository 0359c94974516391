// The loops for AVX2.
#include "sim/llc/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Behind all includes: what the standard headers define must run anywhere.
#pragma GCC target("avx2,bmi,bmi2,lzcnt,popcnt")

namespace dcat::llc::avx2 {

#define DCAT_LLC_ISA 2
#include "sim/llc/kernel_body.h"

}  // namespace dcat::llc::avx2
#endif
