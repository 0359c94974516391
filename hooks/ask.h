// One ask of the daemon's door (controller/door), and its answer, within one deadline for everything: what waits for
// the answer is a VM or a container that starts, and a daemon that is down, stopped or too busy must not keep it.
//
// Connecting, asking and waiting count against the deadline together; no signal is raised. One connection for each ask.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/result.h"
#include "core/units.h"
#include "hooks/announcement.h"
#include "hooks/wire.h"

namespace dcat {

// How long a hook waits. 200 ms are promised (docs/hooks.md), and its process has to be started and ended within them.
inline constexpr Duration kHookPatience = std::chrono::milliseconds(150);
// Bytes of an answer: a status of 10,000 containers is shorter. What is longer is no daemon's.
inline constexpr std::size_t kMostAnswer = 16 << 20;

// The answer's `ok` object as text. Errors: bad_input: the ask itself is too long, announces nobody or the daemon says
// that it is wrong; failed: nobody listens (sys_errno ENOENT or ECONNREFUSED), it may not be asked (EACCES), no answer
// in time (ETIMEDOUT), the connection ended (EPIPE), the answer has more than kMostAnswer bytes (EMSGSIZE), or what the
// daemon tells.
Result<std::string> ask_daemon(const std::string& path, const Ask& ask, Duration within);

}  // namespace dcat
