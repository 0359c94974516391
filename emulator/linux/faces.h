// What an emulated machine looks like in /proc and /sys, as text. Pure.
//
// CPUs: each domain's CPUs are one package with one core a CPU, and one memory node (newer libpqos wants to find
// cpuN/nodeK); domain numbers are L3 ids, packages and nodes count from 0. L1 and L2 belong to one CPU each, with plain
// sizes; the L3's size and ways are the emulated machine's. Sources: Linux
// Documentation/ABI/testing/sysfs-devices-system-cpu; Documentation/arch/x86/resctrl.rst for the flags.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "emulator/machine.h"

namespace dcat::emulator {

// The host's /proc/cpuinfo with the flags of the emulated machine in the place of the host's own for RDT.
std::string face_of_cpuinfo(const std::string& host, const Machine& machine);

// The host's /proc/filesystems, with resctrl.
std::string face_of_filesystems(const std::string& host);

// Files below /sys/devices/system/cpu, by path; directories are what their paths say.
std::vector<std::pair<std::string, std::string>> cpu_tree(const Machine& machine);

// As many CPUs as there are, at least one a domain, split evenly in order. REQUIRES: ids ascending.
std::vector<MachineDomain> spread_cpus(const std::vector<DomainId>& ids, int cpus);

// "0-3,8": ascending numbers as the kernel lists them.
std::string format_cpu_list(const std::vector<int>& cpus);

}  // namespace dcat::emulator
