// The records of true kernels that the replay tests compare with: who took part, on which machine, and how their texts
// are written.
#pragma once

#include <cerrno>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "emulator/resctrl_tree.h"

namespace dcat::emulator {

// The processes of a record. Besides them 1 (init) and 2 (a kernel thread) are moved.
struct Pids {
  int main = 0;    // the one that is moved about
  int shell = 0;   // runs the operations
  int child = 0;   // another member of g1
  int filler = 0;  // fills the cache of one domain
  int dead = 0;    // has ended
  int filled_domain = 0;
  std::vector<int> readers;  // the shell's children that look while the shell is in g1
};

struct Record {
  std::string file;
  Kernel kernel;
  Pids pids;
};

inline std::vector<Record> records() {
  return {{"linux-6.1.txt", Kernel::linux_6_1, {456, 111, 541, 979, 467, 0, {}}},
          {"linux-6.12.txt", Kernel::linux_6_12, {507, 160, 592, 1030, 518, 1, {574, 575, 576, 577}}}};
}

// How many lines of a record a replay compares and, by reason, does not. Expected counts, so that none is left out
// unnoticed.
struct Tally {
  int compared = 0;
  std::map<std::string, int> not_compared;
  bool operator==(const Tally&) const = default;
};

inline std::string errno_name(int error) {
  static const std::map<int, std::string> kNames = {{0, "0"},
                                                    {EPERM, "EPERM"},
                                                    {ENOENT, "ENOENT"},
                                                    {ESRCH, "ESRCH"},
                                                    {EACCES, "EACCES"},
                                                    {EBUSY, "EBUSY"},
                                                    {EEXIST, "EEXIST"},
                                                    {ENODEV, "ENODEV"},
                                                    {EINVAL, "EINVAL"},
                                                    {ENOTDIR, "ENOTDIR"},
                                                    {ENOSPC, "ENOSPC"},
                                                    {ERANGE, "ERANGE"},
                                                    {ENOTEMPTY, "ENOTEMPTY"},
                                                    {EISDIR, "EISDIR"},
                                                    {E2BIG, "E2BIG"},
                                                    {EOVERFLOW, "EOVERFLOW"}};
  const auto it = kNames.find(error);
  return it == kNames.end() ? "errno " + std::to_string(error) : it->second;
}

inline std::string unescaped(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\\n)"), "\n");
}

// As the records show contents.
inline std::string shown(const std::string& contents) {
  const std::string squeezed = std::regex_replace(contents, std::regex(" +"), " ");
  return std::regex_replace(squeezed, std::regex("\n"), "|");
}

}  // namespace dcat::emulator
