// Turns C++ exceptions into a status and a text that stays valid on the calling thread until its next error.
#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <exception>

namespace repro {

void set_last_error(const char* text) noexcept;

// Runs `body`, which returns a status of 0 or more; -1 reports an exception.
template <class Body>
int32_t guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (const c10::Error& error) {
    set_last_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("unknown native exception");
  }
  return -1;
}

} // namespace repro
