#include "error.h"

#include "abi.h"

#include <string>

namespace {
thread_local std::string last_error;
}

void repro::set_last_error(const char* text) noexcept {
  try {
    last_error = text;
  } catch (...) {
    last_error.clear();
  }
}

REPRO_EXPORT const char* repro_last_error() {
  return last_error.c_str();
}
