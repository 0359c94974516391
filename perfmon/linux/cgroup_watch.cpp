#include "perfmon/linux/cgroup_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dcat {

namespace {

constexpr std::uint32_t kOfDirectory =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW;
constexpr std::uint32_t kOfFile = IN_MODIFY | IN_DONT_FOLLOW;
constexpr std::size_t kBuffer = 64 * 1024;  // some thousand events at once

}  // namespace

Result<std::unique_ptr<CgroupWatch>> CgroupWatch::open(std::size_t most) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd >= 0) return std::unique_ptr<CgroupWatch>(new CgroupWatch(fd, most));
  const int why = errno;
  return Error{ErrorCode::failed, "watch the cgroup tree", std::strerror(why), "raise fs.inotify.max_user_instances",
               why};
}

CgroupWatch::~CgroupWatch() {
  ::close(fd_);
}

Result<int> CgroupWatch::watch_directory(const std::string& path) {
  return add(path, kOfDirectory);
}
Result<int> CgroupWatch::watch_file(const std::string& path) {
  return add(path, kOfFile);
}

Result<int> CgroupWatch::add(const std::string& path, std::uint32_t events) {
  const bool room = held_.size() < most_;
  const int watch = room ? ::inotify_add_watch(fd_, path.c_str(), events) : -1;
  const int why = room ? errno : ENOSPC;
  if (watch < 0)
    return Error{ErrorCode::failed, "watch " + path, std::strerror(why),
                 why == ENOSPC ? "raise fs.inotify.max_user_watches" : "", why};
  held_.insert(watch);
  return watch;
}

void CgroupWatch::let_go(int watch) {
  if (held_.erase(watch) == 0) return;
  ::inotify_rm_watch(fd_, watch);  // EINVAL: the kernel was first, and its word for it is still to be read
}

std::vector<CgroupWatch::News> CgroupWatch::read() {
  std::vector<News> news;
  alignas(inotify_event) char buffer[kBuffer];
  while (true) {
    const ssize_t size = ::read(fd_, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return news;
    take(buffer, static_cast<std::size_t>(size), news);
  }
}

void CgroupWatch::take(const char* buffer, std::size_t size, std::vector<News>& news) {
  for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
    inotify_event event;
    std::memcpy(&event, buffer + at, sizeof(event));
    const char* const name = buffer + at + sizeof(event);
    at += sizeof(event) + event.len;
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      news.push_back({What::overflowed, -1, {}});
      continue;
    }
    // What was still on its way when a watch was let go is nobody's.
    if (!held_.contains(event.wd)) continue;
    if ((event.mask & IN_IGNORED) != 0) {
      held_.erase(event.wd);
      news.push_back({What::ended, event.wd, {}});
    } else if ((event.mask & IN_MODIFY) != 0) {
      news.push_back({What::modified, event.wd, {}});
    } else if ((event.mask & IN_ISDIR) != 0 && event.len > 0) {
      const bool here = (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
      news.push_back({here ? What::appeared : What::disappeared, event.wd, name});
    }
  }
}

}  // namespace dcat
