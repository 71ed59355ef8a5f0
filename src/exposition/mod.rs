//! The published snapshots of a port, and the responses to scrapes.
//!
//! | file | content |
//! |---|---|
//! | `body` | response bodies of shared bytes |
//! | `divided_text` | a text of families, divided for a join |
//! | `joined_families` | joins texts by family |
//! | `negotiation` | selects the format and the compression (RFC 9110, section 12.5) |
//! | `piece` | rendered bytes, compressed at most once |
//! | `process_facts` | the facts about the process that all ports serve |
//! | `process_health` | the checks of `/-/healthy` |
//! | `process_pieces` | the families of the process and the end of an exposition |
//! | `published_samples` | the samples that a poll publishes |
//! | `publisher` | the part of a site that belongs to one service |
//! | `publishing` | the publication of a poll |
//! | `readiness` | the response of `/-/ready` |
//! | `scrape_response` | routes a request to its response, without sockets |
//! | `service_page` | the published snapshot of one service, with its current view |
//! | `site` | everything that one port serves |
//! | `snapshot` | the published snapshot of a poll |
//! | `snapshot_page` | the published snapshots of all services of a port |
//! | `target_group` | the services of a port, each with its targets |
//! | `targets` | service discovery for Prometheus: `http_sd` and `file_sd` |
//!
//! A [`Site`] holds the published snapshots of one port. A poll thread [publishes](Site::publish) a snapshot at the end
//! of a poll. A scrape takes the snapshots of that moment and never waits for a poll. [`respond()`] turns the head of a
//! request into a [`ScrapeResponse`] and knows no sockets; [`server`](crate::server) connects it to them.
//!
//! # The bytes of a scrape
//! An exposition is a sequence of pieces for each service of the port, for the exporter's own families `cton_*`, and for
//! the process and the end. Each piece is rendered in both formats and compressed at most once: before it is published
//! if its predecessor was scraped with gzip, otherwise by the first scrape with gzip.
//!
//! Pieces are compressed separately. Raw DEFLATE blocks that end on a byte (RFC 1951, section 3.2.4) can be joined to
//! one gzip member (RFC 1952) after any other blocks. So a poll of one service costs nothing for the others on its
//! port. A scrape copies nothing, because its body is a list of shared pieces.
//!
//! # Targets
//! The targets of a service share its families, so their texts are [joined](joined_families) by family. The first scrape
//! after a change of one of them joins them and compresses the result; later scrapes share it. A join copies each byte
//! once, except the lines of large families, which stay pieces of their target. The families `cton_*` of all services
//! are joined in the same way. A poll of one target only swaps pointers, and a service without targets is never joined.
//!
//! The result is not divided by target to keep the compressed bytes of unchanged targets: polls are spread over the poll
//! interval, so nearly every division would have a changed target at each scrape.
//!
//! The pieces of the services and `cton_*` change together at the end of a poll, so a scrape never shows half of one.
//! `process_*` are values of the moment: a scrape that finds them older than
//! [`PROCESS_AGE`](process_pieces::PROCESS_AGE) reads them again.

pub(crate) mod body;
mod divided_text;
pub(crate) mod joined_families;
mod negotiation;
mod piece;
pub(crate) mod process_facts;
pub(crate) mod process_health;
mod process_pieces;
mod published_samples;
pub(crate) mod publisher;
mod publishing;
mod readiness;
pub(crate) mod scrape_response;
mod service_page;
pub(crate) mod site;
pub(crate) mod snapshot;
mod snapshot_page;
#[cfg(all(test, feature = "tools", feature = "build"))]
mod status_property;
mod target_group;
#[cfg(all(test, feature = "tools", feature = "build"))]
mod target_property;
pub(crate) mod targets;

pub use process_facts::ProcessFacts;
pub use scrape_response::{ScrapeRequest, ScrapeResponse, respond};
pub use site::Site;
pub use snapshot::SnapshotFreshness;
pub use targets::{Target, Targets};
