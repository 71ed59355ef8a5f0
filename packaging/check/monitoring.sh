# Checks the dashboard, the alerts and the scrape config; sourced by check.sh.

"$TOOLS" dashboard --all >"$work/dashboard.json"
"$VENV/bin/python" packaging/check/dashboard.py "$work/dashboard.json"
"$VENV/bin/python" packaging/check/dashboard.py packaging/monitoring/dashboard.json
"$VENV/bin/python" - "$work/targets.json" <<'END'
import json, sys

with open("config.json", encoding="utf-8") as file:
    config = json.load(file)
config["services"]["splunk"]["targets"] = {"eu": {}, "us": {}}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(config, file)
END
"$TOOLS" dashboard -c "$work/targets.json" --all >"$work/targets-dashboard.json"
"$VENV/bin/python" packaging/check/dashboard.py "$work/targets-dashboard.json"
ok "the schema of Grafana accepts every key and value of the dashboard"

# A key of each level: dashboard, variable, panel, position, query, field, lines, options.
for edit in 's/"refresh": "1m"/"refreshed": "1m"/' 's/"includeAll"/"includesAll"/' 's/"gridPos"/"gridPosition"/' 's/"w": 8/"width": 8/' \
    's/"legendFormat"/"legend"/' 's/"unit"/"units"/' 's/"spanNulls"/"spanNull"/' 's/"displayMode"/"mode"/' 's/"reduceOptions"/"reduce"/'; do
    sed "$edit" packaging/monitoring/dashboard.json >"$work/misspelt.json"
    ! cmp -s packaging/monitoring/dashboard.json "$work/misspelt.json" || fail "the edit changes nothing: $edit"
    refused "$VENV/bin/python" packaging/check/dashboard.py "$work/misspelt.json"
done
ok "a misspelled key is rejected"
for edit in 's/"w": 8/"w": "8"/' 's/"mode": "multi"/"mode": "many"/' 's/"unit": "cps"/"unit": "counts"/' 's/"graphTooltip": 1/"graphTooltip": 7/' \
    's/"range": true/"range": "true"/' 's/"drawStyle": "line"/"drawStyle": "lines"/'; do
    sed "$edit" packaging/monitoring/dashboard.json >"$work/mistyped.json"
    ! cmp -s packaging/monitoring/dashboard.json "$work/mistyped.json" || fail "the edit changes nothing: $edit"
    refused "$VENV/bin/python" packaging/check/dashboard.py "$work/mistyped.json"
done
ok "an invalid value is rejected"

"$TOOLS" alerts >"$work/cton-alerts.yml"
"$TOOLS" prometheus-config --all >"$work/prometheus.yml"
promtool check config "$work/prometheus.yml" >"$work/said" || fail "$(cat "$work/said")"
promtool test rules packaging/monitoring/cton-alerts.test.yml >"$work/said" || fail "$(cat "$work/said")"
ok "promtool accepts the scrape config and the alerts, and each alert fires as expected"

"$TOOLS" alerts --format prometheus-rule >"$work/prometheusrule.yaml"
jsonnet -e "(import 'packaging/monitoring/mixin/mixin.libsonnet').prometheusAlerts" >"$work/mixin-alerts.json"
"$VENV/bin/python" packaging/check/prometheus_rule.py "$work/prometheusrule.yaml" "$work/cton-alerts.yml" "$work/mixin-alerts.json"
jsonnet -e "(import 'packaging/monitoring/mixin/mixin.libsonnet').grafanaDashboards['collectington.json']" >"$work/mixin-dashboard.json"
"$VENV/bin/python" packaging/check/dashboard.py "$work/mixin-dashboard.json"
ok "the mixin, the PrometheusRule and the rule file have the same rules"
