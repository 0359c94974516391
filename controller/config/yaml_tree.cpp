#include "controller/config/yaml_tree.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

namespace dcat {
namespace {

// A file with more has one mistake, not a thousand.
constexpr std::size_t kMostProblems = 1000;
constexpr std::string_view kUtf8Bom = "\xef\xbb\xbf";

int line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}  // yaml-cpp counts from 0

// ---- What is looked at before the parser: bytes and lines

// Length of the UTF-8 sequence at text[i] (no overlong forms, no surrogates), 0 when there is none.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
  const unsigned lead = byte(i);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(i + k) & 0xc0U) != 0x80U) return 0;
  if ((lead == 0xe0 && byte(i + 1) < 0xa0) || (lead == 0xed && byte(i + 1) > 0x9f)) return 0;
  if ((lead == 0xf0 && byte(i + 1) < 0x90) || (lead == 0xf4 && byte(i + 1) > 0x8f)) return 0;
  return length;
}

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
}

std::optional<YamlProblem> check_bytes(std::string_view text) {
  if (text.size() > kMostYamlBytes) return YamlProblem{1, "", "the file is too large, want at most 4 MiB"};
  int line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return YamlProblem{line, "", "not UTF-8 text, want UTF-8"};
    if (is_forbidden_control(text[i])) return YamlProblem{line, "", "a control character, want plain text"};
    if (text[i] == '\n') ++line;
    i += length;
  }
  return std::nullopt;
}

// YAML forbids tabs as indentation, and yaml-cpp says so in words that lead nowhere.
std::optional<YamlProblem> check_tabs(std::string_view text) {
  int line = 1;
  while (!text.empty()) {
    const std::string_view current = text.substr(0, text.find('\n'));
    const std::size_t start = current.find_first_not_of(" \t");
    const bool has_content = start != std::string_view::npos && current[start] != '#';
    if (has_content && current.substr(0, start).find('\t') != std::string_view::npos)
      return YamlProblem{line, "", "a tab in the indentation, want spaces"};
    text.remove_prefix(std::min(text.size(), current.size() + 1));
    ++line;
  }
  return std::nullopt;
}

// Without byte order mark and with \n as line end.
std::string normalized(std::string_view text) {
  if (text.starts_with(kUtf8Bom)) text.remove_prefix(kUtf8Bom.size());
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || (i + 1 < text.size() && text[i + 1] != '\n')) result += text[i];
  return result;
}

// ---- Events of the parser to a tree

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlTree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) note(line_of(mark), "", "a second document, want one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.line = line_of(mark);
    add_leaf(std::move(node), "", anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode node;
    node.line = line_of(mark);
    if (documents_ == 1) note(node.line, path_here(), kNoAliases);
    add_leaf(std::move(node), "", 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.line = line_of(mark);
    node.text = value;
    node.quoted = tag == "!";
    add_leaf(std::move(node), tag, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, line_of(mark), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::map, line_of(mark), tag, anchor);
  }
  void OnMapEnd() override { close(); }

  static constexpr const char* kNoAliases =
      "aliases (*name) are not supported: write the value out, or put a pattern in quotes: \"*.slice\"";

 private:
  // A list or mapping that is being read.
  struct Frame {
    YamlNode node;
    std::string path;
    std::optional<YamlEntry> pending;       // map: the key that waits for its value
    bool drop_pending = false;              // the value of a refused key
    std::map<std::string, int> first_line;  // map: keys so far
  };

  void note(int line, const std::string& path, const std::string& message) {
    if (tree_.problems.size() < kMostProblems) tree_.problems.push_back({line, path, message});
  }

  bool wants_key() const {
    return !frames_.empty() && frames_.back().node.kind == YamlNode::Kind::map && !frames_.back().pending;
  }

  // The key path of the node that comes next.
  std::string path_here() const {
    if (frames_.empty()) return "";
    const Frame& frame = frames_.back();
    if (frame.node.kind == YamlNode::Kind::list)
      return frame.path + "[" + std::to_string(frame.node.items.size()) + "]";
    if (!frame.pending) return frame.path;
    return frame.path.empty() ? frame.pending->key : frame.path + "." + frame.pending->key;
  }

  void check_properties(int line, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) note(line, path_here(), "anchors (&name) are not supported: write the value out");
    // "?" is a plain node, "!" a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!")
      note(line, path_here(), "tags (!name) are not supported: put text that begins with ! in quotes");
  }

  void add_leaf(YamlNode node, const std::string& tag, YAML::anchor_t anchor) {
    if (documents_ > 1) return;
    check_properties(node.line, tag, anchor);
    add(std::move(node));
  }

  void open(YamlNode::Kind kind, int line, const std::string& tag, YAML::anchor_t anchor) {
    if (documents_ > 1) return;
    check_properties(line, tag, anchor);
    Frame frame;
    frame.path = path_here();
    frame.node.kind = kind;
    frame.node.line = line;
    frames_.push_back(std::move(frame));
  }

  void close() {
    if (documents_ > 1) return;
    YamlNode node = std::move(frames_.back().node);
    frames_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (frames_.empty()) {
      tree_.root = std::move(node);
    } else if (frames_.back().node.kind == YamlNode::Kind::list) {
      frames_.back().node.items.push_back(std::move(node));
    } else if (wants_key()) {
      add_key(node);
    } else {
      add_value(std::move(node));
    }
  }

  void add_key(const YamlNode& node) {
    Frame& frame = frames_.back();
    const std::string path = frame.path;
    frame.pending = YamlEntry{node.text, node.line, {}};
    frame.drop_pending = true;
    if (node.kind != YamlNode::Kind::scalar || node.text.empty()) {
      note(node.line, path, "a key that is no plain word");
    } else if (node.text == "<<" && !node.quoted) {
      note(node.line, path, "merge keys (<<) are not supported: write the values out");
    } else if (const auto [first, is_new] = frame.first_line.emplace(node.text, node.line); !is_new) {
      note(node.line, path_here(), "given twice, first in line " + std::to_string(first->second));
    } else {
      frame.drop_pending = false;
    }
  }

  void add_value(YamlNode node) {
    Frame& frame = frames_.back();
    frame.pending->value = std::move(node);
    if (!frame.drop_pending) frame.node.entries.push_back(std::move(*frame.pending));
    frame.pending.reset();
  }

  YamlTree& tree_;
  std::vector<Frame> frames_;
  int documents_ = 0;
};

std::string syntax_message(const YAML::Exception& error) {
  if (dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr) return "nested too deeply";
  if (error.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR || error.msg == YAML::ErrorMsg::ALIAS_NOT_FOUND)
    return TreeBuilder::kNoAliases;
  return "not valid YAML: " + error.msg;
}

void set_root_to_empty_map(YamlTree& tree) {
  tree.root = YamlNode{};
  tree.root.kind = YamlNode::Kind::map;
}

int last_line(std::string_view text) {
  const auto breaks = std::count(text.begin(), text.end(), '\n');
  return static_cast<int>(breaks) + (text.ends_with('\n') ? 0 : 1);
}

void run_parser(const std::string& text, YamlTree& tree) {
  // yaml-cpp takes an open quote for closed when the file ends right after a line end; so let it end in a
  // comment.
  constexpr const char* kEnd = "\n#";
  try {
    std::istringstream stream(text + kEnd);
    YAML::Parser parser(stream);
    TreeBuilder builder(tree);
    // A second one is refused, so the rest need not be read.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& error) {
    tree.broken = true;
    const int line = std::clamp(line_of(error.mark), 1, std::max(1, last_line(text)));
    tree.problems.push_back({line, "", syntax_message(error)});
  }
}

}  // namespace

YamlTree parse_yaml(const std::string& text) {
  YamlTree tree;
  const std::string clean = normalized(text);
  std::optional<YamlProblem> problem = check_bytes(clean);
  if (!problem) problem = check_tabs(clean);
  if (problem) {
    tree.broken = true;
    tree.problems.push_back(*std::move(problem));
  } else {
    run_parser(clean, tree);
  }
  const bool is_empty = tree.root.kind == YamlNode::Kind::null;
  if (!tree.broken && !is_empty && tree.root.kind != YamlNode::Kind::map) {
    tree.broken = true;
    tree.problems.push_back({tree.root.line, "", "want a mapping (key: value) at the top of the file"});
  }
  if (tree.broken || is_empty) set_root_to_empty_map(tree);
  return tree;
}

std::string shown_text(const std::string& text) {
  constexpr std::size_t kMost = 60;
  std::size_t end = std::min(text.size(), kMost);
  // Not in the middle of a UTF-8 sequence.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  std::string shown;
  for (const char c : text.substr(0, end)) shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return end < text.size() ? shown + "..." : shown;
}

}  // namespace dcat
