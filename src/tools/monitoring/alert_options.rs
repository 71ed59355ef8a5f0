//! The options of the alerting rules.

use std::collections::BTreeMap;

use super::alert_rules::names;
use crate::config::suggest;
use crate::config::unknown_name::alternatives;
use crate::support::diagnostic::Diagnostic;

/// The job that `cton prometheus-config` configures.
const JOB: &str = "cton";

/// The output format of the rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AlertFormat {
    /// A rule file of Prometheus.
    #[default]
    Rules,
    /// A `PrometheusRule` of the Prometheus Operator.
    PrometheusRule,
    /// The alerts of a mixin, whose options are in `$._config`.
    Mixin,
}

/// The options of the alerting rules.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AlertOptions {
    pub(crate) format: AlertFormat,
    /// The label matchers of every series, such as `job="cton"`.
    pub(super) selector: String,
    /// The severities that differ from the defaults, by alert.
    pub(super) severities: BTreeMap<String, String>,
}

impl AlertFormat {
    /// Parses the format.
    ///
    /// # Errors
    /// The format is unknown.
    pub(crate) fn parse(word: &str) -> Result<Self, Diagnostic> {
        match word {
            "rules" => Ok(Self::Rules),
            "prometheus-rule" => Ok(Self::PrometheusRule),
            "mixin" => Ok(Self::Mixin),
            _ => Err(Diagnostic::new(format!("invalid format `{word}` of alerting rules"))
                .help("give `rules`, `prometheus-rule` or `mixin`")),
        }
    }
}

impl AlertOptions {
    /// Creates the options from those of the command line. Without a job and a selector, the job is `cton`.
    ///
    /// # Errors
    /// The selector or a severity is invalid, or the format has these options itself.
    pub(crate) fn new(
        format: AlertFormat,
        (job, selector): (Option<&str>, Option<&str>),
        severities: &[String],
    ) -> Result<Self, Diagnostic> {
        let has_options = job.is_some() || selector.is_some() || !severities.is_empty();
        if format == AlertFormat::Mixin && has_options {
            let error = Diagnostic::new("`--format mixin` has no other options");
            return Err(error.help("set them in `_config` of the mixin"));
        }
        let severities = severities.iter().map(|pair| severity(pair)).collect::<Result<_, _>>()?;
        Ok(Self { format, selector: matchers(job, selector)?, severities })
    }
}

/// Joins the matcher of the job and the other ones.
fn matchers(job: Option<&str>, selector: Option<&str>) -> Result<String, Diagnostic> {
    let unusable = |c: char| matches!(c, '{' | '}') || c.is_control();
    if let Some(wrong) = selector.filter(|text| text.trim().is_empty() || text.contains(unusable)) {
        let error = Diagnostic::new(format!("invalid label matchers `{}`", wrong.escape_debug()));
        return Err(error.help("give matchers without braces, such as 'job=\"cton\", env=\"prod\"'"));
    }
    let job = job.or(selector.is_none().then_some(JOB)).map(|job| format!("job={job:?}"));
    let all: Vec<String> = job.into_iter().chain(selector.map(str::to_owned)).collect();
    Ok(all.join(","))
}

/// Parses `ALERT=SEVERITY`.
fn severity(pair: &str) -> Result<(String, String), Diagnostic> {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let Some((alert, word)) = pair.split_once('=').filter(|(_, word)| is_word(word)) else {
        let error = Diagnostic::new(format!("invalid severity `{}`", pair.escape_debug()));
        return Err(error.help("give an alert and a word, such as `CtonDown=page`"));
    };
    if !names().any(|name| name == alert) {
        let error = Diagnostic::new(format!("no alert is named `{}`", alert.escape_debug()));
        let help = match suggest::near(alert, names()) {
            Some(near) => format!("a similar name exists: `{near}`"),
            None => format!("give an existing alert: {}", alternatives(&names().collect::<Vec<_>>())),
        };
        return Err(error.help(help));
    }
    Ok((alert.to_owned(), word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(
        job: Option<&str>,
        selector: Option<&str>,
        severities: &[&str],
    ) -> Result<AlertOptions, String> {
        let severities: Vec<String> = severities.iter().map(|pair| (*pair).to_owned()).collect();
        AlertOptions::new(AlertFormat::Rules, (job, selector), &severities).map_err(|error| error.to_string())
    }

    #[test]
    fn the_job_is_cton_unless_the_options_select_another() {
        let selector = |job, selector| options(job, selector, &[]).unwrap().selector;
        assert_eq!(selector(None, None), "job=\"cton\"");
        assert_eq!(selector(Some("a\"b"), None), "job=\"a\\\"b\"");
        assert_eq!(selector(None, Some("job=~\"cton-.*\"")), "job=~\"cton-.*\"");
        assert_eq!(selector(Some("saas"), Some("env=\"prod\"")), "job=\"saas\",env=\"prod\"");
    }

    #[test]
    fn an_invalid_option_is_an_error_with_help() {
        for wrong in ["", " ", "{job=\"a\"}", "a=\"b\"\n"] {
            assert!(options(None, Some(wrong), &[]).unwrap_err().contains("without braces"), "{wrong}");
        }
        for (wrong, part) in [
            ("CtonDown", "such as `CtonDown=page`"),
            ("CtonDown=", "such as `CtonDown=page`"),
            ("CtonDown=a b", "such as `CtonDown=page`"),
            ("CtonDwn=page", "a similar name exists: `CtonDown`"),
            ("x=page", "give an existing alert"),
        ] {
            let error = options(None, None, &[wrong]).unwrap_err();
            assert!(error.contains(part), "{wrong}: {error}");
        }
        let mixin = AlertOptions::new(AlertFormat::Mixin, (Some("a"), None), &[]);
        assert!(mixin.unwrap_err().to_string().contains("`_config`"));
        assert!(AlertFormat::parse("yaml").is_err());
    }
}
