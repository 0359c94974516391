#include "emulator/linux/fuse_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "emulator/linux/fuse_session.h"

namespace dcat::emulator {

namespace {

constexpr auto kLimboCheck = std::chrono::seconds(1);  // as often as the kernel looks

}  // namespace

// ---- FuseServer

FuseServer::FuseServer(World world) : world_(world) {}

FuseServer::~FuseServer() {
  const std::lock_guard guard(lock_);
  session_.reset();
}

int FuseServer::mount(std::string_view options, const Attach& attach) {
  const std::lock_guard guard(lock_);
  // umount(2) returns before the session has heard of it.
  if (session_ != nullptr && !session_->connected()) session_.reset();
  {
    const std::lock_guard world_guard(world_.lock);
    if (const int error = world_.tree.mount(options); error != 0) return error;
  }
  auto session = std::make_unique<Session>(world_);
  const int fuse_descriptor = ::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  int error = fuse_descriptor < 0 ? errno : session->open(fuse_descriptor);
  if (error == 0) error = attach(fuse_descriptor);
  if (error != 0) {
    const std::lock_guard world_guard(world_.lock);
    world_.tree.unmount();
    return error;
  }
  session->start();
  session_ = std::move(session);
  return 0;
}

int mount_fuse(int fuse_descriptor, const char* target, unsigned long flags) {
  const std::string data =
      fmt::format("fd={},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", fuse_descriptor);
  return ::mount("resctrl", target, "fuse.resctrl", flags, data.c_str()) == 0 ? 0 : errno;
}

// ---- Session

int FuseServer::Session::open(int fuse_descriptor) {
  std::array<char, 5> name{'d', 'c', 'a', 't', 0};
  std::array<char*, 2> argv{name.data(), nullptr};
  fuse_args args = FUSE_ARGS_INIT(1, argv.data());
  session_ = fuse_session_new(&args, &operations(), sizeof(fuse_lowlevel_ops), this);
  fuse_opt_free_args(&args);
  if (session_ == nullptr) {
    ::close(fuse_descriptor);
    return ENOMEM;
  }
  // A name of this form tells libfuse that the descriptor is open and mounting is our business.
  if (fuse_session_mount(session_, fmt::format("/dev/fd/{}", fuse_descriptor).c_str()) != 0) return EIO;
  stop_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
  return stop_.open() ? 0 : errno;
}

FuseServer::Session::~Session() {
  if (thread_.joinable()) {
    ::eventfd_write(stop_.fd(), 1);
    thread_.join();
  }
  if (session_ != nullptr) fuse_session_destroy(session_);  // closes the descriptor
}

void FuseServer::Session::start() {
  thread_ = std::thread([this] { serve(); });
}

bool FuseServer::Session::connected() const {
  pollfd fuse{fuse_session_fd(session_), 0, 0};
  return ::poll(&fuse, 1, 0) == 0;  // anything is an error here, for nothing is asked for
}

void FuseServer::Session::serve() {
  fuse_buf buffer{};
  auto limbo_checked = std::chrono::steady_clock::now();
  while (fuse_session_exited(session_) == 0) {
    std::array<pollfd, 2> fds{{{fuse_session_fd(session_), POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), static_cast<int>(std::chrono::milliseconds(kLimboCheck).count()));
    if (fds[1].revents != 0) break;
    if (fds[0].revents != 0) {
      const int got = fuse_session_receive_buf(session_, &buffer);
      if (got == 0 || (got < 0 && got != -EINTR && got != -EAGAIN)) break;
      if (got > 0) fuse_session_process_buf(session_, &buffer);
    }
    if (const auto now = std::chrono::steady_clock::now(); now - limbo_checked >= kLimboCheck) {
      const std::lock_guard guard(world_.lock);
      world_.tree.check_limbo();
      limbo_checked = now;
    }
  }
  std::free(buffer.mem);
  end();
}

void FuseServer::Session::end() {
  const std::lock_guard guard(world_.lock);
  world_.tree.unmount();
  world_.follow();
}

void FuseServer::Session::remember(Inode inode, const NodeInfo& node, std::string_view name) {
  known_[inode] = {node, std::string(name)};
}

std::optional<NodeInfo> FuseServer::Session::known(Inode inode) const {
  if (const std::optional<NodeInfo> node = world_.tree.node(inode)) return node;
  const auto found = known_.find(inode);
  if (found == known_.end()) return std::nullopt;
  return found->second.node;
}

void FuseServer::Session::forget(Inode inode) {
  if (!world_.tree.node(inode)) known_.erase(inode);
}

const std::string& FuseServer::Session::name_of(Inode inode) const {
  static const std::string kNone;
  const auto found = known_.find(inode);
  return found == known_.end() ? kNone : found->second.name;
}

int FuseServer::Session::kill(int tid) {
  ::kill(tid, SIGKILL);
  return EINTR;
}

}  // namespace dcat::emulator
