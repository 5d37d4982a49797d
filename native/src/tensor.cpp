// Properties and storage of a tensor.
#include "abi.h"
#include "error.h"
#include "handle.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>

using repro::guarded;
using repro::tensor_of;

// Wraps memory that the caller owns; `release(context)` runs when the last tensor that uses it is gone.
REPRO_EXPORT int32_t repro_from_blob(
    void* data, const int64_t* sizes, int32_t dimensions, int32_t dtype, void (*release)(void*), void* context, void** result) {
  return guarded([&] {
    const auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    const at::IntArrayRef shape(sizes, dimensions);
    auto tensor = release == nullptr ? at::from_blob(data, shape, options)
                                     : at::from_blob(data, shape, [release, context](void*) { release(context); }, options);
    *result = repro::make_handle(std::move(tensor));
    return 0;
  });
}

REPRO_EXPORT int32_t repro_data_pointer(const void* handle, void** result) {
  return guarded([&] {
    *result = tensor_of(handle).data_ptr();
    return 0;
  });
}

REPRO_EXPORT int32_t repro_storage(const void* handle, void** data, int64_t* bytes) {
  return guarded([&] {
    const auto& tensor = tensor_of(handle);
    *data = static_cast<char*>(tensor.data_ptr()) - tensor.storage_offset() * static_cast<int64_t>(tensor.element_size());
    *bytes = static_cast<int64_t>(tensor.storage().nbytes());
    return 0;
  });
}

REPRO_EXPORT int32_t repro_dimensions(const void* handle) {
  return static_cast<int32_t>(tensor_of(handle).dim());
}

REPRO_EXPORT int64_t repro_numel(const void* handle) {
  return tensor_of(handle).numel();
}

REPRO_EXPORT int32_t repro_dtype(const void* handle) {
  return static_cast<int32_t>(tensor_of(handle).scalar_type());
}

REPRO_EXPORT int32_t repro_sizes(const void* handle, int64_t* result) {
  return guarded([&] {
    const auto sizes = tensor_of(handle).sizes();
    std::copy(sizes.begin(), sizes.end(), result);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_strides(const void* handle, int64_t* result) {
  return guarded([&] {
    const auto strides = tensor_of(handle).strides();
    std::copy(strides.begin(), strides.end(), result);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_storage_offset(const void* handle, int64_t* result) {
  return guarded([&] {
    *result = tensor_of(handle).storage_offset();
    return 0;
  });
}

REPRO_EXPORT int64_t repro_element_size(const void* handle) {
  return static_cast<int64_t>(tensor_of(handle).element_size());
}

REPRO_EXPORT int32_t repro_device(const void* handle, int32_t* index) {
  const auto device = tensor_of(handle).device();
  *index = device.index();
  return static_cast<int32_t>(device.type());
}

REPRO_EXPORT int32_t repro_is_contiguous(const void* handle) {
  return guarded([&] { return tensor_of(handle).is_contiguous() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_is_sparse(const void* handle) {
  return tensor_of(handle).is_sparse() ? 1 : 0;
}
