#include "perfmon/papi/container_places.h"

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::TempTree;
using Cpus = std::set<int>;

TEST_CASE("the threads of a container are those of all cgroups below it") {
  const TempTree tree;
  tree.file("vm/cgroup.threads", "10\n11\n");
  tree.file("vm/libvirt/emulator/cgroup.threads", "12\n");
  tree.file("vm/libvirt/vcpu0/cgroup.threads", "9\n10\n");
  tree.file("other/cgroup.threads", "99\n");
  CHECK(*read_threads(tree.root() + "/vm", 8) == std::vector<pid_t>{9, 10, 11, 12});
}

TEST_CASE("where there is no cgroup.threads the threads are in tasks") {
  const TempTree tree;
  tree.file("a/tasks", "5\n3\n");
  CHECK(*read_threads(tree.root() + "/a", 8) == std::vector<pid_t>{3, 5});
}

TEST_CASE("a cgroup that is gone has no threads, and threads of another PID namespace are none") {
  const TempTree tree;
  CHECK(read_threads(tree.root() + "/gone", 8)->empty());
  tree.file("a/cgroup.threads", "0\n0\n7\n");
  CHECK(*read_threads(tree.root() + "/a", 8) == std::vector<pid_t>{7});
}

TEST_CASE("too many threads are told by one more than the most") {
  const TempTree tree;
  tree.file("a/cgroup.threads", "1\n2\n3\n4\n5\n");
  CHECK(read_threads(tree.root() + "/a", 5)->size() == 5);
  CHECK(read_threads(tree.root() + "/a", 4)->size() == 5);
  CHECK(read_threads(tree.root() + "/a", 3)->size() == 4);
}

TEST_CASE("a cpuset is the container's, or its nearest ancestor's that has one") {
  const TempTree tree;
  tree.file("v2/a/cpuset.cpus.effective", "2-3\n");
  tree.file("v2/a/cpuset.cpus", "0-7\n");
  tree.file("v1/b/cpuset.effective_cpus", "4,6\n");
  tree.file("v1/cpuset.cpus", "0-7\n");
  const std::vector<std::string> roots{tree.root() + "/v2", tree.root() + "/v1"};
  CHECK(read_cpuset(roots, {"a"}) == Cpus{2, 3});
  CHECK(read_cpuset(roots, {"a/deep/below"}) == Cpus{2, 3});
  CHECK(read_cpuset(roots, {"b"}) == Cpus{4, 6});
  CHECK(read_cpuset(roots, {"c/d"}) == Cpus{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(!read_cpuset({tree.root() + "/none"}, {"a"}));
  tree.file("v2/e/cpuset.cpus", "\n");  // set to nothing: the ancestor's counts
  CHECK(read_cpuset({tree.root() + "/v2"}, {"e"}) == std::nullopt);
  tree.file("v2/f/cpuset.cpus", "x-y\n");
  CHECK(!read_cpuset({tree.root() + "/v2"}, {"f"}));
}

TEST_CASE("a container's own CPUs are those of no other container, and less than all") {
  const Cpus online{0, 1, 2, 3};
  const ContainerId a{"a"}, b{"b"}, c{"c"};
  using Own = std::map<ContainerId, Cpus>;
  CHECK(own_cpus({{a, Cpus{0, 1}}, {b, Cpus{2}}}, online) == Own{{a, {0, 1}}, {b, {2}}});
  CHECK(own_cpus({{a, Cpus{0, 1}}, {b, Cpus{1, 2}}, {c, Cpus{3}}}, online) == Own{{c, {3}}});
  CHECK(own_cpus({{a, Cpus{0}}, {b, std::nullopt}}, online).empty());  // b may run anywhere
  CHECK(own_cpus({{a, online}}, online).empty());
  CHECK(own_cpus({{a, Cpus{0, 9}}}, online).empty());  // 9 is offline: its work shows nowhere
  CHECK(own_cpus({{a, Cpus{}}}, online).empty());
}

TEST_CASE("the CPU that a thread ran on last is field 39 of its stat, whatever its name") {
  const TempTree tree;
  std::string tail = ") R";
  for (int field = 4; field <= 38; ++field) tail += " " + std::to_string(field);
  tree.file("7/stat", "7 (a) b (c d" + tail + " 5 40 41\n");
  tree.file("8/stat", "8 (short) R 1 2\n");
  tree.file("9/stat", "no name");
  CHECK(read_last_cpu(tree.root(), 7) == 5);
  CHECK(!read_last_cpu(tree.root(), 8));
  CHECK(!read_last_cpu(tree.root(), 9));
  CHECK(!read_last_cpu(tree.root(), 10));
}
