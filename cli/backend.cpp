#include "cli/backend.h"

#include <utility>

#include "cat/linux/no_cache_control.h"
#include "cat/linux/pqos_backends.h"
#include "cat/linux/resctrl_control.h"

namespace dcat::cli {

namespace {

RootPolicy root_policy(const RunPlan& plan) {
  return plan.config.node.root == NodeSettings::Root::keep ? RootPolicy::keep : RootPolicy::shared;
}

Result<std::unique_ptr<CacheControl>> open_msr(const RunPlan& plan,
                                               std::function<std::string(const ContainerId&)> cgroup_of) {
  PqosMsrOptions options;
  options.resctrl_root = kResctrlRoot;
  options.cpu_root = kCpuRoot;
  options.cgroup_of = std::move(cgroup_of);
  options.root_policy = root_policy(plan);
  options.writes = plan.mode == Mode::enforce;
  options.runtime_directory = plan.config.node.runtime_directory;
  return open_pqos_msr(std::move(options));
}

Result<std::unique_ptr<CacheControl>> open_resctrl(ResctrlOptions options) {
  Result<std::unique_ptr<ResctrlControl>> opened = ResctrlControl::open(std::move(options));
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<CacheControl>(std::move(*opened));
}

}  // namespace

Result<std::unique_ptr<CacheControl>> open_backend(const RunPlan& plan,
                                                   std::function<std::string(const ContainerId&)> cgroup_of) {
  if (plan.backend == Backend::sim || plan.backend == Backend::none)
    return std::unique_ptr<CacheControl>(std::make_unique<NoCacheControl>(kCpuRoot));
  if (plan.backend == Backend::pqos_msr) return open_msr(plan, std::move(cgroup_of));
  ResctrlOptions options;
  options.root = kResctrlRoot;
  options.cgroup_of = std::move(cgroup_of);
  options.priority_of = [&config = plan.config](const ContainerId& id) {
    const TenantConfig* tenant = find_tenant(config, id);
    return tenant == nullptr ? 0 : tenant->priority;
  };
  options.root_policy = root_policy(plan);
  options.writes = plan.mode == Mode::enforce;
  options.runtime_directory = plan.config.node.runtime_directory;
  options.adopt_within = plan.config.node.adopt_within;
  return plan.backend == Backend::pqos_os ? open_pqos_os(std::move(options)) : open_resctrl(std::move(options));
}

}  // namespace dcat::cli
