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
