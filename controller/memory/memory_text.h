// The text of the memory file: a Memory that survives a restart, a reboot and half a write.
//
//   dcat-memory 2 crc32 9be3a1f0 bytes 81234      format, checksum and length of what follows
//   {"basis":"...","written_unix_s":...,...}      what its figures rest on, and when it was written
//   {"kind":"memory",...}                         controller/memory/memory_line.h
//   {"dcat":1,"announce":{...}}                   who was announced and with which contract, a line each (docs/api.md)
//
// Properties: parse(format(m)) == m; every text with one bit turned, and every text cut short, is refused (CRC-32 of
// ISO 3309 finds each burst of up to 32 bits). Pure: text in, values out; the file is the shell's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "controller/memory/memory.h"
#include "core/result.h"

namespace dcat {

// 2: what the policy `adaptive` learned may be in it; 1 is read as well.
inline constexpr int kMemoryVersion = 2;
// Nothing of ours is larger, and nothing larger is read: some 8,000 containers with 4 phases of 6 sizes each.
inline constexpr std::size_t kMostMemoryBytes = std::size_t{32} << 20;

struct KeptMemory {
  std::string basis;  // processor and events that the figures were measured with; others' are not comparable
  bool simulated = false;
  std::int64_t written_unix_s = 0;  // so that time passes while no controller runs
  TimePoint at;                     // the same moment by the clock that Memory's times are of
  Memory memory;
  std::string boot_id;    // announcements are of one life of the node: what is started again is announced again
  std::string announced;  // lines; read by others (controller/shell/announcements.h)
  bool operator==(const KeptMemory&) const = default;
};

struct MemoryText {
  std::string text;
  std::size_t left_out = 0;  // containers that the limit left no room for, the longest gone ones
  bool announced_left_out = false;
};

// Announcements that take more than half of the room are left out as a whole. REQUIRES: `announced` is empty or ends
// with a newline.
MemoryText format_memory_text(KeptMemory kept, std::size_t most_bytes = kMostMemoryBytes);

// bad_input: what is wrong with it, a newer version included.
Result<KeptMemory> parse_memory_text(std::string_view text);

// The memory as a controller that starts now takes it up: times by its clock, and forgotten what is too old. A wall
// clock that was set back counts as no time.
Memory take_up(KeptMemory kept, std::int64_t now_unix_s, TimePoint now, int most_containers, Duration forget_after);

}  // namespace dcat
