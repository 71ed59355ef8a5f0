#!/usr/bin/env bash
# Measures build settings with the static binary for x86_64 without `tools`: benches/profiles.sh [NAME...]
#
# Prints the size of the binary, the CPU seconds of the build, and the instructions of one poll of 10,000 incidents with an exposition
# of 5,000 series. The build excludes the C code of ring and programs of the build, which are the same for all settings. Run
# ci/cross.sh x86_64 first. Requires valgrind and python3.
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/profiles
rustc=$PWD/target/cross/rustc/usr/bin/rustc-here
[ ! -x "$rustc" ] || export RUSTC=$rustc

settings() {
    case $1 in
    thin-3) echo 'lto="thin" opt-level=3' ;;
    fat-3) echo 'lto="fat" opt-level=3' ;;
    fat-2) echo 'lto="fat" opt-level=2' ;;
    off-3) echo 'lto="off" opt-level=3' ;;
    off-3-16-units) echo 'lto="off" opt-level=3 codegen-units=16' ;;
    thin-s) echo 'lto="thin" opt-level="s"' ;;
    fat-s) echo 'lto="fat" opt-level="s"' ;;
    fat-z) echo 'lto="fat" opt-level="z"' ;;
    fat-s-hot-3) echo "lto=\"fat\" opt-level=\"s\" $(hot 3)" ;;
    fat-s-hot-2) echo "lto=\"fat\" opt-level=\"s\" $(hot 2)" ;;
    shipped) ;;
    *) echo "error: unknown profile $1" >&2; exit 2 ;;
    esac
}

# Settings for the crates that take most of the time of polls and scrapes.
hot() { for crate in flate2 zlib-rs serde serde_core serde_json memchr zmij itoa; do printf 'package.%s.opt-level=%s ' "$crate" "$1"; done; }

# Writes a response with incidents of 5,000 teams.
recording() {
    mkdir -p "$work/replay"
    python3 - "$work/replay/0001.http" <<'PYTHON'
import json, sys
steps = lambda i: [{"name": name, "at": f"2026-11-01T08:{i % 60:02}:{second:02}Z", "by": "jdoe"}
                   for name, second in (("triggered", 0), ("acknowledged", 20), ("resolved", 50))]
incidents = [{"incidentNumber": str(i), "currentPhase": "resolved", "startTime": f"2026-11-01T08:{i % 60:02}:00Z",
              "entityDisplayName": f"Disk of host-{i} is filling up", "pagedTeams": [f"team-{i % 5000:04}"],
              "transitions": steps(i)} for i in range(10_000)]
body = json.dumps({"offset": 0, "limit": 10_000, "total": 10_000, "incidents": incidents})
head = "GET /api-reporting/v2/incidents?currentPhase=triggered&offset=0&limit=100 HTTP/1.1\n\nHTTP/1.1 200 OK\ncontent-type: application/json\n"
open(sys.argv[1], "w").write(f"{head}date: Fri, 20 Nov 2026 08:48:00 GMT\n\n{body}")
PYTHON
    sed 's/"secret_file_path"/"response_limit_bytes": 100000000, &/' config.json >"$work/config.json"
}

built() {
    local name=$1 setting options=(--bin cton --no-default-features --features run)
    options+=(--config profile.release.incremental=false --config profile.release.package.ring.opt-level=3)
    for setting in $(settings "$name"); do options+=(--config "profile.release.$setting"); done
    find "$work/build/x86_64-unknown-linux-musl/release/.fingerprint" -mindepth 1 -maxdepth 1 ! -name 'ring-*' \
        -exec rm -r {} + 2>/dev/null || true
    TIMEFORMAT='%U'
    { time cargo build -q --release --target x86_64-unknown-linux-musl --target-dir "$work/build" "${options[@]}" 2>&3; } 3>&2 2>"$work/seconds"
    cp "$work/build/x86_64-unknown-linux-musl/release/cton" "$work/cton-$name"
}

instructions() {
    valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" "$1" -s splunk -c "$work/config.json" --once --replay "$work/replay" \
        2>&1 >"$work/page" | sed -n 's/.*Collected : //p'
}

recording
[ $# -gt 0 ] || set -- thin-3 fat-3 fat-2 off-3 off-3-16-units thin-s fat-s fat-z fat-s-hot-3 fat-s-hot-2
printf '%-16s %10s %10s %14s\n' profile bytes seconds instructions
for name; do
    built "$name"
    printf '%-16s %10s %10s %14s\n' "$name" "$(stat -c %s "$work/cton-$name")" "$(cat "$work/seconds")" "$(instructions "$work/cton-$name")"
done
