#include "hooks/wire.h"

#include <array>
#include <climits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "controller/trace_json.h"
#include "controller/trace_writer.h"
#include "hooks/wish_values.h"

namespace dcat {

namespace {

using trace::Fields;
using trace::Json;
using trace::Node;
using trace::Writer;

constexpr const char* kSeeApi = "docs/api.md says what the daemon understands";

// The reader is the trace's; what to do about a bad line is not.
Error ours(Error error) {
  error.todo = kSeeApi;
  return error;
}

Error bad(const std::string& what, const std::string& why) {
  return {ErrorCode::bad_input, what, why, kSeeApi};
}

// Exact in every reader of JSON.
constexpr std::int64_t kMostEventNumber = std::int64_t{1} << 53;
constexpr std::string_view kDefaultMode = "default";

std::string_view word_of(Announcement::Event event) {
  return event == Announcement::Event::came ? "came" : "gone";
}

// ---- Writing

void write_name_unless_empty(Writer& writer, std::string_view key, const std::string& text) {
  if (!text.empty()) writer.name(key, text);
}

void write_contract(Writer& writer, Wishes::Contract contract, Ways ways) {
  switch (contract) {
    case Wishes::Contract::ways: return writer.field("contract", ways);
    case Wishes::Contract::cpu_share: return writer.word("contract", "cpu-share");
    case Wishes::Contract::none: return writer.word("contract", "none");
  }
}

void write_wishes(Writer& writer, const Wishes& wishes) {
  if (wishes.contract) write_contract(writer, *wishes.contract, wishes.ways);
  if (wishes.priority) writer.field("priority", *wishes.priority);
  if (wishes.managed) writer.word("mode", *wishes.managed ? "manage" : "observe");
  if (wishes.isolated) writer.word("isolation", *wishes.isolated ? "strict" : "none");
  write_name_unless_empty(writer, "foreign", wishes.foreign);
}

// The writer's keys are ours alone; an annotation's is theirs.
void append_annotations(std::string& line, const std::map<std::string, std::string>& annotations) {
  if (annotations.empty()) return;
  line += ",\"annotations\":{";
  const char* separator = "";
  for (const auto& [key, value] : annotations) {
    line += separator;
    trace::append_name(line, key);
    line += ':';
    trace::append_name(line, value);
    separator = ",";
  }
  line += '}';
}

std::string format_announcement(const Announcement& announcement) {
  Writer writer;
  writer.open('{');
  writer.field("dcat", kDoorVersion);
  writer.open("announce", '{');
  writer.word("event", word_of(announcement.event));
  if (announcement.runtime != Runtime::unknown) writer.word("runtime", name_of(announcement.runtime));
  writer.name("id", announcement.id);
  write_name_unless_empty(writer, "name", announcement.name);
  write_name_unless_empty(writer, "namespace", announcement.name_space);
  write_name_unless_empty(writer, "pod", announcement.pod);
  write_name_unless_empty(writer, "pod_uid", announcement.pod_uid);
  if (announcement.qos) writer.word("qos", name_of(*announcement.qos));
  write_name_unless_empty(writer, "cgroup", announcement.cgroup);
  writer.unless_default("pid", announcement.pid);
  write_wishes(writer, announcement.wishes);
  std::string line = std::move(writer).take();
  append_annotations(line, announcement.annotations);
  return line + "}}";
}

std::string format_explain(const AskExplain& ask) {
  Writer writer;
  writer.open('{');
  writer.field("dcat", kDoorVersion);
  writer.open("explain", '{');
  writer.name("container", ask.container);
  writer.close('}');
  writer.close('}');
  return std::move(writer).take();
}

std::string format_events(const AskEvents& ask) {
  return R"({"dcat":1,"events":{"after":)" + std::to_string(ask.after) + "}}";
}

std::string format_mode(const AskMode& ask) {
  Writer writer;
  writer.open('{');
  writer.field("dcat", kDoorVersion);
  writer.open("mode", '{');
  writer.word("mode", ask.mode ? name_of(*ask.mode) : kDefaultMode);
  write_name_unless_empty(writer, "container", ask.container);
  writer.close('}');
  writer.close('}');
  return std::move(writer).take();
}

// ---- Reading

// One of `words`, by its place.
std::size_t read_word(const Node& node, const std::vector<std::string_view>& words) {
  const std::string_view got = node.text();
  if (node.failed()) return 0;
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == got) return i;
    all += (i == 0 ? "" : ", ") + std::string(words[i]);
  }
  node.fail("got " + shown_text(got) + ", want one of " + all, kSeeApi);
  return 0;
}

void read_text(Fields& fields, std::string_view key, std::string& out) {
  fields.may_with(key, [&out](const Node& node) { out = node.name(); });
}

void read_contract(const Node& node, Wishes& wishes) {
  if (node.value().is_string()) {
    wishes.contract =
        read_word(node, {"cpu-share", "none"}) == 0 ? Wishes::Contract::cpu_share : Wishes::Contract::none;
    return;
  }
  wishes.contract = Wishes::Contract::ways;
  wishes.ways = Ways(static_cast<int>(node.integer(1, kMostContractWays)));
}

void read_wishes(Fields& fields, Wishes& wishes) {
  fields.may_with("contract", [&](const Node& node) { read_contract(node, wishes); });
  fields.may_with("priority", [&](const Node& node) {
    wishes.priority = static_cast<int>(node.integer(-kMostPriority, kMostPriority));
  });
  fields.may_with("mode", [&](const Node& node) { wishes.managed = read_word(node, {"manage", "observe"}) == 0; });
  fields.may_with("isolation", [&](const Node& node) { wishes.isolated = read_word(node, {"strict", "none"}) == 0; });
  read_text(fields, "foreign", wishes.foreign);
}

void read_annotations(const Node& node, std::map<std::string, std::string>& annotations) {
  if (!node.value().is_object()) return node.expected("an object");
  for (const auto& [key, value] : node.value().items()) {
    const Node at(node, key, value);
    // Keys are escaped as values are.
    const std::optional<std::string> name = trace::unescape_name(key);
    if (!name) return at.fail("its key is no name: want each % followed by two of 0-9A-F", kSeeApi);
    std::string text = at.name();
    if (at.failed()) return;
    annotations.insert_or_assign(*name, std::move(text));
  }
}

// A path that cannot lead out of the cgroup tree.
bool is_below_root(std::string_view path) {
  while (true) {
    const std::size_t end = path.find('/');
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

void read_place(Fields& fields, Announcement& announcement) {
  fields.may_with("cgroup", [&](const Node& node) {
    announcement.cgroup = node.name();
    if (!node.failed() && !is_below_root(announcement.cgroup))
      node.fail("got " + shown_text(announcement.cgroup) +
                    ", want a path below the cgroup root, without a leading '/', '.' and '..'",
                kSeeApi);
  });
  fields.may_with("pid", [&](const Node& node) { announcement.pid = static_cast<int>(node.integer(1, INT_MAX)); });
  fields.may_with("annotations", [&](const Node& node) { read_annotations(node, announcement.annotations); });
}

Announcement read_announcement(const Node& node) {
  Announcement announcement;
  Fields fields(node);
  fields.need_with("event", [&](const Node& at) {
    announcement.event = read_word(at, {"came", "gone"}) == 0 ? Announcement::Event::came : Announcement::Event::gone;
  });
  fields.may_with("runtime",
                  [&](const Node& at) { announcement.runtime = static_cast<Runtime>(read_word(at, runtime_words())); });
  fields.need_with("id", [&](const Node& at) {
    announcement.id = at.name();
    if (!at.failed() && announcement.id.empty()) at.fail("got '', want the runtime's own id", kSeeApi);
  });
  read_text(fields, "name", announcement.name);
  read_text(fields, "namespace", announcement.name_space);
  read_text(fields, "pod", announcement.pod);
  read_text(fields, "pod_uid", announcement.pod_uid);
  fields.may_with("qos", [&](const Node& at) {
    announcement.qos = static_cast<QosClass>(
        read_word(at, {name_of(QosClass::guaranteed), name_of(QosClass::burstable), name_of(QosClass::besteffort)}));
  });
  read_wishes(fields, announcement.wishes);
  read_place(fields, announcement);
  fields.done();
  return announcement;
}

void read_container(const Node& node, std::string& container) {
  container = node.name();
  if (!node.failed() && container.empty()) node.fail("got '', want a container's id or name", kSeeApi);
}

AskExplain read_explain(const Node& node) {
  AskExplain ask;
  Fields fields(node);
  fields.need_with("container", [&](const Node& at) { read_container(at, ask.container); });
  fields.done();
  return ask;
}

AskEvents read_events(const Node& node) {
  AskEvents ask;
  Fields fields(node);
  fields.need_with("after",
                   [&](const Node& at) { ask.after = static_cast<std::uint64_t>(at.integer(0, kMostEventNumber)); });
  fields.done();
  return ask;
}

AskMode read_mode(const Node& node) {
  AskMode ask;
  Fields fields(node);
  fields.may_with("container", [&](const Node& at) { read_container(at, ask.container); });
  fields.need_with("mode", [&](const Node& at) {
    const std::size_t word =
        read_word(at, {name_of(Mode::observe), name_of(Mode::advise), name_of(Mode::enforce), kDefaultMode});
    if (word < 3) ask.mode = static_cast<Mode>(word);
    if (word == 3 && ask.container.empty())
      at.fail("got default, which only a container has; want observe, advise or enforce", kSeeApi);
  });
  fields.done();
  return ask;
}

constexpr std::array<std::string_view, 3> kCodes{"bad_input", "unsupported", "failed"};  // in the order of ErrorCode

Error read_error(const Node& node) {
  Error error;
  Fields parts(node);
  parts.need_with("code", [&error](const Node& at) {
    error.code = static_cast<ErrorCode>(read_word(at, {kCodes.begin(), kCodes.end()}));
  });
  read_text(parts, "what", error.what);
  read_text(parts, "why", error.why);
  read_text(parts, "todo", error.todo);
  parts.done();
  return error;
}

// The object of a line, once its version is known to be ours: a newer one may hold anything else.
Result<Json> read_line(std::string_view line, const std::string& what) {
  Result<Json> json = trace::parse_json(line, what);
  if (!json) return ours(std::move(json).error());
  if (!json->is_object()) return bad(what, "got no object, want {\"dcat\":1,...}");
  const auto version = json->find("dcat");
  if (version == json->end()) return bad(what, "key dcat is missing, want {\"dcat\":1,...}");
  if (!version->is_number_integer()) return bad(what + ": dcat", "want the version, a number");
  if (*version != kDoorVersion)
    return Error{ErrorCode::bad_input, what + ": dcat",
                 "got version " + printable_text(version->dump()) + ", this one speaks " + std::to_string(kDoorVersion),
                 "run the dcat of the same version on both sides"};
  return json;
}

}  // namespace

std::string format_ask(const Ask& ask) {
  struct Format {
    std::string operator()(const AskStatus&) const { return R"({"dcat":1,"status":{}})"; }
    std::string operator()(const Announcement& announcement) const { return format_announcement(announcement); }
    std::string operator()(const AskExplain& explain) const { return format_explain(explain); }
    std::string operator()(const AskEvents& events) const { return format_events(events); }
    std::string operator()(const AskMode& mode) const { return format_mode(mode); }
  };
  return std::visit(Format{}, ask);
}

Result<Ask> parse_ask(std::string_view line) {
  const std::string what = "ask";
  if (line.size() > kMostLine)
    return bad(what, "got " + std::to_string(line.size()) + " bytes, want " + std::to_string(kMostLine) + " at most");
  const Result<Json> json = read_line(line, what);
  if (!json) return json.error();
  trace::Fault fault(what);
  const Node root(*json, fault);
  Fields fields(root);
  fields.need_with("dcat", [](const Node&) {});
  std::optional<Ask> ask;
  int asked = 0;
  fields.may_with("status", [&](const Node& node) {
    Fields(node).done();
    ask = AskStatus{};
    ++asked;
  });
  const auto may_ask = [&](std::string_view key, const auto& read) {
    fields.may_with(key, [&](const Node& node) {
      ask = read(node);
      ++asked;
    });
  };
  may_ask("announce", read_announcement);
  may_ask("explain", read_explain);
  may_ask("events", read_events);
  may_ask("mode", read_mode);
  fields.done();
  if (fault.any()) return ours(fault.error());
  if (asked != 1)
    return bad(what, std::to_string(asked) + " things are asked, want one: status, announce, explain, events or mode");
  return *std::move(ask);
}

std::string format_ok(std::string_view json_object) {
  std::string line = R"({"dcat":1,"ok":)";
  line.reserve(line.size() + json_object.size() + 1);
  // A newline can stand only between JSON's words; within a line it would end the answer.
  for (const char c : json_object) line += c == '\n' || c == '\r' ? ' ' : c;
  return line + '}';
}

std::string format_error(const Error& error) {
  Writer writer;
  writer.open('{');
  writer.field("dcat", kDoorVersion);
  writer.open("error", '{');
  // Cut: an error may quote what was sent, and the answer stays a line.
  constexpr std::size_t kMostPart = 2048;
  const auto part = [&writer](std::string_view key, std::string_view text) {
    std::string cut(text.substr(0, kMostPart));
    std::erase(cut, '\0');
    write_name_unless_empty(writer, key, cut);
  };
  writer.word("code", kCodes[static_cast<std::size_t>(error.code)]);
  part("what", error.what);
  part("why", error.why);
  part("todo", error.todo);
  writer.close('}');
  writer.close('}');
  return std::move(writer).take();
}

Result<std::string> parse_answer(std::string_view line) {
  const std::string what = "answer of the daemon";
  const Result<Json> json = read_line(line, what);
  if (!json) return json.error();
  trace::Fault fault(what);
  const Node root(*json, fault);
  Fields fields(root);
  fields.need_with("dcat", [](const Node&) {});
  std::optional<std::string> ok;
  std::optional<Error> told;
  fields.may_with("ok", [&ok](const Node& node) {
    if (!node.value().is_object()) return node.expected("an object");
    ok = node.value().dump();
  });
  fields.may_with("error", [&told](const Node& node) { told = read_error(node); });
  fields.done();
  if (fault.any()) return ours(fault.error());
  if (ok.has_value() == told.has_value()) return bad(what, "want either ok or error");
  if (told) return *std::move(told);
  return *std::move(ok);
}

}  // namespace dcat
