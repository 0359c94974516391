// The loops for any machine, and the choice of them.
#include "sim/llc/kernel.h"

namespace dcat::llc::baseline {

#define DCAT_LLC_ISA 1
#include "sim/llc/kernel_body.h"

}  // namespace dcat::llc::baseline

namespace dcat::llc {

#if defined(__x86_64__)

namespace avx2 {
extern const Kernels kKernels;
}

Isa best_isa() {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  return avx2 ? Isa::avx2 : Isa::baseline;
}

const Kernels& kernels_of(Isa isa) {
  switch (isa) {
    case Isa::baseline: return baseline::kKernels;
    case Isa::avx2: return avx2::kKernels;
  }
  return baseline::kKernels;
}

#else

Isa best_isa() {
  return Isa::baseline;
}

const Kernels& kernels_of(Isa) {
  return baseline::kKernels;
}

#endif

}  // namespace dcat::llc
