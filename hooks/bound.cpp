#include "hooks/bound.h"

#include <array>
#include <string_view>
#include <utility>

#include "controller/trace_writer.h"

namespace dcat {

namespace {

constexpr std::size_t kMostText = 4 << 10;
constexpr std::size_t kMostCgroup = 8 << 10;

std::size_t size_in_line(std::string_view text) {
  std::string line;
  trace::append_name(line, text);
  return line.size();
}

// The wire has no NUL, and no name of anybody's has one.
bool fits(std::string_view text, std::size_t most) {
  // An escaped byte takes 6 bytes at most: most texts need not be written out.
  if (text.find('\0') != std::string_view::npos || text.size() > most) return false;
  return text.size() < most / 6 || size_in_line(text) <= most;
}

bool goes_first(std::string_view key) {
  return key.starts_with("dcat.dev/") || key.starts_with("rdt.resources.beta.kubernetes.io/");
}

// Moves what fits of `from` to `to`; returns how many did not.
int move_fitting(std::map<std::string, std::string>& from, std::map<std::string, std::string>& to, std::size_t& left,
                 bool first) {
  int dropped = 0;
  for (auto& [key, value] : from) {
    if (goes_first(key) != first) continue;
    const bool within = fits(key, left) && fits(value, left);
    const std::size_t size = within ? size_in_line(key) + size_in_line(value) + 2 : 0;  // ':' and ','
    if (!within || size > left) {
      ++dropped;
      continue;
    }
    left -= size;
    to.emplace(key, std::move(value));
  }
  return dropped;
}

void bound_annotations(Announcement& announcement, std::vector<std::string>& mistakes) {
  std::map<std::string, std::string> kept;
  std::size_t left = kMostAnnotationBytes;
  int dropped = move_fitting(announcement.annotations, kept, left, true);
  dropped += move_fitting(announcement.annotations, kept, left, false);
  announcement.annotations = std::move(kept);
  if (dropped > 0)
    mistakes.push_back("annotations: " + std::to_string(dropped) + " left out, want " +
                       std::to_string(kMostAnnotationBytes) + " bytes of them at most, and no NUL");
}

}  // namespace

bool is_announceable_id(std::string_view id) {
  return !id.empty() && fits(id, kMostText);
}

std::string wanted_id(std::string_view id) {
  return "got " + std::to_string(id.size()) + " bytes, want 1 to " + std::to_string(kMostText) +
         " in a line, and no NUL";
}

Status bound_announcement(Announcement& announcement, std::vector<std::string>& mistakes) {
  const std::array<std::pair<std::string_view, std::string*>, 5> texts{{{"name", &announcement.name},
                                                                        {"namespace", &announcement.name_space},
                                                                        {"pod", &announcement.pod},
                                                                        {"pod_uid", &announcement.pod_uid},
                                                                        {"foreign", &announcement.wishes.foreign}}};
  const auto bound = [&mistakes](std::string_view what, std::string& text, std::size_t most) {
    if (fits(text, most)) return;
    mistakes.push_back(std::string(what) + ": left out, want " + std::to_string(most) + " bytes at most, and no NUL");
    text.clear();
  };
  for (const auto& [what, text] : texts) bound(what, *text, kMostText);
  bound("cgroup", announcement.cgroup, kMostCgroup);
  bound_annotations(announcement, mistakes);
  if (is_announceable_id(announcement.id)) return {};
  Error error{ErrorCode::bad_input, "id", wanted_id(announcement.id), "nobody is announced: the scan finds who it is"};
  announcement.id.clear();
  return error;
}

}  // namespace dcat
