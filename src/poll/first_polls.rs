//! The times of the first polls, which are spread if there are many.

use std::collections::HashMap;
use std::time::Duration;

/// The number of pollers that poll at once at the start.
const AT_ONCE: usize = 32;
/// The longest time until the last first poll.
const LONGEST: Duration = Duration::from_secs(60);

/// Returns the delay of the first poll of each poller, given the name of its service and its poll interval.
///
/// The first 32 poll at once. The others are spread evenly over their poll interval, or over a minute if it is longer.
/// The services with the fewest targets come first, so that a service with many targets delays no other one.
pub(crate) fn first_delays(pollers: &[(&str, Duration)]) -> Vec<Duration> {
    let mut targets: HashMap<&str, usize> = HashMap::new();
    for (service, _) in pollers {
        *targets.entry(service).or_default() += 1;
    }
    let mut order: Vec<usize> = (0..pollers.len()).collect();
    order.sort_by_key(|index| targets[pollers[*index].0]);
    let mut delays = vec![Duration::ZERO; pollers.len()];
    let late = order.len().saturating_sub(AT_ONCE);
    for (rank, index) in order.into_iter().skip(AT_ONCE).enumerate() {
        delays[index] = pollers[index].1.min(LONGEST).mul_f64(part(rank, late));
    }
    delays
}

/// Returns the part of the time after which the poller of this rank polls: in 0..1, and never 0.
#[expect(clippy::cast_precision_loss, reason = "the number of pollers is far below 2^52")]
fn part(rank: usize, count: usize) -> f64 {
    (rank + 1) as f64 / (count + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(60);

    fn sorted(pollers: &[(&str, Duration)]) -> Vec<Duration> {
        let mut delays = first_delays(pollers);
        delays.sort();
        delays
    }

    #[test]
    fn a_few_pollers_poll_at_once() {
        assert!(first_delays(&[]).is_empty());
        for count in [1, AT_ONCE] {
            assert_eq!(first_delays(&vec![("splunk", INTERVAL); count]), vec![Duration::ZERO; count]);
        }
    }

    #[test]
    fn the_first_polls_of_many_are_spread_over_their_interval() {
        let delays = sorted(&vec![("splunk", INTERVAL); 1000]);
        assert_eq!(delays.iter().filter(|delay| delay.is_zero()).count(), AT_ONCE);
        for second in 0..60 {
            let within = Duration::from_secs(second)..Duration::from_secs(second + 1);
            let count = delays.iter().filter(|delay| !delay.is_zero() && within.contains(delay)).count();
            assert!((15..=17).contains(&count), "{count} in second {second}");
        }
    }

    #[test]
    fn each_poller_polls_within_its_interval_and_within_a_minute() {
        let (short, long) = (Duration::from_secs(2), Duration::from_secs(86_400));
        assert!(*sorted(&vec![("splunk", short); 1000]).last().unwrap() < short);
        assert!(*sorted(&vec![("splunk", long); 1000]).last().unwrap() < LONGEST);
    }

    #[test]
    fn a_service_with_many_targets_delays_no_other_one() {
        let mut pollers = vec![("many", INTERVAL); 1000];
        pollers.extend([("one", INTERVAL), ("few", INTERVAL), ("few", INTERVAL)]);
        assert_eq!(first_delays(&pollers)[1000..], [Duration::ZERO; 3]);
    }
}
