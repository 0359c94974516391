// `dcat check-config`: every mistake of a configuration at once, or what it resolves to.
#include "cli/advice_curves.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "controller/config/config.h"
#include "controller/config/text_file.h"

namespace dcat::cli {

namespace {

Status check(const CheckConfigArguments& a) {
  Result<std::string> text = read_text_file(a.config_file);
  if (!text) return std::move(text).error();
  Result<Config> config = parse_config(*text, a.config_file);
  if (!config) return std::move(config).error();
  if (const Result<sim::CurveTable> curves = read_named_curves(*config); !curves) return curves.error();
  if (a.ways)
    if (Status fits = check_contracts(*config, Ways(*a.ways)); !fits) return fits;
  return print_lines({format_config(*config)});
}

}  // namespace

int check_config_command(const CheckConfigArguments& arguments) {
  const Status ended = check(arguments);
  return ended ? 0 : report(ended.error());
}

}  // namespace dcat::cli
