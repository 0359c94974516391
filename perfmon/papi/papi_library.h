// PAPI as this program starts it: once in a process, with the one setting that makes its readings true.
//
// PAPI 7.0 reads counters with rdpmc where it can, also those that count another thread or another CPU. rdpmc reads the
// counter of the CPU that it runs on: a quarter of the readings of an attached thread then are 2^47 - 1 or fall, and
// the sets of two CPUs show the same numbers. fast_counter_read = 0 makes it read(2) them, which is right and dearer
// only for a thread that counts itself. Not thread safe: PAPI is used from one thread.
#pragma once

#include "core/result.h"

namespace dcat {

// Does nothing when PAPI is started already. unsupported: what PAPI says, or no component for the CPU's counters.
Status start_papi();

// The error for one of PAPI's codes; sys_errno is the errno that is nearest to it.
Error papi_error(std::string what, int code);

// PAPI's number of the component that has the CPU's counters. REQUIRES: start_papi() was ok.
int papi_cpu_component();

}  // namespace dcat
