//! A metric family of a run.

use std::borrow::Cow;
use std::sync::Arc;

use super::family::Family;
use crate::config::{Kind, MetricConfig};

/// A compiled-in metric family, with the HELP, unit and buckets of the config of this run.
///
/// The config can be replaced during a run, so its texts are owned here.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfiguredFamily {
    /// The name in config.json, without the suffixes of the kind.
    pub(crate) name: &'static str,
    /// The kind of the metric, such as a counter.
    pub(crate) kind: Kind,
    /// The HELP text.
    pub(crate) help: Cow<'static, str>,
    /// The unit, such as `seconds`; empty if none is configured.
    pub(crate) unit: Cow<'static, str>,
    /// The label names in the order of the compiled-in config.
    pub(crate) labels: &'static [&'static str],
    /// The upper bounds of a histogram's buckets, ascending and without `+Inf`; empty for other kinds.
    pub(crate) buckets: Cow<'static, [f64]>,
}

impl ConfiguredFamily {
    /// Returns the family with the options of its entry in the config. An option that the entry lacks is the compiled-in one.
    pub(crate) fn new(compiled: Family, metric: &MetricConfig) -> Self {
        let mut family = Self::from(compiled);
        let text = |own: &Option<String>, compiled: &'static str| match own {
            Some(own) if own != compiled => Cow::Owned(own.clone()),
            _ => Cow::Borrowed(compiled),
        };
        family.help = text(&metric.help, compiled.help);
        family.unit = text(&metric.unit, compiled.unit);
        if let Some(bounds) = metric.buckets.as_ref().filter(|bounds| *bounds != compiled.buckets) {
            family.buckets = Cow::Owned(bounds.clone());
        }
        family
    }

    /// Returns the names of all labels of a sample, in the order of the compiled-in config. The states of a state set have a
    /// label with the name of the metric.
    pub(crate) fn sample_labels(&self) -> impl Iterator<Item = &'static str> + use<> {
        let state = (self.kind == Kind::StateSet).then_some(self.name);
        self.labels.iter().copied().chain(state)
    }
}

/// A family as compiled in.
impl From<Family> for ConfiguredFamily {
    fn from(Family { name, kind, help, unit, labels, buckets }: Family) -> Self {
        Self { name, kind, help: help.into(), unit: unit.into(), labels, buckets: buckets.into() }
    }
}

/// A family as compiled in, to be shared by the status and the samples.
impl From<Family> for Arc<ConfiguredFamily> {
    fn from(family: Family) -> Self {
        Self::new(family.into())
    }
}
