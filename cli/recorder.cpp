#include "cli/recorder.h"

#include <cerrno>
#include <cstring>

#include "controller/memory/memory_line.h"
#include "controller/trace.h"

namespace dcat::cli {

Result<std::unique_ptr<Recorder>> Recorder::open(const std::string& path, const RunPlan& plan, const Ports& ports,
                                                 const Memory& memory) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr)
    return Error{ErrorCode::bad_input, "record to " + path, std::strerror(errno), "name a file that can be written",
                 errno};
  TraceHeader header{kTraceVersion,      DCAT_VERSION,          plan.simulated,         plan.mode,
                     ports.cache.name(), ports.counters.name(), plan.config.parameters, plan.config.interval};
  std::unique_ptr<Recorder> recorder(new Recorder(file, path, std::move(header)));
  if (Status written = recorder->write_header(); !written) return std::move(written).error();
  if (memory == Memory{}) return recorder;
  if (Status written = recorder->write(format_memory(memory, plan.simulated)); !written)
    return std::move(written).error();
  return recorder;
}

Status Recorder::write_header() {
  header_due_ = false;
  return write(format_trace_header(header_));
}

void Recorder::on_mode(Mode mode, const std::string&) {
  header_.mode = mode;
  header_due_ = true;
}

void Recorder::on_settings(const DaemonOptions& options) {
  header_.parameters = options.parameters;
  header_.interval = options.interval;
  header_due_ = true;
}

Recorder::~Recorder() {
  if (file_ != nullptr) std::fclose(file_);
}

Status Recorder::write(const std::string& line) {
  if (std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fputc('\n', file_) != EOF) return {};
  return Error{ErrorCode::failed, "record to " + path_, std::strerror(errno), "the trace ends before this period",
               errno};
}

Status Recorder::on_decision(const Observation& o, const Decision& d) {
  if (header_due_)
    if (Status written = write_header(); !written) return written;
  if (Status written = write(format_observation(o, header_.simulated)); !written) return written;
  if (Status written = write(format_decision(d, o, header_.simulated)); !written) return written;
  // A period's lines are in the file before its decision is applied.
  if (std::fflush(file_) != 0)
    return Error{ErrorCode::failed, "record to " + path_, std::strerror(errno), "the trace may end within this period",
                 errno};
  return {};
}

Status Recorder::close() {
  std::FILE* file = file_;
  file_ = nullptr;
  if (std::fclose(file) == 0) return {};
  return Error{ErrorCode::failed, "record to " + path_, std::strerror(errno), "the trace may be incomplete", errno};
}

}  // namespace dcat::cli
