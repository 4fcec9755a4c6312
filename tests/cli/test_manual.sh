#!/usr/bin/env bash
# The manual page lints and names every command; the completions complete commands, options and config keys: bash's here,
# those of zsh and fish in their shells where these are installed.
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


# a zsh behind a terminal of its own: type, press Tab, read what stands there
zsh_completes() {
    zsh -f -s -- "$work" "$1" "$2" <<'ZSH'
zmodload zsh/zpty
zpty -b shell "zsh -f -i"
read_until() {
    local text= line i
    for i in {1..600}; do
        while zpty -r -t shell line; do text+=$line; done
        [[ $text == *$1* ]] && return 0
        sleep 0.05
    done
    return 1
}
zpty -w shell "PS1=''; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D; print rea''dy"
read_until ready && zpty -w -n shell "$2"$'\t' && read_until "$3"
result=$?
zpty -d shell
exit $result
ZSH
}
if command -v zsh >/dev/null; then
    zsh_completes "entrepot run x.yaml --set parameters.trade_el" "trade_elasticity=" || fail "zsh completes no parameter"
    zsh_completes "entrepot run x.yaml --set=mechanis" "mechanisms=" || fail "zsh completes no config key"
fi
fish_completes() {
    fish --no-config -c "source $work/entrepot.fish; complete -C '$1'" | cut -f1 | grep -qx -- "$2" || fail "fish does not complete: $1"
}
if command -v fish >/dev/null; then
    fish_completes "entrepot rep" reproduce
    fish_completes "entrepot run x.yaml --set slo" slots=
    fish_completes "entrepot run x.yaml --set parameters.trade_el" parameters.trade_elasticity=
fi
finish "manual page and completions are sound"
