// `dcat-hook`: `dcat hook` alone, without the libraries that only the rest of `dcat` needs: loading those takes longer
// than all that a hook does.
#include "cli/commands.h"

int main(int argc, char** argv) {
  return dcat::cli::hook_command({argv + 1, argv + argc});
}
