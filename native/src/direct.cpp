// The hottest operators without boxing: about a tenth of a microsecond less per call.
#include "abi.h"
#include "error.h"
#include "handle.h"

#include <ATen/ops/add_ops.h>
#include <ATen/ops/div_ops.h>
#include <ATen/ops/mul_ops.h>
#include <ATen/ops/sub_ops.h>

namespace {

enum Binary : int32_t { add = 0, sub = 1, mul = 2, div = 3 };

at::Tensor compute(int32_t kind, const at::Tensor& left, const at::Tensor& right) {
  switch (kind) {
    case Binary::add:
      return at::_ops::add_Tensor::call(left, right, 1);
    case Binary::sub:
      return at::_ops::sub_Tensor::call(left, right, 1);
    case Binary::mul:
      return at::_ops::mul_Tensor::call(left, right);
    case Binary::div:
      return at::_ops::div_Tensor::call(left, right);
    default:
      TORCH_CHECK(false, "unknown direct operator ", kind);
  }
}

} // namespace

// 0, 1 when a collection is due, or -1.
REPRO_EXPORT int32_t repro_direct_binary(int32_t kind, const void* left, const void* right, void** result) {
  return repro::guarded([&] {
    *result = repro::make_handle(compute(kind, repro::tensor_of(left), repro::tensor_of(right)));
    return repro::collection_due() ? 1 : 0;
  });
}
