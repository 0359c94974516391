// A Memory as one line of JSON, in traces and in the memory file: {"kind":"memory",...}, without its newline.
//
// Properties: parse(format(m)) == m; the same memory gives the same bytes; what is absent or default is left out.
// Keys are described in docs/trace-format.md.
#pragma once

#include <string>
#include <string_view>

#include "controller/memory/memory.h"
#include "core/result.h"

namespace dcat {

// `simulated`: nothing in it was measured.
std::string format_memory(const Memory& memory, bool simulated);

// As strict as the readers of a trace (controller/trace.h): what comes back satisfies what the headers REQUIRE.
// bad_input with the key's path; also where `simulated` is not what the line says.
Result<Memory> parse_memory(std::string_view line, bool simulated);

}  // namespace dcat
