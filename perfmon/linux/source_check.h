// Does a source count truly as it will be used? Known work is done in our own cgroup and has to be found again there.
//
// check_events (self_check.h) asks the counters of one thread; a source can lie beyond that: a program in the kernel
// that charges the wrong cgroup, a library that reads another CPU's counters. Who is in the root cgroup cannot ask, for
// the root is no container.
#pragma once

#include <string_view>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "perfmon/counter_source.h"
#include "perfmon/linux/self_check.h"

namespace dcat {

// The cgroup of this process in the cgroup2 tree, or in the v1 hierarchy of `controller`, from /proc/self/cgroup's
// text, as a container's id; empty: the root, or none.
ContainerId own_container(std::string_view proc_self_cgroup, std::string_view controller = "");

// Work of about 20 ms for every turn. unsupported: an available event of `source` that the table counts in hardware
// came to less than the work's least. Nothing is watched afterwards.
Status check_source(CounterSource& source, const EventTable& table, const ContainerId& own, const KnownWork& work);

}  // namespace dcat
