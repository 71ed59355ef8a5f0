# Checks the manual page and the completions; sourced by check.sh.

said=$(man --warnings -E UTF-8 -l packaging/cton.1 2>&1 >/dev/null)
[ -z "$said" ] || fail "$said"
# The page has no date, because it would change at each release.
said=$(mandoc -T lint -W warning packaging/cton.1 | grep -v 'missing date' || true)
[ -z "$said" ] || fail "$said"
ok "man and mandoc accept the manual page"

mkdir -p "$work/bin"
cp "$CTON" "$work/bin/cton"
PATH=$work/bin:$PATH

# Prints the completions of bash for the arguments; the last one is incomplete.
complete_bash() {
    bash -uc '. packaging/completions/cton.bash
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _cton; echo "${COMPREPLY[*]}"' bash "$@"
}
[ "$(complete_bash cton --rep)" = --replay ] || fail "bash: --rep"
[ "$(complete_bash cton -s s)" = splunk ] || fail "bash: -s s"
[ "$(complete_bash cton --log-format = j)" = json ] || fail "bash: --log-format=j"
[ "$(complete_bash cton -c config.j)" = config.json ] || fail "bash: -c config.j"
[ "$(complete_bash cton new-)" = new-project ] || fail "bash: new-"
[ "$(complete_bash cton once --rep)" = --replay ] || fail "bash: once --rep"
[[ $(complete_bash cton once --) != *--listen* ]] || fail "bash: once --"
[ "$(complete_bash cton help onc)" = once ] || fail "bash: help onc"
[[ $(complete_bash cton new github --) == *--sample* ]] || fail "bash: new --"
ok "bash completes options, services, values, files and commands"

fish=$(fish --no-config -c 'source packaging/completions/cton.fish; complete -C "cton --rep"; complete -C "cton -s s"; complete -C "cton onc"')
[[ $fish == --replay*splunk*once* ]] || fail "fish: $fish"
ok "fish completes options, services and commands"

zsh -n packaging/completions/_cton
zsh packaging/check/complete.zsh "cton --rep" | grep -q -- '--replay' || fail "zsh: --rep"
zsh packaging/check/complete.zsh "cton -s s" | grep -q splunk || fail "zsh: -s s"
zsh packaging/check/complete.zsh "cton once --rep" | grep -q -- '--replay' || fail "zsh: once --rep"
zsh packaging/check/complete.zsh "cton targe" | grep -q targets || fail "zsh: targe"
ok "zsh completes options, services and commands"
