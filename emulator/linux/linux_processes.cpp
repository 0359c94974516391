// The running kernel's tasks, by /proc. /proc/TID is there for every thread, also where a listing shows leaders alone.
#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "emulator/linux/small_files.h"
#include "emulator/linux/task_classes.h"

namespace dcat::emulator {

namespace {

// The numbers behind a key of /proc/TID/status.
std::vector<long> status_numbers(int tid, const std::string& key) {
  const std::optional<std::string> status = read_file("/proc/" + std::to_string(tid) + "/status");
  std::vector<long> numbers;
  if (!status) return numbers;
  const std::size_t at = status->find("\n" + key + ":");
  if (at == std::string::npos) return numbers;
  const char* next = status->c_str() + at + key.size() + 2;
  while (*next == '\t' || *next == ' ') {
    char* end = nullptr;
    numbers.push_back(std::strtol(next, &end, 10));
    if (end == next) break;
    next = end;
  }
  return numbers;
}

std::vector<int> numbered_entries(const std::string& directory) {
  std::vector<int> numbers;
  DIR* dir = ::opendir(directory.c_str());
  if (dir == nullptr) return numbers;  // it died
  while (const dirent* entry = ::readdir(dir))
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0) numbers.push_back(std::atoi(entry->d_name));
  ::closedir(dir);
  return numbers;
}

}  // namespace

bool LinuxProcesses::exists(int tid) {
  return tid > 0 && ::access(("/proc/" + std::to_string(tid)).c_str(), F_OK) == 0;
}

bool LinuxProcesses::is_zombie(int tid) {
  const std::string stat = read_file("/proc/" + std::to_string(tid) + "/stat").value_or("");
  const std::size_t name_end = stat.rfind(')');  // TID (NAME) STATE
  return name_end != std::string::npos && name_end + 2 < stat.size() &&
         (stat[name_end + 2] == 'Z' || stat[name_end + 2] == 'X');
}

std::optional<int> LinuxProcesses::leader_of(int tid) {
  const std::vector<long> tgid = status_numbers(tid, "Tgid");
  if (tgid.empty()) return std::nullopt;
  return static_cast<int>(tgid.front());
}

bool LinuxProcesses::owned_by(int tid, unsigned uid) {
  const std::vector<long> uids = status_numbers(tid, "Uid");  // real, effective, saved, of the file system
  return uids.size() >= 3 && (uids[0] == static_cast<long>(uid) || uids[2] == static_cast<long>(uid));
}

std::vector<int> LinuxProcesses::all_tasks() {
  std::vector<int> tids;
  for (const int pid : numbered_entries("/proc"))
    for (const int tid : numbered_entries("/proc/" + std::to_string(pid) + "/task")) tids.push_back(tid);
  std::sort(tids.begin(), tids.end());
  return tids;
}

TimePoint LinuxProcesses::now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return TimePoint(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

}  // namespace dcat::emulator
