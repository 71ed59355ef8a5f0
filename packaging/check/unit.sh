# The systemd unit; sourced by check.sh.

mkdir -p "$work/installed/usr/lib/systemd"
install -D -m 755 "$CTON" "$work/installed/usr/bin/cton"
install -D -m 644 'packaging/cton@.service' "$work/installed/lib/systemd/system/cton@.service"
said=$(systemd-analyze verify --man=no --root="$work/installed" "$work/installed/lib/systemd/system/cton@splunk.service" 2>&1 || true)
# What an empty system has not.
said=$(grep -v 'sysinit.target\|network-online.target\|basic.target' <<<"$said" || true)
[ -z "$said" ] || fail "$said"
ok "systemd-analyze finds nothing wrong with the unit"

exposure=$(systemd-analyze security --offline=true "$PWD/packaging/cton@.service" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
[ "$(printf '%s\n1.2\n' "$exposure" | sort -g | tail -n 1)" = 1.2 ] || fail "exposure $exposure"
ok "systemd-analyze security rates its exposure $exposure of 10"

grep -q '^LimitCORE=0$' "packaging/cton@.service" || fail "the unit allows core dumps, which hold secrets"
ok "the unit allows no core dump"

# Every system call from the start over a poll and a scrape to the end is one that the unit lets through.
hold_port
# Waking for a signal too (-I 2), to be ended where a check fails.
strace -f -qq -I 2 -o "$work/trace" "$CTON" -s splunk --replay services/replay/splunk --listen "127.0.0.1:$port" 2>/dev/null &
tracer=$!
"$VENV/bin/python" packaging/check/scrape.py "$port" number_of_incidents_total
kill -TERM "$(head -n 1 "$work/trace" | cut -d' ' -f1)"
wait "$tracer" || fail "it did not end well: $?"
"$VENV/bin/python" packaging/check/syscalls.py "$work/trace" "packaging/cton@.service"
ok "the system calls of a run are those that the unit allows"
