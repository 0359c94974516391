#include "hooks/libvirt/domain_cgroup.h"

#include "perfmon/container_identity.h"
#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("a machine's name has what a host name may have of the VM's") {
  CHECK(machine_name(1, "web") == "qemu-1-web");
  CHECK(machine_name(12, "instance-0000000a") == "qemu-12-instance-0000000a");
  CHECK(machine_name(1, "my_vm (old)") == "qemu-1-myvmold");
  CHECK(machine_name(1, "a..b.-c") == "qemu-1-a.b.c");
  CHECK(machine_name(1, "-.a-.") == "qemu-1-a");
  CHECK(machine_name(1, "a_-_-b") == "qemu-1-a-b");
  CHECK(machine_name(1, "h\xc3\xbcgel") == "qemu-1-hgel");
}

TEST_CASE("a machine's name ends after 64 characters, and never with a dash") {
  const std::string name(56, 'a');
  const std::string most = machine_name(7, name) + "a";
  CHECK(most.size() == 64);
  CHECK(machine_name(7, name + 'a') == most);
  CHECK(machine_name(7, name + "ab") == most);
  CHECK(machine_name(7, name + "-b") == machine_name(7, name));
}

TEST_CASE("with systemd a VM is a scope in a slice for each part of its partition") {
  CHECK(domain_cgroup(3, "web", "/machine", true) == R"(machine.slice/machine-qemu\x2d3\x2dweb.scope)");
  CHECK(domain_cgroup(3, "web-1.a", "/machine", true) == R"(machine.slice/machine-qemu\x2d3\x2dweb\x2d1.a.scope)");
  CHECK(domain_cgroup(3, "web", "/machine/prod", true) ==
        R"(machine.slice/machine-prod.slice/machine-qemu\x2d3\x2dweb.scope)");
  CHECK(domain_cgroup(3, "web", "/a-b//.c/", true) ==
        R"(a\x2db.slice/a\x2db-\x2ec.slice/machine-qemu\x2d3\x2dweb.scope)");
}

TEST_CASE("without systemd a VM is a directory, below one for each part of its partition") {
  CHECK(domain_cgroup(3, "web", "/machine", false) == "machine/qemu-3-web.libvirt-qemu");
  CHECK(domain_cgroup(3, "web", "/machine/prod", false) == "machine/prod.partition/qemu-3-web.libvirt-qemu");
  CHECK(domain_cgroup(3, "web", "/prod/machine/x.y", false) ==
        "prod.partition/machine.partition/x.y/qemu-3-web.libvirt-qemu");
}

TEST_CASE("a partition that leads out of the tree is no place") {
  for (const bool systemd : {true, false}) {
    CHECK(domain_cgroup(3, "web", "/machine/../..", systemd).empty());
    CHECK(domain_cgroup(3, "web", "/./a", systemd).empty());
  }
}

TEST_CASE("the scan knows these cgroups as the VM's") {
  for (const bool systemd : {true, false}) {
    const ContainerIdentity identity = identify(ContainerId{domain_cgroup(3, "web-1", "/machine", systemd)});
    CHECK(identity.runtime == Runtime::libvirt);
    CHECK(identity.kind == ContainerKind::vm);
    CHECK(identity.name == "web-1");
  }
}
