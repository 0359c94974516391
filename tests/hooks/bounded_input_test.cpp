#include "hooks/bounded_input.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "core/linux/descriptor.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;

namespace {

// A pipe whose writing end is closed by close().
struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    from = Descriptor(ends[0]);
    to = Descriptor(ends[1]);
  }
  void write(const std::string& text) { REQUIRE(::write(to.fd(), text.data(), text.size()) == ssize_t(text.size())); }
  void close() { const Descriptor gone(std::move(to)); }
  Descriptor from, to;
};

constexpr Duration kLong = 60s;  // never waited for
constexpr std::size_t kBlock = 64 << 10;
constexpr std::size_t kMost = 4 << 20;

// The largest that this process ever was.
std::size_t peak_bytes() {
  rusage usage{};
  REQUIRE(::getrusage(RUSAGE_SELF, &usage) == 0);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

// A process that writes so many blocks to the pipe, as a parent would, and lives by the default rules: SIGPIPE kills
// it.
pid_t start_writer(Pipe& pipe, int blocks) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child > 0) {
    pipe.close();
    return child;
  }
  ::signal(SIGPIPE, SIG_DFL);
  ::close(pipe.from.fd());
  static const std::array<char, kBlock> block{};
  for (int i = 0; i < blocks; ++i)
    for (std::size_t done = 0; done < block.size();) {
      const ssize_t written = ::write(pipe.to.fd(), block.data() + done, block.size() - done);
      if (written <= 0) ::_exit(1);
      done += static_cast<std::size_t>(written);
    }
  ::_exit(0);
}

int end_of(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace

TEST_CASE("an input is read to its end") {
  Pipe pipe;
  pipe.write("<domain");
  pipe.write("/>");
  pipe.close();
  CHECK(*read_bounded(pipe.from.fd(), {100, kLong, false}, "stdin") == "<domain/>");
}

TEST_CASE("an input may be empty, or just as long as it may be") {
  Pipe empty;
  empty.close();
  CHECK(read_bounded(empty.from.fd(), {100, kLong, false}, "stdin")->empty());
  Pipe full;
  full.write(std::string(100, 'x'));
  full.close();
  CHECK(*read_bounded(full.from.fd(), {100, kLong, false}, "stdin") == std::string(100, 'x'));
}

TEST_CASE("one byte too many is refused") {
  for (const bool drain : {false, true}) {
    Pipe pipe;
    pipe.write(std::string(101, 'x'));
    pipe.close();
    const Result<std::string> read = read_bounded(pipe.from.fd(), {100, kLong, drain}, "stdin");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::bad_input);
    CHECK(read.error().to_string() == "read stdin: it is longer than 100 bytes");
  }
}

TEST_CASE("an input without an end is refused at once where nobody has to take it all") {
  const Descriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const Result<std::string> read = read_bounded(zero.fd(), {4 << 20, kLong, false}, "stdin");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::bad_input);
}

TEST_CASE("an input without an end is taken until the deadline and no longer") {
  const Descriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const Result<std::string> read = read_bounded(zero.fd(), {100, 20ms, true}, "stdin");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::bad_input);
  CHECK_FALSE(drain_input(zero.fd(), 20ms));
}

TEST_CASE("a writer of too much is not cut off where it is to be drained") {
  constexpr int kBlocks = 64;
  Pipe pipe;
  bool wrote_all = false;
  std::thread writer([&] {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    const std::string block(1 << 16, 'x');
    bool fine = true;
    for (int i = 0; i < kBlocks; ++i)
      for (std::size_t done = 0; fine && done < block.size();) {
        const ssize_t written = ::write(pipe.to.fd(), block.data() + done, block.size() - done);
        fine = written > 0;
        done += fine ? static_cast<std::size_t>(written) : 0;
      }
    wrote_all = fine;
    pipe.close();
  });
  const Result<std::string> read = read_bounded(pipe.from.fd(), {100, kLong, true}, "stdin");
  { const Descriptor closed(std::move(pipe.from)); }  // a writer that was left alone would get EPIPE here
  writer.join();
  CHECK(wrote_all);
  CHECK_FALSE(read.ok());
}

TEST_CASE("1 GiB from a pipe is refused and taken without being kept, and its writer lives") {
  const std::size_t before = peak_bytes();
  Pipe pipe;
  const pid_t writer = start_writer(pipe, 16'384);
  const Result<std::string> read = read_bounded(pipe.from.fd(), {kMost, kLong, true}, "stdin");
  { const Descriptor closed(std::move(pipe.from)); }
  const int status = end_of(writer);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().why == "it is longer than 4194304 bytes");
  CHECK(peak_bytes() - before < 8 * kMost);
}

TEST_CASE("who is not drained is cut off by the signal that the drain is there for") {
  Pipe pipe;
  const pid_t writer = start_writer(pipe, 1024);
  CHECK_FALSE(read_bounded(pipe.from.fd(), {100, kLong, false}, "stdin").ok());
  { const Descriptor closed(std::move(pipe.from)); }
  const int status = end_of(writer);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGPIPE);
}

TEST_CASE("reading a pipe stops at the bound where nobody has to take it all") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.to.fd(), F_SETPIPE_SZ, 8 * kBlock) >= static_cast<int>(8 * kBlock));
  pipe.write(std::string(8 * kBlock, 'x'));
  CHECK_FALSE(read_bounded(pipe.from.fd(), {100, kLong, false}, "stdin").ok());
  int left = 0;
  REQUIRE(::ioctl(pipe.from.fd(), FIONREAD, &left) == 0);
  CHECK(static_cast<std::size_t>(left) == 7 * kBlock);
}

TEST_CASE("reading a file of 1 GiB stops at the bound, also where a writer would be drained") {
  for (const bool drain : {false, true}) {
    const std::size_t before = peak_bytes();
    const Descriptor file(::memfd_create("large", MFD_CLOEXEC));
    REQUIRE(::ftruncate(file.fd(), 1 << 30) == 0);
    const Result<std::string> read = read_bounded(file.fd(), {kMost, kLong, drain}, "config.json");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().to_string() == "read config.json: it is longer than 4194304 bytes");
    CHECK(::lseek(file.fd(), 0, SEEK_CUR) <= static_cast<off_t>(kMost + kBlock));
    CHECK(peak_bytes() - before < 8 * kMost);
    CHECK(drain_input(file.fd(), kLong));
    CHECK(::lseek(file.fd(), 0, SEEK_CUR) <= static_cast<off_t>(kMost + kBlock));
  }
}

TEST_CASE("a writer that hangs is waited for until the deadline and no longer") {
  Pipe pipe;
  pipe.write("half");
  const Result<std::string> read = read_bounded(pipe.from.fd(), {100, 20ms, true}, "stdin");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::failed);
  CHECK(read.error().sys_errno == ETIMEDOUT);
  CHECK(read.error().why == "no end after 4 bytes and 20 ms");
  CHECK_FALSE(drain_input(pipe.from.fd(), 20ms));
  pipe.close();
  CHECK(drain_input(pipe.from.fd(), kLong));
}

TEST_CASE("what is whole is not waited for any longer, and what is not is waited for") {
  Pipe pipe;
  pipe.write("{\"id\":1");
  InputBounds bounds{100, kLong, false, [](std::string_view text) { return text.ends_with('}'); }};
  std::thread writer([&pipe] {
    int waiting = 1;  // until the first part is taken
    while (::ioctl(pipe.from.fd(), FIONREAD, &waiting) == 0 && waiting > 0) std::this_thread::yield();
    (void)!::write(pipe.to.fd(), "}", 1);
  });
  const Result<std::string> text = read_bounded(pipe.from.fd(), bounds, "stdin");
  writer.join();
  REQUIRE(text);
  CHECK(*text == "{\"id\":1}");
}

TEST_CASE("a descriptor that cannot be read is an error with the system's reason") {
  const Descriptor writing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const Result<std::string> wrong = read_bounded(writing.fd(), {100, kLong, false}, "stdin");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == ErrorCode::failed);
  CHECK(wrong.error().sys_errno == EBADF);
}
