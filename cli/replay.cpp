// `dcat replay`: a recorded node through the core again.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/commands.h"
#include "cli/screen.h"
#include "controller/config/config.h"
#include "controller/trace.h"

namespace dcat::cli {

namespace {

class TraceFile {
 public:
  explicit TraceFile(const std::string& path) : path_(path), in_(path, std::ios::binary) {}

  Status opened() const {
    if (std::filesystem::is_directory(path_))
      return Error{ErrorCode::bad_input, "open " + path_, "Is a directory", "name what `dcat run --record` wrote"};
    if (in_.is_open()) return {};
    return Error{ErrorCode::bad_input, "open " + path_, std::strerror(errno), "name what `dcat run --record` wrote",
                 errno};
  }
  // False at the end.
  bool next(std::string& line) {
    if (!std::getline(in_, line)) return false;
    ++number_;
    complete_ = !in_.eof();
    return true;
  }
  Error at(Error error) const { return std::move(error).with_context(fmt::format("{}:{}", path_, number_)); }
  Error wrong(const std::string& why) const {
    return at({ErrorCode::bad_input, "", why, "record the trace again, or cut it after the last whole period"});
  }
  bool complete() const { return complete_; }  // the line ended with a newline
  Status ended() const {
    if (!in_.bad()) return {};
    return Error{ErrorCode::failed, "read " + path_, std::strerror(errno), "", errno};
  }

 private:
  std::string path_;
  std::ifstream in_;
  std::size_t number_ = 0;
  bool complete_ = true;
};

// Mode and parameters were changed while it ran; what was recorded is the same.
Status change_header(const TraceFile& file, Replayer& replayer, const TraceHeader& first, const std::string& line,
                     const std::string& policy) {
  const Result<TraceHeader> header = parse_trace_header(line);
  if (!header) return file.at(Error(header.error()));
  if (header->simulated != first.simulated || header->backend != first.backend || header->counters != first.counters)
    return file.wrong("is the header of another trace");
  Parameters parameters = header->parameters;
  parameters.policy = parse_policy(policy).value_or(parameters.policy);
  replayer.go_on_with(parameters, header->mode);
  return {};
}

Status replay_lines(TraceFile& file, Replayer& replayer, const TraceHeader& header, const ReplayArguments& a) {
  const bool compare = a.policy.empty(), print = a.print;
  std::string line;
  bool due = false;  // an observation whose decision has not come yet
  bool first = true;
  while (file.next(line)) {
    if (!file.complete()) return file.wrong("the last line is cut off");
    const std::optional<TraceLine> kind = kind_of(line);
    if (kind == TraceLine::memory && std::exchange(first, false)) {
      if (Status known = replayer.remember(line); !known) return file.at(std::move(known).error());
      continue;
    }
    first = false;
    if (!kind || *kind == TraceLine::memory) return file.wrong("is neither an observation nor a decision");
    if (*kind == TraceLine::header) {
      if (due) return file.wrong("a header follows an observation: a decision is missing");
      if (Status changed = change_header(file, replayer, header, line, a.policy); !changed) return changed;
      continue;
    }
    if (*kind == TraceLine::observation) {
      if (due) return file.wrong("an observation follows an observation: a decision is missing");
      Result<std::string> decided = replayer.step(line);
      if (!decided) return file.at(std::move(decided).error());
      if (print)
        if (Status printed = print_lines({*decided}); !printed) return printed;
      due = true;
      continue;
    }
    if (!due) return file.wrong("a decision without its observation");
    due = false;
    if (!compare) continue;
    if (Status same = replayer.check(line); !same) return file.at(std::move(same).error());
  }
  if (due) return file.wrong("ends with an observation: its decision is missing");
  if (replayer.result().ticks == 0) return file.wrong("has a header and no period after it");
  return file.ended();
}

Status replay(const ReplayArguments& a) {
  TraceFile file(a.trace_file);
  if (Status opened = file.opened(); !opened) return opened;
  std::string line;
  if (!file.next(line)) return file.wrong("is empty");
  Result<TraceHeader> header = parse_trace_header(line);
  if (!header) return file.at(std::move(header).error());
  Parameters parameters = header->parameters;
  parameters.policy = parse_policy(a.policy).value_or(parameters.policy);
  const bool compare = a.policy.empty();
  Replayer replayer(*header, parameters, header->mode);
  if (Status done = replay_lines(file, replayer, *header, a); !done) return done;
  if (a.print) return {};
  const std::string_view source = header->simulated ? "simulated" : "recorded";
  return print_lines({compare ? fmt::format("{}: {} {} periods decided again, every decision the same byte for byte",
                                            a.trace_file, replayer.result().ticks, source)
                              : fmt::format("{}: {} {} periods decided by policy {}; --print shows the decisions",
                                            a.trace_file, replayer.result().ticks, source, a.policy)});
}

}  // namespace

int replay_command(const ReplayArguments& arguments) {
  const Status ended = replay(arguments);
  return ended ? 0 : report(ended.error());
}

}  // namespace dcat::cli
