// OCI runtime hooks: the container's state on stdin, and its bundle's config.json -> what the daemon is told. Pure but
// for the files that are named. Contract: OCI runtime specification, "State" and "POSIX-platform Hooks".
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hooks/announcement.h"

namespace dcat {

struct OciState {
  std::string id;
  std::string status;  // creating, created, running, stopped
  int pid = 0;         // 0: not there (poststop has none)
  std::string bundle;
  std::map<std::string, std::string> annotations;
};
// Bounded by kMostStateBytes. Errors: bad_input, with the key's path; also for an id that cannot be announced
// (hooks/bound.h).
Result<OciState> parse_oci_state(std::string_view json);
inline constexpr std::size_t kMostStateBytes = 1 << 20;
// A config.json has some 10 KiB, 200 with a long seccomp profile; what is read costs time that a container waits for.
inline constexpr std::size_t kMostConfigBytes = 4 << 20;

struct ConfigWords {
  // linux.cgroupsPath as a path below the cgroup root: "slice:prefix:name" becomes slice/parents/prefix-name.scope,
  // systemd's way; "/a/b" becomes "a/b". Empty: none is said. Error: bad_input.
  Result<std::string> cgroup;
  // linux.intelRdt.closID; empty: none. Error: bad_input.
  Result<std::string> clos;
};
// What matters of a config.json, in one pass. Error (bad_input): it is none.
Result<ConfigWords> read_config_words(std::string_view json);
// One of them; the error is also that of the whole.
Result<std::string> cgroup_of_config(std::string_view json);
Result<std::string> clos_of_config(std::string_view json);
// The cgroup2 line of /proc/PID/cgroup ("0::/..."), else that of the perf_event hierarchy; empty: neither.
std::string cgroup_of_proc(std::string_view text);

struct ReadContainer {
  Announcement announcement;
  std::vector<std::string> mistakes;
};
// `read`: a whole file, bounded; used for /proc/PID/cgroup and BUNDLE/config.json. What cannot be read is left out: the
// scan finds the cgroup; told unless it is not there. `gone` at poststop, came else. REQUIRES: the state is
// parse_oci_state's; with another, an id that cannot be announced is told and the announcement has none.
using ReadFile = std::function<Result<std::string>(const std::string& path, std::size_t most)>;
ReadContainer read_container(const OciState& state, bool gone, const ReadFile& read);

}  // namespace dcat
