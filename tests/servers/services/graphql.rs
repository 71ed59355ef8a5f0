//! The repositories of a GraphQL server, with the cursor of a page in the body of the request.

use collectington::{Api, Paging, Result, Service};
use serde::Deserialize;
use serde_json::json;

use crate::labels::graphql::RepositoryStars;

const QUERY: &str = "query ($after: String) {
    repositories(first: 2, after: $after) { nodes { name stars } pageInfo { endCursor hasNextPage } }
}";

/// The repositories of all pages.
pub struct Graphql {
    repositories: Vec<Repository>,
}

#[derive(Deserialize)]
struct Data {
    repositories: Repositories,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repositories {
    nodes: Vec<Repository>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Repository {
    name: String,
    stars: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    end_cursor: Option<String>,
    has_next_page: bool,
}

impl Service for Graphql {
    fn poll(api: &mut Api) -> Result<Self> {
        let next = |data: &Data| {
            let info = &data.repositories.page_info;
            info.end_cursor.clone().filter(|_| info.has_next_page)
        };
        let paging = Paging::cursor("/variables/after", next).in_body();
        let mut repositories = Vec::new();
        for data in api.graphql(QUERY, &json!({})).pages(paging) {
            repositories.extend(data?.repositories.nodes);
        }
        Ok(Self { repositories })
    }
}

impl Graphql {
    /// Number of stars of a repository.
    pub fn repository_stars(&self) -> impl Iterator<Item = (RepositoryStars<'_>, u64)> {
        self.repositories.iter().map(|repository| (RepositoryStars::new(&repository.name), repository.stars))
    }
}
