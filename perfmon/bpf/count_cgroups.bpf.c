// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// (the kernel runs programs that call its GPL helpers only under a licence that allows for it)
//
// Counts per cgroup what per-CPU perf events count: at each switch to another container, the events' increase since the
// last such switch on this CPU is charged to the container that leaves.
//
// A container is a cgroup that is a key of `sums`, with everything below it; the nearest one above a task's cgroup
// takes the charge. Cgroups are those of the default hierarchy (cgroup2), known by their id, the inode number of their
// directory; ids are not used twice.
//
// Races: all state is per CPU, and what runs on a CPU runs one after the other: sched_switch with interrupts off,
// take_order in an interrupt or with preemption off, so that neither can come in the middle of the other. A sum that
// several CPUs add to would lose additions, or need atomic ones on a line that all of them write. Keys come and go from
// user space only.
//
// Cost of a switch: within one cgroup, two look-ups of per-CPU data; between two that are in no container or in the
// same, a look-up in a small table more; events are read only where the container changes. The number of containers is
// in none of it.
// libbpf's headers need the types of the first.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "count_cgroups.h"

// The parts of the kernel's types that are read; where they lie is found when the program is loaded (CO-RE).
#define FROM_KERNEL __attribute__((preserve_access_index))
struct kernfs_node {
  __u64 id;
} FROM_KERNEL;
struct cgroup {
  int level;  // 0: the root
  struct kernfs_node* kn;
} FROM_KERNEL;
struct cgroup___since_6_1 {
  struct cgroup* ancestors[1];
} FROM_KERNEL;
struct cgroup___until_6_0 {
  __u64 ancestor_ids[1];
} FROM_KERNEL;
struct css_set {
  struct cgroup* dfl_cgrp;
} FROM_KERNEL;
struct task_struct {
  struct css_set* cgroups;
} FROM_KERNEL;

#define MOST_LEVELS 32    // deeper cgroups are not looked up from their own level but from this one
#define FOUND_ENTRIES 64  // power of two

struct found {
  __u64 cgroup;
  __u64 container;  // 0: none
  __u64 generation;
};

struct cpu_state {
  __u64 events;  // how many are counted; 0: stopped
  __u64 turn;
  __u64 cgroup;      // that runs
  __u64 container;   // whose it is; 0: nobody's
  __u64 generation;  // of what was found; greater after each order
  // When the container last changed, and what the events had then.
  __u64 since_ns;
  __u64 readable;
  __u64 running_ns;
  __u64 counts[DCAT_BPF_SLOTS];
  struct found found[FOUND_ENTRIES];
};

// Sizes that depend on the machine are set before loading.
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(max_entries, DCAT_BPF_EVENTS_PER_CPU);
  __type(key, __u32);
  __type(value, __u32);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_NO_PREALLOC);  // memory for the containers there are, not for those there may be
  __type(key, __u64);
  __type(value, struct dcat_bpf_sums);
} sums SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct cpu_state);
} cpus SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct dcat_bpf_unclear);
} unclear SEC(".maps");

char LICENSE[] SEC("license") = "GPL";

static __always_inline struct cpu_state* this_cpu(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&cpus, &zero);
}

static __always_inline __u64 ancestor_at(struct cgroup* cgroup, int level) {
  __u64 id = 0;
  if (bpf_core_field_exists(((struct cgroup___since_6_1*)0)->ancestors)) {
    const char* ancestors = (const char*)&((struct cgroup___since_6_1*)cgroup)->ancestors;
    struct cgroup* ancestor = 0;
    bpf_probe_read_kernel(&ancestor, sizeof(ancestor), ancestors + (__u64)level * sizeof(ancestor));
    if (ancestor) id = BPF_CORE_READ(ancestor, kn, id);
  } else {
    const char* ids = (const char*)&((struct cgroup___until_6_0*)cgroup)->ancestor_ids;
    bpf_probe_read_kernel(&id, sizeof(id), ids + (__u64)level * sizeof(id));
  }
  return id;
}

// `cgroup` is an address, not a pointer that the verifier follows.
static __noinline __u64 look_up_container(__u64 cgroup) {
  struct cgroup* of = (struct cgroup*)cgroup;
  int level = BPF_CORE_READ(of, level);
  if (level > MOST_LEVELS) level = MOST_LEVELS;
  for (int up = 0; up < MOST_LEVELS; ++up) {
    if (level - up < 1) return 0;
    __u64 id = ancestor_at(of, level - up);
    if (bpf_map_lookup_elem(&sums, &id)) return id;
  }
  return 0;
}

static __always_inline __u64 find_container(struct cpu_state* cpu, __u64 cgroup, __u64 id) {
  struct found* found = &cpu->found[id & (FOUND_ENTRIES - 1)];
  if (found->cgroup != id || found->generation != cpu->generation) {
    found->container = look_up_container(cgroup);
    found->cgroup = id;
    found->generation = cpu->generation;
  }
  return found->container;
}

// Charges what was counted since the last call to the container that ran, and starts to count for `next`.
static __noinline int change_container(struct cpu_state* cpu, __u64 next) {
  struct bpf_perf_event_value now[DCAT_BPF_SLOTS] = {};
  if (!cpu) return 0;
  __u32 turn = cpu->turn & (DCAT_BPF_TURNS - 1);
  __u32 first = bpf_get_smp_processor_id() * DCAT_BPF_EVENTS_PER_CPU + turn * DCAT_BPF_SLOTS;
  __u64 readable = 1;
  for (__u32 i = 0; i < DCAT_BPF_SLOTS; ++i) {
    if (i >= cpu->events) break;
    if (bpf_perf_event_read_value(&events, first + i, &now[i], sizeof(now[i]))) readable = 0;
  }
  __u64 at_ns = bpf_ktime_get_ns();

  struct dcat_bpf_sums* of = 0;
  if (cpu->container) of = bpf_map_lookup_elem(&sums, &cpu->container);
  if (of) {
    of->ran_ns[turn] += at_ns - cpu->since_ns;
    if (readable && cpu->readable) {
      for (__u32 i = 0; i < DCAT_BPF_SLOTS; ++i) of->counts[turn][i] += now[i].counter - cpu->counts[i];
      // The events of a turn are one group: they are on counters together or not at all.
      of->running_ns[turn] += now[0].running - cpu->running_ns;
    }
  }

  for (__u32 i = 0; i < DCAT_BPF_SLOTS; ++i) cpu->counts[i] = now[i].counter;
  cpu->running_ns = now[0].running;
  cpu->readable = readable;
  cpu->since_ns = at_ns;
  cpu->container = next;
  return 0;
}

// `task` has run until now. Where its cgroup is not the one that was switched to last, nobody can say whose the events
// of the slice are: they are dropped.
static __always_inline void drop_what_is_unclear(struct cpu_state* cpu, struct task_struct* task) {
  struct cgroup* cgroup = task->cgroups->dfl_cgrp;
  __u64 id = cgroup->kn->id;
  if (id == cpu->cgroup) return;
  if (find_container(cpu, (__u64)cgroup, id) == cpu->container) return;
  __u32 zero = 0;
  struct dcat_bpf_unclear* dropped = bpf_map_lookup_elem(&unclear, &zero);
  if (!dropped) return;
  __u64 at_ns = bpf_ktime_get_ns();
  dropped->slices += 1;
  dropped->ns += at_ns - cpu->since_ns;
  cpu->since_ns = at_ns;
  cpu->container = 0;
  cpu->cgroup = 0;  // no cgroup's
}

// A kernel may switch without reporting it: under one hypervisor, Linux 6.18 was seen to leave out every switch away
// from some tasks of the first process and, on one CPU, from idle.
//
// Arguments since Linux 5.18: preempt, previous task, next task, the previous one's state.
SEC("tp_btf/sched_switch")
int on_switch(unsigned long long* arguments) {
  struct task_struct* next = (struct task_struct*)arguments[2];
  struct cpu_state* cpu = this_cpu();
  if (!cpu || !cpu->events) return 0;
  drop_what_is_unclear(cpu, (struct task_struct*)arguments[1]);
  struct cgroup* cgroup = next->cgroups->dfl_cgrp;
  __u64 id = cgroup->kn->id;
  if (id == cpu->cgroup) return 0;
  cpu->cgroup = id;
  __u64 container = find_container(cpu, (__u64)cgroup, id);
  if (container == cpu->container) return 0;
  change_container(cpu, container);
  return 0;
}

SEC("raw_tp")
int take_order(struct bpf_raw_tracepoint_args* order) {
  struct cpu_state* cpu = this_cpu();
  if (!cpu) return 0;
  struct task_struct* task = bpf_get_current_task_btf();
  if (cpu->events) {
    drop_what_is_unclear(cpu, task);
    change_container(cpu, 0);
  }
  cpu->generation += 1;
  if (order->args[0] == DCAT_BPF_STOP) cpu->events = 0;
  if (order->args[0] == DCAT_BPF_START) {
    cpu->turn = order->args[1];
    cpu->events = order->args[2];
  }
  if (!cpu->events) return 0;
  struct cgroup* cgroup = task->cgroups->dfl_cgrp;
  cpu->cgroup = cgroup->kn->id;
  cpu->container = find_container(cpu, (__u64)cgroup, cpu->cgroup);
  // Another turn's events: what they had until now is not this container's.
  if (order->args[0] == DCAT_BPF_START) {
    __u64 container = cpu->container;
    cpu->container = 0;
    change_container(cpu, container);
  }
  return 0;
}
