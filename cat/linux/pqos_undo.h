// Undoing on a resctrl file system what the back end pqos-os did to it. Without libpqos: directories, tasks and masks
// are the kernel's. Every step may be done twice.
#pragma once

#include <optional>
#include <string_view>

#include "cat/linux/undo.h"

namespace dcat {

// 3 of "COS3", libpqos' directory of a class of service; nullopt for any other name, COS0 and COS03 among them.
std::optional<int> parse_class_directory(std::string_view directory);
std::string class_directory(int class_id);

// Directories of classes that the journal does not list as kept go, whoever was in them falls back to the default
// group. Of kept ones those that held a group of ours are emptied and have every way again. Then the rest as
// undo_resctrl does it: groups named like ours, and the default group's masks. Goes on after an error and returns the
// first. REQUIRES: the caller holds the lock, or has waited for it; libpqos is not needed any more.
Result<Undone> undo_pqos_os(const ResctrlFiles& files, const JournalEntry& entry);

}  // namespace dcat
