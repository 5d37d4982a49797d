// Settings of the whole process: version, threads, determinism, precision.
#include "abi.h"
#include "error.h"
#include "libtorch_version.h"

#include <ATen/Parallel.h>

REPRO_EXPORT const char* repro_libtorch_version() {
  return TORCH_VERSION;
}

REPRO_EXPORT int32_t repro_threads() {
  return at::get_num_threads();
}

REPRO_EXPORT int32_t repro_set_threads(int32_t count) {
  return repro::guarded([&] {
    at::set_num_threads(count);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_interop_threads() {
  return at::get_num_interop_threads();
}

REPRO_EXPORT int32_t repro_set_interop_threads(int32_t count) {
  return repro::guarded([&] {
    at::set_num_interop_threads(count);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_deterministic() {
  return at::globalContext().deterministicAlgorithms() ? 1 : 0;
}

REPRO_EXPORT int32_t repro_deterministic_warn_only() {
  return at::globalContext().deterministicAlgorithmsWarnOnly() ? 1 : 0;
}

// With `enabled`, an operator without a deterministic implementation throws, or warns where `warn_only` says so.
REPRO_EXPORT int32_t repro_set_deterministic(int32_t enabled, int32_t warn_only) {
  return repro::guarded([&] {
    at::globalContext().setDeterministicAlgorithms(enabled != 0, warn_only != 0);
    at::globalContext().setDeterministicCuDNN(enabled != 0);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_tf32_matmul() {
  return at::globalContext().allowTF32CuBLAS() ? 1 : 0;
}

REPRO_EXPORT int32_t repro_set_tf32_matmul(int32_t allowed) {
  return repro::guarded([&] {
    at::globalContext().setAllowTF32CuBLAS(allowed != 0);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_tf32_cudnn() {
  return at::globalContext().allowTF32CuDNN() ? 1 : 0;
}

REPRO_EXPORT int32_t repro_set_tf32_cudnn(int32_t allowed) {
  return repro::guarded([&] {
    at::globalContext().setAllowTF32CuDNN(allowed != 0);
    return 0;
  });
}
