// Properties by rapidcheck: a property holds for at least 10,000 cases (1,000 sanitized). RC_PARAMS="seed=1
// max_success=100000" in the environment chooses others; the seed is printed before the first property.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "tests/support/cases.h"
#include "tests/support/catch.h"

namespace dcat::testing {

template <class Property>
void require_for_all(const std::string& what, Property&& property) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(params.maxSuccess, kCases);
  rc::detail::TestMetadata metadata;
  metadata.id = what;
  metadata.description = what;
  std::cerr << "- " << what << " (seed=" << params.seed << ")\n";
  const rc::detail::TestResult result = rc::detail::checkTestable(std::forward<Property>(property), metadata, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << std::endl;
  INFO("RC_PARAMS=\"seed=" << params.seed << "\" repeats it");
  REQUIRE(result.template is<rc::detail::SuccessResult>());
}

// 0 .. below - 1, from the whole range in every case (rapidcheck would begin with small ones). REQUIRES:
// below > 0
inline int pick(int below) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, below));
}
inline int pick(int from, int to) {
  return from + pick(to - from + 1);
}
inline bool one_in(int n) {
  return pick(n) == n - 1;
}

}  // namespace dcat::testing
