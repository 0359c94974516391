// Modes that are changed while a run goes on: what is answered, ordered and kept.
#include "cli/mode_switch.h"

#include <fstream>

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

ContainerStatus container(const std::string& id, const std::string& name, const std::string& digits = "") {
  ContainerStatus c;
  c.info.id = ContainerId{id};
  c.identity.name = name;
  c.identity.container_id = digits;
  return c;
}

struct Scene {
  test::TempTree tree;
  Orders orders;
  ContainerModes containers;
  NodeStatus status;

  Scene() {
    status.containers = {container("k/a", "web", "abcdef"), container("k/b", "web", "abcd99"), container("vm", "db")};
  }
  ModeSwitch make(Mode mode = Mode::advise, const std::string& cannot = "", KeptModes kept = {}) {
    return {orders, containers, {tree.root(), mode, Mode::advise, cannot, std::move(kept)}};
  }
  KeptModes kept() const {
    const Result<KeptModes> read = read_modes(tree.root());
    if (!read) FAIL(read.error().to_string());
    return *read;
  }
};

const Peer kRoot{0, true, true};

TEST_CASE("a mode of the node is an order with who gave it, and the one before is answered") {
  Scene scene;
  ModeSwitch modes = scene.make();
  const Result<std::string> answer = modes.answer({Mode::enforce, ""}, kRoot, nullptr);
  REQUIRE(answer);
  CHECK(*answer == R"({"before":"advise","mode":"enforce"})");
  const std::vector<Order> orders = scene.orders.take();
  REQUIRE(orders.size() == 1);
  const auto& order = std::get<ModeOrder>(orders[0]);
  CHECK((order.mode == Mode::enforce && order.why == "ordered by user 0"));
}

TEST_CASE("enforce is refused where the run has nothing to enforce with, and the others are not") {
  Scene scene;
  ModeSwitch modes = scene.make(Mode::observe, "there is no resctrl");
  const Result<std::string> answer = modes.answer({Mode::enforce, ""}, kRoot, nullptr);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unsupported);
  CHECK(answer.error().why == "there is no resctrl");
  CHECK(scene.orders.take().empty());
  CHECK(modes.answer({Mode::advise, ""}, kRoot, nullptr));
}

TEST_CASE("a container's mode is set by its id, its name or the first digits of its runtime's id") {
  Scene scene;
  ModeSwitch modes = scene.make();
  for (const auto& [word, id] :
       std::vector<std::pair<std::string, std::string>>{{"k/a", "k/a"}, {"db", "vm"}, {"abcd9", "k/b"}}) {
    const Result<std::string> answer = modes.answer({Mode::observe, word}, kRoot, &scene.status);
    REQUIRE(answer);
    CHECK(*answer == R"({"container":")" + id + R"(","mode":"observe"})");
    CHECK(scene.containers.all() == ContainerModes::Map{{ContainerId{id}, Mode::observe}});
    REQUIRE(modes.answer({std::nullopt, word}, kRoot, &scene.status));
    CHECK(scene.containers.all().empty());
  }
  CHECK(scene.orders.take().empty());
}

TEST_CASE("a name that nobody has, or several, or digits that are too few change nothing") {
  Scene scene;
  ModeSwitch modes = scene.make();
  for (const auto& [word, why] :
       std::vector<std::pair<std::string, std::string>>{{"nobody", "there is none with that id or name"},
                                                        {"web", "2 have it: k/a, k/b"},
                                                        {"abcd", "2 have it"},
                                                        {"abc", "there is none"}}) {
    const Result<std::string> answer = modes.answer({Mode::observe, word}, kRoot, &scene.status);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::bad_input);
    CHECK(answer.error().why.find(why) != std::string::npos);
  }
  CHECK_FALSE(modes.answer({Mode::observe, "db"}, kRoot, nullptr));
  CHECK(scene.containers.all().empty());
}

TEST_CASE("what is in force is kept, and a run that ends forgets the node's mode alone") {
  Scene scene;
  ModeSwitch modes = scene.make();
  modes.on_mode(Mode::enforce, "because\n%");
  CHECK(scene.kept() == KeptModes{Mode::enforce, "because\n%", Mode::advise, {}});
  REQUIRE(modes.answer({Mode::observe, "db"}, kRoot, &scene.status));
  REQUIRE(modes.on_decision({}, {}).ok());
  const ContainerModes::Map vm{{ContainerId{"vm"}, Mode::observe}};
  CHECK(scene.kept() == KeptModes{Mode::enforce, "because\n%", Mode::advise, vm});
  modes.forget_node();
  CHECK(scene.kept() == KeptModes{std::nullopt, "", Mode::observe, vm});
  ContainerModes fresh;
  const ModeSwitch next(scene.orders, fresh, {scene.tree.root(), Mode::advise, Mode::advise, "", scene.kept()});
  CHECK(fresh.all() == vm);
}

TEST_CASE("a file of modes that is not there is empty, and a damaged one is an error that names it") {
  Scene scene;
  CHECK(scene.kept() == KeptModes{});
  for (const char* text : {"", "{", "[]", "{}", R"({"containers":3})", R"({"containers":[],"mode":"on"})",
                           R"({"containers":[{"id":"a"}]})", R"({"containers":[],"x":1})"}) {
    std::ofstream(modes_path(scene.tree.root())) << text;
    const Result<KeptModes> read = read_modes(scene.tree.root());
    INFO(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().to_string().find("modes.json") != std::string::npos);
  }
}

}  // namespace
}  // namespace dcat::cli
