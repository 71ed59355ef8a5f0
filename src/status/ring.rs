//! A ring buffer of the last numbers of a metric.

use std::collections::VecDeque;

/// The capacity of a [`Ring`].
pub(super) const POINTS: usize = 60;

/// The last [`POINTS`] numbers, from the oldest to the newest, in bounded memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Ring(VecDeque<f64>);

impl Ring {
    /// Adds a number, and removes the oldest if the ring is full.
    pub(super) fn push(&mut self, number: f64) {
        if self.0.len() == POINTS {
            self.0.pop_front();
        }
        self.0.push_back(number);
    }

    /// Returns the numbers from the oldest to the newest.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_numbers_stay_and_memory_does_not_grow() {
        let mut ring = Ring::default();
        (0..100_000).for_each(|n| ring.push(f64::from(n)));
        let numbers: Vec<f64> = ring.numbers().collect();
        assert_eq!((numbers.len(), numbers[0], numbers[POINTS - 1]), (POINTS, 99_940.0, 99_999.0));
        assert!(ring.0.capacity() <= 2 * POINTS, "{}", ring.0.capacity());
    }
}
