// Which group a task is in, over made-up forks: inheritance, moves beside forks, ids that are used again, lost records.
#include "emulator/linux/task_classes.h"

#include <deque>
#include <map>
#include <set>

#include "tests/support/catch.h"

namespace dcat::emulator {

namespace {

constexpr TaskClass kA{1, 1}, kB{2, 2}, kNone{};

TimePoint at(int n) {
  return TimePoint(Duration(n));
}

// What the kernel would record; each batch is one look.
struct Records {
  std::deque<std::vector<TaskEvent>> batches;
  bool lost = false;
};

class FakeForks : public ForkEvents {
 public:
  explicit FakeForks(Records& records) : records_(records) {}
  std::vector<TaskEvent> drain(bool& lost) override {
    if (std::exchange(records_.lost, false)) lost = true;
    if (records_.batches.empty()) return {};
    std::vector<TaskEvent> batch = std::move(records_.batches.front());
    records_.batches.pop_front();
    return batch;
  }
  std::vector<int> wake_up_descriptors() const override { return {}; }
  std::string name() const override { return "made up"; }

 private:
  Records& records_;
};

struct FakeProcesses : ProcessTable {
  bool exists(int tid) override { return alive.contains(tid); }
  bool is_zombie(int tid) override { return zombies.contains(tid); }
  std::optional<int> leader_of(int tid) override {
    return leaders.contains(tid) ? std::optional(leaders.at(tid)) : std::nullopt;
  }
  bool owned_by(int tid, unsigned uid) override { return uid == 1000 && alive.contains(tid); }
  std::vector<int> all_tasks() override { return {alive.begin(), alive.end()}; }
  TimePoint now() override { return clock; }

  std::set<int> alive{10, 11, 12};
  std::set<int> zombies;
  std::map<int, int> leaders;
  TimePoint clock = at(100);
};

struct Node {
  Records records;
  FakeProcesses processes;
  std::vector<std::string> notes;
  TaskClasses tasks{std::make_unique<FakeForks>(records), processes,
                    [this](const std::string& n) { notes.push_back(n); }};

  void happens(std::vector<TaskEvent> batch) {
    for (const TaskEvent& e : batch)
      if (!e.is_end()) processes.alive.insert(e.tid);
    records.batches.push_back(std::move(batch));
  }
  void move(int tid, TaskClass to, int when) {
    processes.clock = at(when);
    tasks.set_class(tid, to);
  }
};

}  // namespace

TEST_CASE("a child has the group of the thread that made it") {
  Node node;
  node.move(11, kA, 50);
  node.happens({{at(60), 20, 11}, {at(61), 21, 10}, {at(62), 22, 20}});
  CHECK(node.tasks.class_of(20) == kA);
  CHECK(node.tasks.class_of(21) == kNone);
  CHECK(node.tasks.class_of(22) == kA);
}

TEST_CASE("a move concerns the forks after it") {
  Node node;
  node.move(10, kA, 50);
  node.move(10, kB, 70);
  node.happens({{at(60), 20, 10}, {at(80), 21, 10}});  // both are read after the second move
  CHECK(node.tasks.class_of(20) == kA);
  CHECK(node.tasks.class_of(21) == kB);
}

TEST_CASE("a task that is moved before its birth has been read stays where it was moved") {
  Node node;
  node.processes.alive.insert(20);
  node.move(20, kB, 55);
  node.happens({{at(60), 20, 10}, {at(61), 21, 20}});
  CHECK(node.tasks.class_of(20) == kB);
  CHECK(node.tasks.class_of(21) == kB);
}

TEST_CASE("an id that is used again starts with its new creator's group") {
  Node node;
  node.move(11, kA, 50);
  node.move(10, kB, 50);
  node.happens({{at(60), 11, 0}, {at(70), 11, 10}});
  CHECK(node.tasks.class_of(11) == kB);
}

TEST_CASE("an id that is used again and moved before its birth has been read stays where it was moved") {
  Node node;
  node.move(11, kA, 50);
  node.happens({{at(60), 11, 0}});
  node.move(11, kB, 65);  // the next owner, no zombie
  node.happens({{at(70), 11, 10}});
  CHECK(node.tasks.class_of(11) == kB);
}

TEST_CASE("a zombie can be moved and its id used again") {
  Node node;
  node.happens({{at(60), 11, 0}});
  node.processes.zombies.insert(11);
  node.move(11, kA, 65);
  CHECK(node.tasks.class_of(11) == kA);
  node.happens({{at(70), 11, 10}});
  CHECK(node.tasks.class_of(11) == kNone);
}

TEST_CASE("a fork that is read before its creator's own birth waits for it") {
  Node node;
  node.move(10, kA, 50);
  node.happens({{at(61), 21, 20}});
  node.happens({{at(60), 20, 10}});
  CHECK(node.tasks.class_of(21) == kA);
}

TEST_CASE("after lost records unknown tasks take their leader's group and it is said") {
  Node node;
  node.move(10, kA, 50);
  node.processes.alive.insert(30);
  node.processes.leaders[30] = 10;
  node.records.lost = true;
  CHECK(node.tasks.class_of(30) == kA);
  REQUIRE(node.notes.size() == 1);
  CHECK(node.notes[0].find("1 tasks") != std::string::npos);
}

TEST_CASE("a group's tasks are listed in order and without the dead") {
  Node node;
  node.move(12, kA, 50);
  node.move(10, kA, 51);
  node.move(11, {1, 3}, 52);
  CHECK(node.tasks.with_closid(1) == std::vector<int>{10, 11, 12});
  CHECK(node.tasks.with_class(kA) == std::vector<int>{10, 12});
  node.processes.alive.erase(10);
  CHECK(node.tasks.with_class(kA) == std::vector<int>{12});
}

TEST_CASE("the default group has everybody who was not moved") {
  Node node;
  node.processes.alive.insert(99);  // nobody knows it yet
  node.move(11, kA, 50);
  node.move(12, {0, 5}, 50);
  CHECK(node.tasks.with_closid(0) == std::vector<int>{10, 12, 99});
  CHECK(node.tasks.with_class(kNone) == std::vector<int>{10, 99});
}

TEST_CASE("root moves everybody and others their own") {
  Node node;
  CHECK(node.tasks.may_move(10, 0));
  CHECK(node.tasks.may_move(10, 1000));
  CHECK(!node.tasks.may_move(10, 1001));
}

TEST_CASE("the dead are forgotten in the end and the living are not") {
  Node node;
  node.move(10, kA, 50);
  for (int round = 0; round < 100; ++round) {
    std::vector<TaskEvent> batch;
    for (int i = 0; i < 100; ++i) batch.push_back({at(100 + round), 1000 + round * 100 + i, 10});
    node.happens(batch);
    for (const TaskEvent& e : batch) node.processes.alive.erase(e.tid);
    node.tasks.catch_up();
  }
  CHECK(node.tasks.known() < 5000);
  CHECK(node.tasks.class_of(10) == kA);
}

}  // namespace dcat::emulator
