//! A fair queue for passwords that wait to be verified.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

use crate::server::connection_limit::ClientAddress;
use crate::support::locks::{locked, waited};

/// Maximum number of passwords that are verified at a time, each of another user, so that a slow hash blocks no other user.
const AT_ONCE: usize = 2;
/// Maximum number of passwords of one address that are verified or wait.
const OF_AN_ADDRESS: usize = 2;
/// Maximum number of passwords that wait, because each holds a connection. One more removes the entry that is last in rank.
const WAITING: usize = 64;
/// Maximum number of addresses whose last turn is remembered.
const REMEMBERED: usize = 1024;

/// A queue in which the password of the address with the least recent turn is verified next.
///
/// So guessers wait for each other, even with many addresses, and an address without a turn comes first.
#[derive(Debug, Default)]
pub(super) struct PasswordQueue {
    queue: Mutex<WaitingGuesses>,
    changed: Condvar,
}

/// The name and the password of a client, hashed, that wait to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess {
    pub from: ClientAddress,
    /// A keyed hash of the user name, which may be unknown.
    pub user: u128,
    /// A keyed hash of the name and the password.
    pub pair: u128,
}

/// The outcome of waiting for a turn.
pub(super) enum QueueOutcome<'t> {
    /// The password is next: verify it before the turn is dropped.
    Turn(PasswordTurn<'t>),
    /// The same name and password were already in the queue, and their result may be known now.
    Same,
    /// Too many passwords wait, or the turn did not come in time.
    Busy,
}

/// The turn of one guess, which is over on drop.
pub(super) struct PasswordTurn<'t> {
    turns: &'t PasswordQueue,
    number: u64,
}

#[derive(Debug, Default)]
struct WaitingGuesses {
    all: Vec<WaitingGuess>,
    next: u64,
    /// The number of the last turn of each address.
    served: HashMap<ClientAddress, u64>,
}

#[derive(Debug)]
struct WaitingGuess {
    number: u64,
    guess: Guess,
    has_turn: bool,
}

impl PasswordQueue {
    /// Waits for the turn of a guess, at most until `until`.
    pub(super) fn wait(&self, guess: Guess, until: Instant) -> QueueOutcome<'_> {
        let mut queue = self.queue();
        if queue.all.iter().any(|other| other.guess.pair == guess.pair) {
            drop(self.changed.wait_timeout(queue, until.saturating_duration_since(Instant::now())));
            return if Instant::now() < until { QueueOutcome::Same } else { QueueOutcome::Busy };
        }
        let Some(number) = queue.enter(guess) else { return QueueOutcome::Busy };
        self.changed.notify_all();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !queue.has(number) {
                return QueueOutcome::Busy;
            } else if queue.begin(number) {
                return QueueOutcome::Turn(PasswordTurn { turns: self, number });
            } else if left.is_zero() {
                queue.leave(number);
                self.changed.notify_all();
                return QueueOutcome::Busy;
            }
            queue = waited(&self.changed, queue, left);
        }
    }

    fn queue(&self) -> MutexGuard<'_, WaitingGuesses> {
        locked(&self.queue)
    }
}

impl Drop for PasswordTurn<'_> {
    fn drop(&mut self) {
        self.turns.queue().leave(self.number);
        self.turns.changed.notify_all();
    }
}

impl WaitingGuesses {
    /// Adds a guess, removes another if the queue is full, and returns its number; `None` if it has no place.
    fn enter(&mut self, guess: Guess) -> Option<u64> {
        let of_it = self.all.iter().filter(|other| other.guess.from == guess.from).count();
        if of_it >= OF_AN_ADDRESS {
            return None;
        }
        self.next += 1;
        let number = self.next;
        self.all.push(WaitingGuess { number, guess, has_turn: false });
        if self.waiting().count() > WAITING {
            let last = self.waiting().max_by_key(|entry| self.rank(entry)).map(|entry| entry.number);
            self.all.retain(|entry| Some(entry.number) != last);
        }
        self.has(number).then_some(number)
    }

    /// Starts the turn of this entry and returns true if it is next; otherwise returns false.
    fn begin(&mut self, number: u64) -> bool {
        let users: Vec<u128> =
            self.all.iter().filter(|entry| entry.has_turn).map(|entry| entry.guess.user).collect();
        let free = self.waiting().filter(|entry| !users.contains(&entry.guess.user));
        let next = free.min_by_key(|entry| self.rank(entry)).map(|entry| entry.number);
        if users.len() >= AT_ONCE || next != Some(number) {
            return false;
        }
        self.next += 1;
        let turn = self.next;
        if let Some(entry) = self.all.iter_mut().find(|entry| entry.number == number) {
            entry.has_turn = true;
            self.served.insert(entry.guess.from, turn);
        }
        self.forget();
        true
    }

    /// Forgets the least recent turn if too many are remembered.
    fn forget(&mut self) {
        if self.served.len() > REMEMBERED {
            let longest_ago = self.served.iter().min_by_key(|(_, turn)| **turn).map(|(from, _)| *from);
            longest_ago.map(|from| self.served.remove(&from));
        }
    }

    fn waiting(&self) -> impl Iterator<Item = &WaitingGuess> {
        self.all.iter().filter(|entry| !entry.has_turn)
    }

    /// Returns the last turn of the entry's address and the entry's number; the lowest rank comes next.
    fn rank(&self, entry: &WaitingGuess) -> (u64, u64) {
        (self.served.get(&entry.guess.from).copied().unwrap_or_default(), entry.number)
    }

    fn has(&self, number: u64) -> bool {
        self.all.iter().any(|entry| entry.number == number)
    }

    fn leave(&mut self, number: u64) {
        self.all.retain(|entry| entry.number != number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;

    fn address(last: u8) -> ClientAddress {
        ClientAddress::from(Some(SocketAddr::from(([10, 0, 0, last], 1))))
    }

    fn guess(from: u8, user: u128, password: u128) -> Guess {
        Guess { from: address(from), user, pair: user << 64 | password }
    }

    fn enters(queue: &mut WaitingGuesses, guess: Guess) -> bool {
        queue.enter(guess).is_some()
    }

    /// Starts the next turn and returns the address that has it; `None` if no turn can start.
    fn next(queue: &mut WaitingGuesses) -> Option<u8> {
        let numbers: Vec<u64> = queue.waiting().map(|entry| entry.number).collect();
        let number = numbers.into_iter().find(|number| queue.begin(*number))?;
        let entry = queue.all.iter().find(|entry| entry.number == number)?;
        (0..=255).find(|last| address(*last) == entry.guess.from)
    }

    fn end_all(queue: &mut WaitingGuesses) {
        queue.all.retain(|entry| !entry.has_turn);
    }

    #[test]
    fn who_had_no_turn_comes_before_all_guessers() {
        let mut queue = WaitingGuesses::default();
        for round in 0..5 {
            for from in 1..=12 {
                enters(&mut queue, guess(from, 1, round * 100 + u128::from(from)));
            }
            assert!(next(&mut queue).is_some());
            end_all(&mut queue);
        }
        for n in 0..12 {
            next(&mut queue);
            end_all(&mut queue);
            for from in 1..=12 {
                enters(&mut queue, guess(from, 1, 1000 + n * 100 + u128::from(from)));
            }
        }
        assert!(enters(&mut queue, guess(100, 1, 7)));
        assert_eq!(next(&mut queue), Some(100));
    }

    #[test]
    fn turns_go_round_the_addresses_whatever_each_has_waiting() {
        let mut queue = WaitingGuesses::default();
        for password in 0..2 {
            for from in 1..=3 {
                enters(&mut queue, guess(from, 1, password + u128::from(from) * 10));
            }
        }
        let order = std::iter::from_fn(|| {
            let from = next(&mut queue);
            end_all(&mut queue);
            from
        });
        assert_eq!(order.collect::<Vec<_>>(), [1, 2, 3, 1, 2, 3]);
    }

    #[test]
    fn a_user_has_one_turn_at_a_time_and_leaves_a_place_for_others() {
        let mut queue = WaitingGuesses::default();
        for from in 1..=10 {
            enters(&mut queue, guess(from, 1, from.into()));
        }
        assert_eq!((next(&mut queue), next(&mut queue)), (Some(1), None));
        enters(&mut queue, guess(20, 2, 0));
        enters(&mut queue, guess(21, 3, 0));
        assert_eq!((next(&mut queue), next(&mut queue)), (Some(20), None), "two at once");
    }

    #[test]
    fn an_address_has_two_places_and_a_full_queue_one_for_whoever_had_no_turn() {
        let mut queue = WaitingGuesses::default();
        assert_eq!([0, 1, 2].map(|n| enters(&mut queue, guess(200, 1, n))), [true, true, false]);
        queue = WaitingGuesses::default();
        for from in 1..=100 {
            enters(&mut queue, guess(from, 1, 1000 + u128::from(from)));
            next(&mut queue);
            end_all(&mut queue);
        }
        for from in 1..=100 {
            enters(&mut queue, guess(from, 1, 2000 + u128::from(from)));
        }
        assert_eq!(queue.waiting().count(), WAITING);
        assert!(enters(&mut queue, guess(101, 1, 7)));
        assert_eq!(queue.waiting().count(), WAITING);
        assert_eq!(next(&mut queue), Some(101));
    }

    #[test]
    fn the_memory_of_addresses_is_bounded() {
        let mut queue = WaitingGuesses::default();
        for n in 0..3000_u32 {
            let from = ClientAddress::from(Some(SocketAddr::from((n.to_be_bytes(), 1))));
            enters(&mut queue, Guess { from, user: 1, pair: 1 << 64 | u128::from(n) });
            next(&mut queue);
            end_all(&mut queue);
        }
        assert_eq!(queue.served.len(), REMEMBERED);
    }

    #[test]
    fn a_turn_that_does_not_come_in_time_is_given_up() {
        let turns = PasswordQueue::default();
        let soon = || Instant::now() + Duration::from_millis(20);
        let QueueOutcome::Turn(turn) = turns.wait(guess(1, 1, 1), soon()) else { panic!() };
        assert!(matches!(turns.wait(guess(2, 1, 2), soon()), QueueOutcome::Busy));
        assert!(
            matches!(turns.wait(guess(3, 1, 1), soon()), QueueOutcome::Busy),
            "the same is verified still"
        );
        drop(turn);
        assert!(turns.queue().all.is_empty());
        assert!(matches!(turns.wait(guess(2, 1, 2), soon()), QueueOutcome::Turn(_)));
    }
}
