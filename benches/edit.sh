#!/usr/bin/env bash
# Measures a release build after an edit, for each number of codegen units: benches/edit.sh [UNITS]...
#
# Prints the CPU seconds to build a package of 100 services after an edit of one word, the size of the binary, and the instructions of
# one poll of 10,000 rows. The first build of each number takes minutes. Requires valgrind and python3.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
work=$root/target/edit
services=100
api=http://127.0.0.1:9

package() {
    mkdir -p "$work/src" "$work/services" "$work/replay"
    python3 - "$root" "$work" "$services" "$api" <<'PYTHON'
import json, sys
from pathlib import Path

root, work, services, api = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
own = (root / "Cargo.toml").read_text()
(work / "Cargo.toml").write_text(f"""[package]
name = "edited"
version = "0.0.0"
edition = "2024"

[dependencies]
collectington = {{ path = "{root}" }}
serde = {{ version = "1", features = ["derive"] }}

[build-dependencies]
collectington = {{ path = "{root}", default-features = false, features = ["build"] }}

[workspace]

""" + own[own.index("[profile.release]"):])
(work / "build.rs").write_text('fn main() {\n    collectington::build::compile("config.json", "services");\n}\n')
(work / "src/main.rs").write_text("collectington::main!();\n")
(work / "Cargo.lock").write_text((root / "Cargo.lock").read_text())
service = (root / "benches/scaling/table_api.rs").read_text()
entries = {}
for number in range(services):
    text = service.replace("labels::table_api", f"labels::table_{number}_api").replace("TableApi", f"Table{number}Api")
    (work / f"services/table_{number}_api.rs").write_text(text)
    entries[f"s{number}"] = {
        "service_class": f"Table{number}Api",
        "service_module": f"table_{number}_api",
        "port": 20000 + number,
        "api_url": api,
        "prometheus_metrics_mapping": {"gauge": ["numbers"]},
        "prometheus_metric_labels": {"numbers": ["row"]},
    }
(work / "config.json").write_text(json.dumps({"api_call_intervals": 60, "log_level": "INFO", "services": entries}))
rows = json.dumps({"rows": [row / 7 for row in range(10_000)]})
(work / "replay/0001.http").write_text(f"GET / HTTP/1.1\n\nHTTP/1.1 200 OK\ncontent-type: application/json\n\n{rows}")
PYTHON
}

# Prints the CPU seconds of the build.
built() {
    TIMEFORMAT='%U %S'
    { time (cd "$work" && cargo build -q --release --config "profile.release.codegen-units=$1" --target-dir "$work/target" 2>&3); } \
        3>&2 2>&1 | python3 -c 'print(f"{sum(map(float, input().split())):.1f}")'
}

instructions() {
    valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" "$work/target/release/edited" -s s7 -c "$work/config.json" --once \
        --replay "$work/replay" 2>&1 >"$work/page" | sed -n 's/.*Collected : //p'
}

package
[ $# -gt 0 ] || set -- 1 16 256
printf '%6s %10s %10s %10s %14s\n' units first edit bytes instructions
for units; do
    first=$(built "$units")
    sed -i "s|/// The numbers.*|/// The numbers ($units).|" "$work/services/table_7_api.rs"
    edit=$(built "$units")
    printf '%6s %10s %10s %10s %14s\n' "$units" "$first" "$edit" "$(stat -c %s "$work/target/release/edited")" "$(instructions)"
done
