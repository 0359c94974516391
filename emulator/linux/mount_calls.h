// mount(2) by programs on the emulated node: resctrl is mounted by us, everything else by the kernel.
//
// The file system appears where the caller asked for it, in the caller's mount namespace. Callers in a user namespace
// of their own, or without CAP_SYS_ADMIN, get EPERM, as from the kernel. fsopen(2) of "resctrl" says ENOSYS, on which
// programs turn to mount(2).
#pragma once

#include "emulator/linux/fuse_server.h"
#include "emulator/linux/stopped_calls.h"

namespace dcat::emulator {

// REQUIRES: the call is mount or fsopen.
Verdict judge_mount(FuseServer& server, const seccomp_notif& call, const std::function<bool()>& still_there);

}  // namespace dcat::emulator
