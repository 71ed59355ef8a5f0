//! A reader of a valid JSON text, and the levels at which its values are altered.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde::de::Error as _;
use serde_json::Error;

use super::Alteration;
use crate::support::quoted_string::closing;

/// The most elements that are added to a list.
const ADDED: usize = 4096;

/// The most values of one place that are made or lengthened. Without this limit nested lists would grow exponentially.
const TURNS: u8 = 3;

/// The most attempts to read a text. Each attempt alters less.
const ATTEMPTS: u32 = 64;

/// The level at which no value is altered.
const AS_IT_IS: u8 = 3;

/// The values that are altered less, because their type rejects some texts and numbers.
///
/// The same field of all elements of a list is one place.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    levels: RefCell<HashMap<u64, u8>>,
    /// The lowest level of all places.
    floor: Cell<u8>,
    /// The place that was altered last, and the place where its value was made if the text does not have it.
    last: Cell<(u64, Option<u64>)>,
    attempts: Cell<u32>,
}

impl Ladder {
    /// Takes the next step after a text could not be read. Returns false if there is no further step.
    ///
    /// The value that was altered last is altered less. After its last level it is no longer made, and then all values are
    /// altered less.
    pub(super) fn descend(&self) -> bool {
        let (mut levels, (last, maker)) = (self.levels.borrow_mut(), self.last.get());
        let is_altered = |place: &u64| levels.get(place).is_none_or(|level| *level < AS_IT_IS);
        match (Some(last).filter(is_altered), maker.filter(is_altered)) {
            (Some(last), _) => *levels.entry(last).or_default() += 1,
            (None, Some(maker)) => drop(levels.insert(maker, AS_IT_IS)),
            (None, None) => self.floor.set(self.floor.get() + 1),
        }
        self.attempts.set(self.attempts.get() + 1);
        // Above a floor of 1 the text is unchanged, so reading it proves nothing.
        self.floor.get() <= 1 && self.attempts.get() < ATTEMPTS
    }

    fn level(&self, place: u64, maker: Option<u64>) -> u8 {
        self.last.set((place, maker));
        self.levels.borrow().get(&place).copied().unwrap_or_default().max(self.floor.get())
    }
}

/// A reader of a valid JSON text.
#[derive(Debug)]
pub(super) struct AlteringReader<'a, 'de> {
    pub(super) alteration: Alteration,
    ladder: &'a Ladder,
    rest: Cell<&'de [u8]>,
    /// The number of values that were altered.
    altered: Cell<u64>,
    /// The number of values of each place that were made or lengthened.
    turns: RefCell<HashMap<u64, u8>>,
}

impl<'a, 'de> AlteringReader<'a, 'de> {
    pub(super) fn new(json: &'de [u8], alteration: Alteration, ladder: &'a Ladder) -> Self {
        Self {
            alteration,
            ladder,
            rest: Cell::new(json),
            altered: Cell::default(),
            turns: RefCell::default(),
        }
    }

    /// Returns the level of the value at a place; `maker` is the place where the value was made.
    pub(super) fn level(&self, place: u64, maker: Option<u64>) -> u8 {
        self.ladder.level(place, maker)
    }

    /// Returns a number that distinguishes a value from its neighbors.
    pub(super) fn number(&self) -> u64 {
        self.altered.set(self.altered.get() + 1);
        self.altered.get()
    }

    /// Returns true if a further value of this place may be made or lengthened, and counts it.
    pub(super) fn has_turn(&self, place: u64) -> bool {
        let mut turns = self.turns.borrow_mut();
        let taken = turns.entry(place).or_default();
        *taken = taken.saturating_add(1);
        *taken <= TURNS
    }

    /// Returns the number of elements or entries to add to a list or map of this length.
    pub(super) fn added(&self, place: u64, len: usize) -> usize {
        if self.has_turn(place) { (7 * len + 100).min(ADDED) } else { 0 }
    }

    pub(super) fn rest(&self) -> &'de [u8] {
        self.rest.get()
    }

    pub(super) fn go_to(&self, rest: &'de [u8]) {
        self.rest.set(rest);
    }

    /// Skips white space and returns the next byte, which remains unread.
    pub(super) fn peek(&self) -> Result<u8, Error> {
        let rest = self.rest.get().trim_ascii_start();
        self.rest.set(rest);
        rest.first().copied().ok_or_else(ended)
    }

    /// Skips white space, and this byte if it is next. Returns true if it was.
    pub(super) fn passes(&self, byte: u8) -> Result<bool, Error> {
        let is_next = self.peek()? == byte;
        if is_next {
            self.rest.set(&self.rest.get()[1..]);
        }
        Ok(is_next)
    }

    /// Reads the next value, which is a string.
    pub(super) fn string(&self) -> Result<String, Error> {
        serde_json::from_slice(self.scalar()?)
    }

    /// Reads the JSON text of the next value, which is not a list or object.
    pub(super) fn scalar(&self) -> Result<&'de [u8], Error> {
        let quoted = self.peek()? == b'"';
        let rest = self.rest.get();
        let is_end = |byte: &u8| b",]}:".contains(byte) || byte.is_ascii_whitespace();
        let end = match quoted {
            true => closing(&rest[1..], b'"').ok_or_else(ended)? + 2,
            false => rest.iter().position(is_end).unwrap_or(rest.len()),
        };
        let (scalar, rest) = rest.split_at(end);
        self.rest.set(rest);
        Ok(scalar)
    }

    /// Skips the next value.
    pub(super) fn skip(&self) -> Result<(), Error> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                b',' | b':' => {}
                _ => {
                    self.scalar()?;
                    if depth == 0 {
                        return Ok(());
                    }
                    continue;
                }
            }
            self.rest.set(&self.rest.get()[1..]);
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Returns the error for a type that reads more than the text has. The text itself is valid.
fn ended() -> Error {
    Error::custom("the text ends here")
}
