#include "core/linux/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "core/linux/descriptor.h"
#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("what goes through a pipe in pieces is written and read whole") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  std::string sent(1'000'003, 'x');  // more than a pipe holds, and no multiple of a piece
  sent[65'536] = '\0';
  sent.back() = 'y';
  int written = -1;
  std::thread writer([&] {
    written = write_whole(to.fd(), sent);
    to = Descriptor();
  });
  std::string got = "before ";
  CHECK(read_whole(from.fd(), got) == 0);
  writer.join();
  CHECK(written == 0);
  CHECK(got == "before " + sent);
}

TEST_CASE("reading stops once there is more than was asked for") {
  const Descriptor zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  std::string text;
  CHECK(read_whole(zeros.fd(), text, 20'000) == 0);
  CHECK(text.size() > 20'000);
  CHECK(text.size() < 100'000);
}

TEST_CASE("what the kernel refuses is its error number") {
  std::string text;
  CHECK(read_whole(-1, text) == EBADF);
  CHECK(write_whole(-1, "x") == EBADF);
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(write_whole(full.fd(), "x") == ENOSPC);
}
