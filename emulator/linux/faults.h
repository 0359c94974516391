// What the emulated node is told to get wrong (`dcat emulate --fail SPEC`), for tests of whoever uses resctrl.
//
//   OP:FILE:N:WHAT   the N-th OP on FILE fails; N+ is the N-th and all after it
//     OP    write, mkdir, rmdir, rename, read, open, any
//     FILE  a base name (schemata, tasks, dcat.web) or *; of a rename the old name
//     WHAT  an errno's name (EBUSY), `kill` (SIGKILL to who asks, nothing is done) or `kill-after` (done, then SIGKILL)
//   kill:N           SIGKILL at the entry of the N-th system call that would change the emulated resctrl or /run/dcat
//                    (write_calls.h)
// Operations are counted from 1, each SPEC counts its own. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat::emulator {

enum class Operation { write, mkdir, rmdir, rename, read, open };

enum class FaultKind { error, kill, kill_after };

struct Fault {
  FaultKind kind = FaultKind::error;
  int error = 0;  // errno, with FaultKind::error
  bool operator==(const Fault&) const = default;
};

struct FaultSpec {
  std::optional<Operation> operation;  // absent: any
  std::string file;                    // "*": any
  std::uint64_t first = 1;
  bool from_then_on = false;
  Fault fault;
  bool operator==(const FaultSpec&) const = default;
};

struct FaultPlan {
  std::vector<FaultSpec> specs;
  std::uint64_t kill_at_write_call = 0;  // 0: never
  bool operator==(const FaultPlan&) const = default;
};

// bad_input: which SPEC, what is wrong with it, what is wanted.
Result<FaultPlan> parse_faults(const std::vector<std::string>& specs);

// Counts operations and says which of them fails. The first SPEC that matches decides; all of them count.
class Faults {
 public:
  explicit Faults(std::vector<FaultSpec> specs);
  std::optional<Fault> next(Operation operation, std::string_view file);

 private:
  struct Counted {
    FaultSpec spec;
    std::uint64_t seen = 0;
  };
  std::vector<Counted> specs_;
};

}  // namespace dcat::emulator
