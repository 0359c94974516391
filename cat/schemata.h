// The text of a resctrl schemata file: one line a resource, `NAME:domain=value;domain=value`, as the kernel prints and
// takes it. Source: Linux Documentation/arch/x86/resctrl.rst, "Schemata files - general concepts".
//
// Kernels up to about 6.15 pad names and values with spaces or zeros, later ones do not: both are read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cat/cbm.h"
#include "cat/changes.h"
#include "cat/throttle.h"
#include "core/ids.h"
#include "core/result.h"

namespace dcat {

struct SchemataLine {
  std::string resource;                                  // "L3", "L3CODE", "L3DATA", "L2", "MB", ...
  std::vector<std::pair<DomainId, std::string>> values;  // as written, without padding; in the file's order
  bool operator==(const SchemataLine&) const = default;
};

// bad_input: a line is no schemata line. Resources that nobody knows are kept. A group that is being made ready for
// pseudo-locking (`L3:uninitialized`) has lines without values.
Result<std::vector<SchemataLine>> parse_schemata(std::string_view text);

// The masks of a line, ascending by domain. bad_input: a value is no hexadecimal number of at most 64 bits, or a domain
// comes twice.
Result<std::vector<std::pair<DomainId, Cbm>>> parse_cbms(const SchemataLine& line);

// The percentages of an MB line, ascending by domain; bad_input as above, or where a value is no number. With mba_MBps,
// and on AMD's machines, they are no percentages and may be greater than 100: the caller looks.
Result<std::vector<std::pair<DomainId, std::uint32_t>>> parse_bandwidths(const SchemataLine& line);

// nullptr: the file has no such line.
const SchemataLine* find_line(const std::vector<SchemataLine>& lines, std::string_view resource);

// `L3:0=ff;1=f`, one line without the newline.
std::string format_schemata(std::string_view resource, const std::vector<std::pair<DomainId, Cbm>>& masks);
std::string format_throttles(const std::vector<std::pair<DomainId, Throttle>>& throttles);
// All lines that it writes, a newline between them.
std::string format_schemata(const WriteMasks& write);

}  // namespace dcat
