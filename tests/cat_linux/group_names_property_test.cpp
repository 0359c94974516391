// Directory names for any bytes: cgroups may have every name that has no '/' and no NUL, and systemd makes odd ones.
#include <algorithm>

#include "cat/linux/group_names.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

using testing::one_in;
using testing::pick;
using testing::require_for_all;

// Any bytes, with more of what looks like an escape, a hash or the prefix.
std::string any_name() {
  std::string name;
  for (int parts = pick(12); parts > 0; --parts) {
    if (one_in(8)) name += std::string(static_cast<std::size_t>(pick(120)), static_cast<char>(pick(256)));
    if (one_in(4)) name += "%2f";
    if (one_in(6)) name += "%h0123456789abcdef";
    if (one_in(6)) name += "dcat.";
    name += static_cast<char>(pick(256));
  }
  return name;
}

bool fits_the_kernel(const std::string& directory) {
  return directory.starts_with(kGroupPrefix) && directory.size() <= kLongestGroupName &&
         std::ranges::all_of(directory, [](char c) { return c > ' ' && c < 0x7f && c != '/'; });
}

TEST_CASE("every name has a directory that the kernel takes") {
  require_for_all("directories fit", [] { RC_ASSERT(fits_the_kernel(directory_name(any_name()))); });
}

TEST_CASE("a name that is not shortened is read back") {
  require_for_all("names come back", [] {
    const std::string name = any_name();
    const std::string directory = directory_name(name);
    const auto back = parse_directory_name(directory);
    RC_ASSERT(back.has_value());
    const bool shortened = directory.size() == kLongestGroupName && directory.find("%h") != std::string::npos;
    if (name.empty() || shortened)
      RC_ASSERT(*back == directory);
    else
      RC_ASSERT(*back == name);
  });
}

TEST_CASE("distinct names have distinct directories") {
  require_for_all("directories differ", [] {
    const std::string a = any_name();
    std::string b = one_in(2) ? any_name() : a;
    if (a == b && !b.empty()) {
      char& changed = b[static_cast<std::size_t>(pick(static_cast<int>(b.size())))];
      changed = static_cast<char>(changed + 1 + pick(255));
    }
    RC_PRE(a != b);
    RC_ASSERT(directory_name(a) != directory_name(b));
  });
}

TEST_CASE("two spellings of a name are two groups") {
  require_for_all("spellings differ", [] {
    const std::string name = any_name();
    std::string spelled = "dcat.";
    for (const char c : name) {
      char escape[4];
      std::snprintf(escape, sizeof escape, one_in(2) ? "%%%02X" : "%%%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      spelled += escape;
    }
    RC_PRE(spelled != directory_name(name));
    RC_ASSERT(parse_directory_name(spelled) != parse_directory_name(directory_name(name)));
  });
}

}  // namespace
}  // namespace dcat
