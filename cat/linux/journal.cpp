#include "cat/linux/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "cat/linux/kept_file.h"
#include "cat/linux/resctrl_files.h"

namespace dcat {

namespace {

constexpr int kVersion = 1;
constexpr const char* kName = "journal.json";

Error refused(const std::string& what, int number, std::string todo = "") {
  return {ErrorCode::failed, what, errno_text(number), std::move(todo), number};
}

}  // namespace

std::string read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

Result<std::optional<JournalEntry>> Journal::read() const {
  std::string text;
  if (const int error = read_kept_file(path(), text); error != 0) {
    if (error == ENOENT || error == ENOTDIR) return std::optional<JournalEntry>();
    return refused("read " + path(), error);
  }
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto unreadable = [this](const std::string& why) {
    return Error{ErrorCode::failed, "read " + path(), why,
                 "`dcat reset --force` undoes what the groups' names tell and removes it"};
  };
  if (!json.is_object()) return unreadable("this is no journal");
  try {
    if (json.at("version") != kVersion) return unreadable("its version is " + json.at("version").dump());
    JournalEntry entry;
    json.at("backend").get_to(entry.backend);
    json.at("root").get_to(entry.root);
    json.at("boot_id").get_to(entry.boot_id);
    json.at("pid").get_to(entry.pid);
    json.at("default_schemata").get_to(entry.default_schemata);
    json.at("classes").get_to(entry.classes);
    json.at("kept").get_to(entry.kept);
    return std::optional(std::move(entry));
  } catch (const nlohmann::json::exception& error) {
    return unreadable(error.what());
  }
}

Status Journal::write(const JournalEntry& entry) const {
  const nlohmann::json json{{"version", kVersion},      {"backend", entry.backend},
                            {"root", entry.root},       {"boot_id", entry.boot_id},
                            {"pid", entry.pid},         {"default_schemata", entry.default_schemata},
                            {"classes", entry.classes}, {"kept", entry.kept}};
  // Names of groups may be any bytes; what is no UTF-8 in them is replaced.
  return replace_file(directory_, kName, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                      Kept::shown);
}

Status Journal::remove() const {
  ::unlink((path() + ".new").c_str());
  if (::unlink(path().c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return refused("remove " + path(), errno);
  sync_directory(directory_);
  return {};
}

Status Journal::set_aside() const {
  if (::rename(path().c_str(), (path() + ".damaged").c_str()) != 0 && errno != ENOENT)
    return refused("set aside " + path(), errno);
  sync_directory(directory_);
  return {};
}

void Journal::touch() const {
  ::utimensat(AT_FDCWD, path().c_str(), nullptr, 0);
}

std::optional<Duration> Journal::age() const {
  struct stat status {};
  if (::stat(path().c_str(), &status) != 0) return std::nullopt;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (status.st_mtim.tv_sec > now.tv_sec) return Duration(0);
  const auto since = std::chrono::seconds(now.tv_sec - status.st_mtim.tv_sec) +
                     std::chrono::nanoseconds(now.tv_nsec - status.st_mtim.tv_nsec);
  return std::max<Duration>(since, Duration(0));
}

Result<InstanceLock> InstanceLock::take(const std::string& directory) {
  if (Status made = make_runtime_directory(directory); !made) return std::move(made).error();
  const std::string path = directory + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return refused("open " + path, errno);
  ::fchmod(fd, 0644);  // `dcat doctor` looks at it, whatever the umask
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    std::array<char, 32> pid{};
    const ssize_t got = ::pread(fd, pid.data(), pid.size() - 1, 0);
    ::close(fd);
    if (error != EWOULDBLOCK) return refused("lock " + path, error);
    std::string who(pid.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    while (!who.empty() && who.back() == '\n') who.pop_back();
    return Error{ErrorCode::failed, "lock " + path, "another dcat controls this node (pid " + who + ")",
                 "stop it first", error};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    const int error = errno;
    ::close(fd);
    return refused("write " + path, error);
  }
  return InstanceLock(fd);
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

InstanceLock::~InstanceLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace dcat
