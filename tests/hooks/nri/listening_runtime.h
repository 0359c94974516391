// A container runtime's NRI socket in a directory of its own: accepts, reads and writes whole messages. Every wait is
// for an event and ends after kPatience, which is far beyond anything that a test expects: then the test fails.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/linux/descriptor.h"
#include "hooks/nri/client.h"
#include "tests/hooks/nri/session_steps.h"

namespace dcat::testing {

inline constexpr std::chrono::milliseconds kPatience{20000};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "dcat-nri-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string socket() const { return path_ / "nri.sock"; }

 private:
  std::filesystem::path path_;
};

// One accepted connection.
class Plugin {
 public:
  explicit Plugin(Descriptor socket) : socket_(std::move(socket)) {}

  // False: the plugin has closed it.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // What the plugin wrote, when there are `count` whole messages.
  std::string read(std::size_t count = 1) {
    std::string bytes;
    for (;;) {
      try {
        if (!bytes.empty() && FakeRuntime::sent(bytes).size() >= count) return bytes;
      } catch (const std::runtime_error&) {  // not whole yet
      }
      const std::string part = some();
      if (part.empty()) throw std::runtime_error("the plugin closed the connection");
      bytes += part;
    }
  }
  // Reads whatever comes to the end.
  void read_to_end() {
    while (!some().empty()) {
    }
  }
  // Up to Synchronize with all of these; returns when it was answered.
  void synchronize(const api::SynchronizeRequest& all, std::int64_t timeout_ms = 2000) {
    read();
    write(FakeRuntime::registered());
    write(runtime.configure(timeout_ms));
    read();
    write(runtime.synchronize(all));
    read();
  }

  FakeRuntime runtime;

 private:
  std::string some() {
    pollfd fd{socket_.fd(), POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(kPatience.count())) != 1) throw std::runtime_error("the plugin says nothing");
    char buffer[4096];
    const ssize_t size = ::read(socket_.fd(), buffer, sizeof buffer);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }

  Descriptor socket_;
};

class ListeningRuntime {
 public:
  explicit ListeningRuntime(const std::string& path)
      : path_(path), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (::bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket_.fd(), 8) != 0)
      throw std::runtime_error("cannot listen at " + path);
  }
  ~ListeningRuntime() { ::unlink(path_.c_str()); }
  ListeningRuntime(const ListeningRuntime&) = delete;
  ListeningRuntime& operator=(const ListeningRuntime&) = delete;

  Plugin accept() {
    pollfd fd{socket_.fd(), POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(kPatience.count())) != 1) throw std::runtime_error("nobody connects");
    return Plugin(Descriptor(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC)));
  }

 private:
  std::string path_;
  Descriptor socket_;
};

// What a client told, from any thread.
class Told {
 public:
  NriCallbacks callbacks() {
    return {[this](std::vector<Announcement> all) {
              change([&] { announcements_.insert(announcements_.end(), all.begin(), all.end()); });
            },
            [this](const std::string& note) { change([&] { notes_.push_back(note); }); },
            [this](bool linked) { change([&] { links_.push_back(linked); }); }};
  }
  // The names() of all that was announced, when there are as many; throws after kPatience.
  std::vector<std::string> announced(std::size_t count) {
    await([&] { return announcements_.size() >= count; });
    return names(announcements_);
  }
  std::vector<std::string> notes(std::size_t count) {
    await([&] { return notes_.size() >= count; });
    return notes_;
  }
  std::vector<bool> links(std::size_t count) {
    await([&] { return links_.size() >= count; });
    return links_;
  }

 private:
  void change(const std::function<void()>& how) {
    const std::lock_guard lock(mutex_);
    how();
    changed_.notify_all();
  }
  void await(const std::function<bool()>& until) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, until)) throw std::runtime_error("the client does not tell it");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Announcement> announcements_;
  std::vector<std::string> notes_;
  std::vector<bool> links_;
};

}  // namespace dcat::testing
