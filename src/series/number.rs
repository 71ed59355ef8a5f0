//! The text of numbers in both exposition formats.

/// Writes a value in the fewest digits that parse to the same number; a whole number has no fraction.
pub(crate) fn push(out: &mut Vec<u8>, n: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = match n {
        n if n.is_nan() => "NaN",
        f64::INFINITY => "+Inf",
        f64::NEG_INFINITY => "-Inf",
        n => buffer.format_finite(n),
    };
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

/// Returns a value as [`push`] writes it.
pub(crate) fn text(n: f64) -> String {
    let mut text = Vec::new();
    push(&mut text, n);
    String::from_utf8_lossy(&text).into_owned()
}

/// Returns a bucket bound in the canonical form of OpenMetrics 1.0 ("Considerations: Canonical Numbers"). It is always
/// a float, with an exponent where Go's `%g` has one.
pub(super) fn canonical(n: f64) -> String {
    if n.is_infinite() {
        return if n > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    if n == 0.0 || (1e-4..1e6).contains(&n.abs()) {
        return format!("{n:?}");
    }
    let text = format!("{n:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |size| ('-', size));
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reads_back_as_it_was() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (5.0, "5"),
            (-12.5, "-12.5"),
            (7.380000000000001, "7.380000000000001"),
            (1e21, "1e+21"),
            (1_795_457_481.920_977, "1795457481.920977"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (n, expected) in cases {
            let mut out = Vec::new();
            push(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
            assert_eq!(expected.parse::<f64>().unwrap(), n);
        }
    }

    #[test]
    fn a_bound_is_canonical() {
        let cases = [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100_000.0, "100000.0"),
            (1e6, "1e+06"),
            (2.5e6, "2.5e+06"),
            (-1e7, "-1e+07"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
        ];
        for (n, expected) in cases {
            assert_eq!(canonical(n), expected);
        }
    }
}
