// What count_cgroups.bpf.c and BpfCounters share: the layout of maps and orders. C and C++.
//
// A turn is a set of events that are on counters together (turns.h). The program has room for two turns of four
// events; what is not used stays 0.
#pragma once

#define DCAT_BPF_TURNS 2
#define DCAT_BPF_SLOTS 4  // events of a turn

// Of one container on one CPU, cumulative since it was added. Nanoseconds. `running_ns` comes before `counts` and is
// written after them: who reads in ascending order in the middle of an update sees time without its counts too late,
// never too early.
struct dcat_bpf_sums {
  unsigned long long ran_ns[DCAT_BPF_TURNS];      // it was on the CPU while the turn was counted
  unsigned long long running_ns[DCAT_BPF_TURNS];  // and the turn was on counters
  unsigned long long counts[DCAT_BPF_TURNS][DCAT_BPF_SLOTS];
};

// Of one CPU, cumulative: what was charged to nobody because a switch was not reported (on_switch), or because a task
// was put into another container while it ran.
struct dcat_bpf_unclear {
  unsigned long long slices;
  unsigned long long ns;  // at most: the time since the container last changed
};

// The index of a CPU's event in the map of events.
#define DCAT_BPF_EVENTS_PER_CPU (DCAT_BPF_TURNS * DCAT_BPF_SLOTS)

// args[0] of the program `take_order`, which is run on the CPU that is meant.
#define DCAT_BPF_REFRESH 0  // charge the running slice, forget what was looked up; nothing is charged while stopped
#define DCAT_BPF_STOP 1     // charge the running slice, count nothing from here on
#define DCAT_BPF_START 2    // count args[2] events of turn args[1] from here on
