#include "abi.h"
#include "error.h"
#include "libtorch_version.h"

REPRO_EXPORT int32_t repro_cuda_device_count() {
  return repro::guarded([] { return repro::cuda_device_count(); });
}

REPRO_EXPORT int32_t repro_cudnn_available() {
  return repro::guarded([] { return at::globalContext().hasCuDNN() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_cuda_synchronize(int32_t device) {
  return repro::guarded([&] {
    TORCH_CHECK(repro::cuda_device_count() > 0, "no CUDA device is available");
    repro::cuda_synchronize(device);
    return 0;
  });
}

// Bytes as allocated, allocated at most, reserved, reserved at most. 1 when known, 0 when this build cannot tell.
REPRO_EXPORT int32_t repro_cuda_memory(int32_t device, int64_t* result) {
  return repro::guarded([&] {
    repro::CudaMemory memory{};
    if (repro::cuda_device_count() == 0 || !repro::cuda_memory(device, memory)) {
      return 0;
    }
    result[0] = memory.allocated;
    result[1] = memory.allocated_peak;
    result[2] = memory.reserved;
    result[3] = memory.reserved_peak;
    return 1;
  });
}

// Lets the peaks begin again at what is in use now. 1 when done, 0 when this build cannot.
REPRO_EXPORT int32_t repro_cuda_reset_peak_memory(int32_t device) {
  return repro::guarded([&] { return repro::cuda_device_count() > 0 && repro::cuda_reset_peak_memory(device) ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_cuda_empty_cache() {
  return repro::guarded([] { return repro::cuda_device_count() > 0 && repro::cuda_empty_cache() ? 1 : 0; });
}
