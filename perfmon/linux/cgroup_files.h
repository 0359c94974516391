// Reading single files and directories of a cgroup tree, without keeping a descriptor: one that stays open on a cgroup
// keeps it dying after its removal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

// An errno that says that a cgroup or file is not there, or not for us to see; others say nothing about it.
bool is_absence(int number);

// A file of a page at most, as the kernel's one-line files are; nothing where it cannot be read, with errno.
std::optional<std::string> read_cgroup_file(const std::string& path);
std::string_view first_line(std::string_view text);

struct SubDirectory {
  std::string name;
  std::uint64_t inode = 0;  // of cgroup2: the cgroup's id, never used twice
};
// Directories in `directory`, ascending by name; links are none. sys_errno tells why it could not be read.
Result<std::vector<SubDirectory>> sub_directories(const std::string& directory);
// The magic number of the file system that a path is on (statfs(2)); nothing where it cannot be told.
std::optional<std::int64_t> file_system_of(const std::string& path);
// Nothing where there is no such directory.
std::optional<std::uint64_t> inode_of_directory(const std::string& path);

// Processes are in it or in a cgroup below it. By cgroup.events (cgroup-v2.rst, "populated"), which unlike
// cgroup.procs can be read of threaded cgroups too; a v1 hierarchy has none, and every cgroup.procs is looked into.
// false where there is no such cgroup; nothing where that cannot be told now (no descriptor is to be had).
std::optional<bool> is_populated(const std::string& directory);
bool is_threaded(const std::string& directory);

}  // namespace dcat
