// Trace events' `format` files, as Linux 6.1 and 6.18 write them.
#include "emulator/linux/fork_events.h"
#include "tests/support/catch.h"

namespace dcat::emulator {

namespace {

const std::string kOld =
    "name: sched_process_fork\nID: 288\nformat:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
    "\tfield:char parent_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t parent_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:char child_comm[16];\toffset:28;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t child_pid;\toffset:44;\tsize:4;\tsigned:1;\n\n"
    "print fmt: \"comm=%s pid=%d\", REC->parent_comm, REC->parent_pid\n";

}  // namespace

TEST_CASE("a trace format says where the fields are") {
  const Result<RecordLayout> layout = parse_trace_format(kOld, {"parent_pid", "child_pid"});
  REQUIRE(layout.ok());
  CHECK(*layout == RecordLayout{288, {24, 44}});
}

TEST_CASE("a field's name is not found inside another's") {
  const std::string exit =
      "name: sched_process_exit\nID: 290\nformat:\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
      "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n";
  const Result<RecordLayout> layout = parse_trace_format(exit, {"pid"});
  REQUIRE(layout.ok());
  CHECK(*layout == RecordLayout{290, {24}});
}

TEST_CASE("a trace format without a field, with one of another size, or without a number is refused") {
  CHECK(!parse_trace_format(kOld, {"nobody"}).ok());
  CHECK(!parse_trace_format(kOld, {"common_type"}).ok());
  CHECK(!parse_trace_format(kOld.substr(kOld.find("format:")), {"child_pid"}).ok());
  CHECK(!parse_trace_format("", {"child_pid"}).ok());
}

}  // namespace dcat::emulator
