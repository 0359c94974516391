// The directory names of our groups: "dcat." and the group's name, made fit for a file name. Everything with that
// prefix is ours, everything else is not.
//
// Letters, digits and - _ . ~ @ : stand for themselves, every other byte becomes %XX, so that names can be read back
// after a restart. A name too long for that ends in a hash; it is recognised only by who knows the group. Names that
// differ have directories that differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dcat {

inline constexpr std::string_view kGroupPrefix = "dcat.";
// Of a directory's name. The kernel takes 255 bytes; nested below mon_groups nothing is added.
inline constexpr std::size_t kLongestGroupName = 200;

std::string directory_name(std::string_view name);
// nullopt: the directory is not ours. What directory_name would not give back (a shortened name, one that somebody else
// has spelled otherwise, "dcat." alone) is a group of the directory's whole name, prefix and all: it is no other
// group's, and never the default group.
std::optional<std::string> parse_directory_name(std::string_view directory);

}  // namespace dcat
