// Keeps an announcement within what one line of the door can hold (kMostLine), whatever a runtime, a tenant or a pod's
// author wrote into names and annotations: what is too long is left out, and told. Sizes are those of the line:
// escaped. Properties: format_ask of the result has at most kMostLine bytes; what fits is not touched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hooks/announcement.h"

namespace dcat {

// Kubernetes lets a pod have 256 KiB of annotations; rules need a few. Ours and rdt's go before all others.
inline constexpr std::size_t kMostAnnotationBytes = 24 << 10;

// An id is who it is and cannot be left out: without one there is nobody to announce.
bool is_announceable_id(std::string_view id);
// What is wrong with one that is not: "got 5000 bytes, want 1 to 4096 in a line, and no NUL".
std::string wanted_id(std::string_view id);

// Appends a line for each thing that was left out to `mistakes`. Error (bad_input): the id cannot be announced; it is
// empty then, and the announcement is not to be sent.
Status bound_announcement(Announcement& announcement, std::vector<std::string>& mistakes);

}  // namespace dcat
