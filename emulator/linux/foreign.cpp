#include "emulator/linux/foreign.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "core/linux/descriptor.h"
#include "emulator/linux/namespace.h"
#include "emulator/linux/small_files.h"

namespace dcat::emulator {

namespace {

const std::string kRoot = kResctrlMountPoint;

bool mounted() {
  return ::access((kRoot + "/schemata").c_str(), F_OK) == 0;
}

std::vector<std::string> groups() {
  std::vector<std::string> names;
  DIR* dir = ::opendir(kRoot.c_str());
  if (dir == nullptr) return names;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_type == DT_DIR) names.emplace_back(entry->d_name);
  ::closedir(dir);
  return names;
}

void remove_ours() {
  for (const std::string& name : groups())
    if (name.starts_with("dcat.")) ::rmdir((kRoot + "/" + name).c_str());
}

// The lock goes with the descriptor.
Descriptor hold() {
  Descriptor directory(::open(kRoot.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.open()) ::flock(directory.fd(), LOCK_EX);
  return directory;
}

void hoard() {
  for (int i = 1;; ++i)
    if (::mkdir(fmt::format("{}/foreign{}", kRoot, i).c_str(), 0755) != 0 && errno != EEXIST) return;
}

// "L3:0=3;1=3", for the domains that the group has.
void start_machine() {
  const std::string group = kRoot + "/foreign-vm";
  if (::mkdir(group.c_str(), 0755) != 0) return;
  const std::string text = read_file(group + "/schemata").value_or("");
  std::size_t at = text.find("L3:");
  if (at == std::string::npos) return;
  std::string line = "L3:";
  for (at += 3; at < text.size() && text[at] != '\n';) {
    const std::size_t equals = text.find('=', at);
    line += (line.back() == ':' ? "" : ";") + text.substr(at, equals - at) + "=3";
    at = text.find_first_of(";\n", equals);
    if (at < text.size() && text[at] == ';') ++at;
  }
  const Descriptor schemata(::open((group + "/schemata").c_str(), O_WRONLY | O_CLOEXEC));
  line += '\n';
  static_cast<void>(!::write(schemata.fd(), line.data(), line.size()));
}

// Returns how long to wait until the next round, in milliseconds.
unsigned play_round(Foreign foreign, Descriptor& held) {
  switch (foreign) {
    case Foreign::remover: return remove_ours(), 1000;
    case Foreign::holder:
      if (held.open())
        held.reset();
      else
        held = hold();
      return 1000;
    case Foreign::hoarder: return hoard(), 1000;
    case Foreign::libvirt: return start_machine(), 1000;
  }
  return 1000;
}

}  // namespace

std::optional<Foreign> parse_foreign(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Foreign>, 4> kNames{{{"remover", Foreign::remover},
                                                                        {"holder", Foreign::holder},
                                                                        {"hoarder", Foreign::hoarder},
                                                                        {"libvirt", Foreign::libvirt}}};
  for (const auto& [known, foreign] : kNames)
    if (name == known) return foreign;
  return std::nullopt;
}

void play_foreign(Foreign foreign, int ready) {
  constexpr unsigned kLookForMount = 50;  // milliseconds
  Descriptor held;
  for (bool said = false;; said = true) {
    const unsigned wait = mounted() ? play_round(foreign, held) : kLookForMount;
    if (!said) static_cast<void>(!::write(ready, "r", 1));
    ::usleep(wait * 1000);
  }
}

}  // namespace dcat::emulator
