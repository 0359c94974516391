// Opening the libpqos back ends, whether this build has them or not (pqos_missing.cpp: libpqos was not found).
#pragma once

#include <memory>

#include "cat/cache_control.h"
#include "cat/linux/pqos_msr_control.h"
#include "cat/linux/resctrl_control.h"

namespace dcat {

// unsupported: not built in; else as PqosOsControl::open and PqosMsrControl::open say.
Result<std::unique_ptr<CacheControl>> open_pqos_os(ResctrlOptions options);
Result<std::unique_ptr<CacheControl>> open_pqos_msr(PqosMsrOptions options);
// What a run with pqos-msr left, by its journal.
Result<Undone> undo_pqos_msr(const JournalEntry& entry, const PqosMsrOptions& options);

}  // namespace dcat
