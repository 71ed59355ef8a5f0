//! The path below `api_url` and the query of a request.

use super::super::request_text::RequestText;
use crate::author::Api;
use crate::author::request::Request;
use crate::support::error::Result;

/// The path below `api_url` and the query of a request.
#[derive(Debug, Default)]
pub(in crate::tools::scaffold) struct RequestTarget {
    /// The parts of the path.
    pub path: Vec<TargetPart>,
    /// The names and values of the parameters.
    pub query: Vec<(String, RequestText)>,
}

/// A part of a path.
#[derive(Debug, PartialEq)]
pub(in crate::tools::scaffold) enum TargetPart {
    /// Segments without parameters.
    Fixed(String),
    /// One segment with a parameter.
    Segment(RequestText),
}

impl RequestTarget {
    /// Returns the keys of the secrets.
    pub(super) fn keys(&self) -> Vec<String> {
        self.texts().flat_map(RequestText::keys).map(str::to_owned).collect()
    }

    fn texts(&self) -> impl Iterator<Item = &RequestText> {
        let segments = self.path.iter().filter_map(|part| match part {
            TargetPart::Segment(text) => Some(text),
            TargetPart::Fixed(_) => None,
        });
        segments.chain(self.query.iter().map(|(_, value)| value))
    }

    /// Adds the path and the query to a request.
    ///
    /// # Errors
    /// A secret or a setting cannot be read.
    pub(super) fn on<'api>(&self, api: &'api Api, mut request: Request<'api>) -> Result<Request<'api>> {
        for part in &self.path {
            request = match part {
                TargetPart::Fixed(path) => request.path(path),
                TargetPart::Segment(text) => request.segment(text.secret(api)?),
            };
        }
        for (name, value) in &self.query {
            request = request.query(name, value.secret(api)?);
        }
        Ok(request)
    }

    /// Returns the calls of the methods that add the path and the query.
    pub(super) fn code(&self) -> String {
        let part = |part: &TargetPart| match part {
            TargetPart::Fixed(path) => format!(".path({path:?})"),
            TargetPart::Segment(text) => format!(".segment({})", text.code()),
        };
        let pair = |(name, value): &(String, RequestText)| format!(".query({name:?}, {})", value.code());
        self.path.iter().map(part).chain(self.query.iter().map(pair)).collect()
    }
}
