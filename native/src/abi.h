// The C ABI: exported functions return a count or 0, and -1 after an error whose text `repro_last_error` gives.
#pragma once

#include <cstdint>

#define REPRO_EXPORT extern "C" __attribute__((visibility("default")))

namespace repro {

enum class Tag : int32_t {
  none = 0,
  tensor = 1,
  integer = 2,
  real = 3,
  boolean = 4,
  integers = 5,
  reals = 6,
  booleans = 7,
  tensors = 8,
  optional_tensors = 9,
  text = 10,
  device = 11,
  generator = 12,
  schema_default = 13,
  complex = 14,
};

// One argument or one result, 16 bytes, the same layout in C#.
struct Value {
  Tag tag;
  int32_t count; // list length, text length, device index; for a tensor result: 1 asks the caller to collect garbage
  union {
    void* pointer;
    int64_t integer;
    double real;
  };
};
static_assert(sizeof(Value) == 16, "the C# side reads results in steps of 16 bytes");

} // namespace repro
