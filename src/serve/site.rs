//! What one port shows.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::body::Body;
use super::page::{self, Formats, Piece};
use super::targets::Targets;
use crate::health::Health;
use crate::sample::Format;
use crate::service::Family;
use crate::status::{Past, Service, Status, Values};

/// `process_*` figures of a scrape are no older than this, however seldom the services are polled.
pub const PROCESS_AGE: Duration = Duration::from_secs(1);

/// What one port shows: its services, and what the exporter says of itself.
pub struct Site {
    services: Vec<SiteService>,
    health: Health,
    /// What the whole process serves.
    targets: Arc<Targets>,
    /// The page of the last poll. Locked only to copy or to swap the `Arc`.
    page: Mutex<Arc<Page>>,
    /// What is known of the polls of each service; a page has a copy.
    publishing: Mutex<Vec<Past>>,
    started: (SystemTime, Instant),
    process: Formats<Mutex<Option<Process>>>,
}

/// A service of a [`Site`].
#[derive(Debug, Clone, Default)]
pub struct SiteService {
    /// Its name in config.json.
    pub name: String,
    /// The time from one poll to the next while all goes well.
    pub period: Duration,
    /// The time without success after which gauges go; `None`: never.
    pub stale_after: Option<Duration>,
    /// Its metrics, in the order of config.json.
    pub families: Vec<Family>,
}

/// The end of a poll, while no other poll of the port can be published.
pub struct Publishing<'site> {
    site: &'site Site,
    pasts: MutexGuard<'site, Vec<Past>>,
}

/// What all services of a port had to show when the last poll of one of them ended.
#[derive(Clone)]
struct Page {
    services: Vec<ServicePage>,
    /// The families `cton_*`; before the first poll they are rendered by the first scrape.
    own: OnceLock<Formats<Arc<Piece>>>,
}

/// What one service has to show.
#[derive(Clone, Default)]
struct ServicePage {
    state: State,
    samples: Formats<Arc<Piece>>,
    past: Arc<Past>,
    /// What the first who looks at the status of this page reads of the samples.
    values: Arc<OnceLock<Vec<Values>>>,
}

/// How far a service is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    /// No poll has ended.
    #[default]
    Starting,
    /// None of the polls has given samples, or they are gone.
    NoData,
    /// There are samples to be shown.
    Data,
}

/// The families `process_*`, and the end of the page.
struct Process {
    read: Instant,
    piece: Arc<Piece>,
}

impl Site {
    /// A site without samples: until the first good poll of a service only what the exporter says of itself
    /// is shown.
    pub fn new(services: Vec<SiteService>, health: Health) -> Arc<Self> {
        Self::among(&Arc::default(), services, health)
    }

    /// The same as one of the ports of a process.
    pub fn among(targets: &Arc<Targets>, services: Vec<SiteService>, health: Health) -> Arc<Self> {
        let page = Page { services: vec![ServicePage::default(); services.len()], own: OnceLock::new() };
        let pasts = vec![Past::default(); services.len()];
        Arc::new(Self {
            services,
            health,
            targets: Arc::clone(targets),
            page: Mutex::new(Arc::new(page)),
            publishing: Mutex::new(pasts),
            started: (SystemTime::now(), Instant::now()),
            process: Formats::default(),
        })
    }

    /// The exporter's own families on this port.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// To be held while the outcome of a poll is noted in the health: what another service publishes then has
    /// all or nothing of it. Scrapes go on, with the page before.
    pub fn publishing(&self) -> Publishing<'_> {
        Publishing { site: self, pasts: locked(&self.publishing) }
    }

    /// [`Publishing::publish`], where nothing was noted.
    pub fn publish(&self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publishing().publish(service, encode);
    }

    /// The body of a scrape, and whether it is compressed.
    pub(super) fn metrics(&self, format: Format, gzip: bool) -> (Body, bool) {
        let page = self.page();
        let samples = page.services.iter().map(|service| service.samples.of(format));
        let own = page.own.get_or_init(|| self.own(&Formats::default())).of(format);
        let process = self.process(format);
        let pieces = samples.chain([own, &process]);
        let compressed = gzip.then(|| page::gzip(pieces.clone())).flatten();
        let is_compressed = compressed.is_some();
        (compressed.unwrap_or_else(|| page::plain(pieces)), is_compressed)
    }

    /// What the whole process serves.
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The services and how far each is.
    pub(super) fn states(&self) -> Vec<(&SiteService, State)> {
        let page = self.page();
        self.services.iter().zip(page.services.iter().map(|service| service.state)).collect()
    }

    /// How the services do, at that time: all of it from one page.
    pub(crate) fn status(&self, now: SystemTime) -> Status {
        let page = self.page();
        let services = self.services.iter().zip(&page.services).map(|(service, shown)| {
            let text = shown.samples.of(Format::Text);
            let values = shown.values.get_or_init(|| Values::read(text.bytes(), &service.families));
            Service::new(service, &shown.past, values, shown.state != State::Starting, now)
        });
        let (started, since) = self.started;
        Status::new(started, since.elapsed(), services.collect(), now).with_replay(self.health.is_replay())
    }

    fn page(&self) -> Arc<Page> {
        Arc::clone(&locked(&self.page))
    }

    fn own(&self, last: &Formats<Arc<Piece>>) -> Formats<Arc<Piece>> {
        following(last, |format, out| self.health.encode(format, out))
    }

    fn process(&self, format: Format) -> Arc<Piece> {
        let mut process = locked(self.process.of(format));
        match &*process {
            Some(process) if process.read.elapsed() < PROCESS_AGE => Arc::clone(&process.piece),
            _ => Arc::clone(&process.insert(self.read_process(format)).piece),
        }
    }

    fn read_process(&self, format: Format) -> Process {
        let mut bytes = Vec::new();
        self.health.encode_process(format, &mut bytes);
        if format == Format::OpenMetrics {
            bytes.extend_from_slice(b"# EOF\n");
        }
        Process { read: Instant::now(), piece: Arc::new(Piece::new(bytes)) }
    }
}

impl ServicePage {
    fn show(&mut self, encode: impl Fn(Format, &mut Vec<u8>), is_polled: bool) {
        self.samples = following(&self.samples, encode);
        self.values = Arc::default();
        let is_empty = self.samples.of(Format::Text).len() == 0;
        self.state = match (is_polled, is_empty) {
            (false, _) => State::Starting,
            (true, true) => State::NoData,
            (true, false) => State::Data,
        };
    }
}

impl State {
    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Starting => "the first poll has not ended yet",
            Self::NoData => "no data",
            Self::Data => "has data",
        }
    }
}

impl Publishing<'_> {
    /// What is known of the polls of a service, to be changed before it is published.
    pub fn past(&mut self, service: usize) -> Option<&mut Past> {
        self.pasts.get_mut(service)
    }

    /// Shows the end of a poll, good or bad: what `encode` writes of the service's samples in each format
    /// (whole families, without `# EOF`), and the health as it is now.
    ///
    /// The service is given by its place in the list that the site was made with.
    pub fn publish(self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.change(service, |service| service.show(encode, true));
    }

    /// The same where no poll has ended: shows what was kept from before the start, or what is left of the last poll.
    pub fn renew(self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.change(service, |service| service.show(encode, service.state != State::Starting));
    }

    fn change(&self, service: usize, change: impl FnOnce(&mut ServicePage)) {
        let mut page = Page::clone(&self.site.page());
        if let Some((shown, past)) = page.services.get_mut(service).zip(self.pasts.get(service)) {
            change(shown);
            shown.past = Arc::new(past.clone());
        }
        let last = page.own.take().unwrap_or_default();
        page.own = self.site.own(&last).into();
        *locked(&self.site.page) = Arc::new(page);
    }
}

fn following(last: &Formats<Arc<Piece>>, encode: impl Fn(Format, &mut Vec<u8>)) -> Formats<Arc<Piece>> {
    Formats::each(|format| {
        let last = last.of(format);
        let mut bytes = Vec::with_capacity(last.len());
        encode(format, &mut bytes);
        Piece::after(last, bytes)
    })
}

/// Nothing that is done under these locks leaves them half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
