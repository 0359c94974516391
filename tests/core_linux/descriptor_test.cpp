#include "core/linux/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "tests/support/catch.h"

using namespace dcat;

namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    from = Descriptor(ends[0]);
    to = Descriptor(ends[1]);
  }
  Descriptor from, to;
};

}  // namespace

TEST_CASE("a descriptor is closed by its last owner, once") {
  Pipe pipe;
  const int fd = pipe.to.fd();
  {
    Descriptor owner(std::move(pipe.to));
    CHECK(owner.fd() == fd);
    CHECK(is_open(fd));
  }
  CHECK_FALSE(is_open(fd));
  CHECK_FALSE(pipe.to.open());
}

TEST_CASE("what is released is the caller's, and what is reset is closed at once") {
  Pipe pipe;
  const int fd = pipe.to.release();
  CHECK_FALSE(pipe.to.open());
  CHECK(is_open(fd));
  Descriptor again(fd);
  again.reset();
  CHECK_FALSE(is_open(fd));
  CHECK_FALSE(again.open());
}

TEST_CASE("a descriptor that is moved over another leaves neither open behind") {
  Pipe one, two;
  const int first = one.from.fd(), second = two.from.fd();
  {
    Descriptor gone(std::move(two.from));
    one.from = std::move(gone);
    CHECK(one.from.fd() == second);
  }
  CHECK_FALSE(is_open(first));
  CHECK(is_open(second));
}

TEST_CASE("a descriptor is readable while something is in it, and at its end; none is not") {
  Pipe pipe;
  CHECK_FALSE(is_readable(pipe.from.fd()));
  REQUIRE(::write(pipe.to.fd(), "x", 1) == 1);
  CHECK(is_readable(pipe.from.fd()));
  char byte = 0;
  REQUIRE(::read(pipe.from.fd(), &byte, 1) == 1);
  CHECK_FALSE(is_readable(pipe.from.fd()));
  pipe.to.reset();
  CHECK(is_readable(pipe.from.fd()));
  CHECK_FALSE(is_readable(-1));
}
