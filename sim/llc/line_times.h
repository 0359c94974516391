// When each line was last used: a hash table from line to time, made for one look-up per access of a long trace. Open
// addressing with linear probing, at most half full, 16 bytes an entry. Times are above 0.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/llc/geometry.h"

namespace dcat::llc {

class LineTimes {
 public:
  struct Entry {
    LineAddress line = 0;
    std::uint64_t time = 0;  // 0: nobody is here
  };

  std::size_t size() const { return size_; }
  // Inlined by force: GCC 12 takes a function that does nothing else for one without effects, and drops the call.
  [[gnu::always_inline]] void prefetch(LineAddress line) const { __builtin_prefetch(&entries_[home_of(line)], 1); }

  // The line's time, to be read and written; 0 for a line that was not there and is now. Valid until the next call.
  // REQUIRES: it is above 0 before the next call.
  std::uint64_t& operator[](LineAddress line) {
    std::size_t at = home_of(line);
    for (; entries_[at].time != 0; at = (at + 1) & mask_)
      if (entries_[at].line == line) return entries_[at].time;
    if (2 * ++size_ > entries_.size()) {
      grow();
      at = free_place(line);
    }
    entries_[at].line = line;
    return entries_[at].time;
  }

  // Takes a line out and returns its time. REQUIRES: it is there.
  std::uint64_t erase(LineAddress line) {
    std::size_t at = home_of(line);
    while (entries_[at].line != line || entries_[at].time == 0) at = (at + 1) & mask_;
    const std::uint64_t time = entries_[at].time;
    --size_;
    // Who follows moves up unless that would put it in front of its home.
    for (std::size_t next = (at + 1) & mask_; entries_[next].time != 0; next = (next + 1) & mask_) {
      const std::size_t home = home_of(entries_[next].line);
      if (((next - home) & mask_) < ((next - at) & mask_)) continue;
      entries_[at] = entries_[next];
      at = next;
    }
    entries_[at] = Entry{};
    return time;
  }

  template <class F>
  void for_each_time(F&& change) {
    for (Entry& entry : entries_)
      if (entry.time != 0) change(entry.time);
  }

 private:
  std::size_t home_of(LineAddress line) const {
    line = (line ^ (line >> 32)) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>((line ^ (line >> 29)) * 0xbf58476d1ce4e5b9U >> shift_);
  }
  std::size_t free_place(LineAddress line) const {
    std::size_t at = home_of(line);
    while (entries_[at].time != 0) at = (at + 1) & mask_;
    return at;
  }
  void grow() {
    std::vector<Entry> old(2 * entries_.size());
    old.swap(entries_);
    mask_ = entries_.size() - 1;
    --shift_;
    for (const Entry& entry : old)
      if (entry.time != 0) entries_[free_place(entry.line)] = entry;
  }

  static constexpr int kFirstBits = 12;
  std::vector<Entry> entries_ = std::vector<Entry>(std::size_t{1} << kFirstBits);
  std::size_t mask_ = (std::size_t{1} << kFirstBits) - 1;
  int shift_ = 64 - kFirstBits;
  std::size_t size_ = 0;
};

}  // namespace dcat::llc
