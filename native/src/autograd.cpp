#include "abi.h"
#include "error.h"
#include "handle.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

namespace {

// A null entry stands for an undefined tensor: "no gradient given".
std::vector<at::Tensor> tensors(void* const* handles, int32_t count) {
  std::vector<at::Tensor> list;
  list.reserve(count);
  for (int32_t i = 0; i < count; ++i) {
    list.push_back(handles[i] ? repro::tensor_of(handles[i]) : at::Tensor());
  }
  return list;
}

} // namespace

REPRO_EXPORT int32_t repro_backward(
    void* const* roots, int32_t root_count, void* const* gradients, int32_t gradient_count, int32_t retain_graph,
    int32_t create_graph, void* const* inputs, int32_t input_count) {
  return repro::guarded([&] {
    torch::autograd::backward(
        tensors(roots, root_count), tensors(gradients, gradient_count), retain_graph != 0, create_graph != 0,
        tensors(inputs, input_count));
    return 0;
  });
}

// Writes one handle per input, null where an unused input is allowed.
REPRO_EXPORT int32_t repro_grad(
    void* const* outputs, int32_t output_count, void* const* inputs, int32_t input_count, void* const* gradients,
    int32_t gradient_count, int32_t retain_graph, int32_t create_graph, int32_t allow_unused, void** results) {
  return repro::guarded([&] {
    auto computed = torch::autograd::grad(
        tensors(outputs, output_count), tensors(inputs, input_count), tensors(gradients, gradient_count),
        retain_graph != 0, create_graph != 0, allow_unused != 0);
    for (size_t i = 0; i < computed.size(); ++i) {
      results[i] = repro::make_handle(std::move(computed[i]));
    }
    return 0;
  });
}

REPRO_EXPORT int32_t repro_requires_grad(const void* handle) {
  return repro::guarded([&] { return repro::tensor_of(handle).requires_grad() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_set_requires_grad(const void* handle, int32_t value) {
  return repro::guarded([&] {
    const auto& tensor = repro::tensor_of(handle);
    TORCH_CHECK(
        value != 0 || tensor.is_leaf(), "requires_grad can be turned off only for a leaf tensor; use detach() for a result");
    tensor.set_requires_grad(value != 0);
    return 0;
  });
}

REPRO_EXPORT int32_t repro_is_leaf(const void* handle) {
  return repro::guarded([&] { return repro::tensor_of(handle).is_leaf() ? 1 : 0; });
}

REPRO_EXPORT int32_t repro_retain_grad(const void* handle) {
  return repro::guarded([&] {
    repro::tensor_of(handle).retain_grad();
    return 0;
  });
}

// Null when there is no gradient.
REPRO_EXPORT int32_t repro_gradient(const void* handle, void** result) {
  return repro::guarded([&] {
    *result = repro::make_handle(at::Tensor(repro::tensor_of(handle).grad()));
    return 0;
  });
}

REPRO_EXPORT int32_t repro_set_gradient(const void* handle, const void* gradient) {
  return repro::guarded([&] {
    const auto& tensor = repro::tensor_of(handle);
    if (gradient == nullptr) {
      tensor.mutable_grad().reset();
      return 0;
    }
    const auto& value = repro::tensor_of(gradient);
    TORCH_CHECK(
        value.sizes() == tensor.sizes(), "a gradient of shape ", value.sizes(), " cannot be assigned to a tensor of shape ",
        tensor.sizes());
    tensor.mutable_grad() = value;
    return 0;
  });
}

REPRO_EXPORT int32_t repro_grad_mode() {
  return c10::GradMode::is_enabled() ? 1 : 0;
}

REPRO_EXPORT void repro_set_grad_mode(int32_t enabled) {
  c10::GradMode::set_enabled(enabled != 0);
}

REPRO_EXPORT int32_t repro_inference_mode() {
  return c10::InferenceMode::is_enabled() ? 1 : 0;
}

// The result must be given back on the same thread, in reverse order of entering.
REPRO_EXPORT void* repro_enter_inference_mode(int32_t enabled) {
  return new c10::InferenceMode(enabled != 0);
}

REPRO_EXPORT void repro_leave_inference_mode(void* mode) {
  delete static_cast<c10::InferenceMode*>(mode);
}

// Bit 0: enabled; bit 1: gradients are checked for NaN.
REPRO_EXPORT int32_t repro_anomaly_mode() {
  using torch::autograd::AnomalyMode;
  return (AnomalyMode::is_enabled() ? 1 : 0) | (AnomalyMode::should_check_nan() ? 2 : 0);
}

REPRO_EXPORT void repro_set_anomaly_mode(int32_t enabled, int32_t check_nan) {
  torch::autograd::AnomalyMode::set_enabled(enabled != 0, check_nan != 0);
}
