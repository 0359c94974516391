// Address traces: the memory accesses of a program, in order, as a file tells them (docs/curve.md, "Formats").
//
// Which format a file has, and whether it is compressed, is found from its content, never from its name. Every reader
// refuses what it does not understand, with the file and the line (or the byte) in the error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"

namespace dcat::address_trace {

enum class Kind : std::uint8_t {
  load,
  store,
  modify,  // a load and a store of the same place, by one instruction
  fetch,   // of an instruction
};

struct Access {
  std::uint64_t address = 0;  // of its first byte
  std::uint32_t size = 1;     // bytes, at least 1
  Kind kind = Kind::load;
  bool operator==(const Access&) const = default;
};

class Reader {
 public:
  virtual ~Reader() = default;

  // Fills `accesses` from the front; returns how many there were, 0 at the end of the trace only. bad_input where the
  // trace is damaged or cut off; failed where the system refuses to read.
  virtual Result<std::size_t> read(std::span<Access> accesses) = 0;
  // Executed so far; after the last access, by the whole trace. Absent where the format does not tell.
  virtual std::optional<std::uint64_t> instructions() const = 0;
  // Whether fetches would be among the accesses if they were asked for.
  virtual bool has_fetches() const = 0;
  virtual std::string format() const = 0;  // "plain text", "lackey", "packed"
};

// `-` is the standard input. Fetches are left out unless they are asked for; bad_input where they are and the format
// has none.
Result<std::unique_ptr<Reader>> open_trace(const std::string& path, bool fetches);

}  // namespace dcat::address_trace
