#include <cstddef>

#include "controller/config/config.h"

namespace dcat {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// The last * or ** seen and the path position it is tried at: on a mismatch it takes one more character.
struct Star {
  std::size_t after = 0;   // in the pattern
  std::size_t at = kNone;  // in the path; none = no star yet
};

bool is_one(char pattern, char c) {
  return pattern == c || (pattern == '?' && c != '/');
}

}  // namespace

// Two levels of backtracking are enough. A * stays within its path component, so where a later * fails at a
// /, only an earlier ** can help; and once a later ** is reached, the earliest match of what stood before it
// leaves the most for the rest, so that nothing before it needs to be tried again.
bool matches_pattern(std::string_view pattern, std::string_view path) {
  std::size_t p = 0, i = 0;
  Star star, double_star;
  while (i < path.size() || p < pattern.size()) {
    if (pattern.substr(p).starts_with("**")) {
      p += 2;
      double_star = Star{p, i};
      star = Star();
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = Star{++p, i};
    } else if (p < pattern.size() && i < path.size() && is_one(pattern[p], path[i])) {
      ++p;
      ++i;
    } else if (star.at < path.size() && path[star.at] != '/') {
      p = star.after;
      i = ++star.at;
    } else if (double_star.at < path.size()) {
      p = double_star.after;
      i = ++double_star.at;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace dcat
