// Small files that the kernel makes up as they are read: of resctrl, cgroups, procfs and sysfs.
#pragma once

#include <string>

namespace dcat {

// Appends the whole file to `text`. `directory` is a descriptor, or AT_FDCWD for an absolute path. Returns 0 or the
// errno of open(2) or read(2).
int read_kernel_file(int directory, const char* path, std::string& text);
// The same of a file that is open, from its beginning, whatever was read of it before.
int reread_kernel_file(int fd, std::string& text);

}  // namespace dcat
