#include "handle.h"

#include "abi.h"
#include "error.h"

#include <algorithm>
#include <atomic>

namespace {

// Live bytes may grow by this much before a collection is due, and by this share of what is live: large models are not collected for at every step.
constexpr int64_t least_growth = int64_t{64} << 20;
constexpr int64_t growth_divisor = 8;

std::atomic<int64_t> live_tensors{0};
std::atomic<int64_t> peak_tensors{0};
std::atomic<int64_t> live_bytes{0};
std::atomic<int64_t> collection_mark{least_growth};

int64_t next_mark(int64_t live) noexcept {
  return live + std::max(least_growth, live / growth_divisor);
}

void raise_to(std::atomic<int64_t>& peak, int64_t value) noexcept {
  auto seen = peak.load(std::memory_order_relaxed);
  while (seen < value && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

// Storage is counted at the handle that first names it; a view or a second handle of the same tensor adds nothing.
int64_t owned_bytes(const at::Tensor& tensor) {
  if (tensor.use_count() > 1 || !tensor.has_storage() || tensor.is_view()) {
    return 0;
  }
  return static_cast<int64_t>(tensor.storage().nbytes());
}

} // namespace

repro::Handle* repro::make_handle(at::Tensor&& tensor) {
  if (!tensor.defined()) {
    return nullptr;
  }
  const auto bytes = owned_bytes(tensor);
  auto* handle = new Handle{std::move(tensor), bytes};
  raise_to(peak_tensors, live_tensors.fetch_add(1, std::memory_order_relaxed) + 1);
  if (bytes != 0) {
    live_bytes.fetch_add(bytes, std::memory_order_relaxed);
  }
  return handle;
}

bool repro::collection_due() noexcept {
  auto mark = collection_mark.load(std::memory_order_relaxed);
  const auto live = live_bytes.load(std::memory_order_relaxed);
  return live > mark && collection_mark.compare_exchange_strong(mark, next_mark(live), std::memory_order_relaxed);
}

REPRO_EXPORT void repro_tensor_free(void* handle) {
  auto* owned = static_cast<repro::Handle*>(handle);
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
  if (owned->bytes != 0) {
    live_bytes.fetch_sub(owned->bytes, std::memory_order_relaxed);
  }
  delete owned;
}

// A second handle on the same tensor.
REPRO_EXPORT int32_t repro_tensor_alias(const void* handle, void** result) {
  return repro::guarded([&] {
    *result = repro::make_handle(at::Tensor(repro::tensor_of(handle)));
    return 0;
  });
}

REPRO_EXPORT int64_t repro_live_tensors() {
  return live_tensors.load(std::memory_order_relaxed);
}

REPRO_EXPORT int64_t repro_peak_tensors() {
  return peak_tensors.load(std::memory_order_relaxed);
}

REPRO_EXPORT int64_t repro_live_bytes() {
  return live_bytes.load(std::memory_order_relaxed);
}

// After a collection: the next one is due when the live bytes have grown by another 64 MB, or an eighth.
REPRO_EXPORT void repro_collection_done() {
  collection_mark.store(next_mark(live_bytes.load(std::memory_order_relaxed)), std::memory_order_relaxed);
}
