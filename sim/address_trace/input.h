// A trace's bytes with a window in front: lines and records of any size, and where in the file they are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/address_trace/byte_source.h"

namespace dcat::address_trace {

class Input {
 public:
  Input(std::unique_ptr<ByteSource> bytes, std::string path);

  // The next n bytes without taking them; fewer at the end only. Valid until the next call of anything here.
  Result<std::string_view> peek(std::size_t n);
  // REQUIRES: peek() has shown them.
  void take(std::size_t n);

  // The next line without its end; absent behind the last one. bad_input for a line of more than 4096 bytes, and for
  // one without an end: the trace was cut off in it, and what is left may be the half of an address.
  Result<std::optional<std::string_view>> next_line();

  // bad_input, at the line that next_line() gave last.
  Error wrong_line(const std::string& why, const std::string& todo) const;
  // bad_input, at the next byte (of the unpacked trace).
  Error wrong_byte(const std::string& why, const std::string& todo) const;

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::string path_;
  std::vector<char> buffer_;
  std::size_t next_ = 0, end_ = 0;
  std::uint64_t offset_ = 0;  // of next_
  std::uint64_t line_ = 0;
  bool ended_ = false;
};

// What of a line can be shown: cut, and without what a terminal would obey.
std::string shown(std::string_view line);

}  // namespace dcat::address_trace
