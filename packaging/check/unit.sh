# Checks the systemd unit; sourced by check.sh.

mkdir -p "$work/installed/usr/lib/systemd"
install -D -m 755 "$CTON" "$work/installed/usr/bin/cton"
install -D -m 644 'packaging/cton@.service' "$work/installed/lib/systemd/system/cton@.service"
install -D -m 755 /bin/kill "$work/installed/bin/kill"
said=$(systemd-analyze verify --man=no --root="$work/installed" "$work/installed/lib/systemd/system/cton@splunk.service" 2>&1 || true)
# An empty system does not have these targets.
said=$(grep -v 'sysinit.target\|network-online.target\|basic.target' <<<"$said" || true)
[ -z "$said" ] || fail "$said"
ok "systemd-analyze accepts the unit"

exposure=$(systemd-analyze security --offline=true "$PWD/packaging/cton@.service" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
[ "$(printf '%s\n1.2\n' "$exposure" | sort -g | tail -n 1)" = 1.2 ] || fail "exposure $exposure"
ok "systemd-analyze security rates the exposure as $exposure of 10"

grep -q '^LimitCORE=0$' "packaging/cton@.service" || fail "the unit allows core dumps, which contain secrets"
ok "the unit disables core dumps"

# The unit must allow every system call of a run with a poll and a scrape.
hold_port
# -I 2: strace can be interrupted if a check fails.
strace -f -qq -I 2 -o "$work/trace" "$CTON" -s splunk --replay services/replay/splunk --listen "127.0.0.1:$port" 2>/dev/null &
tracer=$!
"$VENV/bin/python" packaging/check/scrape.py "$port" number_of_incidents_total
kill -TERM "$(head -n 1 "$work/trace" | cut -d' ' -f1)"
wait "$tracer" || fail "exit code $?"
"$VENV/bin/python" packaging/check/syscalls.py "$work/trace" "packaging/cton@.service"
ok "the unit allows all system calls of a run"
