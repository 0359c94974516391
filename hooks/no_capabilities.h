// A thread that reads what strangers send keeps no capability, whatever the process has: it needs none to serve a
// socket that is open, or to connect to one that root may use. Of this thread alone, for good; capabilities(7).
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dcat {

inline void keep_no_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  ::syscall(SYS_capset, &header, none);  // to have fewer is always allowed
}

}  // namespace dcat
