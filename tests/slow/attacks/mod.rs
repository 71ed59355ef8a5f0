//! Attacks by connections, which no scraper notices.
//!
//! `cargo test --release --test slow attacks -- --nocapture` prints the figures of docs/reliability.md.

mod access_control;
mod attacked_process;
mod hostile_requests;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::SockRef;

use attacked_process::{Attacked, Ends};

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
/// A page of 50 MB.
const LARGE: usize = 2_200_000;

#[test]
#[ignore = "the other process of the tests here"]
fn attacked_process() {
    attacked_process::serve();
}

#[test]
fn silent_connections_block_no_scraper() {
    let attacked = Attacked::start(100, &[]);
    let idle = connections(&attacked, 2_000);
    attacked.endures("2,000 idle connections", Attacked::scrape);
    drop(idle);
    attacked.recovers("2,000 idle connections");
}

#[test]
fn a_request_head_sent_byte_by_byte_has_a_deadline() {
    let attacked = Attacked::start(100, &[]);
    let mut drips = connections(&attacked, 500);
    for byte in b"GET /metr" {
        drips.iter_mut().for_each(|drip| drop(drip.write(&[*byte])));
        attacked.endures("500 heads of a byte a second", Attacked::scrape);
        thread::sleep(Duration::from_millis(750));
    }
    // Still there, and still writing: it is the exporter that has ended them.
    attacked.recovers("500 heads of a byte a second");
}

#[test]
fn readers_that_take_no_response_hold_no_copy_and_block_no_scraper() {
    let attacked = Attacked::start(LARGE, &[]);
    let mut slow = connections(&attacked, 100);
    slow.iter_mut().for_each(|reader| reader.write_all(GET).unwrap());
    let mut taken = [0; 250];
    for _ in 0..8 {
        slow.iter_mut().for_each(|reader| drop(reader.read(&mut taken)));
        attacked.endures("100 readers of 50 MB at 1 kB/s", Attacked::health);
        thread::sleep(Duration::from_millis(250));
    }
    // They go on, and it is the exporter that ends them, after 20 s; the kernel knows the last bytes a little longer.
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::SeqCst) {
                slow.iter_mut().for_each(|reader| drop(reader.read(&mut taken)));
                thread::sleep(Duration::from_millis(250));
            }
        });
        let _end = Ends(&ends);
        attacked.rests("100 readers of 50 MB at 1 kB/s");
    });
    attacked.recovers("100 readers of 50 MB at 1 kB/s");
}

#[test]
fn clients_that_keep_their_connections_block_no_other_address() {
    let attacked = Attacked::start(100, &[]);
    let other = Ipv4Addr::new(127, 0, 0, 2);
    let ends = AtomicBool::new(false);
    let attack = |request: &[u8]| {
        let mut held = VecDeque::new();
        while !ends.load(Ordering::SeqCst) {
            let mut stream = attacked.connect_from(other);
            let _ = stream.write_all(request);
            held.push_back(stream);
            // More than there are places.
            if held.len() > 400 {
                held.pop_front();
            }
            thread::sleep(Duration::from_millis(3));
        }
    };
    thread::scope(|scope| {
        let _end = Ends(&ends);
        scope.spawn(|| attack(GET));
        scope.spawn(|| attack(b"nonsense\r\n\r\n"));
        thread::sleep(Duration::from_secs(2));
        for _ in 0..10 {
            attacked.endures("600 a second that ask and stay", Attacked::scrape);
            thread::sleep(Duration::from_millis(100));
        }
    });
    attacked.recovers("600 a second that ask and stay");
}

#[test]
fn endless_requests_are_cut_off() {
    let attacked = Attacked::start(100, &[]);
    let endless: [(&str, &[u8], &[u8]); 5] = [
        ("a request line", b"GET /", &[b'x'; 4096]),
        ("a header", b"GET / HTTP/1.1\r\nX: ", &[b'x'; 4096]),
        ("headers", b"GET / HTTP/1.1\r\n", b"X: y\r\nX: y\r\nX: y\r\nX: y\r\n"),
        (
            "a body in chunks",
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"4\r\nabcd\r\n",
        ),
        ("requests, no response taken", GET, GET),
    ];
    for (what, start, more) in endless {
        thread::scope(|scope| {
            for _ in 0..10 {
                let mut stream = attacked.connect();
                scope.spawn(move || {
                    let until = Instant::now() + Duration::from_secs(3);
                    let mut sent = stream.write_all(start);
                    while sent.is_ok() && Instant::now() < until {
                        sent = stream.write_all(more);
                    }
                });
            }
            attacked.endures(what, Attacked::scrape);
        });
        attacked.recovers(what);
    }
}

#[test]
fn clients_that_vanish_leave_nothing_behind() {
    let attacked = Attacked::start(50_000, &[]);
    for _ in 0..3_000 {
        let mut stream = attacked.connect();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        stream.write_all(GET).unwrap();
    }
    attacked.endures("3,000 clients that reset their response", Attacked::scrape);
    for _ in 0..200 {
        let mut stream = attacked.connect();
        stream.write_all(GET).unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    attacked.endures("200 more in the middle of it", Attacked::scrape);
    attacked.recovers("clients that vanish");
}

#[test]
fn a_shortage_of_descriptors_does_not_stop_serving() {
    for limit in [64, 40] {
        let attacked = Attacked::start(100, &[&format!("--nofile={limit}")]);
        let idle = connections(&attacked, 400);
        // The first waits until all of them have had their turn, on the few that are left of 40.
        attacked.scrape();
        attacked.endures(&format!("400 idle connections for {limit} descriptors"), Attacked::scrape);
        drop(idle);
        attacked.recovers("few descriptors");
    }
}

#[test]
fn a_shortage_of_threads_does_not_stop_serving() {
    // The limit is one of a user, and root has none: nobody else may run as nobody.
    let nobody = ["--nproc=40", "setpriv", "--reuid=65534", "--clear-groups"];
    let may_run = Command::new("setpriv")
        .args(&nobody[2..])
        .arg(std::env::current_exe().unwrap())
        .arg("--list")
        .output();
    if !may_run.is_ok_and(|ran| ran.status.success()) {
        println!("skipped: only root may run as nobody, and nobody has to reach the binary");
        return;
    }
    let attacked = Attacked::start(100, &nobody);
    let idle = connections(&attacked, 400);
    attacked.endures("40 threads", Attacked::scrape);
    drop(idle);
    attacked.recovers("40 threads");
}

#[test]
fn each_hostile_request_gets_one_expected_response_or_none() {
    let attacked = Attacked::start(100, &[]);
    let kinds = hostile_requests::kinds();
    assert!(kinds.len() >= 200, "{}", kinds.len());
    for kind in &kinds {
        let responses = responses(&attacked, &kind.bytes);
        let statuses: Vec<u16> = responses
            .match_indices("HTTP/1.1 ")
            .filter_map(|(at, start)| responses[at + start.len()..].get(..3)?.parse().ok())
            .collect();
        assert!(statuses.len() <= 1, "{}: more than one response: {statuses:?}", kind.name);
        let status = statuses.first().copied();
        assert!(
            kind.responses.contains(&status),
            "{}: {status:?}, expected one of {:?}",
            kind.name,
            kind.responses
        );
        let took = attacked.scrape();
        assert!(
            !attacked_process::is_measured() || took < attacked_process::slow(),
            "the scrape after {}",
            kind.name
        );
    }
    attacked.endures(&format!("{} kinds of hostile requests", kinds.len()), Attacked::scrape);
    attacked.recovers("hostile requests");
}

/// Sends all of it, and then no more; what came back, which may have been cut off.
fn responses(attacked: &Attacked, bytes: &[u8]) -> String {
    let mut stream = attacked.connect();
    // It is refused before its end, or even before its first byte has been looked at.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    String::from_utf8(all).unwrap()
}

#[test]
fn simultaneous_scrapers_are_all_served() {
    let attacked = Attacked::start(1_000, &[]);
    thread::scope(|scope| {
        let scrapers: Vec<_> = (0..300).map(|_| scope.spawn(|| attacked.scrape())).collect();
        scrapers.into_iter().for_each(|scraper| assert!(!scraper.join().unwrap().is_zero()));
    });
    attacked.recovers("300 scrapers at once");
}

#[test]
fn neither_scraper_of_a_pair_waits_for_the_other() {
    let attacked = Attacked::start(1_000, &[]);
    // A few that keep tiny_http's threads busy by itself.
    let _idle = connections(&attacked, 3);
    let mut worst = Duration::ZERO;
    for _ in 0..times("CTON_PAIRS", 300) {
        let took = thread::scope(|scope| {
            let other = scope.spawn(|| attacked.scrape());
            attacked.scrape().max(other.join().unwrap())
        });
        worst = worst.max(took);
    }
    println!("pairs of scrapers: at most {worst:?}");
    assert!(!attacked_process::is_measured() || worst < Duration::from_secs(1), "{worst:?}");
}

#[test]
fn memory_does_not_grow_with_scrapes() {
    let attacked = Attacked::start(1_000, &[]);
    let count = times("CTON_SCRAPES", 2_000);
    attacked.warm(count / 10);
    let before = attacked.usage();
    let mut took: Vec<Duration> = (0..count).map(|_| attacked.scrape()).collect();
    let after = attacked.usage();
    took.sort_unstable();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!(
        "{count} scrapes: p50 {:?}, p99 {:?}, worst {:?}; {before:?}, then {after:?}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    assert!(after.kib <= before.kib + 4 * 1024, "{before:?}, then {after:?}");
    attacked.recovers("scrapes");
}

/// How often; the figures of docs/reliability.md are of more than a test has time for.
fn times(variable: &str, in_a_test: usize) -> usize {
    std::env::var(variable).map_or(in_a_test, |times| times.parse().unwrap())
}

fn connections(attacked: &Attacked, count: usize) -> Vec<TcpStream> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    (0..count)
        .map(|_| {
            let stream = attacked.connect();
            stream.set_nonblocking(false).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            stream
        })
        .collect()
}
