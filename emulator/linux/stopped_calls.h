// System calls of the programs on the emulated node that stop and ask us first (seccomp user notification): mount(2) of
// resctrl, which no kernel without RDT knows, and, only when they are to be counted, calls that write.
// Sources: seccomp(2), seccomp_unotify(2). A process can have one such listener: programs that install their own, and
// an emulated node inside an emulated node, cannot run here.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/linux/descriptor.h"
#include "core/result.h"

namespace dcat::emulator {

// Where a call that writes names what it writes to.
struct WriteCall {
  int number = 0;
  struct File {
    int descriptor_argument = -1;  // -1: none; the working directory for a path
    int path_argument = -1;        // -1: the descriptor itself
  };
  std::array<File, 2> files;  // the second: of calls with two names
  int flags_argument = -1;    // of open: it writes when it may create or truncate
};
const std::vector<WriteCall>& write_calls();

// The filter: mount and fsopen stop, of the others what `write_calls_too` says; everything else runs free.
std::vector<sock_filter> build_filter(bool write_calls_too);

// Installs the filter for this process and all it starts. The listener, or the errno.
Result<Descriptor> install_filter(const std::vector<sock_filter>& filter);

// What becomes of a call that stopped: it runs, or it returns this errno (0: success) at once.
struct Verdict {
  bool runs = true;
  int error = 0;
};

// Answers stopped calls on a thread of its own until nobody is left who could make one.
class StoppedCalls {
 public:
  using Judge = std::function<Verdict(const seccomp_notif& call, const std::function<bool()>& still_there)>;
  StoppedCalls(Descriptor listener, Judge judge);
  ~StoppedCalls();
  StoppedCalls(const StoppedCalls&) = delete;
  StoppedCalls& operator=(const StoppedCalls&) = delete;

 private:
  void serve();
  void answer_one();

  Descriptor listener_;
  Descriptor stop_;
  Judge judge_;
  std::thread thread_;
};

// A string in the memory of another process; nullopt where there is none, or none of this length.
std::optional<std::string> read_string(int tid, std::uint64_t address, std::size_t most);

}  // namespace dcat::emulator
