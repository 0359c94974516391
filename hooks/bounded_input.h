// Reads a file descriptor to its end, but never more than so many bytes and never longer than so long: what a hook gets
// on stdin is somebody else's, and may be 1 GiB or come from a writer that hangs. Memory: three times `most` while it
// grows, and a block; what is drained takes none.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/units.h"

namespace dcat {

struct InputBounds {
  std::size_t most = 0;
  Duration within{};
  // What is beyond `most`: false: is left unread (the writer may get SIGPIPE), at once; true: is read and thrown away,
  // until the end or the deadline. libvirtd writes a domain's XML to its hooks and wants it taken. A file is left
  // unread all the same: nobody waits for that.
  bool drain = false;
  // True: this is all of it, though its end has not been seen; null: only the end tells. On a busy machine a writer
  // closes its end much later than it wrote its last byte.
  std::function<bool(std::string_view)> is_whole = nullptr;
};

// The whole input. `what`: "stdin". Errors: bad_input: it is longer than `most`; failed: no end within the deadline
// (ETIMEDOUT), or the system's.
Result<std::string> read_bounded(int fd, const InputBounds& bounds, const std::string& what);

// Throws away what comes until the end or the deadline; true: the end, or a file, which nobody is writing to us.
bool drain_input(int fd, Duration within);

}  // namespace dcat
