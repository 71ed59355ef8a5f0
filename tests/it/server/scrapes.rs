//! Scrapes and the polls that they show.

use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::GzDecoder;

use super::*;

#[test]
fn every_scrape_is_of_the_poll_before_it() {
    let (address, site) = local();
    for poll in 0..20 {
        publish(&site, 100, poll);
        assert_eq!(value(&ask(connect(address), &get("")).text(), 100), poll);
        let zipped = ask(connect(address), &get("Accept-Encoding: gzip\r\n"));
        assert_eq!(value(&unzipped(&zipped.body), 100), poll);
    }
}

#[test]
fn every_scrape_shows_one_whole_poll() {
    const SERIES: usize = 100;
    let (address, site) = local();
    publish(&site, SERIES, 0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let scrape = |gzip: bool| {
            let (mut last, mut scrapes) = (0, 0);
            // At least once after the last poll.
            while !done.load(Ordering::Relaxed) || scrapes == 0 {
                let headers = if gzip { "Accept-Encoding: gzip\r\n" } else { "" };
                let raw = ask(connect(address), &get(headers));
                let value = value(&if gzip { unzipped(&raw.body) } else { raw.text() }, SERIES);
                assert!(value >= last, "polls are seen in their order");
                (last, scrapes) = (value, scrapes + 1);
            }
        };
        let scrapers: Vec<_> = (0..64).map(|i| scope.spawn(move || scrape(i % 2 == 0))).collect();
        (1..=1_000).for_each(|poll| publish(&site, SERIES, poll));
        done.store(true, Ordering::Relaxed);
        scrapers.into_iter().for_each(|scraper| scraper.join().unwrap());
    });
    assert_eq!(value(&ask(connect(address), &get("")).text(), SERIES), 1_000);
}

#[test]
fn a_scrape_does_not_wait_for_a_poll() {
    let (address, site) = local();
    publish(&site, 10, 1);
    let publishing = site.publishing(0);
    let raw = ask(connect(address), &get(""));
    assert_eq!(value(&raw.text(), 10), 1);
    drop(publishing);
}

#[test]
fn a_scraper_that_disconnects_or_reads_nothing_blocks_no_other() {
    let (address, site) = local();
    publish(&site, 200_000, 1);
    for _ in 0..8 {
        // Gone with the response on its way.
        connect(address).write_all(get("").as_bytes()).unwrap();
    }
    let mut idle = connect(address);
    idle.write_all(get("").as_bytes()).unwrap();
    assert_eq!(value(&ask(connect(address), &get("")).text(), 200_000), 1);
}

/// The one value of all series of an exposition that [`publish`] made.
pub(super) fn value(exposition: &str, series: usize) -> u64 {
    let values: Vec<u64> = exposition
        .lines()
        .filter(|line| line.starts_with("m{"))
        .map(|line| line.split(' ').nth(1).unwrap().parse().unwrap())
        .collect();
    assert_eq!(values.len(), series, "the exposition is whole");
    assert!(values.iter().all(|value| *value == values[0]), "the exposition is of one poll");
    values[0]
}

fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}
