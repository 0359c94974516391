// Built with program_missing.cpp, wherever the real one is built too.
#include "perfmon/bpf/cgroup_program.h"
#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("a build without clang or libbpf says so, and what to install") {
  const Result<std::unique_ptr<CgroupProgram>> program = load_cgroup_program(8192);
  REQUIRE(!program);
  CHECK(program.error().code == ErrorCode::unsupported);
  CHECK(program.error().why == "it is not built in");
  CHECK(program.error().todo.find("clang and libbpf-dev") != std::string::npos);
}
