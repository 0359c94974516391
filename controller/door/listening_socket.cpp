#include "controller/door/listening_socket.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace dcat {
namespace {

using namespace std::chrono_literals;

// How long another daemon that starts is waited for: its look at the path takes a millisecond.
constexpr auto kLockStep = 10ms;
constexpr int kLockSteps = 100;

Error failure(const std::string& path, const std::string& why, std::string todo = "", int number = 0) {
  return {ErrorCode::failed, "listen on " + path, why, std::move(todo), number};
}

Error failure(const std::string& path, const std::string& call, int number) {
  return failure(path, call + ": " + std::strerror(number), "", number);
}

// What did not become a socket that listens leaves no file behind.
class Made {
 public:
  explicit Made(const std::string& path) : path_(path) {}
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made() {
    if (!kept_) ::unlink(path_.c_str());
  }
  void keep() { kept_ = true; }

 private:
  const std::string& path_;
  bool kept_ = false;
};

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.front() != '/') return failure(path, "its path is not absolute", "give it one that is");
  if (path.size() >= sizeof address.sun_path)
    return failure(path,
                   "its path has " + std::to_string(path.size()) + " bytes, want at most " +
                       std::to_string(sizeof address.sun_path - 1),
                   "choose a shorter one", ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  return address;
}

// The directory of the path, locked.
Result<Descriptor> lock_directory(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  // A service's umask must not hide the socket from its group.
  if (::mkdir(directory.c_str(), 0755) == 0) ::chmod(directory.c_str(), 0755);
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.open()) {
    const int number = errno;
    return failure(path, "open " + directory + ": " + std::strerror(number), "make that directory", number);
  }
  for (int step = 0; ::flock(fd.fd(), LOCK_EX | LOCK_NB) != 0; ++step) {
    const int number = errno;
    if (number != EWOULDBLOCK && number != EINTR) return failure(path, "lock " + directory, number);
    if (step == kLockSteps)
      return failure(path, "somebody keeps " + directory + " locked", "see who with fuser(1)", number);
    std::this_thread::sleep_for(kLockStep);
  }
  return fd;
}

// After it the path is free.
Status take_away_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    const int number = errno;
    return number == ENOENT ? Status() : failure(path, "look at it", number);
  }
  if (!S_ISSOCK(status.st_mode))
    return failure(path, "what is there is no socket", "take it away, or choose another path", EEXIST);
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.open()) return failure(path, "make a socket", errno);
  const int refused =
      ::connect(probe.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ? errno : 0;
  // EAGAIN: one listens whose queue is full.
  if (refused == 0 || refused == EAGAIN)
    return failure(path, "a daemon answers there already", "stop it first, or choose another path", EADDRINUSE);
  if (refused != ECONNREFUSED) return failure(path, "ask who listens there", refused);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure(path, "replace what a daemon has left", errno);
  return {};
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> room(1024);
  for (;;) {
    group entry{};
    group* found = nullptr;
    const int failed = ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (failed == ERANGE && room.size() < (1U << 20)) {
      room.resize(room.size() * 2);  // a group of many members
      continue;
    }
    return failed == 0 && found != nullptr ? std::optional(entry.gr_gid) : std::nullopt;
  }
}

// The file's group and mode, by descriptor: the name could have become another file's.
Status give_to_group(ListeningSocket& socket, const std::string& group) {
  const Descriptor file(::open(socket.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!file.open() || ::fstat(file.fd(), &status) != 0) return failure(socket.path, "look at it", errno);
  if (!S_ISSOCK(status.st_mode)) return failure(socket.path, "somebody has replaced it", "", EEXIST);
  socket.device = status.st_dev;
  socket.inode = status.st_ino;
  if (!group.empty()) {
    socket.group = find_group(group);
    if (!socket.group) socket.notices.push_back("there is no group " + group + ": only root can ask at " + socket.path);
  }
  if (socket.group && ::fchownat(file.fd(), "", uid_t(-1), *socket.group, AT_EMPTY_PATH) != 0) {
    socket.notices.push_back("give " + socket.path + " to the group " + group + ": " + std::strerror(errno) +
                             ": only its owner can ask there");
    socket.group.reset();
  }
  // fchmod(2) refuses a descriptor of O_PATH; what it is of is found by its link.
  const std::string link = "/proc/self/fd/" + std::to_string(file.fd());
  if (::chmod(link.c_str(), socket.group ? 0660 : 0600) != 0) return failure(socket.path, "set its mode", errno);
  return {};
}

}  // namespace

Result<ListeningSocket> listen_at(const std::string& path, const std::string& group, int backlog) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) return address.error();
  const Result<Descriptor> lock = lock_directory(path);
  if (!lock) return lock.error();
  if (Status free = take_away_stale(path, *address); !free) return std::move(free).error();
  ListeningSocket made;
  made.path = path;
  made.fd = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made.fd.open()) return failure(path, "make a socket", errno);
  // bind(2) gives the file the socket's mode less the umask.
  if (::fchmod(made.fd.fd(), 0600) != 0) return failure(path, "set its mode", errno);
  if (::bind(made.fd.fd(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return failure(path, "bind", errno);
  Made file(path);
  if (Status given = give_to_group(made, group); !given) return std::move(given).error();
  if (::listen(made.fd.fd(), backlog) != 0) return failure(path, "listen", errno);
  file.keep();
  return made;
}

Status remove_stale_socket(const std::string& path) {
  const Result<sockaddr_un> address = address_of(path);
  return address ? take_away_stale(path, *address) : Status(address.error());
}

void remove_socket(const ListeningSocket& socket) {
  struct stat status {};
  if (::lstat(socket.path.c_str(), &status) != 0) return;
  if (status.st_dev == socket.device && status.st_ino == socket.inode) ::unlink(socket.path.c_str());
}

}  // namespace dcat
