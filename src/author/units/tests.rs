use super::*;

#[test]
fn durations_in_units_clocks_and_iso_8601_are_seconds() {
    for (text, expected) in [
        ("5m", 300.0),
        ("3d4h", 273_600.0),
        ("3d 4h", 273_600.0),
        ("1.5s", 1.5),
        ("150ms", 0.15),
        ("PT5M30S", 330.0),
        ("P1DT2H", 93_600.0),
        ("P2W", 1_209_600.0),
        ("00:12:30", 750.0),
        ("2 days, 01:00:00", 176_400.0),
        ("1 hour and 5 minutes", 3900.0),
        ("250 µs", 0.000_25),
        ("-5s", -5.0),
        ("01:02:03.5", 3723.5),
    ] {
        assert!((seconds(text).unwrap() - expected).abs() < 1e-9, "{text}");
    }
    for text in ["", "5", "soon", "5 apples", "P", "PT", "12:61:00", "12:30", "s", "1..5s", "5s 3", "P1Y"] {
        assert!(seconds(text).is_err(), "{text}");
    }
}

#[test]
fn sizes_are_bytes_by_their_prefix() {
    for (text, expected) in [
        ("1.5GiB", 1_610_612_736.0),
        ("120 kB", 120_000.0),
        ("120KB", 120_000.0),
        ("128Mi", 134_217_728.0),
        ("1K", 1024.0),
        ("0b", 0.0),
        ("4.7gb", 4_700_000_000.0),
        ("3 bytes", 3.0),
    ] {
        assert_eq!(bytes(text), Ok(expected), "{text}");
    }
    assert!(["", "5", "large", "5 apples", "GiB"].iter().all(|text| bytes(text).is_err()));
}

#[test]
fn numbers_and_percentages_are_finite() {
    assert_eq!((number(" -12.00 "), number("1e3"), ratio("45%")), (Ok(-12.0), Ok(1000.0), Ok(0.45)));
    assert!(["", "inf", "NaN", "1,5", "0x10", "5 apples"].iter().all(|text| number(text).is_err()));
    assert!(["", "45", "%", "x%"].iter().all(|text| ratio(text).is_err()));
}
