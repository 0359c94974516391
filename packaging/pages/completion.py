#!/usr/bin/env python3
"""The completion of `dcat` for bash, of its own --help: subcommands, options, the words that an option takes.

Usage: completion.py DCAT FILE
"""
import re
import sys

sys.dont_write_bytecode = True
import program

# Needs nothing of the package bash-completion but being loaded by it. What no word is known for is a file: -o default.
TEMPLATE = r"""# Completion of dcat(1) for bash. Made from its --help by packaging/pages/completion.py.
# shellcheck shell=bash
_dcat() {
  # `--mode=obs` comes as three words.
  local word=${COMP_WORDS[COMP_CWORD]} before='' command='' at=$COMP_CWORD i
  if [[ $word == '=' ]]; then
    word='' before=${COMP_WORDS[COMP_CWORD - 1]}
  elif ((at > 1)) && [[ ${COMP_WORDS[at - 1]} == '=' ]]; then
    before=${COMP_WORDS[at - 2]}
  elif ((at > 0)); then
    before=${COMP_WORDS[at - 1]}
  fi
  COMPREPLY=()
  local options='' positionals='' value=''
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      command=${COMP_WORDS[i]}
      break
    fi
  done
  case $command in
@COMMANDS@
    *)
      return
      ;;
  esac
  # What follows the options of `dcat emulate` is another command.
  if [[ $command == emulate ]]; then
    for ((; i < COMP_CWORD; ++i)); do
      if [[ ${COMP_WORDS[i]} == -- ]]; then
        if ((i + 1 == COMP_CWORD)); then mapfile -t COMPREPLY < <(compgen -c -- "$word"); fi
        return
      fi
    done
  fi
  case $value in
    number) compopt +o default 2>/dev/null ;;
    ?*) ;;
    '')
      if [[ $word == -* || $command == '' ]]; then positionals=$options; fi
      mapfile -t COMPREPLY < <(compgen -W "$positionals" -- "$word")
      ;;
  esac
}
complete -o default -F _dcat dcat
"""


def words_of(command):
    names = [n for o in command.options for n in o.names]
    return " ".join(names + [n for n, _ in command.subcommands])


def positional_words(command):
    words = [w for p in command.positionals for w in p.choices]
    if command.name == "hook":
        words += [u.split()[2] for u in command.usage]
    return words


def value_cases(command):
    """What may follow an option: its words, a number (nothing can be proposed), or a file."""
    cases = []
    for option in command.options:
        names = "|".join(option.names)
        if option.choices:
            words = " ".join(option.choices)
            cases.append((names, f"value='word'\n          mapfile -t COMPREPLY < <(compgen -W '{words}' -- \"$word\")"))
        elif option.kind in ("INT", "UINT", "FLOAT"):
            cases.append((names, "value='number'"))
        elif option.kind:
            cases.append((names, "value='file'"))
    return cases


def command_case(command):
    lines = [f"    {command.name or chr(39) * 2})", f"      options='{words_of(command)}'"]
    if positional_words(command):
        lines.append(f"      positionals='{' '.join(positional_words(command))}'")
    cases = value_cases(command)
    if cases:
        lines.append("      case $before in")
        for names, body in cases:
            lines += [f"        {names})", f"          {body}", "          ;;"]
        lines.append("      esac")
    return "\n".join(lines + ["      ;;"])


def main(dcat, path):
    commands = program.read_program(dcat)
    for command in commands:
        for word in words_of(command).split():
            if not re.fullmatch(r"-{0,2}[\w-]+", word):
                raise program.NotUnderstood(word)
    with open(path, "w", encoding="utf-8") as out:
        out.write(TEMPLATE.replace("@COMMANDS@", "\n".join(map(command_case, commands))))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
