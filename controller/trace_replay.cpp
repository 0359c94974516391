#include "controller/memory/memory_line.h"
#include "controller/trace.h"
#include "controller/trace_difference.h"

namespace dcat {

const Decision& Replayer::decide(const Observation& observation) {
  StepResult result = mode_ == Mode::observe ? observe(std::move(state_), observation, parameters_)
                                             : dcat::step(std::move(state_), observation, parameters_);
  state_ = std::move(result.state);
  decision_ = std::move(result.decision);
  line_.reset();
  ++result_.ticks;
  return decision_;
}

Status Replayer::remember(std::string_view line) {
  if (result_.ticks > 0)
    return Error{ErrorCode::bad_input, "trace memory", "there was an observation before it",
                 "it follows the header: record the trace again"};
  Result<Memory> memory = parse_memory(line, simulated_);
  if (!memory) return std::move(memory).error();
  state_.memory = std::move(*memory);
  return {};
}

Result<std::string> Replayer::step(std::string_view observation_line) {
  const Result<Observation> observation = parse_observation(observation_line, simulated_);
  if (!observation) return observation.error();
  line_ = format_decision(decide(*observation), *observation, simulated_);
  return *line_;
}

Status Replayer::check(std::string_view recorded) {
  if (!line_)
    return Error{ErrorCode::bad_input, "trace decision", "there is no observation before it",
                 "a decision follows its observation: record the trace again"};
  const std::string replayed = *std::move(line_);
  line_.reset();
  ++result_.checked;
  const auto difference = trace::first_difference(recorded, replayed);
  if (!difference) return {};
  ++result_.differing;
  const std::string where = difference->path.empty() ? "" : ", " + difference->path;
  Error error{
      ErrorCode::failed,
      "decision of tick " + std::to_string(decision_.tick) + ", byte " + std::to_string(difference->byte) + where,
      "recorded " + difference->recorded + ", replayed " + difference->replayed,
      "the same dcat with the same parameters gives the same decision; others may not"};
  if (!result_.first_difference) result_.first_difference = error;
  return error;
}

}  // namespace dcat
