// The readers of each format; open_trace (trace.h) chooses among them.
#pragma once

#include <memory>
#include <string_view>

#include "sim/address_trace/input.h"
#include "sim/address_trace/trace.h"

namespace dcat::address_trace {

// One access a line: an address, hexadecimal behind 0x and decimal without, and perhaps R or W behind a blank. Blank
// lines and what follows a # are skipped. Knows neither sizes (an access is one byte) nor instructions.
std::unique_ptr<Reader> make_text_reader(Input input);

// What `valgrind --tool=lackey --trace-mem=yes` writes: `I  ADDRESS,SIZE` for an instruction and ` L`, ` S` or ` M` for
// its accesses, addresses hexadecimal, sizes decimal. Valgrind's own messages are skipped. Each I is one instruction.
std::unique_ptr<Reader> make_lackey_reader(Input input, bool fetches);
// Whether the first line that is no message of valgrind looks like this.
bool looks_like_lackey(std::string_view start);

// Ours (packed_format.h). An error where the header is of another version, or has no fetches and they are asked for.
Result<std::unique_ptr<Reader>> make_packed_reader(Input input, bool fetches);

// The number at the front of `text`, which is left behind it. Absent without a digit or beyond 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text, unsigned base);

}  // namespace dcat::address_trace
