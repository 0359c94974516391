// Undoing on a resctrl file system what dCat did to it: our groups go (their tasks fall back to the default group) and
// the default group's masks are as they were. Every step may be done twice, so that whoever is killed in the middle is
// followed by somebody who does it all again.
#pragma once

#include <optional>
#include <string>

#include "cat/linux/journal.h"
#include "cat/linux/resctrl_files.h"
#include "core/result.h"

namespace dcat {

struct Undone {
  int groups = 0;              // removed
  bool default_masks = false;  // written
};

// Domains that came after the entry was written, and all of them where it was mounted anew with or without cdp, came
// with every way and get that. Without an entry the default group's mask is what no journal tells: where there were
// groups of ours, it gets every way. Goes on after an error and returns the first.
// REQUIRES: the caller holds the lock, or has waited for it.
Result<Undone> undo_resctrl(const ResctrlFiles& files, const std::optional<JournalEntry>& entry);

// The same for whichever back end the journal is of. "pqos-msr" changed no file: failed, `dcat reset` undoes that.
Result<Undone> undo_node(const ResctrlFiles& files, const std::optional<JournalEntry>& entry);

// The default group's L3 lines as they are, for the journal.
Result<std::string> read_default_schemata(const ResctrlFiles& files);

}  // namespace dcat
