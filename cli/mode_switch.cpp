#include "cli/mode_switch.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "cat/linux/kept_file.h"
#include "controller/trace_json.h"
#include "controller/trace_writer.h"

namespace dcat::cli {

namespace {

constexpr const char* kName = "modes.json";

using trace::Fields;
using trace::Json;
using trace::Node;
using trace::Writer;

std::string format_modes(const KeptModes& modes) {
  Writer w;
  w.open('{');
  if (modes.node) {
    w.word("mode", name_of(*modes.node));
    w.name("why", modes.why);
    w.word("configured", name_of(modes.configured));
  }
  w.open("containers", '[');
  for (const auto& [id, mode] : modes.containers) {
    w.open('{');
    w.field("id", id);
    w.word("mode", name_of(mode));
    w.close('}');
  }
  w.close(']');
  w.close('}');
  return std::move(w).take() + "\n";
}

Mode read_mode(const Node& node) {
  const std::optional<Mode> mode = parse_mode(node.text());
  if (!mode) node.expected("observe, advise or enforce");
  return mode.value_or(Mode::observe);
}

Result<KeptModes> parse_modes(std::string_view text, const std::string& what) {
  const Result<Json> json = trace::parse_json(text, what);
  if (!json) return json.error();
  trace::Fault fault(what);
  const Node root(*json, fault);
  KeptModes modes;
  Fields fields(root);
  fields.may_with("mode", [&](const Node& node) { modes.node = read_mode(node); });
  fields.may_with("configured", [&](const Node& node) { modes.configured = read_mode(node); });
  fields.may_with("why", [&](const Node& node) { modes.why = node.name(); });
  fields.need_with("containers", [&](const Node& node) {
    node.each([&](const Node& entry) {
      ContainerId id;
      Fields of_entry(entry);
      of_entry.need_with("id", [&](const Node& at) { id.value = at.name(); });
      of_entry.need_with("mode", [&](const Node& at) { modes.containers[id] = read_mode(at); });
      of_entry.done();
    });
  });
  fields.done();
  if (fault.any()) return fault.error();
  return modes;
}

}  // namespace

std::string modes_path(const std::string& runtime_directory) {
  return runtime_directory + "/" + kName;
}

Result<KeptModes> read_modes(const std::string& runtime_directory) {
  const std::string path = modes_path(runtime_directory);
  std::string text;
  const int error = read_kept_file(path, text);
  if (error == ENOENT) return KeptModes{};
  if (error != 0) return Error{ErrorCode::failed, "read " + path, std::strerror(error), "", error};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return parse_modes(text, path);
}

Status write_modes(const std::string& runtime_directory, const KeptModes& modes) {
  return replace_file(runtime_directory, kName, format_modes(modes));
}

ModeSwitch::ModeSwitch(Orders& orders, ContainerModes& containers, Options options)
    : orders_(orders),
      containers_(containers),
      options_(std::move(options)),
      mode_(options_.mode),
      kept_(options_.kept) {
  containers_.set_all(options_.kept.containers);
}

Result<std::string> ModeSwitch::answer(const AskMode& ask, const Peer& peer, const NodeStatus* status) {
  Writer w;
  w.open('{');
  if (!ask.container.empty()) {
    if (status == nullptr)
      return Error{ErrorCode::failed, "change a mode", "the daemon has not looked at the node yet", "ask again"};
    const Result<const ContainerStatus*> found = find_container(*status, ask.container);
    if (!found) return found.error();
    containers_.set((*found)->info.id, ask.mode);
    w.field("container", (*found)->info.id);
  } else if (*ask.mode == Mode::enforce && !options_.cannot_enforce.empty()) {
    return Error{ErrorCode::unsupported, "change to mode enforce", options_.cannot_enforce,
                 "`dcat doctor` tells what is missing"};
  } else {
    const std::lock_guard lock(mutex_);
    w.word("before", name_of(mode_));
    orders_.put(ModeOrder{*ask.mode, "ordered by user " + std::to_string(peer.uid)});
  }
  w.word("mode", ask.mode ? name_of(*ask.mode) : std::string_view("default"));
  w.close('}');
  return std::move(w).take();
}

void ModeSwitch::on_mode(Mode mode, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    mode_ = mode;
  }
  kept_.node = mode;
  kept_.why = why;
  kept_.configured = options_.configured;
  keep();
}

Status ModeSwitch::on_decision(const Observation&, const Decision&) {
  ContainerModes::Map containers = containers_.all();
  if (containers == kept_.containers) return {};
  kept_.containers = std::move(containers);
  keep();
  return {};
}

void ModeSwitch::forget_node() {
  if (!kept_.node) return;
  kept_.node.reset();
  kept_.why.clear();
  kept_.configured = Mode::observe;
  keep();
}

void ModeSwitch::keep() {
  const Status written = write_modes(options_.runtime_directory, kept_);
  if (!written && !told_)
    spdlog::warn("modes: {}; a daemon that starts anew does not know them", written.error().to_string());
  told_ = !written;
}

}  // namespace dcat::cli
