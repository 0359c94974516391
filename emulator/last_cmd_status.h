// info/last_cmd_status: the kernel's words about the last command that failed. 512 bytes, the last of them a NUL; what
// does not fit is lost together with all that follows until the next clear(). A formatted line is cut at the end of
// the buffer, a constant one is left out as a whole. Source: Linux lib/seq_buf.c.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dcat::emulator {

class LastCmdStatus {
 public:
  static constexpr std::size_t kBytes = 512;

  // Which commands clear it, and which only add to it, is the tree's business: mkdir, rmdir and cpus do not clear.
  void clear() {
    text_.clear();
    overflown_ = false;
  }
  // A constant text.
  void put(std::string_view line) {
    if (overflown_) return;
    if (text_.size() + line.size() + 1 > kBytes) {
      overflown_ = true;
    } else {
      text_ += line;
    }
  }
  // A text with values in it.
  void put_formatted(std::string_view line) {
    if (overflown_) return;
    const std::size_t room = kBytes - 1 - text_.size();
    overflown_ = line.size() > room;
    text_ += line.substr(0, room);
  }
  std::string show() const { return text_.empty() && !overflown_ ? "ok\n" : text_; }

 private:
  std::string text_;
  bool overflown_ = false;
};

}  // namespace dcat::emulator
