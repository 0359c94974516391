// One word and its value -> one wish. Where the word stood (an annotation, an element of a domain's metadata, a
// flavor's extra spec) is the caller's to say.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "hooks/announcement.h"

namespace dcat {

// What an owner may ask for, in annotations' words.
inline constexpr std::array<std::string_view, 4> kWishWords{"contract-ways", "priority", "mode", "isolation"};
// The bits of a mask; a configuration's contract has the same bound.
inline constexpr int kMostContractWays = 64;
// A configuration's priority has the same.
inline constexpr int kMostPriority = 1000;

// Sets what `word` asks for. What is wrong, "got 'high', want a whole number of -1000..1000": nothing was set; empty:
// all is well. REQUIRES: `word` is one of kWishWords.
std::string read_wish(std::string_view word, std::string_view value, Wishes& wishes);

// A line more to tell; the sixteenth says that there are others.
void add_mistake(std::vector<std::string>& mistakes, std::string line);

// Text of theirs in a message of ours: short, and printable on any terminal whatever it holds. shown_text quotes it.
std::string printable_text(std::string_view text);
std::string shown_text(std::string_view text);

}  // namespace dcat
