#!/usr/bin/env bash
# The manual page lints and names every command; the completions of bash complete commands, options and config keys;
# those of zsh and fish are read by their shells where these are installed.
source "$(dirname "$0")/lib.sh"

/usr/bin/python3 "$source_folder/scripts/make_manual.py" "$program" "$work" || fail "the generator failed"

# groff's and mandoc's warnings are faults
if command -v groff >/dev/null; then
    faults=$(groff -man -Tutf8 -ww "$work/entrepot.1" 2>&1 >/dev/null)
    [ -z "$faults" ] || fail "groff: $faults"
fi
if command -v mandoc >/dev/null; then
    faults=$(mandoc -T lint -W warning "$work/entrepot.1" 2>&1)
    [ -z "$faults" ] || fail "mandoc: $faults"
fi
"$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' >"$work/commands"
while read -r command; do
    grep -q "^\.SS entrepot $command" "$work/entrepot.1" || fail "the manual page lacks $command"
done <"$work/commands"
grep -q 'trade_elasticity' "$work/entrepot.1" || fail "the manual page lacks the parameters"

# complete WORD...: what bash offers for the last word
complete_words() (
    source "$work/entrepot.bash"
    compopt() { :; }
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _entrepot
    printf '%s\n' "${COMPREPLY[@]}"
)
offers() {
    local wanted=$1
    shift
    complete_words "$@" | grep -qx -- "$wanted" || fail "no '$wanted' for: $*: $(complete_words "$@" | tr '\n' ' ')"
}
offers compare entrepot comp
offers reproduce entrepot rep
offers --overwrite entrepot run --over
offers parameters.trade_elasticity= entrepot run config.yaml --set parameters.trade
offers mechanisms= entrepot run config.yaml --set mech
offers slots= entrepot run config.yaml --set = slo

if command -v zsh >/dev/null; then zsh -n "$work/_entrepot" || fail "zsh does not read its completion"; fi
if command -v fish >/dev/null; then fish -n "$work/entrepot.fish" || fail "fish does not read its completion"; fi
finish "manual page and completions are sound"
