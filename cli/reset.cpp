// `dcat reset`: undoes on this node what a dCat that is gone has left behind.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cat/linux/journal.h"
#include "cat/linux/pqos_backends.h"
#include "cat/linux/resctrl_files.h"
#include "cat/linux/undo.h"
#include "cli/announced_file.h"
#include "cli/announcers.h"
#include "cli/commands.h"
#include "cli/memory_file.h"
#include "cli/mode_switch.h"
#include "cli/run_plan.h"
#include "cli/screen.h"
#include "controller/config/text_file.h"
#include "controller/door/listening_socket.h"

namespace dcat::cli {

namespace {

constexpr auto kPatience = std::chrono::seconds(3);

Result<Config> read_settings(const ResetArguments& a) {
  if (a.config_file.empty()) return Config{};
  Result<std::string> text = read_text_file(a.config_file);
  if (!text) return std::move(text).error();
  return parse_config(*text, a.config_file);
}

// The socket, and what was announced: one that starts after a stale one was undone goes on with the same containers.
void remove_what_was_heard(const Config& config, bool keep_announced) {
  // One that answers is a run that only observes.
  (void)!remove_stale_socket(socket_of(config)).ok();
  if (keep_announced) return;
  ::unlink(announced_path(config.node.runtime_directory).c_str());
  ::unlink(modes_path(config.node.runtime_directory).c_str());
  forget_announced(config.memory);
}

std::string told(const Undone& undone) {
  if (undone.groups == 0 && !undone.default_masks) return "reset: there was nothing to undo";
  return fmt::format("reset: {} groups removed{}", undone.groups,
                     undone.default_masks ? ", the default group has its ways again" : "");
}

// There is one resctrl in a kernel: mounted elsewhere since, its groups are still the same.
std::string root_of(const std::optional<JournalEntry>& known) {
  if (!known || known->root.empty() || !ResctrlFiles(known->root).mounted()) return kResctrlRoot;
  return known->root;
}

Status end_journal(const Journal& journal, const Result<std::optional<JournalEntry>>& entry) {
  return entry ? journal.remove() : journal.set_aside();
}

std::string set_aside_note(const Result<std::optional<JournalEntry>>& entry) {
  if (entry) return {};
  return "reset: the journal is damaged and set aside, what the groups' names tell is undone (" + entry.error().why +
         ")\n";
}

Result<std::string> undo(const ResetArguments& a, const Journal& journal) {
  Result<std::optional<JournalEntry>> entry = journal.read();
  // The timer must not fail every minute for ever: what the names tell is undone.
  if (!entry && !a.force && !a.if_stale) return std::move(entry).error();
  std::optional<JournalEntry> known = entry ? *entry : std::nullopt;
  if (known && known->boot_id != read_boot_id()) known.reset();  // a reboot has undone it

  if (known && known->backend == "pqos-msr") {
    const Result<Undone> undone = undo_pqos_msr(*known, PqosMsrOptions{});
    if (!undone && !a.force) return undone.error();  // by force the journal goes, whatever the registers hold
    if (Status removed = journal.remove(); !removed) return std::move(removed).error();
    return undone ? told(*undone)
                  : "reset: the journal is removed; the registers are not: " + undone.error().to_string();
  }
  ResctrlFiles files(root_of(known));
  if (!files.mounted()) {
    if (Status ended = end_journal(journal, entry); !ended) return std::move(ended).error();
    return set_aside_note(entry) + "reset: no resctrl file system is mounted: there is nothing to undo";
  }
  Status locked = files.lock(kPatience);
  if (!locked && !a.force) return std::move(locked).error();
  Result<Undone> undone = undo_node(files, known);
  if (!undone) return std::move(undone).error();
  if (Status ended = end_journal(journal, entry); !ended) return std::move(ended).error();
  return set_aside_note(entry) + told(*undone);
}

Result<std::string> reset(const ResetArguments& a) {
  const Result<Config> config = read_settings(a);
  if (!config) return config.error();
  const NodeSettings* const settings = &config->node;
  const Journal journal(settings->runtime_directory);
  const std::optional<Duration> age = journal.age();
  if (a.if_stale && age && *age <= settings->adopt_within)
    return fmt::format("reset: left alone: dCat was alive {:.0f} s ago", seconds(*age));
  // Held until the end: a daemon that starts meanwhile must not find half of it.
  Result<InstanceLock> instance = InstanceLock::take(settings->runtime_directory);
  if (!instance) {
    if (a.if_stale && instance.error().sys_errno == EWOULDBLOCK)
      return std::string("reset: left alone: dCat is running");
    return std::move(instance).error();
  }
  remove_what_was_heard(*config, a.if_stale);
  std::string forgot;
  if (a.forget) {
    Result<bool> forgotten = forget_memory(config->memory);
    if (!forgotten) return std::move(forgotten).error();
    forgot = *forgotten ? "reset: what was learned is forgotten\n" : "reset: nothing was learned\n";
  }
  Result<std::string> undone = undo(a, journal);
  if (!undone) return undone;
  return forgot + *undone;
}

}  // namespace

int reset_command(const ResetArguments& arguments) {
  const Result<std::string> done = reset(arguments);
  if (!done) return report(done.error());
  const Status printed = print_lines({*done});
  return printed ? 0 : report(printed.error());
}

}  // namespace dcat::cli
