#include "abi.h"
#include "error.h"
#include "handle.h"
#include "libtorch_version.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>

#include <mutex>

namespace {

at::Generator& generator_of(void* generator) {
  return *static_cast<at::Generator*>(generator);
}

c10::Device device_of(int32_t type, int32_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

} // namespace

// Seeds the default generators of the CPU and of every CUDA device.
REPRO_EXPORT int32_t repro_manual_seed(uint64_t seed) {
  return repro::guarded([&] {
    at::manual_seed(seed);
    return 0;
  });
}

// The process-wide generator of a device; to be freed like any other, which leaves the device's own untouched.
REPRO_EXPORT int32_t repro_generator_default(int32_t device_type, int32_t device_index, void** result) {
  return repro::guarded([&] {
    *result = new at::Generator(at::globalContext().defaultGenerator(device_of(device_type, device_index)));
    return 0;
  });
}

REPRO_EXPORT int32_t repro_generator_new(uint64_t seed, int32_t device_type, int32_t device_index, void** result) {
  return repro::guarded([&] {
    const auto device = device_of(device_type, device_index);
    auto generator = device.is_cpu() ? at::detail::createCPUGenerator() : at::globalContext().defaultGenerator(device).clone();
    generator.set_current_seed(seed);
    *result = new at::Generator(std::move(generator));
    return 0;
  });
}

REPRO_EXPORT void repro_generator_free(void* generator) {
  delete static_cast<at::Generator*>(generator);
}

REPRO_EXPORT int32_t repro_generator_set_seed(void* generator, uint64_t seed) {
  return repro::guarded([&] {
    auto& target = generator_of(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_current_seed(seed);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_generator_seed(void* generator, uint64_t* result) {
  return repro::guarded([&] {
    auto& target = generator_of(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    *result = target.current_seed();
    return 0;
  });
}

// Draws a seed from the operating system, sets and returns it.
REPRO_EXPORT int32_t repro_generator_reseed(void* generator, uint64_t* result) {
  return repro::guarded([&] {
    auto& target = generator_of(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    *result = target.seed();
    return 0;
  });
}

REPRO_EXPORT int32_t repro_generator_state(void* generator, void** result) {
  return repro::guarded([&] {
    auto& target = generator_of(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    *result = repro::make_handle(target.get_state());
    return 0;
  });
}

REPRO_EXPORT int32_t repro_generator_set_state(void* generator, const void* state) {
  return repro::guarded([&] {
    auto& target = generator_of(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_state(repro::tensor_of(state));
    return 0;
  });
}

REPRO_EXPORT int32_t repro_generator_device(void* generator, int32_t* index) {
  const auto device = generator_of(generator).device();
  *index = device.index();
  return static_cast<int32_t>(device.type());
}
