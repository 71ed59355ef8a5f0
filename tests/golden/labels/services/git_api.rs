//! Two types in one file, and two entries of one type.
use collectington::{Api, Result, Service, Total};

use crate::labels::git_api::{Forks, Posts, Pushes, RepoIdLabels, Size, Stars, Watchers};

pub struct GitApi {
    name: String,
    id: u64,
}

pub struct ForumApi;

impl Service for GitApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self { name: "web".to_owned(), id: 7 })
    }
}

impl Service for ForumApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

impl GitApi {
    pub fn stars(&self) -> Vec<(Forks<'_>, u64)> {
        self.rows()
    }

    pub fn forks(&self) -> Vec<(Stars<'_>, u64)> {
        vec![
            (Stars::new(&self.name, self.id), 1),
            (Forks { repo: "a".into(), id: "b".into() }, 1),
            (Watchers::new(String::new(), "b"), 1),
        ]
    }

    pub fn watchers(&self) -> Vec<(Posts<'_>, u64)> {
        self.rows()
    }

    pub fn size(&self) -> Vec<(Size<'_>, u64)> {
        vec![(Size::new(&self.id, self.name.as_str()), 1)]
    }

    pub fn pushes(&self) -> Vec<(Pushes<'_>, Total<u64>)> {
        vec![(Pushes::new("tag", "no", "never", true), Total(1))]
    }

    fn rows(&self) -> Vec<(RepoIdLabels<'_>, u64)> {
        vec![(RepoIdLabels::new(&self.name, self.id), 1)]
    }
}

impl ForumApi {
    pub fn stars(&self) -> u64 {
        5
    }

    pub fn posts(&self) -> Vec<(Posts<'_>, u64)> {
        Vec::new()
    }
}
