// Replay: performs what two true kernels were asked, line by line, through an Executor, and wants the same return
// values, errnos, words in last_cmd_status and file contents. The records show contents with '|' for a newline and
// runs of spaces as one. A line that is not compared is counted under its reason.
//
// What happened between the recorded lines, and cannot be seen in them, is in before_section() and its neighbours.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/emulator/replay_executor.h"
#include "tests/emulator/replay_record.h"

namespace dcat::emulator {

// The recorded lists, beside the tree.
std::filesystem::path records_directory();
// Empty where it cannot be read.
std::vector<std::string> lines_of(const std::filesystem::path& file);

class Replay {
 public:
  // REQUIRES: both outlive it.
  Replay(const Record& record, Executor& executor);

  // Prints what differs. Whether everything is as recorded and as many lines are compared as expected.
  bool run(const std::vector<std::string>& lines, const Tally& expected);

 private:
  void expect(const std::string& want, const std::string& got);
  void skip(const std::string& reason) { ++tally_.not_compared[reason]; }
  void returned(const std::string& want, int error, const std::string& done = "0");
  std::string translated(const std::string& text) const;
  std::string translated_contents(const std::string& path, const std::string& want) const;
  std::string contents(const std::string& path);
  std::string groups_of(int tid);
  bool lists(const std::string& path, int tid);

  void line(const std::string& text);
  bool mount_call(const std::string& text);
  void unmount_call(const std::string& want);
  bool directory_call(const std::string& text);
  bool file_call(const std::string& text);
  void write_call(const std::string& text, const std::string& want);
  bool state(const std::string& text);
  void online(const std::string& text);
  void contents_line(const std::string& path, const std::string& want);
  bool process(const std::string& text);
  bool other(const std::string& text);
  void flush_listing();

  void remove_all(const std::string& parent, const std::string& spared);
  void before_section();
  void before_call(const std::string& call, const std::string& path);
  bool limbo_line_is_left_out(const std::string& path, const std::string& want);
  void report(const Tally& expected) const;

  const Record& record_;
  Executor& executor_;
  const Abilities abilities_;
  std::size_t at_ = 0;
  int section_ = 0;
  std::string target_;    // of the next write
  bool waiting_ = false;  // a mkdir was refused for RMIDs in limbo
  bool cpus_gone_ = false;
  bool listing_ = false;
  std::string listed_path_;
  std::set<std::string> listed_;
  int wrong_ = 0;
  Tally tally_;
};

}  // namespace dcat::emulator
