// Trace: what the core saw and what it decided, one JSON line each, so that a recorded node runs again, byte
// for byte.
//
//   header        what was recorded and with which parameters; the first line, and again where mode or parameters were
//                 changed while it ran
//   memory        what the run remembered of a life before it (controller/memory/); follows the header, or is not there
//   observation   everything the core was told for one period
//   decision      what it made of it; follows its observation
//
// Properties: parse_x(format_x(v)) == v; the same value gives the same bytes; integers are exact, doubles the
// shortest text that reads back as the same bits; what is absent or default is left out, so null, NaN and
// "unknown" never appear. Strings in, values out: no files here. The format is described in
// docs/trace-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/decision.h"
#include "controller/observation.h"
#include "controller/step.h"
#include "core/mode.h"
#include "core/parameters.h"
#include "core/result.h"
#include "core/units.h"

namespace dcat {

// Raised by every change that an older reader would misunderstand or refuse; every key is one, new ones too.
inline constexpr int kTraceVersion = 2;

struct TraceHeader {
  int version = kTraceVersion;
  std::string dcat_version;  // of the program that recorded it
  bool simulated = false;    // the node was a model: nothing in the trace was measured
  Mode mode = Mode::observe;
  std::string backend;   // CacheControl::name()
  std::string counters;  // CounterSource::name()
  Parameters parameters;
  Duration interval{};  // the control period
  bool operator==(const TraceHeader&) const = default;
};

// Each gives one line without its newline. `simulated` is the header's: a line that was cut out of its trace
// still says what it is.
std::string format_trace_header(const TraceHeader& header);

// Samples are written series by series, as the controller assembles them; samples of no series are not
// written. REQUIRES: series lie within samples.
std::string format_observation(const Observation& observation, bool simulated);

// REQUIRES: the decision was made of this observation.
std::string format_decision(const Decision& decision, const Observation& observation, bool simulated);

enum class TraceLine { header, memory, observation, decision };
std::string_view name_of(TraceLine kind);
// What a line is, by its first bytes; nullopt: none of ours. Says nothing about the rest of the line.
std::optional<TraceLine> kind_of(std::string_view line);

// Strict: every key, type, range and order is checked, so that what comes back satisfies what its headers
// REQUIRE. Memory is in proportion to the line. Errors are bad_input with the key's path; the caller puts
// file and line in front. A header of a newer version is refused.
Result<TraceHeader> parse_trace_header(std::string_view line);
// `simulated` is the header's; a line that says otherwise is refused: measured and modelled periods do not
// mix.
Result<Observation> parse_observation(std::string_view line, bool simulated);

struct ReplayResult {
  std::uint64_t ticks = 0;      // observations decided again
  std::uint64_t checked = 0;    // recorded decisions compared
  std::uint64_t differing = 0;  // of these, with any byte different
  std::optional<Error> first_difference;
  bool same() const { return differing == 0; }
};

// The core over a recorded trace, from the state that the recording began with: empty but for its memory. Open loop:
// masks, containers and counters are the recorded ones whatever is decided here.
class Replayer {
 public:
  explicit Replayer(const TraceHeader& header) : Replayer(header, header.parameters, header.mode) {}
  // Other parameters (another policy), or another mode, than the trace was recorded with.
  Replayer(const TraceHeader& header, const Parameters& parameters, Mode mode)
      : parameters_(parameters), mode_(mode), simulated_(header.simulated) {}

  // From here on (a header within the trace).
  void go_on_with(const Parameters& parameters, Mode mode) {
    parameters_ = parameters;
    mode_ = mode;
  }
  // What the recording began with. bad_input: it is wrong, or there was a step before it.
  Status remember(std::string_view memory_line);

  // The decision line that this observation gives now. After an error nothing has happened.
  Result<std::string> step(std::string_view observation_line);
  // The same for an observation that is parsed already, without the line.
  const Decision& decide(const Observation& observation);

  // Compares the recorded decision with that of the last step(). Error (failed): at which byte and key they
  // differ, and what each says. Error (bad_input): there was no step() since the last check.
  Status check(std::string_view recorded_decision_line);

  const Decision& decision() const { return decision_; }
  const ReplayResult& result() const { return result_; }

 private:
  Parameters parameters_;
  Mode mode_;
  bool simulated_;
  ControllerState state_;
  Decision decision_;
  std::optional<std::string> line_;  // of the last step, until it is checked
  ReplayResult result_;
};

}  // namespace dcat
