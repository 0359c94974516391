// The requests of the kernel, translated for the tree.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "emulator/linux/fuse_session.h"

namespace dcat::emulator {

namespace {

// What a file said when it was read from its beginning.
struct OpenFile {
  std::string text;
};

struct OpenDirectory {
  std::vector<Entry> entries;
};

}  // namespace

// A class for its access to the session.
struct FuseRequest {
  using Session = FuseServer::Session;
  explicit FuseRequest(fuse_req_t request)
      : handle(request),
        session(*static_cast<Session*>(fuse_req_userdata(request))),
        guard(session.world().lock),
        tree(session.world().tree),
        tid(fuse_req_ctx(request)->pid),
        uid(fuse_req_ctx(request)->uid) {
    session.world().tasks.catch_up();
  }
  void answer(int error) const { fuse_reply_err(handle, error); }
  // After a change.
  void changed(int error) const {
    session.world().follow();
    answer(error);
  }
  struct stat attributes(const NodeInfo& node) const;
  void answer_entry(Inode parent, const char* name) const;

  fuse_req_t handle;
  Session& session;
  std::lock_guard<std::mutex> guard;
  ResctrlTree& tree;
  int tid;
  unsigned uid;
};

struct stat FuseRequest::attributes(const NodeInfo& node) const {
  struct stat st {};
  st.st_ino = node.inode;
  st.st_mode = (node.directory ? S_IFDIR : S_IFREG) | node.permissions;
  st.st_nlink = 1;
  st.st_blksize = 4096;
  if (!node.directory) return st;
  const std::vector<Entry> entries = tree.list(node.inode);
  st.st_nlink = 2 + static_cast<nlink_t>(
                        std::count_if(entries.begin(), entries.end(), [](const Entry& e) { return e.node.directory; }));
  return st;
}

void FuseRequest::answer_entry(Inode parent, const char* name) const {
  const std::optional<NodeInfo> node = tree.find(parent, name);
  if (!node) return answer(ENOENT);
  session.remember(node->inode, *node, name);
  fuse_entry_param entry{};
  entry.ino = node->inode;
  entry.generation = 1;
  entry.attr = attributes(*node);
  fuse_reply_entry(handle, &entry);
}

namespace {

void do_lookup(fuse_req_t handle, fuse_ino_t parent, const char* name) {
  FuseRequest(handle).answer_entry(parent, name);
}

void do_forget(fuse_req_t handle, fuse_ino_t inode, std::uint64_t) {
  const FuseRequest request(handle);
  request.session.forget(inode);
  fuse_reply_none(handle);
}

void do_getattr(fuse_req_t handle, fuse_ino_t inode, fuse_file_info*) {
  const FuseRequest request(handle);
  const std::optional<NodeInfo> node = request.session.known(inode);
  if (!node) return request.answer(ENOENT);
  const struct stat st = request.attributes(*node);
  fuse_reply_attr(handle, &st, 0);
}

// Files are of no length: cutting one is no change. Times are nobody's business, modes and owners stay.
void do_setattr(fuse_req_t handle, fuse_ino_t inode, struct stat*, int to_set, fuse_file_info* info) {
  if ((to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) {
    fuse_reply_err(handle, EPERM);
    return;
  }
  do_getattr(handle, inode, info);
}

void do_open(fuse_req_t handle, fuse_ino_t inode, fuse_file_info* info) {
  const FuseRequest request(handle);
  const bool writes = (info->flags & O_ACCMODE) != O_RDONLY;
  const int error = request.session.with_faults(Operation::open, request.session.name_of(inode), request.tid,
                                                [&] { return request.tree.open(inode, writes); });
  if (error != 0) return request.answer(error);
  auto file = std::make_unique<OpenFile>();
  info->fh = reinterpret_cast<std::uint64_t>(file.get());
  info->direct_io = 1;
  if (fuse_reply_open(handle, info) == 0) static_cast<void>(file.release());  // release() has it
}

void do_release(fuse_req_t handle, fuse_ino_t, fuse_file_info* info) {
  delete reinterpret_cast<OpenFile*>(info->fh);
  fuse_reply_err(handle, 0);
}

void do_read(fuse_req_t handle, fuse_ino_t inode, std::size_t size, off_t offset, fuse_file_info* info) {
  const FuseRequest request(handle);
  OpenFile& file = *reinterpret_cast<OpenFile*>(info->fh);
  const auto at = static_cast<std::size_t>(offset);
  // Of a group that was removed meanwhile the kernel gives what it had read already, and ENODEV after that.
  const bool gone = at >= file.text.size() && !request.tree.node(inode);
  if (at == 0 || file.text.empty() || gone) {
    request.session.world().follow();  // counters
    const int error = request.session.with_faults(Operation::read, request.session.name_of(inode), request.tid, [&] {
      Answer answer = request.tree.read(inode);
      file.text = std::move(answer.text);
      return answer.error;
    });
    if (error != 0) return request.answer(error);
  }
  if (at >= file.text.size()) {
    fuse_reply_buf(handle, nullptr, 0);
    return;
  }
  fuse_reply_buf(handle, file.text.data() + at, std::min(size, file.text.size() - at));
}

void do_write(fuse_req_t handle, fuse_ino_t inode, const char* data, std::size_t size, off_t, fuse_file_info*) {
  const FuseRequest request(handle);
  const int error = request.session.with_faults(Operation::write, request.session.name_of(inode), request.tid, [&] {
    return request.tree.write(inode, {data, size}, Writer{request.tid, request.uid});
  });
  request.session.world().follow();
  if (error != 0) return request.answer(error);
  fuse_reply_write(handle, size);
}

void do_opendir(fuse_req_t handle, fuse_ino_t inode, fuse_file_info* info) {
  const FuseRequest request(handle);
  auto directory = std::make_unique<OpenDirectory>();
  const auto add = [&](const char* name) { directory->entries.push_back({name, {inode, true, 0755}}); };
  add(".");
  add("..");
  for (Entry& entry : request.tree.list(inode)) directory->entries.push_back(std::move(entry));
  info->fh = reinterpret_cast<std::uint64_t>(directory.get());
  if (fuse_reply_open(handle, info) == 0) static_cast<void>(directory.release());
}

void do_releasedir(fuse_req_t handle, fuse_ino_t, fuse_file_info* info) {
  delete reinterpret_cast<OpenDirectory*>(info->fh);
  fuse_reply_err(handle, 0);
}

void do_readdir(fuse_req_t handle, fuse_ino_t inode, std::size_t size, off_t offset, fuse_file_info* info) {
  const FuseRequest request(handle);
  OpenDirectory& directory = *reinterpret_cast<OpenDirectory*>(info->fh);
  if (offset == 0 && directory.entries.size() >= 2) {  // rewinddir(3) asks again
    directory.entries.resize(2);
    for (Entry& entry : request.tree.list(inode)) directory.entries.push_back(std::move(entry));
  }
  std::string answer;
  for (std::size_t i = static_cast<std::size_t>(offset); i < directory.entries.size(); ++i) {
    const Entry& entry = directory.entries[i];
    const struct stat st = request.attributes(entry.node);
    const std::size_t needed = fuse_add_direntry(handle, nullptr, 0, entry.name.c_str(), nullptr, 0);
    if (answer.size() + needed > size) break;
    const std::size_t at = answer.size();
    answer.resize(at + needed);
    fuse_add_direntry(handle, answer.data() + at, needed, entry.name.c_str(), &st, static_cast<off_t>(i + 1));
  }
  fuse_reply_buf(handle, answer.data(), answer.size());
}

void do_mkdir(fuse_req_t handle, fuse_ino_t parent, const char* name, mode_t) {
  const FuseRequest request(handle);
  const int error = request.session.with_faults(Operation::mkdir, name, request.tid,
                                                [&] { return request.tree.mkdir(parent, name); });
  if (error != 0) return request.changed(error);
  request.session.world().follow();
  request.answer_entry(parent, name);
}

void do_rmdir(fuse_req_t handle, fuse_ino_t parent, const char* name) {
  const FuseRequest request(handle);
  request.changed(request.session.with_faults(Operation::rmdir, name, request.tid,
                                              [&] { return request.tree.rmdir(parent, name); }));
}

void do_rename(fuse_req_t handle, fuse_ino_t parent, const char* name, fuse_ino_t new_parent, const char* new_name,
               unsigned flags) {
  const FuseRequest request(handle);
  if (flags != 0) return request.answer(EINVAL);  // neither exchange nor "not over another"
  request.changed(request.session.with_faults(Operation::rename, name, request.tid,
                                              [&] { return request.tree.rename(parent, name, new_parent, new_name); }));
}

void do_unlink(fuse_req_t handle, fuse_ino_t parent, const char* name) {
  const FuseRequest request(handle);
  request.answer(request.tree.unlink(parent, name));
}

void do_create(fuse_req_t handle, fuse_ino_t parent, const char* name, mode_t, fuse_file_info*) {
  const FuseRequest request(handle);
  request.answer(request.tree.create_file(parent, name));
}

void do_mknod(fuse_req_t handle, fuse_ino_t, const char*, mode_t, dev_t) {
  fuse_reply_err(handle, EPERM);
}

void do_symlink(fuse_req_t handle, const char*, fuse_ino_t, const char*) {
  fuse_reply_err(handle, EPERM);
}

void do_link(fuse_req_t handle, fuse_ino_t, fuse_ino_t, const char*) {
  fuse_reply_err(handle, EPERM);
}

void do_statfs(fuse_req_t handle, fuse_ino_t) {
  struct statvfs answer {};
  answer.f_bsize = 4096;
  answer.f_namemax = 255;
  fuse_reply_statfs(handle, &answer);
}

}  // namespace

const fuse_lowlevel_ops& operations() {
  static const fuse_lowlevel_ops kOperations = [] {
    fuse_lowlevel_ops ops{};
    ops.lookup = do_lookup;
    ops.forget = do_forget;
    ops.getattr = do_getattr;
    ops.setattr = do_setattr;
    ops.open = do_open;
    ops.release = do_release;
    ops.read = do_read;
    ops.write = do_write;
    ops.opendir = do_opendir;
    ops.releasedir = do_releasedir;
    ops.readdir = do_readdir;
    ops.mkdir = do_mkdir;
    ops.rmdir = do_rmdir;
    ops.rename = do_rename;
    ops.unlink = do_unlink;
    ops.create = do_create;
    ops.mknod = do_mknod;
    ops.symlink = do_symlink;
    ops.link = do_link;
    ops.statfs = do_statfs;
    return ops;
  }();
  return kOperations;
}

}  // namespace dcat::emulator
