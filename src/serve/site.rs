//! What one port shows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::body::Body;
use super::format::Format;
use super::page::{self, Formats, Piece};

/// `process_*` figures of a scrape are no older than this, however seldom the services are polled.
pub const PROCESS_AGE: Duration = Duration::from_secs(1);

/// What one port shows: its services, and what the exporter says of itself.
pub struct Site {
    own: Box<dyn Own>,
    /// The page of the last poll. Locked only to copy or to swap the `Arc`.
    page: Mutex<Arc<Page>>,
    /// Held while a poll is published, so that another service's poll does not publish half of this one.
    publishing: Mutex<()>,
    process: Mutex<Option<Process>>,
}

/// What the exporter says of itself.
pub trait Own: Send + Sync {
    /// The `cton_*` families.
    fn encode(&self, format: Format, out: &mut Vec<u8>);
    /// The `process_*` families.
    fn encode_process(&self, format: Format, out: &mut Vec<u8>);
}

/// A service of a [`Site`], while its poll is being published.
pub struct Part<'page> {
    service: &'page mut ServicePage,
}

/// What all services of a port had to show when the last poll of one of them ended.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) services: Vec<ServicePage>,
    own: Formats<Arc<Piece>>,
}

/// What one service has to show.
#[derive(Clone)]
pub(super) struct ServicePage {
    pub(super) name: String,
    pub(super) state: State,
    samples: Formats<Arc<Piece>>,
}

/// How far a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No poll has ended.
    Starting,
    /// No poll has been good.
    NoData,
    /// Samples of at least one good poll are shown.
    Data,
}

struct Process {
    read: Instant,
    pieces: Formats<Arc<Piece>>,
}

impl Site {
    /// A site without samples: until the first good poll of a service only what the exporter says of itself is shown.
    pub fn new(services: impl IntoIterator<Item = String>, own: impl Own + 'static) -> Arc<Self> {
        let own: Box<dyn Own> = Box::new(own);
        let service = |name| ServicePage { name, state: State::Starting, samples: Formats::default() };
        let page = Page {
            services: services.into_iter().map(service).collect(),
            own: Formats::each(|format| Arc::new(Piece::new(rendered(|out| own.encode(format, out))))),
        };
        Arc::new(Self {
            own,
            page: Mutex::new(Arc::new(page)),
            publishing: Mutex::default(),
            process: Mutex::default(),
        })
    }

    /// Shows the end of a poll of one service, given by its place in the list that the site was made with.
    ///
    /// `update` notes the outcome in the service's health, and [shows](Part::show) the samples where they have
    /// changed. No other poll of this port is published meanwhile; scrapes get the page before this one.
    pub fn publish(&self, service: usize, update: impl FnOnce(&mut Part<'_>)) {
        let _publishing = locked(&self.publishing);
        let mut page = Page::clone(&self.page());
        if let Some(service) = page.services.get_mut(service) {
            if service.state == State::Starting {
                service.state = State::NoData;
            }
            update(&mut Part { service });
        }
        page.own = following(&page.own, |format, out| self.own.encode(format, out));
        *locked(&self.page) = Arc::new(page);
    }

    /// The body of a scrape.
    pub(super) fn metrics(&self, format: Format, gzip: bool) -> (Body, bool) {
        let page = self.page();
        let process = self.process();
        let samples = page.services.iter().map(|service| service.samples.of(format));
        let pieces = samples.chain([page.own.of(format), process.of(format)]);
        let compressed = if gzip { page::gzip(pieces.clone()) } else { None };
        let is_compressed = compressed.is_some();
        (compressed.unwrap_or_else(|| page::plain(pieces)), is_compressed)
    }

    pub(super) fn page(&self) -> Arc<Page> {
        Arc::clone(&locked(&self.page))
    }

    /// `process_*`, and the end of the page.
    fn process(&self) -> Formats<Arc<Piece>> {
        let mut process = locked(&self.process);
        if let Some(process) = process.as_ref().filter(|process| process.read.elapsed() < PROCESS_AGE) {
            return process.pieces.clone();
        }
        let pieces = Formats::each(|format| {
            Arc::new(Piece::new(rendered(|out| {
                self.own.encode_process(format, out);
                if format == Format::OpenMetrics {
                    out.extend_from_slice(b"# EOF\n");
                }
            })))
        });
        *process = Some(Process { read: Instant::now(), pieces: pieces.clone() });
        pieces
    }
}

impl State {
    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Starting => "the first poll has not ended yet",
            Self::NoData => "no data yet",
            Self::Data => "has data",
        }
    }
}

impl Part<'_> {
    /// Replaces the samples that are shown of the service by what `encode` writes of them in each format: whole
    /// families, without `# EOF`.
    pub fn show(&mut self, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.service.samples = following(&self.service.samples, encode);
        self.service.state = State::Data;
    }
}

fn following(last: &Formats<Arc<Piece>>, encode: impl Fn(Format, &mut Vec<u8>)) -> Formats<Arc<Piece>> {
    Formats::each(|format| {
        let last = last.of(format);
        Arc::new(Piece::after(last, rendered(|out| encode(format, out))))
    })
}

fn rendered(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&mut bytes);
    bytes
}

/// Nothing that is done under these locks leaves them half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
