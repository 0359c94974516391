// Errors are values. An Error says what was tried, why it failed and what to do about it; context is put in front
// on the way up and nothing is dropped. The shell prints it once, as `dcat: what: why; what to do`.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace dcat {

enum class ErrorCode {
  bad_input,    // a file, argument or message that somebody wrote is wrong: exit code 2
  unsupported,  // this node cannot do what was asked: exit code 3
  failed,       // the system refused or broke: exit code 1
};

struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string what;  // what was being done, outermost context first: `open "x": read line 3`
  std::string why;   // the cause, with the kernel's own words where it gave any
  std::string todo;  // what the reader can do; may be empty
  int sys_errno = 0;

  Error with_context(const std::string& outer) && {
    what = what.empty() ? outer : outer + ": " + what;
    return std::move(*this);
  }
  std::string to_string() const {
    std::string text = what;
    if (!why.empty()) text += (text.empty() ? "" : ": ") + why;
    if (!todo.empty()) text += "; " + todo;
    return text;
  }
  bool operator==(const Error&) const = default;
};

// Exit code of the `dcat` command for an error.
constexpr int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::failed: return 1;
    case ErrorCode::bad_input: return 2;
    case ErrorCode::unsupported: return 3;
  }
  return 1;
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // REQUIRES: ok()
  T& value() & { return assert(ok()), std::get<0>(state_); }
  const T& value() const& { return assert(ok()), std::get<0>(state_); }
  // By value: `for (x : *read())` must not run over a temporary that is gone.
  T value() && { return assert(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // REQUIRES: !ok()
  Error& error() & { return assert(!ok()), std::get<1>(state_); }
  const Error& error() const& { return assert(!ok()), std::get<1>(state_); }
  Error&& error() && { return assert(!ok()), std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose
  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() & { return assert(!ok()), *error_; }
  const Error& error() const& { return assert(!ok()), *error_; }
  Error&& error() && { return assert(!ok()), *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace dcat
