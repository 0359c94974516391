// What holds of every policy, on inputs from a seed.
#include <algorithm>
#include <set>

#include "controller/policies/clusters.h"
#include "controller/policies/policy.h"
#include "tests/controller/policies/inputs.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int kRounds = 300;
#else
constexpr int kRounds = 1500;
#endif

test::Asked random_input(test::Engine& engine) {
  // Now and then the largest node; mostly small ones, where things do not fit.
  const int ways = test::pick(engine, 0, 9) == 0 ? test::pick(engine, 21, 64) : test::pick(engine, 1, 20);
  const int least = ways > 1 ? test::pick(engine, 1, 2) : 1;
  test::Asked a = test::asked(ways, test::pick(engine, 2, 16), least);
  if (test::pick(engine, 0, 1) == 0) a.input.floor_tolerance = 0.2 * test::part(engine);
  const bool fair = test::pick(engine, 0, 1) == 0;
  const int tenants = test::pick(engine, 1, 20);
  for (int i = 0; i < tenants; ++i) {
    const int contract = fair ? ways / tenants : test::pick(engine, 0, ways);
    PolicyTenant& tenant = a.add(contract, test::random_curve(engine, ways));
    if (test::pick(engine, 0, 40) == 0) tenant.curve = nullptr;
    tenant.priority = test::pick(engine, 0, 5) == 0 ? 1 : 0;
  }
  return a;
}

void measure_anew(test::Engine& engine, test::Asked& a) {
  for (PolicyTenant& tenant : a.input.tenants) {
    tenant.measured.reset();
    if (test::pick(engine, 0, 9) == 0) continue;
    const double references = test::pick(engine, 0, 9) == 0 ? 0 : 1e7 * test::part(engine);
    tenant.measured = Measured{0.1 + test::part(engine), references * test::part(engine), references,
                               test::part(engine), a.input.ways.count * test::part(engine)};
  }
}

void check_legal(const PolicyInput& input, const Allocation& a) {
  REQUIRE(a.cluster_of.size() == input.tenants.size());
  for (const std::size_t c : a.cluster_of) REQUIRE(c < a.masks.size());
  std::set<std::uint64_t> different;
  for (const Cbm mask : a.masks) {
    REQUIRE(mask.contiguous());
    REQUIRE(Cbm::run(WayIndex(0), input.ways).contains(mask));
    REQUIRE(mask.size() >= input.least);
    different.insert(mask.bits);
  }
  REQUIRE(static_cast<int>(different.size()) <= input.closids);
}

bool disjoint(const Allocation& a) {
  for (std::size_t i = 0; i < a.masks.size(); ++i)
    for (std::size_t k = i + 1; k < a.masks.size(); ++k)
      if (a.masks[i].overlaps(a.masks[k])) return false;
  return true;
}

}  // namespace

TEST_CASE("Whatever it is asked, a policy's masks are legal, or it says why there are none") {
  const std::set<std::string_view> clusters{"shared", "static", "ucp", "lfoc", "kpart"};
  for (const std::string_view name : policy_names()) {
    test::Engine engine(7);
    int answered = 0;
    int refused = 0;
    for (int round = 0; round < kRounds; ++round) {
      test::Asked a = random_input(engine);
      const std::unique_ptr<Policy> policy = make_policy(name);
      const std::unique_ptr<Policy> twin = make_policy(name);
      const int periods = policy->needs_curves() ? 1 : 4;
      for (int period = 0; period < periods; ++period) {
        if (period > 0) measure_anew(engine, a);
        INFO(name << ", round " << round << ", period " << period << ": " << a.input.tenants.size() << " tenants, "
                  << a.input.ways.count << " ways, at least " << a.input.least.count << ", " << a.input.closids
                  << " CLOSIDs");
        const Result<Allocation> allocation = policy->allocate(a.input);
        const Result<Allocation> again = twin->allocate(a.input);
        REQUIRE(allocation.ok() == again.ok());
        if (!allocation) {
          ++refused;
          REQUIRE(allocation.error().code == ErrorCode::bad_input);
          REQUIRE_FALSE(allocation.error().why.empty());
          REQUIRE_FALSE(allocation.error().todo.empty());
          continue;
        }
        ++answered;
        REQUIRE(*allocation == *again);
        check_legal(a.input, *allocation);
        if (clusters.contains(name)) REQUIRE(disjoint(*allocation));
      }
    }
    INFO(name << " answered " << answered << ", refused " << refused);
    CHECK(answered > kRounds / 20);
    const bool can_refuse = name == "static" || name == "ucp" || name == "lfoc" || name == "kpart";
    CHECK((refused > 0) == can_refuse);
  }
}

TEST_CASE("Partitions are one a tenant, and under floors UCP keeps each tenant's floor") {
  test::Engine engine(8);
  int asked = 0;
  for (int round = 0; round < kRounds; ++round) {
    test::Asked a = random_input(engine);
    a.input.floor_tolerance = 0.1 * test::part(engine);
    const Result<Allocation> allocation = make_policy("ucp")->allocate(a.input);
    if (!allocation) continue;
    ++asked;
    REQUIRE(allocation->masks.size() == a.input.tenants.size());
    for (std::size_t i = 0; i < a.input.tenants.size(); ++i) {
      const int size = allocation->masks[allocation->cluster_of[i]].size().count;
      REQUIRE(size >= floor_ways(a.input, i));
      const PolicyTenant& tenant = a.input.tenants[i];
      if (tenant.contract < a.input.least) continue;
      const auto ipc = [&](int ways) { return tenant.curve->at[static_cast<std::size_t>(ways) - 1].ipc; };
      REQUIRE(ipc(size) >= (1 - *a.input.floor_tolerance) * ipc(tenant.contract.count));
    }
  }
  CHECK(asked > 50);
}

}  // namespace dcat
