// Keeps an announcement within what one line of the door can hold (kMostLine), whatever a runtime, a tenant or a pod's
// author wrote into names and annotations: what is too long is left out, and told. Sizes are those of the line:
// escaped. Properties: format_ask of the result has at most kMostLine bytes; what fits is not touched.
#pragma once

#include <string>
#include <vector>

#include "hooks/announcement.h"

namespace dcat {

// Kubernetes lets a pod have 256 KiB of annotations; rules need a few. Ours and rdt's go before all others.
inline constexpr std::size_t kMostAnnotationBytes = 24 << 10;

// Appends a line for each thing that was left out to `mistakes`. An id that is too long is cut to nothing: the caller
// refuses it.
void bound_announcement(Announcement& announcement, std::vector<std::string>& mistakes);

}  // namespace dcat
