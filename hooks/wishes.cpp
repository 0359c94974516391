#include "hooks/wishes.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "hooks/wish_values.h"

namespace dcat {

namespace {

using Annotations = std::map<std::string, std::string>;

constexpr std::string_view kOurs = "dcat.dev/";
constexpr std::string_view kForOne = ".container.";
// Who sets a container's class of service by annotation: containerd's and CRI-O's goresctrl reads these, in this order.
constexpr std::string_view kRdtOfContainer = "io.kubernetes.cri.rdt-class";
constexpr std::string_view kRdtPrefix = "rdt.resources.beta.kubernetes.io/";

const std::string* find(const Annotations& annotations, const std::string& key) {
  const auto at = annotations.find(key);
  return at == annotations.end() ? nullptr : &at->second;
}

// True if the annotation is there and could be read.
bool read_annotation(const Annotations& annotations, const std::string& key, std::string_view word, ReadWishes& read) {
  const std::string* const value = find(annotations, key);
  if (value == nullptr) return false;
  const std::string mistake = read_wish(word, *value, read.wishes);
  if (!mistake.empty()) add_mistake(read.mistakes, printable_text(key) + ": " + mistake);
  return mistake.empty();
}

// A class with an empty name is none, and still goes before what stands for the whole pod.
std::string foreign_class(const Annotations& annotations, const std::string& container) {
  const std::string* value = find(annotations, std::string(kRdtOfContainer));
  if (value == nullptr && !container.empty())
    value = find(annotations, std::string(kRdtPrefix) + "container." + container);
  if (value == nullptr) value = find(annotations, std::string(kRdtPrefix) + "pod");
  if (value == nullptr || value->empty()) return "";
  return "rdt class " + printable_text(*value);
}

// A misspelt word would be silently nothing: it is told. One for another container of the pod is none of ours.
void tell_unknown(const Annotations& annotations, ReadWishes& read) {
  for (auto at = annotations.lower_bound(std::string(kOurs)); at != annotations.end(); ++at) {
    if (!at->first.starts_with(kOurs)) return;
    std::string_view word = std::string_view(at->first).substr(kOurs.size());
    word = word.substr(0, word.find(kForOne));
    if (std::find(kWishWords.begin(), kWishWords.end(), word) != kWishWords.end()) continue;
    add_mistake(read.mistakes, shown_text(at->first) +
                                   ": no such annotation, want dcat.dev/contract-ways, priority, mode or isolation");
  }
}

}  // namespace

ReadWishes read_wishes(const Annotations& annotations, const std::string& container) {
  ReadWishes read;
  for (const std::string_view word : kWishWords) {
    const std::string key = std::string(kOurs) + std::string(word);
    const bool for_one =
        !container.empty() && read_annotation(annotations, key + std::string(kForOne) + container, word, read);
    if (!for_one) read_annotation(annotations, key, word, read);
  }
  tell_unknown(annotations, read);
  read.wishes.foreign = foreign_class(annotations, container);
  return read;
}

}  // namespace dcat
