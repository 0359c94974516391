#include "hooks/bounded_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "hooks/descriptor.h"
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

TEST_CASE("a descriptor that cannot be read is an error with the system's reason") {
  const Descriptor writing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const Result<std::string> wrong = read_bounded(writing.fd(), {100, kLong, false}, "stdin");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == ErrorCode::failed);
  CHECK(wrong.error().sys_errno == EBADF);
}
