//! One panel of a dashboard, in Grafana's model.

use serde_json::{Value, json};

use super::timing::written;

/// The variable of the selected data source.
pub(super) const DATA_SOURCE: &str = "${datasource}";

/// A panel of one metric, or of one aspect of the exporter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    /// The key, unique among the panels of all dashboards. The ID of the panel is derived from it.
    pub key: String,
    /// The title above the panel.
    pub title: String,
    /// The description that Grafana shows on hover.
    pub description: String,
    /// Grafana's name of the unit.
    pub unit: String,
    /// The queries of the panel.
    pub queries: Vec<Query>,
    /// The seconds between two samples.
    pub step: u64,
    /// The presentation of the values.
    pub shape: PanelShape,
}

/// An expression, and the legend of its series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    /// The PromQL expression, with variables of Grafana.
    pub expr: String,
    /// The legend, with `{{label}}` for the value of a label.
    pub legend: String,
}

/// The presentation of the values in a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PanelShape {
    /// Shows lines over time.
    Lines,
    /// Shows a word for the last value, which is 0 or 1.
    State([&'static str; 2], Bad),
    /// Shows for each state the times at which it was active, that is, 1.
    StateTimeline,
    /// Shows the legends of the series, whose values have no information.
    Names,
}

/// The value that indicates a problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bad {
    /// The value 0 indicates a problem.
    Zero,
    /// The value 1 indicates a problem.
    One,
}

impl Panel {
    /// Returns the panel as JSON, with an ID and a position.
    pub(super) fn json(&self, id: u32, place: &Value) -> Value {
        let (kind, options) = match self.shape {
            PanelShape::Lines => ("timeseries", lines()),
            PanelShape::State(..) => ("stat", stat("value_and_name")),
            PanelShape::StateTimeline => ("state-timeline", timeline()),
            PanelShape::Names => ("stat", stat("name")),
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
            // `$__rate_interval` is at least four times this.
            "interval": written(self.step),
        })
    }

    fn defaults(&self) -> Value {
        match self.shape {
            PanelShape::Lines => json!({
                "unit": self.unit,
                "custom": { "drawStyle": "line", "fillOpacity": 10, "lineWidth": 1, "showPoints": "auto", "spanNulls": false },
            }),
            PanelShape::State(words, Bad::Zero) => self.words(words, ["red", "green"]),
            PanelShape::State(words, Bad::One) => self.words(words, ["green", "red"]),
            PanelShape::StateTimeline => self.words(["inactive", "active"], ["transparent", "blue"]),
            PanelShape::Names => json!({ "unit": self.unit }),
        }
    }

    /// Returns the defaults with words and colors for the values 0 and 1.
    fn words(&self, words: [&str; 2], colours: [&str; 2]) -> Value {
        let word = |at: usize| json!({ "text": words[at], "color": colours[at], "index": at });
        json!({
            "unit": self.unit,
            "mappings": [{ "type": "value", "options": { "0": word(0), "1": word(1) } }],
        })
    }
}

/// Returns the reference to the selected Prometheus.
pub(super) fn data_source() -> Value {
    json!({ "type": "prometheus", "uid": DATA_SOURCE })
}

fn lines() -> Value {
    json!({
        "legend": { "calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true },
        "tooltip": { "mode": "multi", "sort": "desc" },
    })
}

fn timeline() -> Value {
    json!({
        "legend": { "calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": false },
        "mergeValues": true,
        "showValue": "never",
        "tooltip": { "mode": "single", "sort": "none" },
    })
}

fn stat(text_mode: &str) -> Value {
    json!({
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
        "textMode": text_mode,
    })
}
