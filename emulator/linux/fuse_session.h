// One mount of the file system, from INIT to the end of its connection.
#pragma once

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 314
#endif
#include <fuse3/fuse_lowlevel.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "core/linux/descriptor.h"
#include "emulator/linux/fuse_server.h"

namespace dcat::emulator {

class FuseServer::Session {
 public:
  explicit Session(World world) : world_(world) {}
  ~Session();
  // errno or 0. The descriptor is the session's from then on.
  int open(int fuse_descriptor);
  void start();
  bool connected() const;  // false once it has been unmounted

  // ---- for the requests; the lock is held
  struct Asker {
    int tid = 0;
    unsigned uid = 0;
  };
  World& world() { return world_; }
  // A file or directory that the kernel was told of. Nodes of removed groups stay: they may be open.
  void remember(Inode inode, const NodeInfo& node, std::string_view name);
  std::optional<NodeInfo> known(Inode inode) const;
  void forget(Inode inode);  // the kernel has no use for it any more
  const std::string& name_of(Inode inode) const;
  // Does `work` (errno or 0) unless it is to fail; whoever asked may be dead afterwards.
  template <class Work>
  int with_faults(Operation operation, std::string_view name, int tid, const Work& work) {
    const std::optional<Fault> fault = world_.faults.next(operation, name);
    if (fault && fault->kind == FaultKind::error) return fault->error;
    if (fault && fault->kind == FaultKind::kill) return kill(tid);
    const int error = work();
    if (fault) kill(tid);
    return error;
  }

 private:
  struct Known {
    NodeInfo node;
    std::string name;
  };
  static int kill(int tid);
  void serve();
  void end();

  World world_;
  std::map<Inode, Known> known_;
  fuse_session* session_ = nullptr;
  Descriptor stop_;
  std::thread thread_;
};

const fuse_lowlevel_ops& operations();

}  // namespace dcat::emulator
