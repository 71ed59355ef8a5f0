# Generated from src/cli/ by `UPDATE_GOLDENS=1 cargo test --lib reference`.
_cton() {
    local words= directories= cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    # `--option=value` comes as three words.
    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
    COMPREPLY=()
    case $prev in
    --advertise) mapfile -t COMPREPLY < <(:) ;;
    --allowed-host) mapfile -t COMPREPLY < <(:) ;;
    --basic) mapfile -t COMPREPLY < <(:) ;;
    --bearer) mapfile -t COMPREPLY < <(:) ;;
    --dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --form) mapfile -t COMPREPLY < <(:) ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'logfmt json' -- "$cur") ;;
    --header) mapfile -t COMPREPLY < <(:) ;;
    --job) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" list 2>/dev/null | sed -n 's/^\([a-z][a-z0-9_]*\)  port .*/\1/p')" -- "$cur") ;;
    --limit) mapfile -t COMPREPLY < <(:) ;;
    --listen) mapfile -t COMPREPLY < <(:) ;;
    --log-format) mapfile -t COMPREPLY < <(compgen -W 'logfmt json' -- "$cur") ;;
    --method) mapfile -t COMPREPLY < <(compgen -W 'get post put patch' -- "$cur") ;;
    --only) mapfile -t COMPREPLY < <(:) ;;
    --openapi) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --path) mapfile -t COMPREPLY < <(:) ;;
    --post) mapfile -t COMPREPLY < <(:) ;;
    --record) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --replay) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --sample) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --secret-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    --selector) mapfile -t COMPREPLY < <(:) ;;
    --severity) mapfile -t COMPREPLY < <(:) ;;
    --source) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --state-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    --url) mapfile -t COMPREPLY < <(:) ;;
    --web-config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    -c | --config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    -s | --service) mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" list 2>/dev/null | sed -n 's/^\([a-z][a-z0-9_]*\)  port .*/\1/p')" -- "$cur") ;;
    *)
        words='--service --all --config --listen --web-config --web-enable-lifecycle --allowed-host --advertise --state-dir --record --replay --log-format --help --version'
        if ((COMP_CWORD == 1)); then words+=' run once check list targets kubernetes new new-project dashboard alerts prometheus-config help version'; fi
        case ${COMP_WORDS[1]} in
        run) words='--service --all --config --listen --web-config --web-enable-lifecycle --allowed-host --advertise --state-dir --record --replay --log-format --help' ;;
        once) words='--service --all --config --state-dir --record --replay --log-format --help' ;;
        check) words='--service --all --config --listen --web-config --web-enable-lifecycle --allowed-host --advertise --state-dir --record --replay --log-format --help' ;;
        list) words='--service --all --config --compiled --listen --state-dir --log-format --help' ;;
        targets) words='--service --all --config --listen --web-config --advertise --state-dir --log-format --help' ;;
        kubernetes) words='--service --all --config --listen --state-dir --log-format --help' ;;
        new) words='--url --sample --fetch --header --bearer --basic --post --form --secret-file --openapi --path --method --only --limit --dir --help' ;;
        new-project) words='--source --help' directories=-d ;;
        dashboard) words='--service --all --config --help' ;;
        alerts) words='--job --selector --severity --format --help' ;;
        prometheus-config) words='--service --all --config --listen --web-config --advertise --help' ;;
        help) words='--help run once check list targets kubernetes new new-project dashboard alerts prometheus-config help version' ;;
        version) words='--help' ;;
        esac
        mapfile -t COMPREPLY < <(compgen $directories -W "$words" -- "$cur")
        ;;
    esac
}
complete -F _cton cton
