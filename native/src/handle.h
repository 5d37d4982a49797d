// A handle is a heap-allocated Handle whose first member is the tensor, so that it can also be read as an at::Tensor*.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace repro {

struct Handle {
  at::Tensor tensor;
  int64_t bytes; // what this handle adds to the live-byte counter: 0 for views and aliases
};

// Takes the tensor over; null for an undefined one.
Handle* make_handle(at::Tensor&& tensor);

// True once for every 64 MB, or eighth of itself, by which the live bytes grew since the last collection.
bool collection_due() noexcept;

inline const at::Tensor& tensor_of(const void* handle) {
  return static_cast<const Handle*>(handle)->tensor;
}

} // namespace repro
