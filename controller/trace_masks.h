// What observation and decision lines have in common. Private to the trace.
#pragma once

#include <vector>

#include "cat/masks.h"
#include "controller/trace.h"
#include "controller/trace_writer.h"

namespace dcat::trace {

// {"kind":"...", and "simulated":true of a simulated node. The caller closes it.
void open_line(Writer& w, TraceLine kind, bool simulated);

// "members", an empty list too.
void write_members(Writer& w, const std::vector<Member>& members);

// "domains" of masks, left out when there are none.
void write_mask_domains(Writer& w, const std::vector<DomainMasks>& domains);

}  // namespace dcat::trace
