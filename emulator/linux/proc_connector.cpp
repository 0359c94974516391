// Forks by the proc connector: a netlink multicast of process events.
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/linux/descriptor.h"
#include "emulator/linux/fork_events.h"
#include "emulator/linux/small_files.h"

namespace dcat::emulator {

namespace {

constexpr int kReceiveBuffer = 8 << 20;

class ConnectorForks : public ForkEvents {
 public:
  explicit ConnectorForks(Descriptor socket) : socket_(std::move(socket)) {}

  std::vector<TaskEvent> drain(bool& lost) override {
    std::vector<TaskEvent> events;
    alignas(nlmsghdr) std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = ::recv(socket_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == ENOBUFS) {
        lost = true;
        continue;
      }
      if (got <= 0) break;
      take(buffer.data(), static_cast<std::size_t>(got), events);
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const TaskEvent& a, const TaskEvent& b) { return a.time < b.time; });
    return events;
  }
  std::vector<int> wake_up_descriptors() const override { return {socket_.fd()}; }
  std::string name() const override {
    return "the proc connector (new threads are put into the group of their process' leader)";
  }

 private:
  static void take(const char* data, std::size_t size, std::vector<TaskEvent>& events) {
    if (size < NLMSG_HDRLEN + sizeof(cn_msg) + sizeof(proc_event)) return;
    proc_event event;
    std::memcpy(&event, data + NLMSG_HDRLEN + sizeof(cn_msg), sizeof event);
    const TimePoint time(Duration(static_cast<Duration::rep>(event.timestamp_ns)));
    if (event.what == proc_event::PROC_EVENT_EXIT) events.push_back({time, event.event_data.exit.process_pid, 0});
    if (event.what != proc_event::PROC_EVENT_FORK) return;
    // Of a new process the record names the thread that made it, of a new thread its process' parent.
    const auto& fork = event.event_data.fork;
    events.push_back({time, fork.child_pid, fork.child_pid == fork.child_tgid ? fork.parent_pid : fork.child_tgid});
  }

  Descriptor socket_;
};

Status subscribe(int socket) {
  const proc_cn_mcast_op listen = PROC_CN_MCAST_LISTEN;
  alignas(nlmsghdr) std::array<char, NLMSG_SPACE(sizeof(cn_msg) + sizeof listen)> request{};
  nlmsghdr header{};
  header.nlmsg_len = NLMSG_LENGTH(sizeof(cn_msg) + sizeof listen);
  header.nlmsg_type = NLMSG_DONE;
  cn_msg message{};
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof listen;
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(request.data() + NLMSG_HDRLEN + sizeof message, &listen, sizeof listen);
  if (::send(socket, request.data(), header.nlmsg_len, 0) < 0) return system_error("listen to the proc connector");
  return {};
}

}  // namespace

Result<std::unique_ptr<ForkEvents>> follow_forks_by_connector() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  if (!socket.open()) return system_error("open the proc connector");
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return system_error("bind to the proc connector");
  if (Status done = subscribe(socket.fd()); !done) return std::move(done).error();
  return std::unique_ptr<ForkEvents>(std::make_unique<ConnectorForks>(std::move(socket)));
}

}  // namespace dcat::emulator
