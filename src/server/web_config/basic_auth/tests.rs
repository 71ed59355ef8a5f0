use std::thread;

use super::*;

fn users() -> BasicAuth {
    // The lowest cost keeps the tests fast.
    let hash = |password: &str| bcrypt::hash(password, 4).unwrap();
    BasicAuth::new(vec![("ann".into(), hash("secret")), ("bob".into(), hash(""))], None)
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn admit(users: &BasicAuth, authorization: Option<&str>) -> Admission {
    users.admit(authorization, ClientAddress::Local)
}

fn tell(users: &BasicAuth, pair: &str) -> Admission {
    admit(users, Some(&basic(pair)))
}

#[test]
fn only_a_users_own_password_lets_in() {
    let users = users();
    // The first round computes each result, and the second one remembers it.
    for _ in 0..2 {
        assert_eq!(tell(&users, "ann:secret"), Admission::Granted);
        assert_eq!(tell(&users, "bob:"), Admission::Granted);
        let other_case = basic("ann:secret").replace("Basic", "bAsIc");
        assert_eq!(admit(&users, Some(&other_case)), Admission::Granted);
        for wrong in
            ["ann:", "ann:Secret", "ann:secret ", "bob:secret", "eve:secret", ":", "", "ann", "Ann:secret"]
        {
            assert_eq!(tell(&users, wrong), Admission::Refused, "{wrong}");
        }
    }
    for wrong in
        [None, Some(""), Some("Basic"), Some("Basic !"), Some("Bearer YW5uOnNlY3JldA=="), Some("Basic /w==")]
    {
        assert_eq!(admit(&users, wrong), Admission::Refused, "{wrong:?}");
    }
    assert_eq!(admit(&BasicAuth::default(), None), Admission::Granted);
}

#[test]
fn what_is_remembered_is_bounded_and_wrong_guesses_push_no_right_one_out() {
    let users = users();
    assert_eq!(tell(&users, "ann:secret"), Admission::Granted);
    (0..300).for_each(|i| assert_eq!(tell(&users, &format!("ann:{i}")), Admission::Refused));
    let found = users.found();
    assert_eq!(found.right.len(), 1);
    assert!((1..=MOST_WRONG).contains(&found.wrong.len()));
}

#[test]
fn what_was_computed_once_is_known_without_waiting() {
    let users = users();
    let pairs = [("ann:secret", Admission::Granted), ("ann:wrong", Admission::Refused)];
    pairs.iter().for_each(|(pair, expected)| assert_eq!(tell(&users, pair), *expected));
    // Two guesses that never finish leave no turn for a third.
    let guess = |user| Guess { from: ClientAddress::Local, user, pair: user };
    let _turns = [1, 2].map(|user| users.turns.wait(guess(user), Instant::now()));
    pairs.iter().for_each(|(pair, expected)| assert_eq!(tell(&users, pair), *expected));
}

#[test]
fn a_password_that_many_send_at_once_is_computed_once() {
    let hash = bcrypt::hash("secret", 9).unwrap();
    let users = BasicAuth::new(vec![("ann".into(), hash)], None);
    thread::scope(|scope| {
        // These are more guesses than may wait for one address.
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| tell(&users, "ann:secret"))).collect();
        all.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), Admission::Granted));
    });
}

#[test]
fn a_reload_keeps_who_was_verified_while_the_hash_is_the_same() {
    let before = users();
    for pair in ["ann:secret", "bob:", "eve:new", "bob:new"] {
        tell(&before, pair);
    }
    let hash = |password: &str| bcrypt::hash(password, 4).unwrap();
    let new = [("bob".to_owned(), hash("new")), ("eve".to_owned(), hash("new")), before.all[0].clone()];
    let after = BasicAuth::new(new.to_vec(), Some(&before));
    // Both turns are taken, so nothing can be computed.
    let guess = |user| Guess { from: ClientAddress::Local, user, pair: user };
    let turns = [1, 2].map(|user| after.turns.wait(guess(user), Instant::now()));
    assert_eq!(tell(&after, "ann:secret"), Admission::Granted);
    drop(turns);
    assert_eq!(tell(&after, "bob:"), Admission::Refused, "it has another password");
    for pair in ["bob:new", "eve:new"] {
        assert_eq!(tell(&after, pair), Admission::Granted, "what was wrong is right now: {pair}");
    }
    assert_eq!(tell(&BasicAuth::new(new[..2].to_vec(), Some(&after)), "ann:secret"), Admission::Refused);
}

#[test]
fn a_name_that_nobody_has_costs_what_a_password_does() {
    let hash = |cost: u32| bcrypt::hash("secret", cost).unwrap();
    let users = BasicAuth::new(vec![("ann".into(), hash(4)), ("bob".into(), hash(6))], None);
    for (user, cost) in [(Some(0), 4), (Some(1), 6), (None, 6)] {
        let hash = users.hash(user);
        assert_eq!(hash.parse::<bcrypt::HashParts>().unwrap().get_cost(), cost);
        // An invalid hash would be rejected at once.
        assert!(!bcrypt::non_truncating_verify("guess", hash).unwrap());
    }
    for (count, name) in (1..).zip(["ann", "eve"]) {
        assert_eq!(tell(&users, &format!("{name}:guess")), Admission::Refused);
        assert_eq!(users.found().wrong.len(), count, "the guess was computed");
    }
}
