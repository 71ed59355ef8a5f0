//! The facts of an error as fields of a log line.

use super::{Error, REQUEST};

impl Error {
    /// Returns the names and values of the fields: `reason`, `status`, `url`, `error`, the details, and `hint`.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("reason", self.kind.as_str().to_owned())];
        fields.extend(self.status.map(|status| ("status", status.to_string())));
        // The method and the URL are separated by a space.
        let url = self.detail(REQUEST).and_then(|request| request.split_once(' '));
        fields.extend(url.map(|(_, url)| ("url", url.to_owned())));
        fields.push(("error", self.problem.clone()));
        let details = self.details.iter().filter(|(name, _)| *name != REQUEST);
        fields.extend(details.cloned());
        if !self.help.is_empty() {
            fields.push(("hint", self.help.join("; ")));
        }
        fields
    }
}
