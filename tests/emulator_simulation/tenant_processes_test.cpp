#include "emulator/linux/tenant_processes.h"

#include "tests/support/catch.h"

namespace dcat::emulator::test {
namespace {

TEST_CASE("A tenant's name becomes one that cgroupfs takes, and no two become the same") {
  struct Case {
    const char* tenant;
    const char* name;
  };
  const Case cases[] = {{"mlr", "mlr"},         {"lookbusy-1", "lookbusy-1"},
                        {"A_z9", "A_z9"},       {"..", "%2e%2e"},
                        {"a/b", "a%2fb"},       {"cgroup.procs", "cgroup%2eprocs"},
                        {"a%2fb", "a%252fb"},   {"two words", "two%20words"},
                        {"\xc3\xa9", "%c3%a9"}, {"line\n", "line%0a"}};
  for (const Case& c : cases) CHECK(cgroup_name(c.tenant) == c.name);
}

}  // namespace
}  // namespace dcat::emulator::test
