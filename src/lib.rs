//! Collectington turns the numbers behind SaaS HTTP/JSON APIs into Prometheus metrics.

// The library of another package's build script has no use for the rest.
pub mod config;

#[cfg(feature = "build")]
pub mod build;

#[cfg(feature = "run")]
mod api;
pub mod error;
#[cfg(feature = "run")]
pub mod health;
#[cfg(feature = "run")]
mod log;
#[cfg(feature = "run")]
mod options;
#[cfg(feature = "run")]
mod panics;
pub mod reading;
#[cfg(feature = "run")]
pub mod sample;
#[cfg(feature = "run")]
mod schedule;
#[cfg(feature = "run")]
pub mod serve;
#[cfg(feature = "run")]
pub mod service;

#[cfg(feature = "run")]
pub use api::{Api, Request, Secret};
pub use error::{Error, ErrorKind, Result};
pub use reading::{Increase, Labels, Once, Total};
#[cfg(feature = "run")]
pub use service::{Program, Service};
