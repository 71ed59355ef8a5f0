# Made from src/cli/options.rs by `UPDATE_GOLDENS=1 cargo test --lib options`.
_cton() {
    local words= folders= cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    # `--option=value` comes as three words.
    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
    COMPREPLY=()
    case $prev in
    -s | --service) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --list 2>/dev/null | sed -n 's/^\([a-z][a-z0-9_]*\)  port .*/\1/p')" -- "$cur") ;;
    -c | --config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --listen) mapfile -t COMPREPLY < <(:) ;;
    --advertise) mapfile -t COMPREPLY < <(:) ;;
    --allowed-host) mapfile -t COMPREPLY < <(:) ;;
    --web-config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --log-format) mapfile -t COMPREPLY < <(compgen -W 'logfmt json' -- "$cur") ;;
    --record) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --replay) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --state-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --url) mapfile -t COMPREPLY < <(:) ;;
    --sample) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --path) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    *)
        words='--help --service --all --config --once --list --check --print-targets --print-kubernetes --listen --advertise --allowed-host --web-config --log-format --record --replay --state-dir --version'
        if ((COMP_CWORD == 1)); then words+=' new new-project dashboard alerts prometheus-config'; fi
        case ${COMP_WORDS[1]} in
        new) words='--help --url --sample --dir' ;;
        new-project) words='--help --path' folders=-d ;;
        dashboard) words='--help --service --all --config' ;;
        alerts) words='--help --service --all --config' ;;
        prometheus-config) words='--help --service --all --config --listen --advertise --web-config' ;;
        esac
        mapfile -t COMPREPLY < <(compgen $folders -W "$words" -- "$cur")
        ;;
    esac
}
complete -F _cton cton
