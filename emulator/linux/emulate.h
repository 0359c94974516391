// `dcat emulate`: runs a command on an emulated node. See docs/emulated-node.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "emulator/linux/faults.h"
#include "emulator/linux/foreign.h"
#include "emulator/machine.h"
#include "sim/spec.h"

namespace dcat::emulator {

// What the user asked for; absent: the machine's default, or the scenario's.
struct NodeOptions {
  std::optional<int> ways;
  std::optional<std::uint64_t> way_bytes;
  std::optional<int> closids;
  std::optional<int> mb_closids;
  std::optional<int> rmids;
  std::optional<int> domains;
  std::vector<int> domain_ids;  // instead of domains
  std::optional<int> cpus;      // as many as there are, and at least one a domain
  std::optional<int> min_cbm_bits;
  std::optional<std::string> shareable_bits;  // hexadecimal
  std::string kernel = "6.12";
  bool sparse = false;
  bool mba = false;
  bool cdp = false;
  bool tied_ways = false;
};

// The machine that the options describe, over `cpus` real CPUs unless they say how many. With a scenario its domains
// are the machine's; what contradicts it is refused. bad_input: which option, and what is wanted.
Result<Machine> plan_machine(const NodeOptions& options, const sim::Scenario* scenario, int cpus);

struct EmulateOptions {
  NodeOptions node;
  std::optional<sim::Scenario> scenario;
  bool mount = true;
  FaultPlan faults;
  bool count_write_calls = false;
  std::vector<Foreign> foreign;
  std::vector<std::string> command;
  std::function<void(const std::string&)> note;  // what is worth telling on the way; required
};

// Returns the command's exit code. unsupported: no root, no /dev/fuse, no namespaces; says which.
Result<int> emulate(const EmulateOptions& options);

}  // namespace dcat::emulator
