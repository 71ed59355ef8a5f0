//! Hostile responses, and the ways in which a service reads them.

pub mod bombs;
pub mod shapes;
pub mod ways;
