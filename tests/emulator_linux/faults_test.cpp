// SPECs of --fail: what is understood, what is refused, and which operation fails.
#include "emulator/linux/faults.h"

#include <cerrno>

#include "tests/support/catch.h"

namespace dcat::emulator {

namespace {

Faults faults_of(const std::vector<std::string>& specs) {
  return Faults(parse_faults(specs).value().specs);
}

std::string why(const std::string& spec) {
  const Result<FaultPlan> plan = parse_faults({spec});
  REQUIRE(!plan.ok());
  CHECK(plan.error().code == ErrorCode::bad_input);
  return plan.error().to_string();
}

constexpr Fault kBusy{FaultKind::error, EBUSY};

}  // namespace

TEST_CASE("a SPEC names an operation, a file, a count and an errno") {
  const Result<FaultPlan> plan = parse_faults({"write:schemata:3:EBUSY", "any:*:2+:kill-after", "kill:17"});
  REQUIRE(plan.ok());
  REQUIRE(plan->specs.size() == 2);
  CHECK(plan->specs[0] == FaultSpec{Operation::write, "schemata", 3, false, kBusy});
  CHECK(plan->specs[1] == FaultSpec{std::nullopt, "*", 2, true, {FaultKind::kill_after, 0}});
  CHECK(plan->kill_at_write_call == 17);
}

TEST_CASE("only the N-th operation on the file fails") {
  Faults faults = faults_of({"write:schemata:2:EBUSY"});
  CHECK(!faults.next(Operation::write, "schemata"));
  CHECK(!faults.next(Operation::write, "tasks"));
  CHECK(!faults.next(Operation::read, "schemata"));
  CHECK(faults.next(Operation::write, "schemata") == kBusy);
  CHECK(!faults.next(Operation::write, "schemata"));
}

TEST_CASE("with a plus the N-th and all later ones fail") {
  Faults faults = faults_of({"mkdir:*:2+:EBUSY"});
  CHECK(!faults.next(Operation::mkdir, "a"));
  CHECK(faults.next(Operation::mkdir, "b") == kBusy);
  CHECK(faults.next(Operation::mkdir, "c") == kBusy);
}

TEST_CASE("any operation is counted by any") {
  Faults faults = faults_of({"any:g:2:kill"});
  CHECK(!faults.next(Operation::mkdir, "g"));
  CHECK(faults.next(Operation::rmdir, "g") == Fault{FaultKind::kill, 0});
}

TEST_CASE("the first SPEC that matches decides and all of them count") {
  Faults faults = faults_of({"write:tasks:2:EBUSY", "write:tasks:2+:EIO"});
  CHECK(!faults.next(Operation::write, "tasks"));
  CHECK(faults.next(Operation::write, "tasks") == kBusy);
  CHECK(faults.next(Operation::write, "tasks") == Fault{FaultKind::error, EIO});
}

TEST_CASE("a SPEC that cannot be understood is refused with what is wrong") {
  const auto [spec, reason] = GENERATE(table<std::string, std::string>({
      {"", "four parts"},
      {"write", "four parts"},
      {"write:schemata:1", "four parts"},
      {"write:schemata:1:EBUSY:x", "four parts"},
      {"chmod:schemata:1:EBUSY", "none of write, mkdir"},
      {":schemata:1:EBUSY", "none of write, mkdir"},
      {"write::1:EBUSY", "FILE is empty"},
      {"write:g/schemata:1:EBUSY", "without directories"},
      {"write:schemata:0:EBUSY", "N is a number"},
      {"write:schemata:-1:EBUSY", "N is a number"},
      {"write:schemata:1x:EBUSY", "N is a number"},
      {"write:schemata:+:EBUSY", "N is a number"},
      {"write:schemata:99999999999999999999:EBUSY", "N is a number"},
      {"write:schemata:1:EWHAT", "none of kill, kill-after, EPERM"},
      {"write:schemata:1:16", "none of kill, kill-after, EPERM"},
      {"kill:0", "N is a number"},
      {"kill:2+", "N is a number"},
  }));
  CAPTURE(spec);
  CHECK(why(spec).find(reason) != std::string::npos);
  CHECK(why(spec).starts_with("--fail " + spec));
}

TEST_CASE("two points to kill at are one too many") {
  CHECK(!parse_faults({"kill:1", "kill:2"}).ok());
}

}  // namespace dcat::emulator
