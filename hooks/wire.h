// The daemon's door, as text: one JSON object a line, both ways. docs/api.md describes it.
//   ask     {"dcat":1,"announce":{...}}  {"dcat":1,"status":{}}  {"dcat":1,"explain":{"container":"..."}}
//           {"dcat":1,"events":{"after":0}}  {"dcat":1,"mode":{"mode":"advise"}}    at most kMostLine bytes
//   answer  {"dcat":1,"ok":{...}} or {"dcat":1,"error":{"code":...,"what":...,"why":...,"todo":...}}
// A key that a version does not know is refused; a newer version is told so. Names may hold any byte but NUL: '%' and
// what is no UTF-8 is written as %XX, as in a trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/mode.h"
#include "core/result.h"
#include "hooks/announcement.h"

namespace dcat {

inline constexpr int kDoorVersion = 1;
inline constexpr std::size_t kMostLine = 64 << 10;  // of an ask; the status of many containers is longer

struct AskStatus {
  bool operator==(const AskStatus&) const = default;
};
// What was decided of one container, lately.
struct AskExplain {
  std::string container;  // its id, or a name that only it has; not empty
  bool operator==(const AskExplain&) const = default;
};
// What has happened since the event with this number; 0: all that is kept.
struct AskEvents {
  std::uint64_t after = 0;
  bool operator==(const AskEvents&) const = default;
};
// How far the controller goes from now on, on the node or with one container.
struct AskMode {
  std::optional<Mode> mode;  // absent, with a container: what its owner and the configuration say
  std::string container;     // as of AskExplain; empty: the node
  bool operator==(const AskMode&) const = default;
};
using Ask = std::variant<AskStatus, Announcement, AskExplain, AskEvents, AskMode>;

// Without their newline, and without one in them. Properties: parse_ask(format_ask(a)) == a for whatever parse_ask lets
// through (hooks/bound.h makes announcements short enough).
std::string format_ask(const Ask& ask);
Result<Ask> parse_ask(std::string_view line);  // bad_input

// REQUIRES: JSON, an object.
std::string format_ok(std::string_view json_object);
std::string format_error(const Error& error);
// The `ok` object of an answer as text, or the error that it tells. Its own: bad_input.
Result<std::string> parse_answer(std::string_view line);

}  // namespace dcat
