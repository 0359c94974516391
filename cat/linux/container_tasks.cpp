#include "cat/linux/container_tasks.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <memory>
#include <string_view>

#include "cat/linux/kernel_file.h"
#include "cat/linux/resctrl_files.h"

namespace dcat {

namespace {

Error refused(const std::string& path, int number) {
  return {ErrorCode::failed, "read " + path, errno_text(number), "", number};
}

// ENODEV: the cgroup was removed while its file was open. EOPNOTSUPP: a cgroup that may not hold threads.
bool gone(int number) {
  return number == ENOENT || number == ENODEV || number == EOPNOTSUPP || number == ENOTDIR;
}

int walk(const std::string& cgroup, std::vector<int>& tids);

int walk_below(const std::string& cgroup, std::vector<int>& tids) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(cgroup.c_str()), ::closedir);
  if (entries == nullptr) return gone(errno) ? 0 : errno;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
    if (const int below = walk(cgroup + '/' + entry->d_name, tids); below != 0) return below;
  }
  return 0;
}

int walk(const std::string& cgroup, std::vector<int>& tids) {
  std::string text;
  int error = read_kernel_file(AT_FDCWD, (cgroup + "/cgroup.threads").c_str(), text);
  if (error != 0 && gone(error)) error = read_kernel_file(AT_FDCWD, (cgroup + "/tasks").c_str(), text);  // v1
  if (error != 0 && !gone(error)) return error;
  append_tids(text, tids);
  struct stat status {};
  // A directory has two links and one for each directory in it: most containers have none, and need no listing.
  if (::stat(cgroup.c_str(), &status) == 0 && status.st_nlink == 2) return 0;
  return walk_below(cgroup, tids);
}

void sort_from(std::vector<int>& tids, std::size_t first) {
  const auto begin = tids.begin() + static_cast<std::ptrdiff_t>(first);
  std::sort(begin, tids.end());
  tids.erase(std::unique(begin, tids.end()), tids.end());
}

}  // namespace

void append_tids(std::string_view text, std::vector<int>& tids) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    int tid = 0;
    const auto [next, errc] = std::from_chars(at, end, tid);
    if (errc == std::errc{} && tid > 0) tids.push_back(tid);  // 0: a task of another PID namespace
    // What is no number is passed over whole: the end of a number too large is no thread.
    at = errc == std::errc::invalid_argument ? at + 1 : next;
    while (at < end && (*at == '\n' || *at == ' ')) ++at;
  }
}

Status read_threads(const std::string& cgroup, std::vector<int>& tids) {
  if (cgroup.empty()) return {};  // the container is gone
  const std::size_t first = tids.size();
  if (const int error = walk(cgroup, tids); error != 0) return refused(cgroup, error);
  sort_from(tids, first);
  return {};
}

ThreadReader::~ThreadReader() {
  while (!open_.empty()) close(open_.begin());
}

void ThreadReader::close(Cgroups::iterator at) {
  if (at->second.threads >= 0) ::close(at->second.threads);
  if (at->second.directory >= 0) ::close(at->second.directory);
  open_.erase(at);
}

void ThreadReader::keep_only(const std::vector<std::string>& cgroups) {
  for (auto& [cgroup, open] : open_) open.wanted = false;
  for (const std::string& cgroup : cgroups)
    if (const auto at = open_.find(cgroup); at != open_.end()) at->second.wanted = true;
  for (auto at = open_.begin(); at != open_.end();) {
    const auto next = std::next(at);
    if (!at->second.wanted) close(at);
    at = next;
  }
}

ThreadReader::Cgroups::iterator ThreadReader::open(const std::string& cgroup) {
  const auto known = open_.find(cgroup);
  if (known != open_.end() || open_.size() >= kMostOpen) return known;
  Open opened;
  opened.directory = ::open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened.directory < 0) return open_.end();
  opened.threads = ::openat(opened.directory, "cgroup.threads", O_RDONLY | O_CLOEXEC);
  if (opened.threads < 0) opened.threads = ::openat(opened.directory, "tasks", O_RDONLY | O_CLOEXEC);  // v1
  const auto at = open_.emplace(cgroup, opened).first;
  if (opened.threads >= 0) return at;
  close(at);
  return open_.end();
}

Status ThreadReader::read(const std::string& cgroup, std::vector<int>& tids) {
  const auto at = cgroup.empty() ? open_.end() : open(cgroup);
  if (at == open_.end()) return read_threads(cgroup, tids);
  const std::size_t first = tids.size();
  std::string text;
  struct stat status {};
  const int error = reread_kernel_file(at->second.threads, text);
  if (error != 0 || ::fstat(at->second.directory, &status) != 0 || status.st_nlink != 2) {
    // It has cgroups below it; or it is gone, and another one may have its name.
    if (error != 0) close(at);
    return read_threads(cgroup, tids);
  }
  append_tids(text, tids);
  sort_from(tids, first);
  return {};
}

}  // namespace dcat
