// What is written to a schemata file: lines `RESOURCE:id=value;id=value`. All lines are read before the first takes
// effect, so that a refused write changes nothing; except with mba_MBps, where the kernel takes each MB value when it
// reads it. Domains that are not named keep what they have.
//
// Source: Linux arch/x86/kernel/cpu/resctrl/ctrlmondata.c; resctrl.rst, "Schemata files - general concepts".
#pragma once

#include <string_view>

#include "emulator/controls.h"
#include "emulator/last_cmd_status.h"

namespace dcat::emulator {

// errno or 0. `text` is without its last newline. REQUIRES: closid is taken.
int write_schemata(std::string_view text, int closid, Controls& controls, LastCmdStatus& status);

}  // namespace dcat::emulator
