#include "hooks/libvirt/domain.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <map>
#include <pugixml.hpp>
#include <utility>

#include "hooks/bound.h"
#include "hooks/libvirt/domain_cgroup.h"
#include "hooks/wish_values.h"

namespace dcat {

namespace {

constexpr std::string_view kOurs = "https://dcat.dev/domain/1.0";
constexpr std::string_view kNova = "http://openstack.org/xmlns/libvirt/nova/";  // 1.0 and 1.1 are in use
// libxml2, which libvirt reads it with, goes no deeper.
constexpr int kMostDepth = 256;
// A domain with 500 disks has some 10,000 elements, 20,000 tags.
constexpr std::ptrdiff_t kMostTags = 100'000;
// <driver>, the longest of libvirt's, has some 25.
constexpr std::ptrdiff_t kMostAttributes = 64;
constexpr std::size_t kUuidLength = 36;

Error bad(const std::string& why) {
  return {ErrorCode::bad_input, "domain XML", why, "give the hook what libvirt gives it: the domain's XML on stdin"};
}

// ---- XML, with namespaces, which pugixml leaves to us

// Stops at what would make looking for anything slow.
struct Gauge : pugi::xml_tree_walker {
  bool for_each(pugi::xml_node& node) override {
    const auto attributes = node.attributes();
    if (std::distance(attributes.begin(), attributes.end()) > kMostAttributes)
      why = "got more than " + std::to_string(kMostAttributes) + " attributes in one element";
    if (depth() >= kMostDepth) why = "nested more than " + std::to_string(kMostDepth) + " deep";
    return why.empty();
  }
  std::string why;
};

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? "" : name.substr(0, colon);
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

// The namespaces in force within an element. Gathered once for all of its children: these may be very many, and so may
// the declarations around them.
class Scope {
 public:
  explicit Scope(const pugi::xml_node& element) {
    for (pugi::xml_node at = element; at; at = at.parent())  // the innermost stays
      for (const pugi::xml_attribute& attribute : at.attributes()) {
        const std::string_view name = attribute.name();
        if (name == "xmlns" || name.starts_with("xmlns:")) spaces_.emplace(name, attribute.value());
      }
  }
  // The namespace that the child is in; empty: none.
  std::string_view of(const pugi::xml_node& child) const {
    const std::string_view prefix = prefix_of(child.name());
    const std::string name = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
    if (const pugi::xml_attribute own = child.attribute(name.c_str())) return own.value();
    const auto at = spaces_.find(name);
    return at == spaces_.end() ? "" : at->second;
  }

 private:
  std::map<std::string_view, std::string_view> spaces_;  // by the attribute that declares them
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string text_of(const pugi::xml_node& node) {
  return std::string(trimmed(node.text().get()));
}

// The first child of this local name in a namespace that begins so.
pugi::xml_node child_in(const pugi::xml_node& parent, std::string_view space, std::string_view name) {
  const Scope scope(parent);
  for (const pugi::xml_node& node : parent.children())
    if (local_name(node) == name && scope.of(node).starts_with(space)) return node;
  return {};
}

Status load(std::string_view xml, pugi::xml_document& document) {
  if (xml.size() > kMostXmlBytes)
    return bad("got " + std::to_string(xml.size()) + " bytes, want " + std::to_string(kMostXmlBytes) + " at most");
  if (xml.find('\0') != std::string_view::npos) return bad("got a NUL");
  // Elements cost many times their text.
  if (std::count(xml.begin(), xml.end(), '<') > kMostTags)
    return bad("got more than " + std::to_string(kMostTags) + " tags");
  constexpr unsigned kOptions =
      pugi::parse_minimal | pugi::parse_escapes | pugi::parse_eol | pugi::parse_cdata | pugi::parse_doctype;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) return bad("near byte " + std::to_string(parsed.offset) + ": " + parsed.description());
  for (const pugi::xml_node& node : document.children())
    if (node.type() == pugi::node_doctype) return bad("got a DTD, want none, nor entities of its own");
  Gauge gauge;
  if (!document.traverse(gauge)) return bad(gauge.why);
  return {};
}

// ---- What it says

std::string uuid_of(const pugi::xml_node& domain) {
  std::string uuid = text_of(domain.child("uuid"));
  for (char& c : uuid)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  const bool digits = std::all_of(uuid.begin(), uuid.end(),
                                  [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
  return digits && uuid.size() == kUuidLength ? uuid : "";
}

// 0: it does not run, or did not yet.
int live_id(const pugi::xml_node& domain) {
  const std::string_view text = domain.attribute("id").value();
  int id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() && id > 0 ? id : 0;
}

using Annotations = std::map<std::string, std::string>;

// Element `contract` is the word "contract-ways"; the others are called as annotations are.
std::string_view word_of(std::string_view element) {
  if (element == "contract") return "contract-ways";
  const auto* const at = std::find(kWishWords.begin() + 1, kWishWords.end(), element);
  return at == kWishWords.end() ? "" : *at;
}

// Our element of the metadata, as annotations.
void read_metadata(const pugi::xml_node& metadata, Wishes& wishes, ReadDomain& read) {
  const Scope around(metadata);
  for (const pugi::xml_node& ours : metadata.children()) {
    if (around.of(ours) != kOurs) continue;
    const Scope scope(ours);
    for (const pugi::xml_node& node : ours.children()) {
      if (node.type() != pugi::node_element) continue;
      const std::string_view space = scope.of(node);
      const std::string_view word = space.empty() || space == kOurs ? word_of(local_name(node)) : "";
      if (word.empty()) {
        add_mistake(read.mistakes, "metadata: " + shown_text(node.name()) +
                                       ": no such element, want contract, priority, mode or isolation");
        continue;
      }
      const std::string value = text_of(node);
      if (!read.announcement.annotations.emplace("dcat.dev/" + std::string(word), value).second) {
        add_mistake(read.mistakes,
                    "metadata: " + std::string(local_name(node)) + ": is there twice, the first one counts");
        continue;
      }
      const std::string mistake = read_wish(word, value, wishes);
      if (!mistake.empty()) add_mistake(read.mistakes, "metadata: " + std::string(local_name(node)) + ": " + mistake);
    }
  }
}

// Sets what `from` asks for and `to` does not.
void fill_in(Wishes& to, const Wishes& from) {
  if (!to.contract) {
    to.contract = from.contract;
    to.ways = from.ways;
  }
  if (!to.priority) to.priority = from.priority;
  if (!to.managed) to.managed = from.managed;
  if (!to.isolated) to.isolated = from.isolated;
}

// What OpenStack's Nova writes: the flavor, its extra specs and the project, which rules can ask for.
void read_nova(const pugi::xml_node& metadata, Wishes& wishes, ReadDomain& read) {
  const pugi::xml_node instance = child_in(metadata, kNova, "instance");
  const pugi::xml_node flavor = child_in(instance, kNova, "flavor");
  Annotations& annotations = read.announcement.annotations;
  const auto keep = [&annotations](const std::string& key, const std::string& value) {
    if (!value.empty()) annotations.emplace(key, value);
  };
  keep("nova:name", text_of(child_in(instance, kNova, "name")));
  keep("nova:flavor", flavor.attribute("name").value());
  keep("nova:project", child_in(child_in(instance, kNova, "owner"), kNova, "project").attribute("uuid").value());
  Wishes flavors;
  for (const pugi::xml_node& spec : child_in(flavor, kNova, "extraSpecs").children()) {
    const std::string key = spec.attribute("name").value();
    if (local_name(spec) != "extraSpec" || key.empty()) continue;
    const std::string value = text_of(spec);
    keep(key, value);
    if (!key.starts_with("dcat:")) continue;
    const std::string_view word = std::string_view(key).substr(std::string_view("dcat:").size());
    const bool known = std::find(kWishWords.begin(), kWishWords.end(), word) != kWishWords.end();
    const std::string mistake =
        known ? read_wish(word, value, flavors)
              : "no such extra spec, want dcat:contract-ways, dcat:priority, dcat:mode or dcat:isolation";
    if (!mistake.empty()) add_mistake(read.mistakes, "extra spec " + shown_text(key) + ": " + mistake);
  }
  fill_in(wishes, flavors);
}

// libvirt makes resctrl groups of its own for these, and moves vCPUs into them.
std::string foreign_of(const pugi::xml_node& domain) {
  const pugi::xml_node cputune = domain.child("cputune");
  if (cputune.child("cachetune")) return "libvirt cachetune";
  return cputune.child("memorytune") ? "libvirt memorytune" : "";
}

}  // namespace

DomainOperation operation_of(std::string_view operation) {
  constexpr std::array<std::string_view, 3> kCame{"start", "reconnect", "attach"};
  if (std::find(kCame.begin(), kCame.end(), operation) != kCame.end()) return DomainOperation::came;
  if (operation == "stopped") return DomainOperation::gone;
  return DomainOperation::nothing;
}

Result<ReadDomain> read_domain(std::string_view xml, DomainOperation operation, bool systemd) {
  pugi::xml_document document;
  if (Status loaded = load(xml, document); !loaded) return std::move(loaded).error();
  const pugi::xml_node domain = document.document_element();
  if (std::string_view(domain.name()) != "domain")
    return bad("got element " + shown_text(domain.name()) + ", want domain");
  ReadDomain read;
  Announcement& announcement = read.announcement;
  announcement.event = operation == DomainOperation::gone ? Announcement::Event::gone : Announcement::Event::came;
  announcement.runtime = Runtime::libvirt;
  announcement.id = uuid_of(domain);
  if (announcement.id.empty()) return bad("uuid: got " + shown_text(text_of(domain.child("uuid"))) + ", want a UUID");
  announcement.name = text_of(domain.child("name"));
  if (const int id = live_id(domain); id > 0 && !announcement.name.empty()) {
    const std::string partition = text_of(domain.child("resource").child("partition"));
    announcement.cgroup = domain_cgroup(id, announcement.name, partition.empty() ? "/machine" : partition, systemd);
    if (announcement.cgroup.empty())
      add_mistake(read.mistakes,
                  "partition: got " + shown_text(partition) + ", want a path below the root; the scan finds the VM");
  }
  const pugi::xml_node metadata = domain.child("metadata");
  read_metadata(metadata, announcement.wishes, read);
  read_nova(metadata, announcement.wishes, read);
  announcement.wishes.foreign = foreign_of(domain);
  if (Status bounded = bound_announcement(announcement, read.mistakes); !bounded) return std::move(bounded).error();
  return read;
}

}  // namespace dcat
