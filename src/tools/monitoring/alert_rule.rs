//! One alerting rule. Its numbers are those of every config, and its label matchers are options.

use serde_json::{Map, Value, json};

use super::timing::written;

/// The place of the label matchers in an expression.
pub(super) const SELECTOR: &str = "{$";
/// The page of the book with the steps for each alert.
pub(super) const RUNBOOK: &str =
    "https://github.com/collectington/collectington/blob/main/docs/troubleshooting.md#";

/// An alerting rule for all services, targets and processes.
#[derive(Debug)]
pub(super) struct AlertRule {
    pub name: &'static str,
    pub severity: &'static str,
    /// The PromQL expression, in which each selector begins with [`SELECTOR`].
    pub expr: &'static str,
    /// The time in seconds for which the expression must hold.
    pub wait: u64,
    /// A template of the exporter, service or target that has the problem.
    pub subject: &'static str,
    /// The problem in one line.
    pub problem: &'static str,
    /// The meaning of the alert, and the first step to take.
    pub description: &'static str,
}

/// The parts of a rule that depend on the output: the expression, the severity and the runbook.
pub(super) trait RuleValues {
    /// Returns the value of a rule's expression.
    fn expr(&self, rule: &AlertRule) -> Value;
    /// Returns the value of a rule's severity.
    fn severity(&self, rule: &AlertRule) -> Value;
    /// Returns the value of the URL of a rule's runbook.
    fn runbook(&self, rule: &AlertRule) -> Value;
}

impl AlertRule {
    /// Returns the rule as Prometheus reads it.
    pub(super) fn json(&self, values: &impl RuleValues) -> Value {
        let mut rule = Map::new();
        rule.insert("alert".to_owned(), self.name.into());
        rule.insert("expr".to_owned(), values.expr(self));
        if self.wait > 0 {
            rule.insert("for".to_owned(), written(self.wait).into());
        }
        rule.insert("labels".to_owned(), json!({ "severity": values.severity(self) }));
        let annotations = json!({
            "summary": format!("{}: {}", self.subject, self.problem),
            "description": self.description,
            "runbook_url": values.runbook(self),
        });
        rule.insert("annotations".to_owned(), annotations);
        rule.into()
    }

    /// Returns the anchor of the rule's section in the runbook.
    pub(super) fn anchor(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}
