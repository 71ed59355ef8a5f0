//! The response cache: several services that need the same response send one request.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::conditional::Validators;
use super::request_key::RequestKey;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::Result;
use crate::support::locks::{locked, waited};

/// The cached responses of a process, shared by its services. No lock is held while a request is in progress.
#[derive(Debug)]
pub struct ResponseCache {
    shelf: Mutex<Shelf>,
    /// Wakes the services that wait for the fetch of another one.
    fetched: Condvar,
    serial: AtomicU64,
    /// The maximum size of all cached responses in bytes.
    limit: u64,
}

/// A response, its serial, and the time of its request.
#[derive(Debug, Clone)]
pub struct CachedResponse {
    /// The response of the API.
    pub response: Arc<RawResponse>,
    /// The validators for a conditional request, if there are any.
    pub validators: Option<Arc<Validators>>,
    /// The serial number, which is unique in a process. A response that the API confirms keeps its own.
    pub serial: u64,
    /// The start of the poll that requested the response, or that confirmed it last.
    pub born: Instant,
}

/// The outcome of a fetch.
#[derive(Debug)]
pub enum Fetched {
    /// A new response and its validators, if there are any.
    New(RawResponse, Option<Validators>),
    /// The known response, which the API has confirmed.
    Confirmed(CachedResponse),
}

/// The times that limit one cache lookup.
#[derive(Debug, Clone, Copy)]
pub struct CacheLookup {
    /// The start of the poll.
    pub now: Instant,
    /// The age at which a cached response expires.
    pub life: Duration,
    /// The end of the wait for the fetch of another service.
    pub until: Instant,
}

#[derive(Debug, Default)]
struct Shelf {
    kept: HashMap<RequestKey, CachedResponse>,
    /// The keys of `kept`, the oldest response first.
    order: BTreeMap<(Instant, u64), RequestKey>,
    bytes: u64,
    /// The requests that are in progress.
    fetching: HashSet<RequestKey>,
}

/// The source of a response: the cache, or a request that the service sends.
enum CacheTurn<'a> {
    Use(CachedResponse),
    /// A request to send, with the expired response if there is one. After a timed-out wait it has no `PendingFetch`.
    Fetch(Option<CachedResponse>, Option<PendingFetch<'a>>),
}

/// A request in progress that other services wait for. Its drop wakes them, also after a panic.
struct PendingFetch<'a> {
    store: &'a ResponseCache,
    key: &'a RequestKey,
}

impl ResponseCache {
    /// Returns an empty cache for at most `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { shelf: Mutex::default(), fetched: Condvar::new(), serial: AtomicU64::default(), limit }
    }

    /// Returns the cached response if it is younger than `look.life`. Otherwise calls `fetch` with the expired one, and
    /// caches a final response that may be shared.
    ///
    /// While another service fetches the same response, this one waits until `look.until` at most. After that it sends
    /// its own request.
    ///
    /// While another service fetches the same, this one waits, until `look.until` at most; then it fetches itself.
    ///
    /// # Errors
    /// Returns the errors of `fetch`.
    pub fn get(
        &self,
        key: &RequestKey,
        look: CacheLookup,
        fetch: impl FnOnce(Option<CachedResponse>) -> Result<(Fetched, bool)>,
    ) -> Result<CachedResponse> {
        let (expired, turn) = match self.turn(key, look) {
            CacheTurn::Use(kept) => return Ok(kept),
            CacheTurn::Fetch(expired, turn) => (expired, turn),
        };
        let (fetched, shared) = fetch(expired)?;
        let kept = self.received(fetched, look.now);
        if shared && kept.response.is_final() && kept.response.size() <= self.limit {
            self.shelf().put(key, kept.clone(), self.limit);
        }
        drop(turn);
        Ok(kept)
    }

    /// Converts a fetched response: a new one gets a serial number, a confirmed one keeps its own.
    pub fn received(&self, fetched: Fetched, now: Instant) -> CachedResponse {
        match fetched {
            Fetched::New(response, validators) => CachedResponse {
                response: Arc::new(response),
                validators: validators.map(Arc::new),
                serial: self.serial.fetch_add(1, Ordering::Relaxed),
                born: now,
            },
            Fetched::Confirmed(known) => CachedResponse { born: now, ..known },
        }
    }

    /// Removes the responses to these requests.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a RequestKey>) {
        let mut shelf = self.shelf();
        keys.into_iter().for_each(|key| drop(shelf.take(key)));
    }

    /// Returns true if nothing is cached.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.shelf().kept.is_empty()
    }

    /// Removes the responses that have reached the age `life` at `now`. A request that is never repeated would otherwise
    /// stay cached.
    pub fn sweep(&self, now: Instant, life: Duration) {
        self.shelf()
            .drop_oldest(|shelf| shelf.order.keys().next().is_some_and(|(born, _)| *born + life <= now));
    }

    fn turn<'a>(&'a self, key: &'a RequestKey, look: CacheLookup) -> CacheTurn<'a> {
        let mut shelf = self.shelf();
        loop {
            if let Some(kept) = shelf.kept.get(key).filter(|kept| look.now < kept.born + look.life) {
                return CacheTurn::Use(kept.clone());
            }
            if shelf.fetching.insert(key.clone()) {
                return CacheTurn::Fetch(shelf.take(key), Some(PendingFetch { store: self, key }));
            }
            let left = look.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return CacheTurn::Fetch(None, None);
            }
            shelf = waited(&self.fetched, shelf, left);
        }
    }

    /// Locks the shelf. No code of a service runs under this lock.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        locked(&self.shelf)
    }
}

impl Drop for PendingFetch<'_> {
    fn drop(&mut self) {
        self.store.shelf().fetching.remove(self.key);
        self.store.fetched.notify_all();
    }
}

impl Shelf {
    /// Caches a response, and removes the oldest ones while all together exceed `limit`.
    fn put(&mut self, key: &RequestKey, kept: CachedResponse, limit: u64) {
        drop(self.take(key));
        self.bytes += kept.response.size();
        self.order.insert((kept.born, kept.serial), key.clone());
        self.kept.insert(key.clone(), kept);
        self.drop_oldest(|shelf| shelf.bytes > limit);
    }

    fn take(&mut self, key: &RequestKey) -> Option<CachedResponse> {
        let kept = self.kept.remove(key)?;
        self.order.remove(&(kept.born, kept.serial));
        self.bytes -= kept.response.size();
        Some(kept)
    }

    fn drop_oldest(&mut self, is_too_much: impl Fn(&Self) -> bool) {
        while is_too_much(self) {
            let Some(key) = self.order.values().next().cloned() else { return };
            drop(self.take(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;

    use super::*;
    use crate::fetch::raw_response::RESPONSE;

    const LIFE: Duration = Duration::from_secs(60);

    fn response(status: u16) -> RawResponse {
        RawResponse { status, headers: Vec::new(), body: Vec::new() }
    }

    fn status(status: u16) -> Result<(Fetched, bool)> {
        Ok((Fetched::New(response(status), None), true))
    }

    /// Returns a fetched response that takes `bytes` and [`RESPONSE`].
    fn sized(bytes: usize) -> Result<(Fetched, bool)> {
        Ok((Fetched::New(RawResponse { body: vec![b'x'; bytes], ..response(200) }, None), true))
    }

    /// Returns a lookup that waits for other fetches as long as a test may take.
    fn at(now: Instant) -> CacheLookup {
        CacheLookup { now, life: LIFE, until: Instant::now() + LIFE }
    }

    #[test]
    fn a_response_is_fetched_once_in_its_life() {
        let store = ResponseCache::new(u64::MAX);
        let fetched = AtomicUsize::new(0);
        let now = Instant::now();
        let get = |key: &str, now| {
            let fetch = |_: Option<CachedResponse>| {
                fetched.fetch_add(1, Ordering::Relaxed);
                status(200)
            };
            store.get(&key.into(), at(now), fetch).unwrap().serial
        };
        let first = get("a", now);
        assert_eq!(get("a", now + LIFE - Duration::from_nanos(1)), first);
        assert_ne!(get("b", now), first);
        assert_eq!(fetched.load(Ordering::Relaxed), 2);
        assert_ne!(get("a", now + LIFE), first);
    }

    #[test]
    fn a_response_that_is_confirmed_stays_the_same_and_lives_anew() {
        let store = ResponseCache::new(u64::MAX);
        let (key, now) = (RequestKey::from("a"), Instant::now());
        let first = store.get(&key, at(now), |known| {
            assert!(known.is_none());
            status(200)
        });
        let confirm = |known: Option<CachedResponse>| Ok((Fetched::Confirmed(known.unwrap()), true));
        let confirmed = store.get(&key, at(now + LIFE), confirm);
        let kept = store.get(&key, at(now + LIFE + LIFE / 2), |_| Err("not asked".into())).unwrap();
        assert_eq!([first.unwrap().serial, confirmed.unwrap().serial], [kept.serial; 2]);
        assert_eq!(kept.born, now + LIFE);
    }

    #[test]
    fn only_a_final_response_that_may_be_shared_is_cached() {
        let store = ResponseCache::new(u64::MAX);
        let (key, now) = (RequestKey::from("a"), at(Instant::now()));
        for no in [100, 202, 301, 304, 401, 404, 429, 500] {
            assert_eq!(store.get(&key, now, |_| status(no)).unwrap().response.status, no);
        }
        assert!(store.get(&key, now, |_| Err("refused".into())).is_err());
        let private = |_: Option<CachedResponse>| status(200).map(|(fetched, _)| (fetched, false));
        assert_eq!(store.get(&key, now, private).unwrap().response.status, 200);
        assert!(store.is_empty());
        assert_eq!(store.get(&key, now, |_| status(203)).unwrap().response.status, 203);
        assert_eq!(store.get(&key, now, |_| status(200)).unwrap().response.status, 203);
    }

    #[test]
    fn those_who_ask_at_the_same_time_share_one_fetch() {
        let store = ResponseCache::new(u64::MAX);
        let fetched = AtomicUsize::new(0);
        let now = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    store.get(&"a".into(), at(now), |_| {
                        fetched.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(Duration::from_millis(20));
                        status(200)
                    })
                });
            }
        });
        assert_eq!(fetched.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn nobody_waits_for_the_fetch_of_another_longer_than_its_own_time() {
        let store = ResponseCache::new(u64::MAX);
        let now = Instant::now();
        let (hangs, hung) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let store = &store;
            scope.spawn(move || {
                store.get(&"a".into(), at(now), |_| {
                    hangs.send(()).unwrap();
                    ended.recv().unwrap();
                    status(200)
                })
            });
            hung.recv().unwrap();
            let soon = CacheLookup { until: Instant::now() + Duration::from_millis(20), ..at(now) };
            assert_eq!(store.get(&"a".into(), soon, |_| status(203)).unwrap().response.status, 203);
            assert_eq!(store.get(&"b".into(), at(now), |_| status(204)).unwrap().response.status, 204);
            store.sweep(now, LIFE);
            store.forget([&"b".into()]);
            end.send(()).unwrap();
        });
    }

    #[test]
    fn a_fetch_that_fails_or_panics_lets_the_next_one_fetch() {
        let store = ResponseCache::new(u64::MAX);
        let (key, now) = (RequestKey::from("a"), at(Instant::now()));
        assert!(store.get(&key, now, |_| Err("refused".into())).is_err());
        let panics = || store.get(&key, now, |_| panic!("on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert!(store.get(&key, now, |_| status(200)).is_ok());
    }

    #[test]
    fn requests_that_are_not_sent_again_do_not_pile_up() {
        let store = ResponseCache::new(u64::MAX);
        let now = Instant::now();
        for i in 0..100 {
            store.get(&format!("{i}").into(), at(now), |_| status(200)).unwrap();
        }
        store.sweep(now + LIFE, LIFE);
        assert!(store.is_empty() && store.shelf().order.is_empty() && store.shelf().fetching.is_empty());
    }

    #[test]
    fn all_responses_together_stay_within_the_limit_and_the_oldest_go_first() {
        let store = ResponseCache::new(2 * RESPONSE as u64 + 25);
        let now = Instant::now();
        let get = |key: &str, now| store.get(&key.into(), at(now), |_| sized(10)).unwrap().serial;
        let serials = [get("a", now), get("b", now), get("c", now)];
        assert_eq!([get("b", now), get("c", now)], serials[1..], "the others are there");
        assert_ne!(get("a", now + LIFE / 2), serials[0], "of one time the first goes first");
        assert_ne!(get("b", now + LIFE / 2), serials[1]);
        store.get(&"large".into(), at(now), |_| sized(RESPONSE + 26)).unwrap();
        assert!(!store.shelf().kept.contains_key(&"large".into()), "what is larger is not kept");
        assert_eq!(store.shelf().bytes, 2 * RESPONSE as u64 + 20);
    }

    #[test]
    fn the_order_and_the_size_are_those_of_what_is_cached() {
        let limit = 50 * RESPONSE as u64;
        let store = ResponseCache::new(limit);
        let now = Instant::now();
        for n in 0..500_u64 {
            let look = at(now + Duration::from_secs(n % 7));
            store.get(&format!("{}", n * 31 % 97).into(), look, |_| sized((n % 40) as usize)).unwrap();
            if n % 11 == 0 {
                store.forget([&format!("{}", n % 97).into()]);
            }
            let shelf = store.shelf();
            assert_eq!(shelf.bytes, shelf.kept.values().map(|kept| kept.response.size()).sum::<u64>());
            assert!(shelf.bytes <= limit && shelf.order.len() == shelf.kept.len());
            assert!(shelf.order.values().all(|key| shelf.kept.contains_key(key)));
        }
    }
}
