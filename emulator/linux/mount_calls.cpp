#include "emulator/linux/mount_calls.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "emulator/linux/small_files.h"

namespace dcat::emulator {

namespace {

constexpr const char* kType = "resctrl";

Descriptor open_of(int tid, const char* name, int flags) {
  return Descriptor(::open(fmt::format("/proc/{}/{}", tid, name).c_str(), flags | O_CLOEXEC));
}

bool may_mount(int tid) {
  const std::optional<std::string> status = read_file(fmt::format("/proc/{}/status", tid));
  if (!status) return false;
  const std::size_t at = status->find("\nCapEff:");
  if (at == std::string::npos) return false;
  const std::uint64_t capabilities = std::strtoull(status->c_str() + at + 8, nullptr, 16);
  if ((capabilities >> CAP_SYS_ADMIN & 1) == 0) return false;
  struct stat ours {
  }, theirs{};
  return ::stat("/proc/self/ns/user", &ours) == 0 &&
         ::stat(fmt::format("/proc/{}/ns/user", tid).c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

// Where the caller is: its namespace, root and working directory.
struct Place {
  Descriptor mounts, root, directory;
};

// On a thread of its own, since it leaves everything that we see.
int mount_there(const Place& place, const std::string& target, unsigned long flags, int fuse_descriptor) {
  int error = 0;
  std::thread([&] {
    if (::unshare(CLONE_FS) != 0 || ::setns(place.mounts.fd(), CLONE_NEWNS) != 0 || ::fchdir(place.root.fd()) != 0 ||
        ::chroot(".") != 0 || ::fchdir(place.directory.fd()) != 0) {
      error = errno;
      return;
    }
    error = mount_fuse(fuse_descriptor, target.c_str(), flags);
  }).join();
  return error;
}

}  // namespace

Verdict judge_mount(FuseServer& server, const seccomp_notif& call, const std::function<bool()>& still_there) {
  const int tid = static_cast<int>(call.pid);
  if (call.data.nr == SYS_fsopen) {
    const std::optional<std::string> type = read_string(tid, call.data.args[0], NAME_MAX);
    if (!still_there() || type != kType) return {};
    return {false, ENOSYS};
  }
  constexpr unsigned long kOtherBusiness =
      MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
  const unsigned long flags = call.data.args[3];
  if ((flags & kOtherBusiness) != 0) return {};
  const std::optional<std::string> type = read_string(tid, call.data.args[2], NAME_MAX);
  const std::optional<std::string> target = read_string(tid, call.data.args[1], PATH_MAX);
  const std::optional<std::string> options =
      call.data.args[4] == 0 ? std::string() : read_string(tid, call.data.args[4], PATH_MAX);
  if (!still_there() || type != kType) return {};
  if (!target || !options) return {false, EFAULT};
  if (!may_mount(tid)) return {false, EPERM};
  const Place place{open_of(tid, "ns/mnt", O_RDONLY), open_of(tid, "root", O_PATH), open_of(tid, "cwd", O_PATH)};
  if (!place.mounts.open() || !place.root.open() || !place.directory.open() || !still_there()) return {false, EPERM};
  return {false, server.mount(*options, [&](int fuse_descriptor) {
            return mount_there(place, *target, flags, fuse_descriptor);
          })};
}

}  // namespace dcat::emulator
