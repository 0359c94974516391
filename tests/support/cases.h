// How many random cases a property has to hold for. The sanitizers' build runs a tenth of them: they look for another
// kind of mistake, ten times as slowly.
#pragma once

namespace dcat::testing {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
constexpr int kCases = kSanitized ? 1'000 : 10'000;

}  // namespace dcat::testing
