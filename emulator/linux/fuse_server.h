// FuseServer: serves a ResctrlTree as a file system, through libfuse's low-level interface and /dev/fuse.
//
// One thread answers the requests, one after the other. Nothing is cached: direct_io, all timeouts 0, inode numbers are
// the tree's. Each write(2) is one command of the tree, by the thread that calls it. What a file says is made whenever
// it is read from its beginning; a removed group's open files answer ENODEV. flock(2) is the kernel's own.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

#include "emulator/linux/world.h"

namespace dcat::emulator {

class FuseServer {
 public:
  // Does mount(2) for a descriptor of /dev/fuse; errno or 0.
  using Attach = std::function<int(int fuse_descriptor)>;

  class Session;  // fuse_session.h

  explicit FuseServer(World world);
  ~FuseServer();  // whoever still has files open there gets ENOTCONN
  FuseServer(const FuseServer&) = delete;
  FuseServer& operator=(const FuseServer&) = delete;

  // Mounts the tree, with mount(2)'s data for resctrl, and serves it until it is unmounted; the tree is unmounted then.
  // errno or 0: EBUSY while it is mounted, whatever the tree and `attach` refuse.
  int mount(std::string_view options, const Attach& attach);

 private:
  World world_;
  std::mutex lock_;  // of session_; taken before the world's
  std::unique_ptr<Session> session_;
};

// mount(2) of the file system on `target`, as the caller sees it; errno or 0.
int mount_fuse(int fuse_descriptor, const char* target, unsigned long flags);

}  // namespace dcat::emulator
