// Everything that differs between LibTorch 1.13 and current 2.x, and between CPU and CUDA builds, is decided here.
// Code elsewhere names neither c10::optional nor std::optional, and includes no header that only some versions have.
#pragma once

#include <torch/version.h>

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#if REPRO_WITH_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

#define REPRO_LIBTORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace repro {

// Number of CUDA devices, 0 where LibTorch has no CUDA or the machine has no device.
inline int cuda_device_count() {
  constexpr auto cuda = c10::DeviceType::CUDA;
  return c10::impl::hasDeviceGuardImpl(cuda) ? static_cast<int>(c10::impl::getDeviceGuardImpl(cuda)->deviceCount()) : 0;
}

// A negative index means the current device.
inline void cuda_synchronize(int device) {
  const auto* guard = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
  const auto index = device < 0 ? guard->getDevice().index() : static_cast<c10::DeviceIndex>(device);
#if REPRO_LIBTORCH_AT_LEAST(2, 7)
  guard->synchronizeDevice(index);
#else
  at::detail::getCUDAHooks().deviceSynchronize(index);
#endif
}

struct CudaMemory {
  int64_t allocated, allocated_peak, reserved, reserved_peak;
};

// False where this build cannot tell.
inline bool cuda_memory(int device, CudaMemory& memory) {
#if REPRO_WITH_CUDA
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device));
  memory = {stats.allocated_bytes[0].current, stats.allocated_bytes[0].peak, stats.reserved_bytes[0].current, stats.reserved_bytes[0].peak};
  return true;
#else
  (void)device;
  (void)memory;
  return false;
#endif
}

inline bool cuda_empty_cache() {
#if REPRO_WITH_CUDA
  c10::cuda::CUDACachingAllocator::emptyCache();
  return true;
#else
  return false;
#endif
}

} // namespace repro
