// Writes a run's trace: header, what the run remembered, then an observation and a decision a period, one JSON line
// each; a header again where mode or settings change.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "cli/node.h"
#include "controller/shell/daemon.h"
#include "controller/trace.h"

namespace dcat::cli {

class Recorder : public Listener {
 public:
  // Replaces the file. bad_input: it cannot be made.
  static Result<std::unique_ptr<Recorder>> open(const std::string& path, const RunPlan& plan, const Ports& ports,
                                                const Memory& memory);
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // A trace with a gap would be no trace: an error ends the run.
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  // What decides from now on is another header.
  void on_mode(Mode mode, const std::string& why) override;
  void on_settings(const DaemonOptions& options) override;
  Status close();

 private:
  Recorder(std::FILE* file, std::string path, TraceHeader header)
      : file_(file), path_(std::move(path)), header_(std::move(header)) {}
  Status write(const std::string& line);
  Status write_header();

  std::FILE* file_;
  std::string path_;
  TraceHeader header_;
  bool header_due_ = true;  // before the next period
};

}  // namespace dcat::cli
