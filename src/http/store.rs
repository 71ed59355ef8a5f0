//! The answers that are kept, so that one request is sent once however many ask.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::key::Key;
use super::validators::Validators;
use crate::error::Result;

/// The kept answers of a process, shared by its services.
#[derive(Debug)]
pub struct Store {
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
    serial: AtomicU64,
    /// The most bytes of all kept answers together.
    limit: u64,
}

/// A place for one answer; whoever fetches it holds the lock, so that others who ask meanwhile wait for it.
type Slot = Mutex<Option<Kept>>;

/// An answer, which of all answers it is, and when it was asked for.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The answer.
    pub answer: Arc<Answer>,
    /// What it can be asked for again with, if anything.
    pub validators: Option<Arc<Validators>>,
    /// No two answers of a process have the same; one that the API confirms keeps its own.
    pub serial: u64,
    /// When the poll began that asked for it, or last had it confirmed.
    pub born: Instant,
}

/// What a fetch brought.
#[derive(Debug)]
pub enum Fetched {
    /// An answer, and what it can be asked for again with.
    New(Answer, Option<Validators>),
    /// The API said that this one still holds.
    Confirmed(Kept),
}

impl Store {
    /// Nothing is kept yet, and never more than so many bytes.
    pub fn new(limit: u64) -> Self {
        Self { slots: Mutex::default(), serial: AtomicU64::default(), limit }
    }

    /// The kept answer if it is younger than `life` at `now`, else what `fetch` brings, which is given the one that is
    /// too old; that is kept if it is good, in place of the oldest ones if need be.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn get(
        &self,
        key: &Key,
        now: Instant,
        life: Duration,
        fetch: impl FnOnce(Option<Kept>) -> Result<Fetched>,
    ) -> Result<Kept> {
        let slot = Arc::clone(locked(&self.slots).entry(key.clone()).or_default());
        let mut place = locked(&slot);
        if let Some(kept) = place.as_ref().filter(|kept| now < kept.born + life) {
            return Ok(kept.clone());
        }
        let kept = match fetch(place.take())? {
            Fetched::New(answer, validators) => Kept {
                answer: Arc::new(answer),
                validators: validators.map(Arc::new),
                serial: self.serial.fetch_add(1, Ordering::Relaxed),
                born: now,
            },
            Fetched::Confirmed(known) => Kept { born: now, ..known },
        };
        if kept.answer.is_good() {
            *place = Some(kept.clone());
            drop(place);
            drop(slot);
            self.make_room();
        }
        Ok(kept)
    }

    /// Drops the answers to these requests.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) {
        let mut slots = locked(&self.slots);
        for key in keys {
            slots.remove(key);
        }
    }

    /// Whether no answer is kept.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        locked(&self.slots).is_empty()
    }

    /// Drops what is older than `life` at `now`: a request that is never sent again must not stay for ever.
    pub fn sweep(&self, now: Instant, life: Duration) {
        locked(&self.slots).retain(|_, slot| {
            is_in_use(slot) || locked(slot).as_ref().is_some_and(|kept| now < kept.born + life)
        });
    }

    /// Drops the oldest answers, as many as are too much for the limit.
    fn make_room(&self) {
        let mut slots = locked(&self.slots);
        let idle = slots.iter().filter(|(_, slot)| !is_in_use(slot));
        let mut kept: Vec<_> = idle.filter_map(|(key, slot)| Some((locked(slot).clone()?, key))).collect();
        kept.sort_unstable_by_key(|(kept, _)| Reverse((kept.born, kept.serial)));
        let mut bytes = 0;
        let fits = |(kept, _): &&(Kept, &Key)| {
            bytes += kept.answer.size();
            bytes <= self.limit
        };
        let oldest: Vec<Key> = kept.iter().skip_while(fits).map(|(_, key)| (*key).clone()).collect();
        oldest.iter().for_each(|key| drop(slots.remove(key)));
    }
}

/// One that somebody else holds is being filled, or about to be; under the lock of all slots nobody new takes hold of it.
fn is_in_use(slot: &Arc<Slot>) -> bool {
    Arc::strong_count(slot) > 1
}

/// No code of a service runs under these locks, so a poisoned one is as good as any.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    const LIFE: Duration = Duration::from_secs(60);

    fn answer(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    fn status(status: u16) -> Fetched {
        Fetched::New(answer(status), None)
    }

    #[test]
    fn an_answer_is_fetched_once_in_its_life() {
        let store = Store::new(u64::MAX);
        let fetched = AtomicUsize::new(0);
        let now = Instant::now();
        let get = |key: &str, at| {
            let fetch = |_: Option<Kept>| {
                fetched.fetch_add(1, Ordering::Relaxed);
                Ok(status(200))
            };
            store.get(&key.into(), at, LIFE, fetch).unwrap().serial
        };
        let first = get("a", now);
        assert_eq!(get("a", now + LIFE - Duration::from_nanos(1)), first);
        assert_ne!(get("b", now), first);
        assert_eq!(fetched.load(Ordering::Relaxed), 2);
        assert_ne!(get("a", now + LIFE), first);
    }

    #[test]
    fn an_answer_that_is_confirmed_stays_the_same_and_lives_anew() {
        let store = Store::new(u64::MAX);
        let (key, now) = (Key::from("a"), Instant::now());
        let first = store.get(&key, now, LIFE, |known| {
            assert!(known.is_none());
            Ok(status(200))
        });
        let confirmed = store.get(&key, now + LIFE, LIFE, |known| Ok(Fetched::Confirmed(known.unwrap())));
        let kept = store.get(&key, now + LIFE + LIFE / 2, LIFE, |_| Err("not asked".into())).unwrap();
        assert_eq!([first.unwrap().serial, confirmed.unwrap().serial], [kept.serial; 2]);
        assert_eq!(kept.born, now + LIFE);
    }

    #[test]
    fn a_bad_answer_is_not_kept() {
        let store = Store::new(u64::MAX);
        let key = Key::from("a");
        let now = Instant::now();
        assert_eq!(store.get(&key, now, LIFE, |_| Ok(status(500))).unwrap().answer.status, 500);
        assert!(store.get(&key, now, LIFE, |_| Err("refused".into())).is_err());
        assert_eq!(store.get(&key, now, LIFE, |_| Ok(status(200))).unwrap().answer.status, 200);
    }

    #[test]
    fn those_who_ask_at_the_same_time_share_one_fetch() {
        let store = Store::new(u64::MAX);
        let fetched = AtomicUsize::new(0);
        let now = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    store.get(&"a".into(), now, LIFE, |_| {
                        fetched.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                        Ok(status(200))
                    })
                });
            }
        });
        assert_eq!(fetched.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn requests_that_are_not_sent_again_do_not_pile_up() {
        let store = Store::new(u64::MAX);
        let now = Instant::now();
        for i in 0..100 {
            store.get(&format!("{i}").into(), now, LIFE, |_| Ok(status(200))).unwrap();
        }
        store.sweep(now + LIFE, LIFE);
        assert!(store.is_empty());
    }

    #[test]
    fn all_answers_together_stay_within_the_limit_and_the_oldest_go_first() {
        let store = Store::new(25);
        let now = Instant::now();
        let fetch = |_: Option<Kept>| Ok(Fetched::New(Answer { body: vec![b'x'; 10], ..answer(200) }, None));
        let get = |key: &str, at| store.get(&key.into(), at, LIFE, fetch).unwrap().serial;
        let serials = [get("a", now), get("b", now), get("c", now)];
        assert_eq!([get("b", now), get("c", now)], serials[1..], "the others are there");
        assert_ne!(get("a", now + LIFE / 2), serials[0], "of one time the first goes first");
        assert_ne!(get("b", now + LIFE / 2), serials[1]);
        let large = |_: Option<Kept>| Ok(Fetched::New(Answer { body: vec![b'x'; 26], ..answer(200) }, None));
        store.get(&"large".into(), now, LIFE, large).unwrap();
        assert!(!locked(&store.slots).contains_key(&"large".into()), "what is larger is not kept");
    }
}
