#include "cat/linux/container_tasks.h"

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using test::TempTree;
using Tids = std::vector<int>;

Tids threads_of(const TempTree& tree, const std::string& cgroup) {
  Tids tids;
  const Status read = read_threads(tree.root() + "/" + cgroup, tids);
  if (!read) FAIL(read.error().to_string());
  return tids;
}

TEST_CASE("a container's threads are those of its cgroup and of all below it, each once, ascending") {
  const TempTree tree;
  tree.file("c/cgroup.threads", "30\n10\n20\n");
  tree.file("c/init/cgroup.threads", "10\n5\n");
  tree.file("c/init/deep/er/cgroup.threads", "7\n");
  tree.directory("c/empty");
  CHECK(threads_of(tree, "c") == Tids{5, 7, 10, 20, 30});
}

TEST_CASE("in a v1 hierarchy threads are in tasks") {
  const TempTree tree;
  tree.file("c/tasks", "30\n10\n");
  tree.file("c/below/tasks", "20\n");
  CHECK(threads_of(tree, "c") == Tids{10, 20, 30});
  ThreadReader reader;
  Tids tids;
  REQUIRE(reader.read(tree.root() + "/c/below", tids).ok());
  CHECK(tids == Tids{20});
}

TEST_CASE("threads are added behind those that are there already") {
  const TempTree tree;
  tree.file("c/cgroup.threads", "2\n1\n");
  Tids tids{9, 1};
  REQUIRE(read_threads(tree.root() + "/c", tids).ok());
  CHECK(tids == Tids{9, 1, 1, 2});
}

TEST_CASE("a cgroup that is gone, was never there or holds no threads has none") {
  const TempTree tree;
  tree.directory("c");
  tree.file("file", "1\n");
  Tids tids;
  CHECK(read_threads("", tids).ok());
  CHECK(read_threads(tree.root() + "/none", tids).ok());
  CHECK(read_threads(tree.root() + "/c", tids).ok());
  CHECK(read_threads(tree.root() + "/file", tids).ok());
  CHECK(tids.empty());
}

TEST_CASE("threads of another PID namespace, which show as 0, and rubbish are passed over") {
  const TempTree tree;
  struct Row {
    std::string text;
    Tids tids;
  };
  for (const Row& row : {Row{"", {}}, Row{"\n\n", {}}, Row{"0\n0\n", {}}, Row{"0\n12\n0\n", {12}}, Row{"12", {12}},
                         Row{"-5\n12\n", {12}}, Row{"rubbish\n12\n", {12}}, Row{"99999999999\n12\n", {12}},
                         Row{"99999999999999999999999999999999\n", {}}, Row{"2147483647\n", {2147483647}},
                         Row{std::string("\0\xff\n12\n", 6), {12}}}) {
    INFO(row.text);
    tree.file("c/cgroup.threads", row.text);
    CHECK(threads_of(tree, "c") == row.tids);
  }
}

TEST_CASE("a container of very many threads is read whole") {
  const TempTree tree;
  std::string text;
  for (int tid = 100'000; tid < 110'000; ++tid) text += std::to_string(tid) + "\n";
  tree.file("c/cgroup.threads", text);
  const Tids tids = threads_of(tree, "c");
  CHECK(tids.size() == 10'000);
  CHECK((tids.front() == 100'000 && tids.back() == 109'999));
}

TEST_CASE("a cgroup that is there and cannot be read is an error of its path") {
  const TempTree tree;
  tree.directory("c/cgroup.threads");  // reads of it fail
  Tids tids;
  const Status read = read_threads(tree.root() + "/c", tids);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().to_string() == "read " + tree.root() + "/c: EISDIR: Is a directory");
}

TEST_CASE("a cgroup that is kept open is read anew each time, and by its path when it is another one") {
  const TempTree tree;
  const std::string c = tree.root() + "/c";
  ThreadReader reader;
  const auto read = [&] {
    Tids tids;
    REQUIRE(reader.read(c, tids).ok());
    return tids;
  };
  CHECK(read().empty());
  tree.file("c/cgroup.threads", "12\n7\n");
  CHECK(read() == Tids{7, 12});
  tree.file("c/cgroup.threads", "13\n");
  CHECK(read() == Tids{13});
  tree.file("c/below/cgroup.threads", "20\n");
  CHECK(read() == Tids{13, 20});
  std::filesystem::remove_all(c);
  CHECK(read().empty());
  tree.file("c/cgroup.threads", "30\n");
  CHECK(read() == Tids{30});
}

TEST_CASE("cgroups that are not asked for any more are let go") {
  const TempTree tree;
  ThreadReader reader;
  const auto descriptors = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = descriptors();
  std::vector<std::string> cgroups;
  for (const char* name : {"a", "b", "c"}) {
    tree.file(std::string(name) + "/cgroup.threads", "1\n");
    cgroups.push_back(tree.root() + "/" + name);
    Tids tids;
    REQUIRE(reader.read(cgroups.back(), tids).ok());
  }
  CHECK(descriptors() == before + 6);
  reader.keep_only({cgroups[1]});
  CHECK(descriptors() == before + 2);
}

}  // namespace
}  // namespace dcat
