#include "sim/address_trace/input.h"

#include <algorithm>
#include <cstring>

namespace dcat::address_trace {
namespace {

constexpr std::size_t kBuffer = 1 << 18;
constexpr std::size_t kLongestLine = 4096;

}  // namespace

Input::Input(std::unique_ptr<ByteSource> bytes, std::string path)
    : bytes_(std::move(bytes)), path_(path == "-" ? "standard input" : std::move(path)), buffer_(kBuffer) {}

Result<std::string_view> Input::peek(std::size_t n) {
  if (end_ - next_ < n && !ended_) {
    std::memmove(buffer_.data(), buffer_.data() + next_, end_ - next_);
    end_ -= next_;
    next_ = 0;
    if (n > buffer_.size()) buffer_.resize(n);
    while (end_ < n && !ended_) {
      Result<std::size_t> more = bytes_->read(std::span(buffer_).subspan(end_));
      if (!more) return std::move(more).error();
      ended_ = *more == 0;
      end_ += *more;
    }
  }
  return std::string_view(buffer_.data() + next_, std::min(n, end_ - next_));
}

void Input::take(std::size_t n) {
  next_ += n;
  offset_ += n;
}

Result<std::optional<std::string_view>> Input::next_line() {
  const void* newline = std::memchr(buffer_.data() + next_, '\n', std::min(end_ - next_, kLongestLine + 1));
  if (newline == nullptr) {
    Result<std::string_view> ahead = peek(kLongestLine + 1);
    if (!ahead) return std::move(ahead).error();
    if (ahead->empty()) return std::optional<std::string_view>();
    newline = std::memchr(buffer_.data() + next_, '\n', std::min(end_ - next_, kLongestLine + 1));
  }
  ++line_;
  const char* const start = buffer_.data() + next_;
  if (newline == nullptr) {
    if (end_ - next_ > kLongestLine) return wrong_line("a line of more than 4096 bytes", "is this a trace?");
    return wrong_line("the line has no end: the trace is cut off, or lacks its last newline",
                      "record it again, or end the line");
  }
  const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - start);
  take(length + 1);
  std::string_view line(start, length);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::optional(line);
}

Error Input::wrong_line(const std::string& why, const std::string& todo) const {
  return {ErrorCode::bad_input, path_ + ":" + std::to_string(line_), why, todo, 0};
}

Error Input::wrong_byte(const std::string& why, const std::string& todo) const {
  return {ErrorCode::bad_input, path_ + ": byte " + std::to_string(offset_), why, todo, 0};
}

std::string shown(std::string_view line) {
  constexpr std::size_t kMost = 60;
  std::string text(line.substr(0, kMost));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return "'" + text + (line.size() > kMost ? "..." : "") + "'";
}

}  // namespace dcat::address_trace
