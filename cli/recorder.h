// Writes a run's trace: header, then an observation and a decision a period, one JSON line each.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "cli/node.h"
#include "controller/shell/daemon.h"

namespace dcat::cli {

class Recorder : public Listener {
 public:
  // Replaces the file. bad_input: it cannot be made.
  static Result<std::unique_ptr<Recorder>> open(const std::string& path, const RunPlan& plan, const Ports& ports);
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // A trace with a gap would be no trace: an error ends the run.
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  Status close();

 private:
  Recorder(std::FILE* file, std::string path, bool simulated)
      : file_(file), path_(std::move(path)), simulated_(simulated) {}
  Status write(const std::string& line);

  std::FILE* file_;
  std::string path_;
  bool simulated_;
};

}  // namespace dcat::cli
