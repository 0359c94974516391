// Listeners of a run: the live table in a terminal, plain lines in a pipe, the trace file; and one that tells several.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/table.h"
#include "controller/shell/daemon.h"

namespace dcat::cli {

// Draws each period over the one before; the terminal's size is asked for each time. Troubles are kept for the end, so
// that they do not tear the table.
class LiveTable : public Listener {
 public:
  explicit LiveTable(View view);
  ~LiveTable() override;
  LiveTable(const LiveTable&) = delete;
  LiveTable& operator=(const LiveTable&) = delete;
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error& error) override;
  void on_news(const std::string& text) override;
  void on_mode(Mode mode, const std::string& why) override;

 private:
  View view_;
  std::vector<std::string> told_;  // news and troubles, each once
};

class PlainLines : public Listener {
 public:
  explicit PlainLines(View view);
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error& error) override;
  void on_news(const std::string& text) override;
  void on_mode(Mode mode, const std::string& why) override;

 private:
  View view_;
  bool to_journal_;                // only what moves is printed
  std::set<std::string> said_;     // the same trouble is told once
  std::set<std::string> refused_;  // who is without a partition of its own, and was told of
  std::optional<Plan> advised_;    // the last advice; the same one is not repeated
};

class Everybody : public Listener {
 public:
  void add(Listener& listener) { listeners_.push_back(&listener); }
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error& error) override;
  void on_end(const ControllerState& state) override;
  void on_state(const ControllerState& state) override;
  void on_applied(const Change& change, const Status& status) override;
  void on_period(Duration took) override;
  void on_beat() override;
  void on_mode(Mode mode, const std::string& why) override;
  void on_settings(const DaemonOptions& options) override;
  void on_news(const std::string& text) override;
  void on_stopping() override;

 private:
  std::vector<Listener*> listeners_;
};

// Prints to stdout; an Error when that is not possible any more (a closed pipe, a full disk).
Status print_lines(const std::vector<std::string>& lines);

}  // namespace dcat::cli
