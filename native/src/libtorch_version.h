// Everything that differs between LibTorch 1.13 and current 2.x, and between CPU and CUDA builds, is decided here.
// Code elsewhere names neither c10::optional nor std::optional, and includes no header that only some versions have.
#pragma once

#include <torch/version.h>

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#define REPRO_LIBTORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

// From 2.9 on the allocator of any device is reached through one interface; before, CUDA's own needs CUDA's headers.
#if REPRO_LIBTORCH_AT_LEAST(2, 9)
#include <c10/core/CachingDeviceAllocator.h>
#elif REPRO_WITH_CUDA_HEADERS
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace repro {

// Number of CUDA devices, 0 where LibTorch has no CUDA or the machine has no device.
inline int cuda_device_count() {
  constexpr auto cuda = c10::DeviceType::CUDA;
  return c10::impl::hasDeviceGuardImpl(cuda) ? static_cast<int>(c10::impl::getDeviceGuardImpl(cuda)->deviceCount()) : 0;
}

// A negative index means the current device.
inline c10::DeviceIndex cuda_device_index(int device) {
  return device < 0 ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->getDevice().index() : static_cast<c10::DeviceIndex>(device);
}

inline void cuda_synchronize(int device) {
#if REPRO_LIBTORCH_AT_LEAST(2, 7)
  c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->synchronizeDevice(cuda_device_index(device));
#else
  at::detail::getCUDAHooks().deviceSynchronize(cuda_device_index(device));
#endif
}

struct CudaMemory {
  int64_t allocated, allocated_peak, reserved, reserved_peak;
};

#if REPRO_LIBTORCH_AT_LEAST(2, 9)
#define REPRO_CUDA_MEMORY_IS_KNOWN 1
inline c10::DeviceAllocator& cuda_allocator() {
  return *c10::getDeviceAllocator(c10::DeviceType::CUDA);
}
#elif REPRO_WITH_CUDA_HEADERS
#define REPRO_CUDA_MEMORY_IS_KNOWN 1
// The same functions as in the newer interface.
struct CudaAllocator {
  bool initialized() const {
    return at::detail::getCUDAHooks().hasPrimaryContext(0);
  }
  auto getDeviceStats(c10::DeviceIndex index) const {
    return c10::cuda::CUDACachingAllocator::getDeviceStats(index);
  }
  void resetPeakStats(c10::DeviceIndex index) const {
    c10::cuda::CUDACachingAllocator::resetPeakStats(index);
  }
  void emptyCache() const {
    c10::cuda::CUDACachingAllocator::emptyCache();
  }
};
inline CudaAllocator cuda_allocator() {
  return {};
}
#else
#define REPRO_CUDA_MEMORY_IS_KNOWN 0
#endif

// The three below are false where this build cannot tell. Before CUDA is first used nothing is in use.
inline bool cuda_memory(int device, CudaMemory& memory) {
#if REPRO_CUDA_MEMORY_IS_KNOWN
  if (cuda_allocator().initialized()) {
    const auto stats = cuda_allocator().getDeviceStats(cuda_device_index(device));
    memory = {stats.allocated_bytes[0].current, stats.allocated_bytes[0].peak, stats.reserved_bytes[0].current, stats.reserved_bytes[0].peak};
  }
#else
  (void)device;
  (void)memory;
#endif
  return REPRO_CUDA_MEMORY_IS_KNOWN;
}

inline bool cuda_reset_peak_memory(int device) {
#if REPRO_CUDA_MEMORY_IS_KNOWN
  if (cuda_allocator().initialized()) {
    cuda_allocator().resetPeakStats(cuda_device_index(device));
  }
#else
  (void)device;
#endif
  return REPRO_CUDA_MEMORY_IS_KNOWN;
}

inline bool cuda_empty_cache() {
#if REPRO_CUDA_MEMORY_IS_KNOWN
  if (cuda_allocator().initialized()) {
    cuda_allocator().emptyCache();
  }
#endif
  return REPRO_CUDA_MEMORY_IS_KNOWN;
}

} // namespace repro
