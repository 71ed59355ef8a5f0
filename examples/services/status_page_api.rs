//! The status of a provider, from the public API of Statuspage (<https://metastatuspage.com/api>).

use collectington::{Api, Result, Service, States, Timestamp};

use crate::labels::status_page_api::{ComponentStatus, StatusPageInfo, UnresolvedIncidents};

/// The status of a component, as the API documents it.
const STATUSES: [&str; 5] =
    ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];

/// The page, its components and the unresolved incidents of one poll.
pub struct StatusPageApi {
    page: Page,
    components: Vec<Component>,
    incidents: Vec<Incident>,
}

#[derive(serde::Deserialize)]
struct Components {
    page: Page,
    components: Vec<Component>,
}

#[derive(serde::Deserialize)]
struct Page {
    name: String,
    url: String,
    updated_at: String,
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
        let Components { page, components } = api.get().path("components.json").json()?;
        let incidents: Incidents = api.get().path("incidents/unresolved.json").json()?;
        Ok(Self { page, components, incidents: incidents.incidents })
    }
}

impl StatusPageApi {
    /// Status of each component.
    pub fn component_status(&self) -> impl Iterator<Item = (ComponentStatus<'_>, States)> {
        self.components.iter().map(|component| {
            let labels = ComponentStatus::new(&component.name);
            (labels, States::of(&component.status, STATUSES))
        })
    }

    /// Name and address of the status page.
    pub fn status_page_info(&self) -> StatusPageInfo<'_> {
        StatusPageInfo::new(&self.page.name, &self.page.url)
    }

    /// Time of the last change of the status page.
    pub fn status_page_updated_timestamp_seconds(&self) -> Result<Timestamp> {
        Timestamp::parse(&self.page.updated_at)
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

    #[test]
    fn the_status_of_a_component_is_one_of_the_known_ones() {
        let api = StatusPageApi {
            page: Page { name: String::new(), url: String::new(), updated_at: "2026-11-30".to_owned() },
            components: vec![Component { name: "API".to_owned(), status: "operational".to_owned() }],
            incidents: Vec::new(),
        };
        let states: Vec<States> = api.component_status().map(|(_, states)| states).collect();
        assert_eq!(states, [States::of("operational", STATUSES)]);
        assert_eq!(api.status_page_updated_timestamp_seconds(), Ok(Timestamp::from_seconds(1_795_996_800)));
    }
}
