//! Tests of logins by several threads, of refusals and of the stop.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::*;
use crate::support::error::ErrorKind;

fn time() -> PollDeadline {
    PollDeadline::new(Duration::from_secs(60))
}

/// Takes a turn, and logs in if it is told to. Returns the session and the closed one.
fn take(turn: SessionTurn<'_>) -> (Option<Arc<OpenSession>>, Option<Arc<OpenSession>>) {
    match turn {
        SessionTurn::Use(session) => (session, None),
        SessionTurn::Open(opening, old) => {
            let session = OpenSession { renew_on: vec![401], ..OpenSession::default() };
            (opening.opened(Some(session), LoginSecrets::default()), old)
        }
    }
}

fn opened(slot: &SessionSlot) -> Arc<OpenSession> {
    take(slot.turn(time()).unwrap()).0.unwrap()
}

#[test]
fn many_requests_at_once_log_in_once_and_renew_once() {
    let slot = SessionSlot::default();
    let (logins, all_sent) = (AtomicUsize::new(0), Barrier::new(8));
    let counted = |turn: SessionTurn<'_>| {
        if matches!(turn, SessionTurn::Open(..)) {
            logins.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(10));
        }
        take(turn).0.unwrap()
    };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let first = counted(slot.turn(time()).unwrap());
                // Each request was sent in the first session.
                all_sent.wait();
                let second = counted(slot.replace(&first, time()).unwrap().unwrap());
                assert_eq!((first.generation, second.generation), (1, 2));
            });
        }
    });
    assert_eq!(logins.load(Ordering::SeqCst), 2);
}

#[test]
fn a_refusal_of_an_earlier_session_leads_to_no_login() {
    let slot = SessionSlot::default();
    let first = opened(&slot);
    let (second, closed) = take(slot.replace(&first, time()).unwrap().unwrap());
    assert_eq!((second.unwrap().generation, closed.unwrap().generation), (2, 1));
    let (again, closed) = take(slot.replace(&first, time()).unwrap().unwrap());
    assert_eq!((again.unwrap().generation, closed.is_some()), (2, false));
}

#[test]
fn a_session_that_is_refused_again_is_not_replaced_until_the_wait_is_over() {
    let slot = SessionSlot::default();
    let first = opened(&slot);
    let (second, _) = take(slot.replace(&first, time()).unwrap().unwrap());
    slot.replaced(false);
    assert!(slot.replace(&second.unwrap(), time()).unwrap().is_none());
    assert_eq!(opened(&slot).generation, 2);
}

#[test]
fn a_panic_in_a_login_lets_the_next_request_log_in() {
    let slot = SessionSlot::default();
    drop(slot.turn(time()).unwrap());
    assert_eq!(opened(&slot).generation, 1);
}

#[test]
fn an_expired_session_and_one_with_other_secrets_are_closed_before_the_next_login() {
    let slot = SessionSlot::default();
    let SessionTurn::Open(opening, None) = slot.turn(time()).unwrap() else { panic!("a session is open") };
    let session = OpenSession { until: Some(Instant::now()), ..OpenSession::default() };
    opening.opened(Some(session), LoginSecrets::default());
    let before = slot.identity("test").unwrap();
    let (second, closed) = take(slot.turn(time()).unwrap());
    assert_eq!((second.unwrap().generation, closed.unwrap().generation), (2, 1));
    assert_eq!(slot.identity("test"), Some(before.clone()), "a renewal keeps the identity");
    slot.outdate();
    let (third, closed) = take(slot.turn(time()).unwrap());
    assert_eq!((third.unwrap().generation, closed.unwrap().generation), (3, 2));
    assert_ne!(slot.identity("test"), Some(before));
    assert_ne!(slot.identity("test"), slot.identity("other"));
}

#[test]
fn a_service_without_a_session_shares_its_identity() {
    let slot = SessionSlot::default();
    let SessionTurn::Open(opening, None) = slot.turn(time()).unwrap() else { panic!("a session is open") };
    assert!(opening.opened(None, LoginSecrets::default()).is_none());
    assert_eq!((slot.identity("test"), slot.is_in_use()), (None, false));
    assert!(take(slot.turn(time()).unwrap()).0.is_none());
}

#[test]
fn the_stop_waits_for_a_login_and_lets_no_other_begin() {
    let slot = SessionSlot::default();
    let SessionTurn::Open(opening, None) = slot.turn(time()).unwrap() else { panic!("a session is open") };
    thread::scope(|scope| {
        let stop = scope.spawn(|| slot.stop(Instant::now() + Duration::from_secs(60)));
        while !slot.state().is_stopping {
            thread::yield_now();
        }
        opening.opened(Some(OpenSession::default()), LoginSecrets::default());
        assert_eq!(stop.join().unwrap().unwrap().generation, 1);
    });
    let error = slot.turn(PollDeadline::new(Duration::ZERO)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(slot.stop(Instant::now()).is_none());
}
