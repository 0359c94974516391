// What the port's users may expect of pqos-os, on whichever node it is linked with (node.h).
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "cat/linux/pqos_undo.h"
#include "cat/linux/undo.h"
#include "tests/cat_pqos/node.h"
#include "tests/support/catch.h"

namespace dcat::test {

namespace {

const ContainerId kWeb{"web"}, kDb{"db"};
const GroupId kA{"a"}, kB{"b"}, kDefault{};
constexpr DomainId kZero{0}, kOne{1};

WriteMasks masks_of(const GroupId& group, std::uint64_t zero, std::uint64_t one) {
  return {group, {{kZero, Cbm(zero)}, {kOne, Cbm(one)}}};
}

void must(const Status& status) {
  if (!status) FAIL(status.error().to_string());
}

// Somebody else makes a group. RMIDs of groups that a test before this one had are in limbo for about a second.
void make_group(const std::string& root, const std::string& name) {
  const ResctrlFiles files(root);
  Status made = files.make_group(name);
  for (int tries = 0; !made && made.error().sys_errno == EBUSY && tries < 300; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    made = files.make_group(name);
  }
  must(made);
}

// As a period does it.
Masks look(PqosOsControl& control, const std::vector<ContainerId>& containers = {}) {
  const Result<Census> census = control.take_census(containers);
  if (!census) FAIL(census.error().to_string());
  const Result<Masks> masks = control.read_masks();
  if (!masks) FAIL(masks.error().to_string());
  return *masks;
}

std::vector<std::string> news(PqosOsControl& control, const std::vector<ContainerId>& containers = {}) {
  const Result<Census> census = control.take_census(containers);
  if (!census) FAIL(census.error().to_string());
  return census->news;
}

bool tells(const std::vector<std::string>& lines, const std::string& part) {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

std::uint64_t mask_in(const Masks& masks, DomainId domain, const GroupId& group) {
  const DomainMasks* found = find_domain(masks, domain);
  REQUIRE(found != nullptr);
  const Cbm* mask = find_mask(*found, group);
  return mask == nullptr ? 0 : mask->bits;
}

std::uint64_t every_way(PqosOsControl& control) {
  return control.read_geometry()->domains.front().available.bits;
}

int class_count(PqosOsControl& control) {
  return control.read_geometry()->closids;
}

}  // namespace

TEST_CASE("masks of a group are read back as they were written, in both domains") {
  const auto node = make_node();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0xf, 0x3c)));
  const Masks masks = look(*control);
  CHECK(mask_in(masks, kZero, kA) == 0xf);
  CHECK(mask_in(masks, kOne, kA) == 0x3c);
  CHECK(mask_in(masks, kZero, kDefault) == every_way(*control));
}

TEST_CASE("a write to one domain leaves the other as it is") {
  const auto node = make_node();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0xf, 0x3c)));
  must(control->apply(WriteMasks{kA, {{kOne, Cbm(0x3)}}}));
  const Masks masks = look(*control);
  CHECK(mask_in(masks, kZero, kA) == 0xf);
  CHECK(mask_in(masks, kOne, kA) == 0x3);
}

TEST_CASE("a new group has every way, whatever its class of service had") {
  const auto node = make_node();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0x1, 0x2)));
  must(control->apply(RemoveGroup{kA}));
  CHECK(look(*control).domains.front().groups.empty());
  must(control->apply(CreateGroup{kB}));
  CHECK(mask_in(look(*control), kZero, kB) == every_way(*control));
  CHECK(mask_in(look(*control), kOne, kB) == every_way(*control));
}

TEST_CASE("all threads of a container are moved, and it is a member until it is moved back") {
  const auto node = make_node();
  const Sleeper one, two;
  node->container("web", {one.pid(), two.pid()});
  const auto control = node->open();
  CHECK(look(*control, {kWeb}).members.empty());
  must(control->apply(CreateGroup{kA}));
  must(control->apply(MoveContainer{kWeb, kA}));
  CHECK(look(*control, {kWeb}).members == std::vector<Member>{{kWeb, kA}});
  must(control->apply(MoveContainer{kWeb, kDefault}));
  CHECK(look(*control, {kWeb}).members.empty());
}

TEST_CASE("a thread that came later is brought to where the rest of its container is") {
  const auto node = make_node();
  const Sleeper one, two, late;
  node->container("web", {one.pid(), two.pid()});
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(MoveContainer{kWeb, kA}));
  node->container("web", {one.pid(), two.pid(), late.pid()});
  (void)look(*control, {kWeb});
  must(control->gather());
  // The late one alone: where it is now, is where it was brought.
  node->container("web", {late.pid()});
  CHECK(look(*control, {kWeb}).members == std::vector<Member>{{kWeb, kA}});
}

TEST_CASE("a thread that has ended does not stop a move") {
  const auto node = make_node();
  const Sleeper alive;
  Sleeper dead;
  const int tid = dead.pid();
  dead.end();
  node->container("web", {alive.pid(), tid});
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(MoveContainer{kWeb, kA}));
  node->container("web", {alive.pid()});
  CHECK(look(*control, {kWeb}).members == std::vector<Member>{{kWeb, kA}});
}

TEST_CASE("the members of a group that is removed fall back to the default group") {
  const auto node = make_node();
  const Sleeper one;
  node->container("web", {one.pid()});
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(MoveContainer{kWeb, kA}));
  must(control->apply(RemoveGroup{kA}));
  must(control->apply(CreateGroup{kB}));  // it has the same class
  CHECK(look(*control, {kWeb}).members.empty());
}

TEST_CASE("a group too many is refused as the kernel refuses it") {
  const auto node = make_node();
  const auto control = node->open();
  const int classes = class_count(*control);
  for (int i = 1; i < classes; ++i) must(control->apply(CreateGroup{{"g" + std::to_string(i)}}));
  const Status refused = control->apply(CreateGroup{kA});
  REQUIRE(!refused);
  CHECK(refused.error().why == "ENOSPC: Out of CLOSIDs");
  CHECK(refused.error().sys_errno == ENOSPC);
  must(control->apply(RemoveGroup{{"g2"}}));
  must(control->apply(CreateGroup{kA}));
}

TEST_CASE("a mask with holes is refused by its name, and the other domain is put back") {
  const auto node = make_node();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0x3, 0x3)));
  for (const std::uint64_t bad : {0x5, 0x0}) {
    const Status refused = control->apply(masks_of(kA, 0xf, bad));
    REQUIRE(!refused);
    CHECK(refused.error().why.starts_with("PQOS_RETVAL_PARAM"));
    const Masks masks = look(*control);
    CHECK(mask_in(masks, kZero, kA) == 0x3);
    CHECK(mask_in(masks, kOne, kA) == 0x3);
  }
  const Status wide = control->apply(masks_of(kA, 0xf, std::uint64_t{1} << 40));
  REQUIRE(!wide);
  CHECK(wide.error().why.starts_with("PQOS_RETVAL_"));  // which one, depends on the library's version
  CHECK(mask_in(look(*control), kZero, kA) == 0x3);
}

TEST_CASE("unknown groups and domains are refused") {
  const auto node = make_node();
  const auto control = node->open();
  CHECK(control->apply(masks_of(kA, 0x1, 0x1)).error().sys_errno == ENOENT);
  CHECK(control->apply(MoveContainer{kWeb, kA}).error().sys_errno == ENOENT);
  CHECK(control->apply(RemoveGroup{kA}).error().sys_errno == ENOENT);
  must(control->apply(CreateGroup{kA}));
  CHECK(control->apply(CreateGroup{kA}).error().sys_errno == EEXIST);
  CHECK(control->apply(WriteMasks{kA, {{DomainId{7}, Cbm(1)}}}).error().sys_errno == EINVAL);
}

TEST_CASE("after a release the node is as it was, and no journal is left") {
  const auto node = make_node();
  const Sleeper one;
  node->container("web", {one.pid()});
  const std::string before = node->tree();
  const auto control = node->open();
  CHECK(node->tree() != before);  // libpqos' directories
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0xf, 0xf)));
  must(control->apply(masks_of(kDefault, 0xf0, 0xf0)));
  must(control->apply(MoveContainer{kWeb, kA}));
  CHECK(Journal(node->runtime()).age().has_value());
  must(control->release());
  CHECK(node->tree() == before);
  CHECK(!Journal(node->runtime()).age());
  // The run goes on in advise: it can still read.
  const Masks masks = look(*control, {kWeb});
  CHECK(masks.domains.size() == 2);
  CHECK(masks.domains.front().shared.bits == every_way(*control));
  CHECK(masks.members.empty());
  // And it can begin again.
  must(control->apply(CreateGroup{kA}));
  must(control->release());
  CHECK(node->tree() == before);
}

TEST_CASE("a run within adopt_within goes on with what a crash left") {
  const auto node = make_node();
  const Sleeper one;
  node->container("web", {one.pid()});
  const std::string before = node->tree();
  {
    const auto crashed = node->open();
    must(crashed->apply(CreateGroup{kB}));
    must(crashed->apply(CreateGroup{kA}));
    must(crashed->apply(masks_of(kA, 0xf, 0x7)));
    must(crashed->apply(MoveContainer{kWeb, kA}));
  }
  const auto control = node->open(std::chrono::seconds(30));
  CHECK(tells(news(*control, {kWeb}), "adopted"));
  const Masks masks = look(*control, {kWeb});
  CHECK(mask_in(masks, kZero, kA) == 0xf);
  CHECK(mask_in(masks, kOne, kA) == 0x7);
  CHECK(masks.members == std::vector<Member>{{kWeb, kA}});
  CHECK(masks.domains.front().groups.size() == 2);
  must(control->release());
  CHECK(node->tree() == before);
}

TEST_CASE("a later run undoes what a crash left") {
  const auto node = make_node();
  const std::string before = node->tree();
  {
    const auto crashed = node->open();
    must(crashed->apply(CreateGroup{kA}));
    must(crashed->apply(masks_of(kDefault, 0x3, 0x3)));
  }
  const auto control = node->open();
  CHECK(tells(news(*control), "undid"));
  const Masks masks = look(*control);
  CHECK(masks.domains.front().groups.empty());
  CHECK(mask_in(masks, kZero, kDefault) == every_way(*control));
  must(control->release());
  CHECK(node->tree() == before);
}

TEST_CASE("whoever resets after a crash finds in the journal what is to be undone") {
  const auto node = make_node();
  const std::string before = node->tree();
  {
    const auto crashed = node->open();
    must(crashed->apply(CreateGroup{kA}));
    must(crashed->apply(masks_of(kA, 0xf, 0x7)));
    must(crashed->apply(masks_of(kDefault, 0x3, 0x3)));
  }
  const ResctrlFiles files(node->root());
  for (int again = 0; again < 2; ++again) REQUIRE(undo_node(files, *Journal(node->runtime()).read()).ok());
  CHECK(node->tree() == before);
}

TEST_CASE("a foreign group is told by its name and left as it is, and nothing is made") {
  const auto node = make_node();
  const ResctrlFiles files(node->root());
  for (const std::string name : {"theirs", "COS99", "COS0"}) {
    make_group(node->root(), name);
    const std::string before = node->tree();
    const auto refused = PqosOsControl::open(node->options());
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::unsupported);
    CHECK(refused.error().why.find("group " + name) != std::string::npos);
    CHECK(node->tree() == before);
    CHECK(!Journal(node->runtime()).age());
    must(files.remove_group(name));
  }
}

TEST_CASE("a class that somebody uses is told and left as it is") {
  const auto node = make_node();
  const Sleeper stranger;
  make_group(node->root(), "COS2");
  node->put_task(stranger.pid(), "COS2");
  const std::string before = node->tree();
  const auto refused = PqosOsControl::open(node->options());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().why.find("COS2 has tasks") != std::string::npos);
  CHECK(node->tree() == before);
}

TEST_CASE("a class with less than every way is told and left as it is") {
  const auto node = make_node();
  const ResctrlFiles files(node->root());
  {
    const auto crashed = node->open();
    must(crashed->apply(CreateGroup{kA}));
    must(crashed->apply(masks_of(kA, 0x3, 0x3)));
  }
  // Without the journal nobody knows that it was ours.
  must(Journal(node->runtime()).remove());
  node->mirror_class(1);
  const std::string before = node->tree();
  const auto refused = PqosOsControl::open(node->options());
  REQUIRE(!refused);
  CHECK(refused.error().why.find("COS1 has less than every way") != std::string::npos);
  CHECK(node->tree() == before);
}

TEST_CASE("an empty class that was there before is used and stays") {
  const auto node = make_node();
  const Sleeper one;
  node->container("web", {one.pid()});
  make_group(node->root(), "COS1");
  const std::string before = node->tree();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0x3, 0x3)));
  must(control->apply(MoveContainer{kWeb, kA}));
  CHECK(look(*control, {kWeb}).members == std::vector<Member>{{kWeb, kA}});
  must(control->release());
  CHECK(node->tree() == before);
  const Result<std::string> tasks = ResctrlFiles(node->root()).read("COS1/tasks");
  CHECK((!tasks || tasks->empty()));
}

TEST_CASE("a class whose directory somebody removed is made again, and its group is gone") {
  const auto node = make_node();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(CreateGroup{kB}));
  must(control->apply(masks_of(kB, 0x3, 0x3)));
  must(ResctrlFiles(node->root()).remove_group("COS1"));
  CHECK(tells(news(*control), "somebody removed COS1"));
  CHECK(news(*control).empty());
  const Masks masks = look(*control);
  CHECK(mask_in(masks, kZero, kA) == 0);
  CHECK(mask_in(masks, kZero, kB) == 0x3);
  CHECK(Journal(node->runtime()).read().value()->classes == std::map<std::string, int>{{"b", 2}});
  must(control->apply(CreateGroup{kA}));
  must(control->apply(masks_of(kA, 0x3, 0x3)));
}

TEST_CASE("a task that somebody puts into a free class is left alone, with its class") {
  const auto node = make_node();
  const Sleeper stranger;
  node->container("web", {stranger.pid()});
  const auto control = node->open();
  const int classes = class_count(*control);
  node->put_task(stranger.pid(), "COS1");
  const Result<Census> census = control->take_census({kWeb});
  REQUIRE(census.ok());
  CHECK(census->foreign == std::vector<ContainerId>{kWeb});
  CHECK(tells(census->news, "somebody else put tasks into COS1"));
  CHECK(class_count(*control) == classes - 1);
  must(control->apply(CreateGroup{kA}));
  CHECK(Journal(node->runtime()).read().value()->classes.at("a") == 2);
}

TEST_CASE("a run that may not write makes nothing and reads the default group") {
  const auto node = make_node();
  const std::string before = node->tree();
  ResctrlOptions options = node->options();
  options.writes = false;
  auto control = PqosOsControl::open(options);
  REQUIRE(control.ok());
  const Masks masks = look(**control, {kWeb});
  CHECK(masks.domains.size() == 2);
  CHECK(masks.domains.front().shared.bits == every_way(**control));
  CHECK((*control)->apply(CreateGroup{kA}).error().code == ErrorCode::unsupported);
  CHECK(node->tree() == before);
}

TEST_CASE("under root keep the default group is never written") {
  const auto node = make_node();
  ResctrlOptions options = node->options();
  options.root_policy = RootPolicy::keep;
  auto control = PqosOsControl::open(options);
  REQUIRE(control.ok());
  const std::string before = *ResctrlFiles(node->root()).read("schemata");
  must((*control)->apply(masks_of(kDefault, 0x3, 0x3)));
  CHECK(*ResctrlFiles(node->root()).read("schemata") == before);
  CHECK(mask_in(look(**control), kZero, kDefault) == 0x3);
}

TEST_CASE("the geometry is the file system's") {
  const auto node = make_node();
  const auto control = node->open();
  const Geometry geometry = *control->read_geometry();
  const ResctrlInfo info = *read_resctrl_info(ResctrlFiles(node->root()));
  CHECK(geometry.closids == info.closids);
  REQUIRE(geometry.domains.size() == 2);
  for (const DomainGeometry& domain : geometry.domains) {
    CHECK(domain.available == info.cbm_mask);
    CHECK(domain.shareable == info.shareable);
    CHECK(domain.min_cbm_bits == info.min_cbm_bits);
    CHECK(domain.way_bytes == info.way_bytes);
    CHECK(!domain.shared_may_be_empty);
  }
}

}  // namespace dcat::test
