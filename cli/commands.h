// The subcommands of `dcat`. Each takes its parsed arguments and returns the exit code: 0 done, 1 failed, 2 bad usage
// or configuration, 3 the node cannot do it. Errors have been printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::cli {

struct RunArguments {
  std::string mode;  // empty: enforce on the simulated node, observe on hardware
  std::string backend = "auto";
  std::string counters = "auto";
  std::string config_file;
  std::string scenario_file;
  std::string interval;  // empty: the configuration's
  std::string policy;    // empty: the configuration's
  std::optional<std::uint64_t> ticks;
  std::optional<double> pace;  // simulated seconds a real second; 0 = as fast as it computes
  std::string record_file;
  bool all_cgroups = false;
  std::string socket;  // empty: the configuration's
  std::string nri;     // the runtime's NRI socket; empty: the configuration's
  std::string listen;  // where metrics and the page are; empty: the configuration's
};
int run_command(const RunArguments& arguments);

struct ReplayArguments {
  std::string trace_file;
  std::string policy;  // another one than the trace's: prints what it would have decided, compares nothing
  bool print = false;  // the decisions, as JSON lines
};
int replay_command(const ReplayArguments& arguments);

// $DCAT_SOCKET, else /run/dcat/dcat.sock.
std::string default_socket();

struct StatusArguments {
  std::string socket;  // empty: default_socket()
  bool json = false;
};
int status_command(const StatusArguments& arguments);

struct TopArguments {
  std::string socket;  // empty: default_socket()
};
int top_command(const TopArguments& arguments);

struct ExplainArguments {
  std::string socket;     // empty: default_socket()
  std::string container;  // its id, or a name that only it has
  bool json = false;
};
int explain_command(const ExplainArguments& arguments);

struct EventsArguments {
  std::string socket;  // empty: default_socket()
  bool follow = false;
  bool json = false;
  std::uint64_t after = 0;  // only later ones
};
int events_command(const EventsArguments& arguments);

struct ModeArguments {
  std::string socket;     // empty: default_socket()
  std::string mode;       // observe, advise, enforce, default (of a container); empty: tell
  std::string container;  // empty: the node
};
int mode_command(const ModeArguments& arguments);

struct HookArguments {
  std::string socket;
  std::vector<std::string> words;  // the runtime's own
};
// Takes the words behind `dcat hook`; always 0, but for --help.
int hook_command(const std::vector<std::string>& words);

struct CheckConfigArguments {
  std::string config_file;
  std::optional<int> ways;  // also check that the contracts fit
};
int check_config_command(const CheckConfigArguments& arguments);

struct ResetArguments {
  std::string config_file;
  bool if_stale = false;  // only where no daemon was alive within adopt_within
  bool force = false;     // also with an unreadable journal, or while somebody holds the node's lock
  bool forget = false;    // also what was learned
};
int reset_command(const ResetArguments& arguments);

struct DoctorArguments {
  bool json = false;
  std::string root;  // in front of /proc, /sys and /run; "" is this machine
};
int doctor_command(const DoctorArguments& arguments);

// Absent numbers: the emulated machine's defaults, or the scenario's.
struct EmulateArguments {
  std::optional<int> ways, closids, mb_closids, rmids, domains, cpus, min_cbm_bits;
  std::optional<std::uint64_t> way_bytes;
  std::vector<int> domain_ids;
  std::optional<std::string> shareable_bits;
  std::string kernel = "6.12";
  bool sparse = false, mba = false, cdp = false, tied_ways = false;
  std::string scenario_file;
  bool no_mount = false;
  bool count_writes = false;
  std::vector<std::string> fail;
  std::vector<std::string> foreign;
  std::vector<std::string> command;
};
// The command's exit code, or as above when it did not run.
int emulate_command(const EmulateArguments& arguments);

struct CurveArguments {
  std::vector<std::string> traces;  // `-` is the standard input
  std::string size = "32MiB";
  int ways = 16;
  std::uint32_t line = 64;
  std::string replacement = "lru";
  bool hashed = false;
  std::string filter;  // private levels: SIZE:WAYS,...
  bool fetches = false;
  bool exact = false;
  std::optional<double> shards_rate;
  bool one_by_one = false;
  std::vector<std::string> masks, names;
  std::vector<std::uint64_t> instructions;
  std::optional<std::uint64_t> limit;
  double base_cpi = 0.7, parallelism = 1.5, gigahertz = 2.3;
  std::string format = "table";
  std::string output_file;
  std::string pack_file;
};
int curve_command(const CurveArguments& arguments);

// Texts stay as they were written: sweeps write the same settings, and one parser reads both.
struct SimulateArguments {
  std::vector<std::string> scenarios;
  std::string config_file;
  std::string curves_file;
  std::string mixes_file;
  std::vector<std::string> mixes;  // A,B,C each
  std::string ways;                // empty: the curves' own
  std::string closids, bandwidth, contract, phases, noise, seed, objective;
  std::optional<int> least;
  std::optional<double> gigahertz;
  std::optional<int> periods;
  bool floors = false;
  bool one_at_a_time = false;
  std::optional<double> oracle_seconds;
  std::string policies = "shared,static,dcat-fair,dcat-max,oracle";
  std::vector<std::string> sweeps;
  std::string format = "table";
  std::string output_file;
  std::string report_file;
  std::string shard;
  std::vector<std::string> merge;
  std::optional<int> threads;
  std::string command_line;  // for reports
};
int simulate_command(const SimulateArguments& arguments);

struct TuneArguments {
  SimulateArguments input;  // what belongs to scenarios, curves and mixes, and the present configuration
  std::string policy;       // empty: the configuration's
  std::string objective = "normalised";
  std::optional<double> violations;     // per 1,000 tenant-periods; absent: what the present configuration has
  std::vector<std::string> parameters;  // KEY=FROM:TO; empty: the usual ones
  int trials = 100;
  double hold_back = 1.0 / 3;  // of the inputs
  std::uint64_t seed = 1;
  std::string output_file;
  std::string format = "table";
  std::optional<int> threads;
};
int tune_command(const TuneArguments& arguments);

// `dcat: what: why; what to do` on stderr, and the exit code that belongs to it.
int report(const Error& error);

}  // namespace dcat::cli
