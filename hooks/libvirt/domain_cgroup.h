// Where libvirt puts a VM in the cgroup tree, from what its XML says.
//
// Source: libvirt's documents, "Control Groups Resource Management", and how it names machines: `qemu-ID-NAME`, of NAME
// only letters, digits, '-' and '.', runs of the latter two as their first, at most 64 characters of the whole.
#pragma once

#include <string>
#include <string_view>

namespace dcat {

// As machined knows it: "qemu-3-web". `id`: the live domain's, from 1.
std::string machine_name(int id, std::string_view name);

// The VM's cgroup below the root. `partition`: <resource><partition>, "/machine" where there is none. With systemd it
// is a slice for each of its parts (systemd.slice(5)) and the machine's scope, else a directory for each: `.partition`
// is put behind those that have no '.' of their own, but not behind a leading machine, system or user. Empty: the
// partition is no place: it has a "..", or is longer than a path or systemd's unit names can be.
std::string domain_cgroup(int id, std::string_view name, std::string_view partition, bool systemd);

}  // namespace dcat
