//! Tests of values that `Api::keep` keeps.

use std::collections::HashMap;

use super::*;
use crate::author::service::Service;

#[test]
fn what_is_kept_counts_once_the_poll_is_recorded() {
    let fake = counting();
    let mut api = service(&fake);
    api.begin();
    assert_eq!(api.previous::<u8>(), None);
    api.keep(1_u8);
    assert_eq!(api.previous::<u8>(), None, "not before the poll is recorded");
    api.commit();
    api.begin();
    assert_eq!(api.previous::<u8>(), Some(1));
    assert_eq!(api.previous::<String>(), None, "of another type");
    api.keep(2_u8);
    api.abandon(&status_error());
    api.begin();
    assert_eq!(api.previous::<u8>(), Some(1), "the poll failed");
    api.keep(3_u8);
    api.begin();
    assert_eq!(api.previous::<u8>(), Some(1), "the poll was not recorded");
    api.commit();
    assert_eq!(api.previous::<u8>(), Some(1), "a poll that keeps nothing forgets nothing");
}

#[test]
fn what_is_kept_survives_as_json() {
    let fake = counting();
    let mut api = service(&fake);
    assert_eq!(api.kept(), None);
    let at: DateTime<Utc> = "2026-11-20T12:00:00.123456789Z".parse().unwrap();
    api.keep((at, 0.1, u128::MAX, Some(None::<u8>)));
    api.commit();
    let mut after = service(&fake);
    after.go_on_with(api.kept().map(str::to_owned), Fingerprints::default());
    assert_eq!(after.previous(), Some((at, 0.1, u128::MAX, None::<Option<u8>>)));
    after.keep(());
    after.commit();
    assert_eq!(after.kept(), Some("null"));
    assert_eq!(after.previous::<Option<u8>>(), Some(None), "nothing was kept, which is something");
}

#[test]
fn what_json_has_no_form_for_fails_the_poll() {
    struct Odd;
    impl Service for Odd {
        fn poll(api: &mut Api) -> Result<Self> {
            api.keep(HashMap::from([((1, 2), 3)]));
            Ok(Self)
        }
    }
    let fake = counting();
    let mut api = service(&fake);
    let Err(error) = api.poll::<Odd>() else { panic!("it went well") };
    assert_eq!(error.kind(), ErrorKind::Service);
    assert!(error.to_string().starts_with("the value of `keep` cannot be written as JSON: "), "{error}");
    assert_eq!(api.kept(), None);
}
