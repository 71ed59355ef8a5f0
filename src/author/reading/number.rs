//! The numbers that metrics can export.

use std::time::Duration;

/// A number that a metric can export: an integer, a float, or a duration (in seconds).
pub trait Number {
    /// Returns the number as a 64-bit float, as in Prometheus.
    fn to_f64(self) -> f64;
}

/// Implements [`Number`] for numbers, exactly up to a magnitude of 2^53.
macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Number for $number {
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss)]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )+};
}
numbers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);

impl Number for Duration {
    fn to_f64(self) -> f64 {
        self.as_secs_f64()
    }
}

impl Number for chrono::TimeDelta {
    fn to_f64(self) -> f64 {
        self.as_seconds_f64()
    }
}
