// PqosLibrary: what dCat uses of libpqos (intel-cmt-cat), as values: allocation only. Its monitoring is never used: 4.5
// reports a counter that the kernel calls "Unavailable" as 0.
//
// Every refusal carries the name of the return code, what the library said, and, over resctrl, the kernel's own words
// from info/last_cmd_status, read in the same breath. Only calls that 4.5 (soname 4) and 25.04 (soname 6) have in the
// same shape are made: pqos_init, _fini, _cap_get, _cap_get_type, _l3ca_get, _l3ca_set, _alloc_assoc_get,
// _alloc_assoc_set, _alloc_assoc_set_pid, _pid_get_pid_assoc and _free. The library has one state for the whole
// process: one object at a time. Calls are made on a PqosThread, callers may be anywhere.
#pragma once

#include <signal.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cat/cbm.h"
#include "cat/linux/pqos_thread.h"
#include "cat/linux/resctrl_files.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/units.h"

namespace dcat {

enum class PqosInterface { os, msr };

struct PqosFacts {
  int classes = 1;  // classes of service of the L3, class 0 included; the smallest of all resources over resctrl
  Ways ways;
  Cbm contended;                // ways that I/O may fill too
  std::uint64_t way_bytes = 0;  // from CPUID: that of this processor, whatever resctrl says
  bool cdp = false;             // code and data have masks of their own
  std::vector<int> l3cat_ids;   // ascending: what libpqos calls a cache with classes
  std::map<int, int> l3cat_of_core;
};

class PqosLibrary {
 public:
  // Over resctrl it makes the directories COS1, COS2... of all classes. `files`, of the kernel's words, outlives the
  // object; nullptr with msr. RDT_IFACE, which would forbid the interface, is taken out of the environment.
  // REQUIRES with msr: the processor has cache allocation (pqos_cpuid.h); 4.5 ends the process where it has not.
  // unsupported: this interface is not to be had. failed: anything else, "PQOS_RETVAL_BUSY" with foreign groups.
  static Result<std::unique_ptr<PqosLibrary>> init(PqosInterface interface, const ResctrlFiles* files);
  // Puts the process' SIGALRM handler back. What was changed on the node stays.
  ~PqosLibrary();
  PqosLibrary(const PqosLibrary&) = delete;
  PqosLibrary& operator=(const PqosLibrary&) = delete;

  const PqosFacts& facts() const { return facts_; }

  // The masks of one cache by class; with CDP the ways that code or data may fill.
  Result<std::vector<Cbm>> read_masks(int l3cat_id);
  // With CDP both masks. failed: PQOS_RETVAL_PARAM for a mask with holes, an empty one or an unknown cache.
  Status write_mask(int l3cat_id, int class_id, Cbm mask);

  // One thread a number. Threads that have ended are passed over; a number below 1 is refused: libpqos would take the
  // caller for it.
  Status associate_tasks(const std::vector<int>& tids, int class_id);
  // Ascending.
  Result<std::vector<int>> read_tasks(int class_id);

  Status associate_core(int core, int class_id);
  Result<int> read_class_of_core(int core);

 private:
  explicit PqosLibrary(const ResctrlFiles* files) : files_(files) {}

  Status start(PqosInterface interface);
  Status learn_facts();
  Error refused(const std::string& what, int code) const;

  const ResctrlFiles* files_;
  PqosFacts facts_;
  bool started_ = false;
  std::string said_;                              // by the library, during the last call; of the thread
  std::optional<struct sigaction> alarm_action_;  // the process' own
  PqosThread thread_;
};

// "PQOS_RETVAL_PARAM"; "PQOS_RETVAL 42" for a code that is not known.
std::string pqos_code_name(int code);

}  // namespace dcat
