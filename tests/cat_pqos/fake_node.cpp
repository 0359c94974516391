#include "tests/cat_pqos/fake_libpqos.h"
#include "tests/cat_pqos/fake_tree.h"
#include "tests/cat_pqos/node.h"

namespace dcat::test {

namespace {

class FakeNode : public TestNode {
 public:
  FakeNode() {
    FakeMachine machine;
    machine.resctrl_root = tree_.root();
    fake_set_up(machine);
  }
  std::string root() const override { return tree_.root(); }
  void put_task(int pid, const std::string& directory) override {
    tree_.files().file(directory + "/tasks", std::to_string(pid) + "\n");
    if (directory.starts_with("COS")) fake_class_of_task()[pid] = static_cast<unsigned>(std::stoi(directory.substr(3)));
  }
  void mirror_class(int class_id) override {
    std::string text = "L3:";
    for (const auto& [id, rows] : fake_masks())
      text += (text.back() == ':' ? "" : ";") + std::to_string(id) + "=" +
              format_cbm(Cbm(rows[static_cast<std::size_t>(class_id)].data));
    tree_.files().file("COS" + std::to_string(class_id) + "/schemata", text + "\n");
  }

 private:
  FakeTree tree_;
};

}  // namespace

std::unique_ptr<TestNode> make_node() {
  return std::make_unique<FakeNode>();
}

}  // namespace dcat::test
