// Settings of the whole process: version, threads, precision.
#include "abi.h"
#include "error.h"
#include "libtorch_version.h"

#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/ScalarTypeToTypeMeta.h>

#include <dlfcn.h>

REPRO_EXPORT const char* repro_libtorch_version() {
  return TORCH_VERSION;
}

REPRO_EXPORT int32_t repro_threads() {
  return repro::guarded([] { return at::get_num_threads(); });
}

REPRO_EXPORT int32_t repro_set_threads(int32_t count) {
  return repro::guarded([&] {
    at::set_num_threads(count);
    // LibTorch tells MKL, but not an OpenBLAS that has threads of its own.
    if (auto* tell = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
      reinterpret_cast<void (*)(int)>(tell)(count);
    }
    return 0;
  });
}

REPRO_EXPORT int32_t repro_interop_threads() {
  return repro::guarded([] { return static_cast<int32_t>(at::get_num_interop_threads()); });
}

REPRO_EXPORT int32_t repro_set_interop_threads(int32_t count) {
  return repro::guarded([&] {
    at::set_num_interop_threads(count);
    return 0;
  });
}

// The dtype of factories and of quotients of whole numbers where none is named.
REPRO_EXPORT int32_t repro_default_dtype() {
  return static_cast<int32_t>(c10::typeMetaToScalarType(c10::get_default_dtype()));
}

REPRO_EXPORT int32_t repro_set_default_dtype(int32_t dtype) {
  return repro::guarded([&] {
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype)));
    return 0;
  });
}

REPRO_EXPORT int32_t repro_promote_types(int32_t first, int32_t second) {
  return repro::guarded([&] {
    return static_cast<int32_t>(c10::promoteTypes(static_cast<c10::ScalarType>(first), static_cast<c10::ScalarType>(second)));
  });
}

REPRO_EXPORT int32_t repro_can_cast(int32_t from, int32_t to) {
  return repro::guarded([&] { return c10::canCast(static_cast<c10::ScalarType>(from), static_cast<c10::ScalarType>(to)) ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_sdp_math() {
  return repro::guarded([] { return at::globalContext().userEnabledMathSDP() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_sdp_flash() {
  return repro::guarded([] { return at::globalContext().userEnabledFlashSDP() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_set_sdp(int32_t math, int32_t flash) {
  return repro::guarded([&] {
    at::globalContext().setSDPUseMath(math != 0);
    at::globalContext().setSDPUseFlash(flash != 0);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_tf32_matmul() {
  return repro::guarded([] { return at::globalContext().allowTF32CuBLAS() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_set_tf32_matmul(int32_t allowed) {
  return repro::guarded([&] {
    at::globalContext().setAllowTF32CuBLAS(allowed != 0);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_tf32_cudnn() {
  return repro::guarded([] { return at::globalContext().allowTF32CuDNN() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_set_tf32_cudnn(int32_t allowed) {
  return repro::guarded([&] {
    at::globalContext().setAllowTF32CuDNN(allowed != 0);
    return 0;
  });
}
