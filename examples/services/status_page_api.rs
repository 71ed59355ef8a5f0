//! The status of a provider, from the public API of Statuspage (<https://metastatuspage.com/api>).

use collectington::{Api, Result, Service};

use crate::labels::status_page_api::{ComponentOperational, UnresolvedIncidents};

/// The components and unresolved incidents of one poll.
pub struct StatusPageApi {
    components: Vec<Component>,
    incidents: Vec<Incident>,
}

#[derive(serde::Deserialize)]
struct Components {
    components: Vec<Component>,
}

#[derive(serde::Deserialize)]
struct Component {
    name: String,
    status: String,
}

#[derive(serde::Deserialize)]
struct Incidents {
    incidents: Vec<Incident>,
}

#[derive(serde::Deserialize)]
struct Incident {
    impact: Impact,
}

#[derive(serde::Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Impact {
    None,
    Minor,
    Major,
    Critical,
}

impl Service for StatusPageApi {
    fn poll(api: &mut Api) -> Result<Self> {
        let components: Components = api.get().path("components.json").json()?;
        let incidents: Incidents = api.get().path("incidents/unresolved.json").json()?;
        Ok(Self { components: components.components, incidents: incidents.incidents })
    }
}

impl StatusPageApi {
    /// 1 if the component is operational, otherwise 0.
    pub fn component_operational(&self) -> impl Iterator<Item = (ComponentOperational<'_>, bool)> {
        self.components.iter().map(|component| {
            let labels = ComponentOperational::new(&component.name);
            (labels, component.status == "operational")
        })
    }

    /// Number of unresolved incidents by impact.
    pub fn unresolved_incidents(&self) -> impl Iterator<Item = (UnresolvedIncidents<'_>, usize)> {
        // Each impact has a series, so that the first major incident is a change from 0 and not a new series.
        let impacts = [
            (Impact::None, "none"),
            (Impact::Minor, "minor"),
            (Impact::Major, "major"),
            (Impact::Critical, "critical"),
        ];
        impacts.into_iter().map(|(impact, name)| {
            let incidents = self.incidents.iter().filter(|incident| incident.impact == impact).count();
            (UnresolvedIncidents::new(name), incidents)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_impact_has_a_number_of_incidents() {
        let mut api = Api::replay("services/replay/status_page")
            .unwrap()
            .with_url("https://status.example.com/api/v2")
            .unwrap();
        let status: StatusPageApi = api.poll().unwrap();
        let incidents: Vec<usize> = status.unresolved_incidents().map(|(_, incidents)| incidents).collect();
        assert_eq!(incidents, [0, 1, 0, 0]);
    }
}
