// Sets of CPUs as resctrl reads and shows them: `cpus` is a bitmap in hexadecimal, `cpus_list` a list of ranges.
// `cpus` is the number of CPUs that the kernel knows (nr_cpu_ids): the highest number + 1.
//
// Source: Linux lib/bitmap-str.c and its errnos: EINVAL what cannot be read, ERANGE a CPU beyond the last in a list,
// EOVERFLOW one beyond the last in a bitmap and a number of more than 32 bits.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "emulator/kernel_text.h"

namespace dcat::emulator {

using CpuSet = std::set<int>;

Parsed<CpuSet> parse_cpu_list(std::string_view text, unsigned cpus);
Parsed<CpuSet> parse_cpu_mask(std::string_view text, unsigned cpus);
std::string format_cpu_list(const CpuSet& set);
std::string format_cpu_mask(const CpuSet& set, unsigned cpus);

CpuSet operator&(const CpuSet& a, const CpuSet& b);
CpuSet operator|(const CpuSet& a, const CpuSet& b);
CpuSet operator-(const CpuSet& a, const CpuSet& b);

}  // namespace dcat::emulator
