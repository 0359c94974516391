#include "cat/linux/resctrl_info.h"

#include <cerrno>

#include "cat/schemata.h"
#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using test::ResctrlTree;

ResctrlInfo info_of(const ResctrlTree& tree) {
  Result<ResctrlInfo> info = read_resctrl_info(ResctrlFiles(tree.root()));
  if (!info) FAIL(info.error().to_string());
  return *std::move(info);
}
std::string error_of(const ResctrlTree& tree) {
  const Result<ResctrlInfo> info = read_resctrl_info(ResctrlFiles(tree.root()));
  return info ? "no error" : info.error().to_string();
}
std::string masks_of(const ResctrlTree& tree, const std::string& group, const ResctrlInfo& info) {
  const auto masks = read_group_masks(ResctrlFiles(tree.root()), info, group);
  return masks ? format_schemata("L3", *masks) : masks.error().to_string();
}

void with_cdp(const ResctrlTree& tree) {
  for (const char* resource : {"L3CODE", "L3DATA"}) {
    const std::string directory = std::string("info/") + resource + "/";
    tree.file(directory + "cbm_mask", "ff\n");
    tree.file(directory + "min_cbm_bits", "1\n");
    tree.file(directory + "shareable_bits", "c0\n");
    tree.file(directory + "num_closids", "2\n");
  }
  tree.remove("info/L3");
  tree.file("schemata", "L3DATA:0=ff;3=ff\nL3CODE:0=ff;3=ff\n");
  tree.file("size", "L3DATA:0=8388608;3=8388608\nL3CODE:0=8388608;3=8388608\n");
}

TEST_CASE("the facts of a node are read from info, the default group and its size") {
  const ResctrlTree tree;
  const ResctrlInfo info = info_of(tree);
  CHECK(info.cbm_mask == Cbm(0xff));
  CHECK(info.shareable == Cbm(0xc0));
  CHECK(info.min_cbm_bits == Ways(1));
  CHECK_FALSE(info.empty_masks);
  CHECK_FALSE(info.sparse);
  CHECK_FALSE(info.cdp);
  CHECK(info.closids == 4);
  CHECK((info.rmids == 0 && !info.occupancy && !info.bandwidth));
  CHECK(info.way_bytes == 1u << 20);
  CHECK(info.domains == std::vector<DomainId>{DomainId{0}, DomainId{3}});
  CHECK(info.lines == std::vector<std::string>{"L3"});
}

TEST_CASE("monitoring is what num_rmids and mon_features say") {
  const ResctrlTree tree;
  tree.monitoring(64);
  ResctrlInfo info = info_of(tree);
  CHECK((info.rmids == 64 && info.occupancy && info.bandwidth));
  tree.file("info/L3_MON/mon_features", "llc_occupancy\n");
  info = info_of(tree);
  CHECK((info.rmids == 64 && info.occupancy && !info.bandwidth));
}

TEST_CASE("a group needs one class of each resource: the fewest count") {
  const ResctrlTree tree;
  tree.file("info/L3/num_closids", "16\n");
  tree.file("info/MB/num_closids", "8\n");
  tree.file("info/L2/num_closids", "9\n");
  tree.monitoring(64);  // has no num_closids
  CHECK(info_of(tree).closids == 8);
}

TEST_CASE("a machine may take empty masks, and masks with holes") {
  const ResctrlTree tree;
  tree.file("info/L3/min_cbm_bits", "0\n");
  tree.file("info/L3/sparse_masks", "1\n");
  const ResctrlInfo info = info_of(tree);
  CHECK((info.empty_masks && info.min_cbm_bits == Ways(1) && info.sparse));
  tree.file("info/L3/sparse_masks", "0\n");
  tree.file("info/L3/min_cbm_bits", "2\n");
  CHECK((info_of(tree).min_cbm_bits == Ways(2) && !info_of(tree).sparse && !info_of(tree).empty_masks));
}

TEST_CASE("with code and data prioritisation both lines are ours, and a way is one that either may fill") {
  const ResctrlTree tree;
  with_cdp(tree);
  tree.group("dcat.a", "L3DATA:0=3;3=f\nL3CODE:0=c;3=f\n");
  const ResctrlInfo info = info_of(tree);
  CHECK(info.cdp);
  CHECK(info.closids == 2);
  CHECK(info.lines == std::vector<std::string>{"L3DATA", "L3CODE"});
  CHECK(info.way_bytes == 1u << 20);
  CHECK(masks_of(tree, "dcat.a", info) == "L3:0=f;3=f");
  tree.file("dcat.a/schemata", "L3DATA:0=3;3=f\n");
  CHECK(masks_of(tree, "dcat.a", info).ends_with("dcat.a/schemata: there is no L3CODE line"));
}

TEST_CASE("without an L3 there is nothing to allocate, and that is not an error of the program") {
  const ResctrlTree tree;
  tree.remove("info/L3");
  tree.file("info/MB/num_closids", "8\n");
  const auto info = read_resctrl_info(ResctrlFiles(tree.root()));
  REQUIRE_FALSE(info.ok());
  CHECK(info.error().code == ErrorCode::unsupported);
}

TEST_CASE("optional files may be missing") {
  const ResctrlTree tree;
  tree.remove("info/L3/shareable_bits");
  tree.remove("size");
  const ResctrlInfo info = info_of(tree);
  CHECK(info.shareable == Cbm());
  CHECK(info.way_bytes == 0);
}

TEST_CASE("the size of a way is not known where the size file does not tell it") {
  const ResctrlTree tree;
  for (const char* size :
       {"", "rubbish", "MB:0=100\n", "L3:0=x;3=-1\n", "L3:7=8388608\n", "L3:0=99999999999999999999999\n"}) {
    INFO(size);
    tree.file("size", size);
    CHECK(info_of(tree).way_bytes == 0);
  }
  tree.file("size", "L3:0=x;3=4194304\n");
  tree.file("schemata", "L3:0=0;3=f\n");  // four ways of the default group are 4 MiB
  CHECK(info_of(tree).way_bytes == 1u << 20);
}

TEST_CASE("a damaged number is told with its file and what is in it") {
  struct Row {
    std::string path, text;
  };
  for (const Row& row :
       {Row{"info/L3/cbm_mask", ""}, Row{"info/L3/cbm_mask", "0xff\n"}, Row{"info/L3/cbm_mask", "-1\n"},
        Row{"info/L3/cbm_mask", "1ffffffffffffffff\n"}, Row{"info/L3/cbm_mask", "f f\n"},
        Row{"info/L3/cbm_mask", std::string("\x01\x02\0\x03", 4)}, Row{"info/L3/min_cbm_bits", "one\n"},
        Row{"info/L3/min_cbm_bits", "-1\n"}, Row{"info/L3/shareable_bits", "g\n"}, Row{"info/L3/sparse_masks", "yes\n"},
        Row{"info/L3/num_closids", "\n"}, Row{"info/L3/num_closids", "1.5\n"},
        Row{"info/L3_MON/num_rmids", "many\n"}}) {
    const ResctrlTree tree;
    tree.monitoring(64);
    tree.file(row.path, row.text);
    INFO(row.path << " " << row.text);
    const std::string error = error_of(tree);
    CHECK(error.find("read " + tree.root() + "/" + row.path) != std::string::npos);
    CHECK(error.find("want a number") != std::string::npos);
  }
}

TEST_CASE("numbers beyond all machines are cut to what can be counted with") {
  const ResctrlTree tree;
  tree.monitoring(1);
  tree.file("info/L3/num_closids", "18446744073709551615\n");
  tree.file("info/L3_MON/num_rmids", "4294967297\n");
  tree.file("info/L3/min_cbm_bits", "4294967296\n");
  const ResctrlInfo info = info_of(tree);
  CHECK(info.closids == 4'096);
  CHECK(info.rmids > 1'000);
  CHECK(info.min_cbm_bits == Ways(64));
}

TEST_CASE("a file that is missing or padded is missing or padded, not wrong") {
  const ResctrlTree tree;
  tree.file("info/L3/cbm_mask", "  ff  \n");
  CHECK(info_of(tree).cbm_mask == Cbm(0xff));
  tree.file("info/L3/cbm_mask", "ff");
  CHECK(info_of(tree).cbm_mask == Cbm(0xff));
  tree.remove("info/L3/cbm_mask");
  CHECK(error_of(tree) == "read " + tree.root() + "/info/L3/cbm_mask: ENOENT: No such file or directory");
}

TEST_CASE("a group's masks are its L3 line's, among all other lines") {
  const ResctrlTree tree;
  const ResctrlInfo info = info_of(tree);
  tree.group("g", "    L2:0=f\n    MB:0=100;3=100\n    L3:3=0f0;0=  3\nNEW:1=x\n");
  CHECK(masks_of(tree, "g", info) == "L3:0=3;3=f0");
  CHECK(masks_of(tree, "", info) == "L3:0=ff;3=ff");
  tree.group("half", "L3:3=c");
  CHECK(masks_of(tree, "half", info) == "L3:3=c");
}

TEST_CASE("a damaged schemata file is an error of its path, and no mask") {
  const ResctrlTree tree;
  const ResctrlInfo info = info_of(tree);
  for (const char* text : {"", "MB:0=100\n", "L3:0=f;0=f\n", "L3:0=xyz\n", "L3:0=\n", "L3:0=1ffffffffffffffff\n",
                           "L3:-1=f\n", "L3:0=f\nrubbish\n", "L3"}) {
    INFO(text);
    tree.group("g", text);
    const auto masks = read_group_masks(ResctrlFiles(tree.root()), info, "g");
    REQUIRE_FALSE(masks.ok());
    CHECK(masks.error().code == ErrorCode::failed);
    CHECK(masks.error().what.find(tree.root() + "/g/schemata") != std::string::npos);
  }
  CHECK(read_group_masks(ResctrlFiles(tree.root()), info, "none").error().sys_errno == ENOENT);
}

void with_mba(const ResctrlTree& tree, const std::string& line) {
  tree.file("info/MB/num_closids", "8\n");
  tree.file("info/MB/min_bandwidth", "20\n");
  tree.file("info/MB/bandwidth_gran", "10\n");
  tree.file("info/MB/delay_linear", "1\n");
  tree.file("schemata", "    " + line + "\n    L3:0=ff;3=ff\n");
}

TEST_CASE("memory bandwidth is throttled by the kernel's own steps") {
  const ResctrlTree tree;
  CHECK_FALSE(info_of(tree).throttles.has_value());
  CHECK(info_of(tree).why_no_throttles.empty());
  with_mba(tree, "MB:0=100;3= 50");
  const ResctrlInfo info = info_of(tree);
  CHECK(info.throttles == ThrottleSteps{Throttle(20), 10});
  CHECK(info.throttle_closids == 8);
  CHECK(info.why_no_throttles.empty());
  tree.group("g", "    MB:0= 30;3=100\n    L3:0=f;3=f\n");
  const auto schemata = read_group_schemata(ResctrlFiles(tree.root()), info, "g");
  REQUIRE(schemata.ok());
  CHECK(schemata->bandwidths == std::vector<std::pair<DomainId, std::uint32_t>>{{DomainId{0}, 30}, {DomainId{3}, 100}});
}

TEST_CASE("where bandwidth is no percentage of the L3's domains there is no throttle, and why is told") {
  const struct {
    const char* file;
    const char* text;
    const char* line;
    const char* why;
  } cases[] = {
      {"bandwidth_gran", "10\n", "MB:0=4294967295;3=4294967295", "amounts (mounted with mba_MBps?)"},
      {"bandwidth_gran", "10\n", "MB:0=100;3=2048", "amounts"},
      {"delay_linear", "0\n", "MB:0=100;3=100", "not linear"},
      {"bandwidth_gran", "10\n", "MB:0=100;1=100", "its domains are not the L3 caches'"},
      {"bandwidth_gran", "10\n", "MB:0=100", "its domains are not the L3 caches'"},
      {"bandwidth_gran", "10\n", "MB:x", "its domains are not the L3 caches'"},
      {"min_bandwidth", "0\n", "MB:0=100;3=100", "no percentages"},
      {"bandwidth_gran", "100\n", "MB:0=100;3=100", "no percentages"},
      {"min_bandwidth", "many\n", "MB:0=100;3=100", "want a number"},
  };
  for (const auto& c : cases) {
    const ResctrlTree tree;
    with_mba(tree, c.line);
    tree.file(std::string("info/MB/") + c.file, c.text);
    // What is wrong with bandwidth is nothing to the ways.
    if (std::string(c.line) == "MB:x") tree.file("schemata", "    MB:0=x;3=y\n    L3:0=ff;3=ff\n");
    CAPTURE(c.line, c.file, info_of(tree).why_no_throttles);
    CHECK_FALSE(info_of(tree).throttles.has_value());
    CHECK(info_of(tree).why_no_throttles.find(c.why) != std::string::npos);
  }
}

}  // namespace
}  // namespace dcat
