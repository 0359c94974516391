// A resctrl file system of plain files: what is read of it without libpqos. Two domains of eight ways, four classes.
#pragma once

#include <string>
#include <vector>

#include "tests/perfmon/linux/temp_tree.h"

namespace dcat::test {

class FakeTree {
 public:
  explicit FakeTree(bool cdp = false) {
    std::vector<std::string> resources{"L3"};
    if (cdp) resources = {"L3CODE", "L3DATA"};
    for (const std::string& resource : resources) {
      files_.file("info/" + resource + "/cbm_mask", "ff\n");
      files_.file("info/" + resource + "/min_cbm_bits", "1\n");
      files_.file("info/" + resource + "/num_closids", "4\n");
      files_.file("info/" + resource + "/shareable_bits", "c0\n");
    }
    files_.file("info/last_cmd_status", "ok\n");
    files_.file("schemata", cdp ? "L3CODE:0=ff;1=ff\nL3DATA:0=ff;1=ff\n" : "L3:0=ff;1=ff\n");
    files_.file("size", cdp ? "L3CODE:0=8388608;1=8388608\nL3DATA:0=8388608;1=8388608\n" : "L3:0=8388608;1=8388608\n");
    files_.file("tasks", "");
  }
  const std::string& root() const { return files_.root(); }
  const TempTree& files() const { return files_; }

 private:
  TempTree files_;
};

}  // namespace dcat::test
