//! The declarations of a service about a running total.

use chrono::{DateTime, Utc};

use super::{Number, Total};

/// A [`Total`] with declarations of the service: the start of the total, and falls that are noise.
///
/// ```
/// use collectington::{QualifiedTotal, Total};
///
/// struct Meter {
///     watt_hours: f64,
/// }
///
/// impl Meter {
///     /// Energy since the meter was installed, in watt-hours.
///     pub fn energy(&self) -> QualifiedTotal<f64> {
///         // The meter rounds, so it falls by up to 2 Wh now and then.
///         Total(self.watt_hours).ignoring_falls_below(5.0)
///     }
/// }
/// # let _ = Meter { watt_hours: 1.0 }.energy();
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualifiedTotal<N> {
    /// The running total.
    pub total: N,
    /// The Unix timestamp at which the total began; `None` if it is not declared.
    pub(crate) since: Option<f64>,
    /// The size below which a fall is noise; 0 if no fall is noise.
    pub(crate) noise: f64,
}

impl<N: Number> Total<N> {
    /// Declares the time at which the total began, which becomes the `_created` series.
    ///
    /// ```
    /// use chrono::{TimeZone, Utc};
    /// use collectington::{QualifiedTotal, Total};
    ///
    /// fn orders(orders: u64) -> QualifiedTotal<u64> {
    ///     Total(orders).since(Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap())
    /// }
    /// # assert_eq!(orders(7).total, 7);
    /// ```
    #[must_use = "it is what the method returns"]
    pub fn since(self, began: impl Into<DateTime<Utc>>) -> QualifiedTotal<N> {
        self.qualified().since(began)
    }

    /// Declares that a fall of less than `bound` is noise and not a counter reset.
    ///
    /// The highest value is exposed until the total exceeds it, or falls below it by `bound` or more.
    ///
    /// ```
    /// use collectington::{QualifiedTotal, Total};
    ///
    /// fn energy(watt_hours: f64) -> QualifiedTotal<f64> {
    ///     Total(watt_hours).ignoring_falls_below(5.0)
    /// }
    /// # assert_eq!(energy(1.5).total, 1.5);
    /// ```
    #[must_use = "it is what the method returns"]
    pub fn ignoring_falls_below(self, bound: impl Number) -> QualifiedTotal<N> {
        self.qualified().ignoring_falls_below(bound)
    }

    fn qualified(self) -> QualifiedTotal<N> {
        QualifiedTotal { total: self.0, since: None, noise: 0.0 }
    }
}

impl<N: Number> QualifiedTotal<N> {
    /// Declares the time at which the total began, which becomes the `_created` series.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use collectington::{QualifiedTotal, Total};
    ///
    /// fn energy(watt_hours: f64, installed: DateTime<Utc>) -> QualifiedTotal<f64> {
    ///     Total(watt_hours).ignoring_falls_below(5.0).since(installed)
    /// }
    /// # assert_ne!(energy(1.5, Utc::now()), Total(1.5).ignoring_falls_below(5.0));
    /// ```
    #[must_use = "it is what the method returns"]
    pub fn since(self, began: impl Into<DateTime<Utc>>) -> Self {
        let began = began.into();
        let seconds = began.timestamp() as f64 + f64::from(began.timestamp_subsec_nanos()) / 1e9;
        Self { since: Some(seconds), ..self }
    }

    /// Declares that a fall of less than `bound` is noise, like [`Total::ignoring_falls_below`].
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use collectington::{QualifiedTotal, Total};
    ///
    /// fn energy(watt_hours: f64, installed: DateTime<Utc>) -> QualifiedTotal<f64> {
    ///     Total(watt_hours).since(installed).ignoring_falls_below(5.0)
    /// }
    /// # assert_ne!(energy(1.5, Utc::now()), Total(1.5).ignoring_falls_below(5.0));
    /// ```
    #[must_use = "it is what the method returns"]
    pub fn ignoring_falls_below(self, bound: impl Number) -> Self {
        Self { noise: bound.to_f64(), ..self }
    }

    /// Returns the same declarations with the total as a 64-bit float.
    pub(crate) fn into_f64(self) -> QualifiedTotal<f64> {
        QualifiedTotal { total: self.total.to_f64(), since: self.since, noise: self.noise }
    }
}
