#include "emulator/rmids.h"

#include <cerrno>

#include "tests/emulator/fake_tasks.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

constexpr std::uint64_t kThreshold = 65536;
const std::vector<DomainId> kOne = {DomainId{0}};
const std::vector<DomainId> kTwo = {DomainId{0}, DomainId{1}};

struct Fixture {
  FakeUsage usage;
  Rmids rmids;
  explicit Fixture(Kernel kernel, int count = 3)
      : rmids(count, kernel, [this](int rmid, DomainId domain) { return usage.llc_occupancy_bytes(rmid, domain); }) {}
};

}  // namespace

TEST_CASE("the RMID that is free the longest is taken, and 0 never") {
  Fixture f(Kernel::linux_6_12);
  CHECK(f.rmids.take().value == 1);
  CHECK(f.rmids.take().value == 2);
  CHECK(f.rmids.take().error == ENOSPC);
  f.rmids.give_back(2, kOne, kThreshold);
  f.rmids.check_limbo(kOne, kThreshold);
  f.rmids.give_back(1, kOne, kThreshold);
  f.rmids.check_limbo(kOne, kThreshold);
  CHECK(f.rmids.take().value == 2);
  f.rmids.give_back(0, kOne, kThreshold);
  CHECK(f.rmids.free() == 1);
}

TEST_CASE("6.12 keeps every freed RMID in limbo until it has looked") {
  Fixture f(Kernel::linux_6_12, 2);
  const int rmid = f.rmids.take().value;
  f.rmids.give_back(rmid, kOne, kThreshold);
  CHECK(f.rmids.take().error == EBUSY);
  f.rmids.check_limbo(kOne, kThreshold);
  CHECK(f.rmids.take().error == 0);
}

TEST_CASE("6.1 looks at once, but only at the domain it runs in") {
  Fixture f(Kernel::linux_6_1, 2);
  const int rmid = f.rmids.take().value;
  f.rmids.give_back(rmid, kOne, kThreshold);
  CHECK(f.rmids.take().error == 0);
  f.rmids.give_back(rmid, kTwo, kThreshold);
  CHECK(f.rmids.take().error == EBUSY);
  f.rmids.check_limbo(kTwo, kThreshold);
  CHECK(f.rmids.take().error == 0);
  f.usage.occupancy[{rmid, 0}] = kThreshold + 1;
  f.rmids.give_back(rmid, kOne, kThreshold);
  CHECK(f.rmids.take().error == EBUSY);
}

TEST_CASE("an RMID leaves limbo when its lines are below the threshold in all domains") {
  Fixture f(Kernel::linux_6_12, 2);
  const int rmid = f.rmids.take().value;
  f.usage.occupancy[{rmid, 0}] = kThreshold;
  f.usage.unavailable.insert({rmid, 1});
  f.rmids.give_back(rmid, kTwo, kThreshold);
  f.rmids.check_limbo(kTwo, kThreshold);
  CHECK(f.rmids.in_limbo() == 1);
  f.usage.unavailable.clear();
  f.rmids.check_limbo(kTwo, kThreshold);  // at the threshold is not below it
  CHECK(f.rmids.in_limbo() == 1);
  f.usage.unavailable.insert({rmid, 0});
  f.usage.occupancy[{rmid, 0}] = kThreshold - 1;
  f.rmids.check_limbo(kTwo, kThreshold);
  CHECK(f.rmids.in_limbo() == 1);
  f.usage.unavailable.clear();
  f.rmids.check_limbo(kTwo, kThreshold);
  CHECK(f.rmids.in_limbo() == 0);
  CHECK(f.rmids.free() == 1);
}

TEST_CASE("what was dirty in a domain that is gone does not hold an RMID back") {
  Fixture f(Kernel::linux_6_12, 2);
  const int rmid = f.rmids.take().value;
  f.usage.occupancy[{rmid, 1}] = 10 * kThreshold;
  f.rmids.give_back(rmid, kTwo, kThreshold);
  f.rmids.forget(DomainId{1});
  CHECK(f.rmids.in_limbo() == 1);
  f.rmids.check_limbo(kOne, kThreshold);
  CHECK(f.rmids.in_limbo() == 0);
}
