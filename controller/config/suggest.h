// "Did you mean": the word of a list that a misspelt word is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dcat {

// The candidate at the least edit distance (insert, delete, replace, swap of neighbours), if that is at most
// a third of the word's length or one of them begins with the other; empty when none is near. Ties go to the
// first candidate.
std::string closest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace dcat
