#!/usr/bin/python3
"""The manual page and the completions of bash, zsh and fish, from what the program says of itself.

Usage: scripts/make_manual.py PROGRAM FOLDER

Commands and options come from `entrepot --help` and `entrepot COMMAND --help`, config keys and parameters from
`entrepot describe`, so that nothing is written twice.
"""

import json
import os
import re
import subprocess
import sys

EXIT_STATUS = {
    0: "All went well.",
    1: "Some replications failed and the others are kept; for doctor, a check failed.",
    2: "For reproduce, some values are not the bits they were.",
    64: "Wrong usage.",
    65: "Bad data, such as a broken benchmark or results file.",
    66: "An input does not exist.",
    70: "An internal error, to be reported.",
    71: "No memory.",
    73: "An output exists or cannot be made.",
    74: "Reading or writing failed.",
    75: "Stopped early; the same command goes on or starts again.",
    78: "A config has faults.",
}


def said(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def commands_of(program):
    lines = said(program, "--help").splitlines()
    return [tuple(re.split(r"\s+", line.strip(), maxsplit=1)) for line in lines if re.match(r"  \w", line)]


class Command:
    """One command as its --help has it: usage, words before the options, options, words after them."""

    def __init__(self, program, name, summary):
        self.name, self.summary = name, summary
        text = said(program, name, "--help")
        self.usage = re.search(r"Usage: entrepot[ -]\S+(.*)", text).group(1).strip()
        body = text.split("\n", 1)[1]
        match = re.search(r"(?m)^\s+-", body)
        self.words = body[: match.start()].strip() if match else body.strip()
        self.options, self.after = self.read_options(body[match.start() :] if match else "")

    @staticmethod
    def read_options(text):
        options, after, done = [], [], False
        for line in text.splitlines():
            option = re.match(r"\s{1,8}(-\S.*?)(?:\s{2,}(\S.*))?$", line)
            if done or line.startswith("Mandatory or optional") or (line and not line.startswith(" ")):
                done = True
                after.append(line)
            elif option and re.match(r"\s{2,6}-", line):
                options.append([option.group(1).strip(), option.group(2) or ""])
            elif line.strip() and options:
                options[-1][1] = (options[-1][1] + " " + line.strip()).strip()
        words = "\n".join(after).split("\n\n")
        kept = [w for w in words if w.strip() and not w.startswith("Mandatory or optional")]
        return options, "\n\n".join(kept).strip()

    def names(self):
        """Of every option: long name, short name or None, name of its value or None, help."""
        for flags, text in self.options:
            short = re.search(r"(?:^|\s)-(\w|\?)(?:,|$|\s)", flags)
            long = re.search(r"--([\w-]+)(?:=(\S+))?", flags)
            if long:
                yield long.group(1), short and short.group(1), long.group(2), text


# ---- manual page


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def paragraphs(text):
    for part in re.split(r"\n\s*\n", text):
        lines = part.split("\n")
        if all(line.startswith("  ") for line in lines if line):
            yield ".nf\n" + roff("\n".join(line[2:] for line in lines)) + "\n.fi"
        else:
            yield roff("\n".join(line.strip() for line in lines))


def released():
    citation = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "CITATION.cff")
    with open(citation, encoding="utf-8") as file:
        return re.search(r"(?m)^date-released: *['\"]?(\d{4}-\d\d-\d\d)", file.read()).group(1)


def manual(commands, version, parameters, keys):
    out = [f'.TH ENTREPOT 1 {released()} "Entrepot {version}" "User Commands"', ".SH NAME"]
    out.append("entrepot \\- firm\\-level simulation of what tariffs do to trade")
    out += [".SH SYNOPSIS", ".B entrepot", ".I COMMAND", "[\\fIOPTION\\fR...]", ".SH DESCRIPTION"]
    out.append(
        "Entrepot plays tariffs out firm by firm and month by month: exporters price and enter markets, importers order,\n"
        "stock up and change suppliers, governments set, suspend and negotiate tariffs. The same world is played with a\n"
        "policy and without it, many times, and the difference is reported by sector with its uncertainty."
    )
    out.append(".SH COMMANDS")
    for command in commands:
        out += [".SS " + roff(f"entrepot {command.name} {command.usage}")]
        out += ["\n.PP\n".join(paragraphs(command.words or command.summary))]
        for flags, text in command.options:
            out += [".TP", ".B " + roff(flags), roff(text)]
        if command.after:
            out += [".PP", "\n.PP\n".join(paragraphs(command.after))]
    out.append(".SH CONFIG KEYS")
    out.append("A config is a YAML file with these keys; \\fB\\-\\-set\\fR takes dotted paths into it.")
    out += [".PP", ".nf"] + [roff("  ".join(keys[i : i + 4])) for i in range(0, len(keys), 4)] + [".fi"]
    out.append(".SH PARAMETERS")
    out.append("Under \\fBparameters\\fR for all sectors, or under \\fBsector_parameters\\fR for one.")
    for p in parameters:
        out += [".TP", f".B {roff(p['name'])}"]
        out.append(roff(f"{p['description']} (unit {p['unit']}, default {p['default']}, {p['low']} to {p['high']})."))
    out.append(".SH EXIT STATUS")
    for code, words in EXIT_STATUS.items():
        out += [".TP", f".B {code}", words]
    out += [".SH ENVIRONMENT", ".TP", ".B ENTREPOT_DATA", "Folder in which benchmarks are looked for first."]
    out += [".TP", ".B OMP_NUM_THREADS", "Threads, where no option says otherwise."]
    out += [".SH SEE ALSO", "The user guide and the reference pages in the documentation folder of the package."]
    return "\n".join(out) + "\n"


# ---- completions


def bash(commands, paths):
    cases = []
    for c in commands:
        words = " ".join(f"--{name}{'=' if value else ''}" for name, _, value, _ in c.names())
        cases.append(f"    {c.name}) options='{words}' ;;")
    return f"""# Completion of entrepot for bash; made by scripts/make_manual.py.
_entrepot() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} options=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{" ".join(c.name for c in commands)} --help --version' -- "$current")
    return
  fi
  # bash splits words at "=": --set PATH and --set=PATH look the same two words back
  if [ "$before" = --set ] || {{ [ "$before" = = ] && [ "${{COMP_WORDS[COMP_CWORD - 2]}}" = --set ]; }}; then
    mapfile -t COMPREPLY < <(compgen -S = -W '{" ".join(paths)}' -- "$current")
    compopt -o nospace
    return
  fi
  case ${{COMP_WORDS[1]}} in
{chr(10).join(cases)}
  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        [[ ${{COMPREPLY[0]-}} == *= ]] && compopt -o nospace ;;
    *) compopt -o default ;;
  esac
}}
complete -F _entrepot entrepot
"""


def quoted(text):
    return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def zsh(commands, paths):
    out = ["#compdef entrepot", "# Completion of entrepot for zsh; made by scripts/make_manual.py.", "_entrepot() {"]
    out.append("  local -a commands keys")
    out.append("  keys=(" + " ".join(paths) + ")")
    out.append("  commands=(" + " ".join(f"'{c.name}:{quoted(c.summary)}'" for c in commands) + ")")
    out.append("  if (( CURRENT == 2 )); then _describe command commands; return; fi")
    out.append("  local command=$words[2]; shift words; (( CURRENT-- ))")
    out.append("  case $command in")
    for c in commands:
        specs = []
        for name, _, value, text in c.names():
            action = ":key:compadd -S = -a keys" if name == "set" else f":{quoted(value)}:_files" if value else ""
            star = "*" if name == "set" else ""
            specs.append(f"'{star}--{name}{'=' if value else ''}[{quoted(text)}]{action}'")
        out.append(f"    {c.name}) _arguments " + " ".join(specs) + " '*:file:_files' ;;")
    return "\n".join(out + ["  esac", "}", '_entrepot "$@"']) + "\n"


def fish(commands, paths):
    out = ["# Completion of entrepot for fish; made by scripts/make_manual.py."]
    for c in commands:
        summary = c.summary.replace("'", "\\'")
        out.append(f"complete -c entrepot -n __fish_use_subcommand -a {c.name} -d '{summary}'")
        for name, short, value, text in c.names():
            line = f"complete -c entrepot -n '__fish_seen_subcommand_from {c.name}' -l {name}"
            line += f" -s {short}" if short and short != "?" else ""
            line += f" -x -a '{' '.join(p + '=' for p in paths)}'" if name == "set" else " -r" if value else ""
            out.append(line + " -d '" + text.replace("\\", "\\\\").replace("'", "\\'") + "'")
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    version = said(program, "--version").split()[1]
    parameters = json.loads(said(program, "describe", "--parameters", "--format", "json"))
    rows = parameters["tables"][0]["rows"] if isinstance(parameters, dict) else parameters[0]["rows"]
    keys = said(program, "describe", "--keys").split()
    paths = keys + [f"parameters.{row['name']}" for row in rows]
    commands = [Command(program, *entry) for entry in commands_of(program)]
    texts = {
        "entrepot.1": manual(commands, version, rows, keys),
        "entrepot.bash": bash(commands, paths),
        "_entrepot": zsh(commands, paths),
        "entrepot.fish": fish(commands, paths),
    }
    for name, text in texts.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
