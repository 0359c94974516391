#include "controller/trace_difference.h"

#include <algorithm>
#include <vector>

namespace dcat::trace {

namespace {

// An object or list that is open where the scanner stands.
struct Frame {
  bool list = false;
  std::size_t index = 0;
  std::string_view key;    // of the value that is being read
  std::string_view label;  // of an object: what its first naming key says
};

class Scanner {
 public:
  explicit Scanner(std::string_view line) : line_(line) {}

  // Reads up to and with the byte `at`.
  Place run(std::size_t at) {
    while (next_ < line_.size() && next_ <= at) token();
    return {path(), value_};
  }

 private:
  void token() {
    const char c = line_[next_];
    if (c == '"') return text();
    if (c == '{' || c == '[') {
      begin_value();
      frames_.push_back({c == '[', 0, {}, {}});
    } else if ((c == '}' || c == ']') && !frames_.empty()) {
      frames_.pop_back();
    } else if (c == ',' && !frames_.empty()) {
      ++frames_.back().index;
      frames_.back().key = {};
    } else if (c != ':' && c != ' ') {
      return scalar();
    }
    ++next_;
  }

  void begin_value() { value_ = next_; }

  void scalar() {
    begin_value();
    while (next_ < line_.size() && line_.substr(next_, 1).find_first_of(",]}\"") != 0) ++next_;
    label(line_.substr(value_, next_ - value_));
    if (next_ == value_) ++next_;
  }

  void text() {
    const std::size_t start = next_++;
    while (next_ < line_.size() && line_[next_] != '"') next_ += line_[next_] == '\\' ? 2 : 1;
    next_ = std::min(next_, line_.size());
    const std::string_view inside = line_.substr(start + 1, next_ - start - 1);
    ++next_;
    const bool is_key = !frames_.empty() && !frames_.back().list && frames_.back().key.empty();
    value_ = start;
    if (is_key)
      frames_.back().key = inside;
    else
      label(inside);
  }

  void label(std::string_view value) {
    if (frames_.empty() || !frames_.back().label.empty()) return;
    const std::string_view key = frames_.back().key;
    if (key == "container" || key == "group" || key == "id") frames_.back().label = value;
  }

  std::string path() const {
    std::string path;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Frame& frame = frames_[i];
      if (!frame.list) {
        path.append(path.empty() || frame.key.empty() ? "" : ".").append(frame.key);
        continue;
      }
      const std::string_view name = i + 1 < frames_.size() ? frames_[i + 1].label : std::string_view();
      path += '[' + std::to_string(frame.index);
      path.append(name.empty() ? "" : " ").append(name) += ']';
    }
    return path;
  }

  std::string_view line_;
  std::size_t next_ = 0;
  std::size_t value_ = 0;
  std::vector<Frame> frames_;
};

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.empty()) return "nothing: the line ends";
  std::string out(text.substr(0, kMost));
  for (char& c : out)
    if (c < 0x20 || c == 0x7f) c = '?';
  if (text.size() > kMost) out += "...";
  return out;
}

// The value that starts at `from`, for a message.
std::string excerpt(std::string_view line, std::size_t from) {
  const std::string_view rest = line.substr(std::min(from, line.size()));
  if (rest.starts_with('{') || rest.starts_with('[')) return printable(rest);
  if (!rest.starts_with('"')) return printable(rest.substr(0, rest.find_first_of(",]}")));
  const std::size_t end = rest.find('"', 1);
  return printable(end == std::string_view::npos ? rest : rest.substr(0, end + 1));
}

}  // namespace

Place place_of(std::string_view line, std::size_t at) {
  return Scanner(line).run(at);
}

std::optional<Difference> first_difference(std::string_view recorded, std::string_view replayed) {
  if (recorded == replayed) return std::nullopt;
  const auto parted = std::mismatch(recorded.begin(), recorded.end(), replayed.begin(), replayed.end());
  Difference difference;
  const auto byte = static_cast<std::size_t>(parted.first - recorded.begin());
  difference.byte = byte;
  // The replayed line is whole; the recorded one may be anything. Where a value ends here and goes on there,
  // it is that value that differs.
  const bool ends = byte > 0 && byte < replayed.size() && replayed.substr(byte, 1).find_first_of(",]}") == 0;
  const Place here = place_of(replayed, ends ? byte - 1 : byte);
  difference.path = here.path;
  difference.replayed = excerpt(replayed, here.value);
  difference.recorded = excerpt(recorded, std::min(here.value, byte));
  if (difference.replayed == difference.recorded) {
    difference.replayed = printable(replayed.substr(byte));
    difference.recorded = printable(recorded.substr(byte));
  }
  return difference;
}

}  // namespace dcat::trace
