#include "cat/linux/resctrl_census.h"

#include <cerrno>

#include "cat/schemata.h"
#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using test::ResctrlTree;
using Paths = std::vector<std::string>;

Result<ResctrlCensus> look(const ResctrlTree& tree, const Paths& cgroups = {}, Paths last = {}) {
  const ResctrlFiles files(tree.root());
  const auto info = read_resctrl_info(files);
  if (!info) FAIL(info.error().to_string());
  last.resize(cgroups.size());
  ThreadReader reader;
  return take_resctrl_census(files, *info, cgroups, last, reader);
}
ResctrlCensus census_of(const ResctrlTree& tree, const Paths& cgroups = {}, const Paths& last = {}) {
  Result<ResctrlCensus> census = look(tree, cgroups, last);
  if (!census) FAIL(census.error().to_string());
  return *std::move(census);
}
// The directory that a container is in; "-" for the default group, with "+" where not all of it is there.
std::string place_of(const ResctrlCensus& census, std::size_t container) {
  const SeenContainer& seen = census.containers.at(container);
  return (seen.group < 0 ? "-" : census.groups.at(static_cast<std::size_t>(seen.group)).directory) +
         (seen.together ? "" : "+");
}

TEST_CASE("groups are seen with their masks, ours by the prefix and all others as foreign") {
  const ResctrlTree tree;
  tree.group("dcat.web", "L3:0=3;3=f\n", "10\n11\n");
  tree.group("dcat.a%2fb", "L3:0=c;3=f\n");
  tree.group("COS1", "    L3:0=f0;3=ff\n", "12\n");
  tree.group("empty", "L3:0=ff;3=ff\n");
  tree.monitoring(8);
  tree.directory("mon_data");
  const ResctrlCensus census = census_of(tree);
  REQUIRE(census.groups.size() == 4);
  CHECK(census.foreign_groups() == 2);
  CHECK(format_schemata("L3", census.default_masks) == "L3:0=ff;3=ff");
  CHECK((census.groups[0].directory == "COS1" && !census.groups[0].ours && census.groups[0].in_use));
  CHECK(format_schemata("L3", census.groups[0].masks) == "L3:0=f0;3=ff");
  CHECK((census.groups[1].ours == GroupId{"a/b"} && !census.groups[1].in_use));
  CHECK((census.groups[2].ours == GroupId{"web"} && census.groups[2].in_use));
  CHECK((census.groups[3].directory == "empty" && !census.groups[3].in_use));
  CHECK(census.group_of.size() == 3);
  CHECK(census.group_of.at(11) == 2);
  CHECK(census.find("dcat.web") == &census.groups[2]);
  CHECK(census.find("dcat.we") == nullptr);
  CHECK(census.find("") == nullptr);
}

TEST_CASE("a foreign group with CPUs is in use without tasks") {
  const ResctrlTree tree;
  tree.group("rt", "L3:0=3;3=3\n");
  CHECK_FALSE(census_of(tree).groups.at(0).in_use);
  tree.file("rt/cpus_list", "0-3\n");
  CHECK(census_of(tree).groups.at(0).in_use);
  tree.remove("rt/cpus_list");
  CHECK_FALSE(census_of(tree).groups.at(0).in_use);
}

TEST_CASE("a group that is gone while it is read is left out") {
  const ResctrlTree tree;
  tree.group("a", "L3:0=3;3=3\n");
  tree.directory("no-files");
  tree.group("no-tasks", "L3:0=3;3=3\n");
  tree.remove("no-tasks/tasks");
  tree.file("no-schemata/tasks", "7\n");
  const ResctrlCensus census = census_of(tree);
  REQUIRE(census.groups.size() == 1);
  CHECK(census.groups[0].directory == "a");
  CHECK(census.group_of.empty());
}

TEST_CASE("a foreign group that is pseudo-locked, or made ready for it, does not blind us to the others") {
  const ResctrlTree tree;
  tree.group("locksetup", "    MB:uninitialized\n    L3:uninitialized\n");
  tree.group("locked-l2", "L2:1=3\n");
  tree.group("locked-l3", "L3:3=3\n");
  tree.group("dcat.a", "L3:0=3;3=f0\n", "10\n");
  const ResctrlCensus census = census_of(tree);
  REQUIRE(census.groups.size() == 4);
  CHECK(census.find("locksetup")->masks.empty());
  CHECK(census.find("locked-l2")->masks.empty());
  CHECK(format_schemata("L3", census.find("locked-l3")->masks) == "L3:3=3");
  CHECK(census.foreign_groups() == 3);
}

TEST_CASE("damage in our own group or in the default group is an error") {
  for (const char* group : {"dcat.a/schemata", "schemata"})
    for (const char* text : {"", "rubbish\n", "L3:0=xyz\n", "L3:0=f;0=f\n", "MB:0=100\n"}) {
      const ResctrlTree tree;
      tree.group("dcat.a", "L3:0=3;3=3\n");
      const auto info = read_resctrl_info(ResctrlFiles(tree.root()));
      tree.file(group, text);
      INFO(group << " " << text);
      ThreadReader reader;
      const auto census = take_resctrl_census(ResctrlFiles(tree.root()), *info, {}, {}, reader);
      REQUIRE_FALSE(census.ok());
      CHECK(census.error().what.find(group) != std::string::npos);
    }
}

TEST_CASE("odd directories with our prefix are groups of ours, but never the default group") {
  const ResctrlTree tree;
  tree.group("dcat.", "L3:0=3;3=3\n");
  tree.group("dcat.%61", "L3:0=3;3=3\n");
  tree.group("dcat.a", "L3:0=3;3=3\n");
  const ResctrlCensus census = census_of(tree);
  REQUIRE(census.groups.size() == 3);
  CHECK(census.foreign_groups() == 0);
  for (const SeenGroup& group : census.groups) CHECK_FALSE(group.ours->is_shared_region());
  CHECK(census.groups[1].ours != census.groups[2].ours);
}

TEST_CASE("tasks are read past rubbish, and tasks of another PID namespace show as 0") {
  const ResctrlTree tree;
  tree.group("a", "L3:0=3;3=3\n", "0\n0\n");
  tree.group("b", "L3:0=3;3=3\n", "x\n12\n99999999999999999999\n13");
  tree.group("c", "L3:0=3;3=3\n", "\n\n");
  const ResctrlCensus census = census_of(tree);
  CHECK((census.groups[0].in_use && census.groups[1].in_use && !census.groups[2].in_use));
  CHECK((census.group_of.at(12) == 1 && census.group_of.at(13) == 1));
}

TEST_CASE("a container is where most of its threads are") {
  const ResctrlTree tree;
  tree.group("dcat.a", "L3:0=3;3=3\n", "10\n11\n12\n20\n30\n31\n");
  tree.group("foreign", "L3:0=3;3=3\n", "13\n");
  const ResctrlCensus census = census_of(
      tree, {tree.cgroup("all", "10\n11\n"), tree.cgroup("most", "10\n11\n13\n"), tree.cgroup("few", "20\n40\n41\n"),
             tree.cgroup("none", ""), tree.root() + "/../cgroup/gone", ""});
  REQUIRE(census.containers.size() == 6);
  CHECK(place_of(census, 0) == "dcat.a");
  CHECK(place_of(census, 1) == "dcat.a+");
  CHECK(place_of(census, 2) == "-+");
  CHECK(place_of(census, 3) == "-");
  CHECK(place_of(census, 4) == "-");
  CHECK(place_of(census, 5) == "-");
  CHECK(census.containers[1].tids == std::vector<int>{10, 11, 13});
  // One thread that somebody else has placed makes it theirs.
  CHECK((!census.containers[0].foreign && census.containers[1].foreign && !census.containers[2].foreign));
  CHECK((census.in_foreign_group(13) && !census.in_foreign_group(10) && !census.in_foreign_group(40)));
}

TEST_CASE("where as many threads are in several groups, or none at all, it is where it was put last") {
  const ResctrlTree tree;
  tree.group("dcat.a", "L3:0=3;3=3\n", "10\n");
  tree.group("dcat.b", "L3:0=3;3=3\n", "11\n");
  const std::string spread = tree.cgroup("spread", "10\n11\n"), idle = tree.cgroup("idle", "");
  CHECK(place_of(census_of(tree, {spread}, {"dcat.a"}), 0) == "dcat.a+");
  CHECK(place_of(census_of(tree, {spread}, {"dcat.b"}), 0) == "dcat.b+");
  CHECK(place_of(census_of(tree, {spread}, {""}), 0) == "dcat.a+");
  CHECK(place_of(census_of(tree, {spread}, {"dcat.gone"}), 0) == "dcat.a+");
  CHECK(place_of(census_of(tree, {idle}, {"dcat.b"}), 0) == "dcat.b");
  CHECK(place_of(census_of(tree, {idle}, {"dcat.gone"}), 0) == "-");
}

TEST_CASE("a file of the default group is in the root") {
  CHECK(path_in("", "tasks") == "tasks");
  CHECK(path_in("dcat.a", "tasks") == "dcat.a/tasks");
}

}  // namespace
}  // namespace dcat
