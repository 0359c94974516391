#include <fstream>

#include "tests/cat_pqos/node.h"
#include "tests/support/catch.h"

namespace dcat::test {

namespace {

class EmulatedNode : public TestNode {
 public:
  // What a test that failed left is not the next one's business.
  EmulatedNode() {
    const ResctrlFiles files(root());
    for (const std::string& directory : *files.directories(""))
      if (directory != "info" && !directory.starts_with("mon_")) (void)files.remove_group(directory).ok();
  }
  std::string root() const override { return "/sys/fs/resctrl"; }
  void put_task(int pid, const std::string& directory) override {
    const Status put = ResctrlFiles(root()).write(directory + "/tasks", std::to_string(pid) + "\n");
    if (!put) FAIL(put.error().to_string());
  }
};

}  // namespace

std::unique_ptr<TestNode> make_node() {
  return std::make_unique<EmulatedNode>();
}

}  // namespace dcat::test
