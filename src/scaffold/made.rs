//! All that a new service consists of.

use std::path::Path;

use super::code::{self, Origin};
use super::draft::Draft;
use super::entry::Entry;
use super::infer::model;
use super::model::{Metric, Model, What};
use super::recording;
use super::tidy::Tidy;
use super::words::{camel, words};
use crate::config::Node;
use crate::http::Url;

/// The module of a service, and the name of its file.
pub fn module(service: &str) -> String {
    format!("{service}_api")
}

/// What is made of a service before anything is written.
pub struct Made<'a> {
    service: &'a str,
    class: String,
    /// The module's name.
    pub module: String,
    model: Model,
    code: String,
    recording: Vec<u8>,
}

impl<'a> Made<'a> {
    /// All of a service; `source` says what the sample is, `body` is its text and `node` what stands in it.
    pub fn new(service: &'a str, url: &Url, source: &str, body: &str, node: Option<&Node>) -> Self {
        let class = format!("{}Api", camel(&words(service)));
        let model = model(service, &class, body.len(), node);
        let origin = Origin { service, class: &class, url, source };
        let code = code::file(&model, &origin);
        let recording = recording::file(service, url, source, body.as_bytes());
        Self { service, module: module(service), code, recording, class, model }
    }

    /// Its entry in the config.
    pub fn entry(&self, port: u16, url: &'a str) -> Entry<'_> {
        let Self { service, class, module, model, .. } = self;
        Entry { name: service, class, module, port, url, metrics: &model.metrics }
    }

    /// Its files.
    pub fn files(&self, dir: &Path, tidy: Tidy) -> Draft {
        let services = dir.join("services");
        let mut draft = Draft::default();
        draft.file(services.join(format!("{}.rs", self.module)), tidy(&self.code, dir));
        draft.file(
            services.join("replay").join(self.service).join("0001-sample.http"),
            self.recording.as_slice(),
        );
        draft
    }

    /// What will be there once the draft is written.
    pub fn report(&self, draft: &Draft, port: u16) -> String {
        let (service, metrics) = (self.service, self.model.metrics.len());
        let mut text: String = draft.paths().map(|path| format!("wrote {}\n", path.display())).collect();
        text += &format!("added `{service}` to config.json: port {port}, metrics: {metrics}\n");
        if let [Metric { name, what: What::Bytes(_), .. }] = self.model.metrics.as_slice() {
            text += &format!("there was no number to show: `{name}` stands for what you want to know\n");
        }
        if self.model.left_out > 0 {
            text += &format!("left out {} more numbers of the sample\n", self.model.left_out);
        }
        text
    }
}
