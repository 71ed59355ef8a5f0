//! One panel of a dashboard, as Grafana's model has it.

use serde_json::{Value, json};

use super::timing::written;

/// The variable that says which Prometheus is asked.
pub(super) const DATA_SOURCE: &str = "${datasource}";

/// A panel of one metric, or of one thing about the exporter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    /// What tells it from every other panel of any dashboard; its id is made of it.
    pub key: String,
    /// What stands above it.
    pub title: String,
    /// What a person reads who points at it.
    pub description: String,
    /// Grafana's name of the unit.
    pub unit: String,
    /// What is shown.
    pub queries: Vec<Query>,
    /// The seconds between two samples.
    pub step: u64,
    /// How.
    pub shape: PanelShape,
}

/// An expression, and what each of its series is called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    /// PromQL, with variables of Grafana.
    pub expr: String,
    /// With `{{label}}` for the value of a label.
    pub legend: String,
}

/// How the numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PanelShape {
    /// As lines over time.
    Lines,
    /// As a word for the last number, which is 0 or 1.
    State([&'static str; 2], Bad),
}

/// Which number is the bad one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bad {
    /// 0.
    Zero,
    /// 1.
    One,
}

impl Panel {
    /// The panel with this id at this place.
    pub fn json(&self, id: u32, place: &Value) -> Value {
        let (kind, options) = match self.shape {
            PanelShape::Lines => ("timeseries", lines()),
            PanelShape::State(..) => ("stat", state()),
        };
        json!({
            "id": id,
            "type": kind,
            "title": self.title,
            "description": self.description,
            "datasource": data_source(),
            "gridPos": place,
            "targets": self.queries.iter().zip('A'..).map(|(query, name)| self.target(query, name)).collect::<Vec<_>>(),
            "fieldConfig": { "defaults": self.defaults(), "overrides": [] },
            "options": options,
        })
    }

    fn target(&self, query: &Query, name: char) -> Value {
        json!({
            "refId": name,
            "datasource": data_source(),
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend,
            "range": true,
            // Also the least that `$__rate_interval` takes four times.
            "interval": written(self.step),
        })
    }

    fn defaults(&self) -> Value {
        match self.shape {
            PanelShape::Lines => json!({
                "unit": self.unit,
                "custom": { "drawStyle": "line", "fillOpacity": 10, "lineWidth": 1, "showPoints": "auto", "spanNulls": false },
            }),
            PanelShape::State(words, bad) => {
                let colours = if bad == Bad::Zero { ["red", "green"] } else { ["green", "red"] };
                let word = |at: usize| json!({ "text": words[at], "color": colours[at], "index": at });
                json!({
                    "unit": self.unit,
                    "mappings": [{ "type": "value", "options": { "0": word(0), "1": word(1) } }],
                })
            }
        }
    }
}

/// The Prometheus that was chosen.
pub(super) fn data_source() -> Value {
    json!({ "type": "prometheus", "uid": DATA_SOURCE })
}

fn lines() -> Value {
    json!({
        "legend": { "calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true },
        "tooltip": { "mode": "multi", "sort": "desc" },
    })
}

fn state() -> Value {
    json!({
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
        "textMode": "value_and_name",
    })
}
