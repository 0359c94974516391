// `dcat events`: what has happened, and with --follow what happens.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/events.h"
#include "cli/stop.h"
#include "cli/terminal.h"
#include "hooks/ask.h"

namespace dcat::cli {

namespace {

constexpr Duration kPatience = std::chrono::seconds(2);
constexpr Duration kEvery = std::chrono::milliseconds(500);

// Nobody reads the pipe any more. A file and a terminal never say so.
bool is_closed() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

void say(const std::string& text) {
  std::fprintf(stderr, "dcat: %s\n", text.c_str());
}

Status print(const EventReader::Read& read, bool json) {
  if (read.lost > 0) say(fmt::format("events: {} are not kept any more", read.lost));
  std::vector<std::string> lines;
  for (const Answer& event : read.events) {
    if (!json) {
      lines.push_back(event_line(event));
    } else if (Status printed = print_json(event.dump()); !printed) {
      return printed;
    }
  }
  return lines.empty() ? Status() : print_for_people(std::move(lines));
}

// All that there are after reader.after(). An Error with kGone: the daemon did not answer.
struct Told {
  Status status;
  bool daemon_is_gone = false;
};

Told tell_new(EventReader& reader, const std::string& socket, bool json, const std::atomic<bool>& stop) {
  bool more = true;
  while (more && !stop) {
    const Result<std::string> answer = ask_daemon(socket, AskEvents{reader.after()}, kPatience);
    if (!answer) return {answer.error(), true};
    const auto parsed = parse_answer_object(*answer);
    if (!parsed) return {parsed.error(), false};
    const EventReader::Read read = reader.read(Answer(*parsed));
    if (read.began_anew) say("events: the daemon has begun anew");
    if (Status printed = print(read, json); !printed) return {std::move(printed), false};
    more = read.more || read.began_anew;
  }
  return {};
}

// A reader that goes away (`| head -1`) is no failure: there is nobody left to tell it to.
Status follow(const EventsArguments& a, const std::string& socket) {
  const std::atomic<bool>& stop = stop_on_signals();
  EventReader reader(a.after);
  bool was_gone = false, first = true;
  while (!stop) {
    Told told = tell_new(reader, socket, a.json, stop);
    if (is_closed()) return {};
    if (!told.status) {
      // A daemon that was never there, or may not be asked, is an error; one that goes may come back.
      if (first || !told.daemon_is_gone || !a.follow) return std::move(told.status);
      if (!was_gone) say(told.status.error().to_string() + "; waiting for it");
    } else if (was_gone) {
      say("events: the daemon answers again");
    }
    was_gone = !told.status.ok();
    first = false;
    if (!a.follow) return {};
    wait_for(kEvery);
  }
  return {};
}

}  // namespace

int events_command(const EventsArguments& a) {
  const Status done = follow(a, a.socket.empty() ? default_socket() : a.socket);
  return done ? 0 : report(done.error());
}

}  // namespace dcat::cli
