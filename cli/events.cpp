#include "cli/events.h"

#include <fmt/format.h>

#include "cli/terminal_text.h"
#include "cli/wall_time.h"

namespace dcat::cli {

EventReader::Read EventReader::read(const Answer& answer) {
  Read read;
  const std::string run = answer.text("run");
  const auto last = static_cast<std::uint64_t>(answer.integer("last"));
  const auto first = static_cast<std::uint64_t>(answer.integer("first"));
  const bool other_run = !run_.empty() && run != run_;
  run_ = run;
  if (other_run) {
    after_ = 0;
    read.began_anew = true;
    return read;
  }
  // Of the run before, which nobody saw: `--after` is greater than all that there is.
  if (after_ > last) after_ = last;
  if (after_ > 0 && first > after_ + 1) read.lost = first - after_ - 1;
  read.events = answer.list("events");
  if (!read.events.empty()) after_ = static_cast<std::uint64_t>(read.events.back().integer("seq"));
  read.more = after_ < last && !read.events.empty();
  return read;
}

std::string event_line(const Answer& event) {
  const auto t = event.number("t");
  const std::string when =
      t ? fmt::format("{} t={:.1f}s", short_utc(event.text("time")), *t) : short_utc(event.text("time"));
  const std::string container = event.text("container");
  return fmt::format("{} {:<9} {}{}", when, event.text("kind"), container.empty() ? "" : container + ": ",
                     event.text("text"));
}

}  // namespace dcat::cli
