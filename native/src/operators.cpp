// One boxed entry point reaches every operator of the dispatcher.
#include "abi.h"
#include "error.h"
#include "handle.h"

#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>

#include <cstring>
#include <string>
#include <vector>

using repro::Tag;
using repro::Value;

namespace {

using Stack = std::vector<c10::IValue>;

struct Operator {
  c10::OperatorHandle handle;
  std::vector<c10::TypeKind> kinds; // of each argument, optional<T> read as T
  Stack defaults;
  std::vector<bool> has_default;
  std::string schema;
};

// Results beyond the caller's buffer wait here until repro_take_overflow.
thread_local std::vector<Value> overflow;
thread_local Stack shared_stack;
thread_local int depth = 0;

c10::IValue tensor_list(void* const* handles, int32_t count) {
  c10::List<at::Tensor> list;
  list.reserve(count);
  for (int32_t i = 0; i < count; ++i) {
    list.push_back(repro::tensor_of(handles[i]));
  }
  return list;
}

c10::IValue optional_tensor_list(void* const* handles, int32_t count) {
  c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
  list.reserve(count);
  for (int32_t i = 0; i < count; ++i) {
    list.push_back(handles[i] ? c10::IValue(repro::tensor_of(handles[i])) : c10::IValue());
  }
  return list;
}

c10::IValue boolean_list(const int64_t* values, int32_t count) {
  c10::List<bool> list;
  for (int32_t i = 0; i < count; ++i) {
    list.push_back(values[i] != 0);
  }
  return list;
}

// A schema may ask for double, bool or a list where the caller holds a whole number.
c10::IValue integer(int64_t value, c10::TypeKind kind) {
  switch (kind) {
    case c10::TypeKind::FloatType:
      return static_cast<double>(value);
    case c10::TypeKind::BoolType:
      return value != 0;
    case c10::TypeKind::ListType:
      return std::vector<int64_t>{value};
    default:
      return value;
  }
}

c10::IValue argument(const Value& value, c10::TypeKind kind) {
  switch (value.tag) {
    case Tag::none:
      return {};
    case Tag::tensor:
      return repro::tensor_of(value.pointer);
    case Tag::integer:
      return integer(value.integer, kind);
    case Tag::real:
      return value.real;
    case Tag::boolean:
      return value.integer != 0;
    case Tag::complex: {
      const auto* parts = static_cast<const double*>(value.pointer);
      return c10::complex<double>(parts[0], parts[1]);
    }
    case Tag::integers: {
      const auto* first = static_cast<const int64_t*>(value.pointer);
      return std::vector<int64_t>(first, first + value.count);
    }
    case Tag::reals: {
      const auto* first = static_cast<const double*>(value.pointer);
      return std::vector<double>(first, first + value.count);
    }
    case Tag::booleans:
      return boolean_list(static_cast<const int64_t*>(value.pointer), value.count);
    case Tag::tensors:
      return tensor_list(static_cast<void* const*>(value.pointer), value.count);
    case Tag::optional_tensors:
      return optional_tensor_list(static_cast<void* const*>(value.pointer), value.count);
    case Tag::text:
      return std::string(static_cast<const char*>(value.pointer), value.count);
    case Tag::device:
      return c10::Device(static_cast<c10::DeviceType>(value.integer), static_cast<c10::DeviceIndex>(value.count));
    case Tag::generator:
      return *static_cast<const at::Generator*>(value.pointer);
    default:
      TORCH_CHECK(false, "unknown argument tag ", static_cast<int32_t>(value.tag));
  }
}

class Results {
 public:
  Results(Value* buffer, int32_t capacity) : buffer_(buffer), capacity_(capacity) {
    overflow.clear();
  }

  void add(c10::IValue&& value) {
    if (value.isTensor()) {
      add_tensor(std::move(value).toTensor());
    } else if (value.isTensorList()) {
      for (auto& tensor : std::move(value).toTensorVector()) {
        add_tensor(std::move(tensor));
      }
    } else {
      add_plain(value);
    }
  }

  int32_t count() const {
    return count_;
  }

 private:
  void add_tensor(at::Tensor&& tensor) {
    Value result{};
    result.tag = tensor.defined() ? Tag::tensor : Tag::none;
    result.pointer = repro::make_handle(std::move(tensor));
    result.count = repro::collection_due() ? 1 : 0;
    append(result);
  }

  void add_plain(const c10::IValue& value) {
    Value result{};
    if (value.isInt()) {
      result.tag = Tag::integer;
      result.integer = value.toInt();
    } else if (value.isDouble()) {
      result.tag = Tag::real;
      result.real = value.toDouble();
    } else if (value.isBool()) {
      result.tag = Tag::boolean;
      result.integer = value.toBool() ? 1 : 0;
    } else {
      TORCH_CHECK(value.isNone(), "an operator returned a value of kind ", value.tagKind(), ", which cannot be passed on");
    }
    append(result);
  }

  void append(const Value& result) {
    if (count_ < capacity_) {
      buffer_[count_] = result;
    } else {
      overflow.push_back(result);
    }
    ++count_;
  }

  Value* buffer_;
  int32_t capacity_;
  int32_t count_ = 0;
};

// The thread's stack is reused between calls; a call made from inside an operator gets its own.
class CallStack {
 public:
  CallStack() : stack_(depth++ == 0 ? shared_stack : own_) {}
  ~CallStack() {
    stack_.clear();
    --depth;
  }
  CallStack(const CallStack&) = delete;
  CallStack& operator=(const CallStack&) = delete;
  Stack& operator*() {
    return stack_;
  }

 private:
  Stack own_;
  Stack& stack_;
};

void push_arguments(const Operator& target, const Value* arguments, int32_t count, Stack& stack) {
  const auto total = target.kinds.size();
  TORCH_CHECK(static_cast<size_t>(count) <= total, "too many arguments for ", target.schema);
  for (size_t i = 0; i < total; ++i) {
    if (i < static_cast<size_t>(count) && arguments[i].tag != Tag::schema_default) {
      stack.push_back(argument(arguments[i], target.kinds[i]));
    } else {
      TORCH_CHECK(target.has_default[i], "argument ", i, " has no default in ", target.schema);
      stack.push_back(target.defaults[i]);
    }
  }
}

} // namespace

// Finds an operator. The result lives as long as the process. -1 when this LibTorch has no such operator.
REPRO_EXPORT int32_t repro_operator_find(const char* name, const char* overload, void** result) {
  return repro::guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    auto* found = new Operator{handle, {}, {}, {}, c10::toString(handle.schema())};
    for (const auto& argument : handle.schema().arguments()) {
      auto type = argument.type();
      if (type->kind() == c10::TypeKind::OptionalType) {
        type = type->expectRef<c10::OptionalType>().getElementType();
      }
      const auto& value = argument.default_value();
      found->kinds.push_back(type->kind());
      found->has_default.push_back(static_cast<bool>(value));
      found->defaults.push_back(value ? *value : c10::IValue());
    }
    *result = found;
    return 0;
  });
}

REPRO_EXPORT const char* repro_operator_schema(const void* op) {
  return static_cast<const Operator*>(op)->schema.c_str();
}

// Calls an operator. Arguments left out at the end take the schema's defaults. Returns the number of results, lists
// flattened, or -1. With capacity 0 the results are dropped: an in-place operator returns what it was given.
REPRO_EXPORT int32_t repro_operator_call(const void* op, const Value* arguments, int32_t count, Value* results, int32_t capacity) {
  return repro::guarded([&]() -> int32_t {
    const auto& target = *static_cast<const Operator*>(op);
    CallStack stack;
    push_arguments(target, arguments, count, *stack);
    target.handle.callBoxed(&*stack);
    if (capacity == 0) {
      return 0;
    }
    Results returned(results, capacity);
    for (auto& value : *stack) {
      returned.add(std::move(value));
    }
    return returned.count();
  });
}

// Moves the results that did not fit the last call's buffer; `results` has room for them.
REPRO_EXPORT void repro_take_overflow(Value* results) {
  std::memcpy(results, overflow.data(), overflow.size() * sizeof(Value));
  overflow.clear();
}
