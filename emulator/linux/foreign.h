// Other managers of resctrl, for tests of living beside them. They work through the file system and in real time.
#pragma once

#include <optional>
#include <string_view>

namespace dcat::emulator {

enum class Foreign {
  remover,  // removes every group whose name begins with dcat., every second
  holder,   // holds flock(2), exclusively, on the resctrl directory for one second out of two
  hoarder,  // makes groups foreign1, foreign2... until there are no CLOSIDs, and keeps them
  libvirt,  // makes one group, foreign-vm, with the two lowest ways, and takes them from nobody
};

std::optional<Foreign> parse_foreign(std::string_view name);
inline constexpr std::string_view kForeignNames = "remover, holder, hoarder, libvirt";

// Never returns. Writes one byte to `ready` when the first round is done, or when there is nothing mounted yet.
[[noreturn]] void play_foreign(Foreign foreign, int ready);

}  // namespace dcat::emulator
