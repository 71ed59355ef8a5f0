//! Numbers of a response that are read as other numbers of the same type.

use serde::de::Visitor;
use serde_json::{Error, Number};

use super::node::AlteredNode;
use super::values::{AlterationMethod, other_float, other_int};

/// The bounds of an integer type.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) least: i128,
    pub(super) most: i128,
}

impl Bounds {
    /// The bounds of a JSON integer.
    pub(super) const ANY: Self = Self { least: i64::MIN as i128, most: u64::MAX as i128 };

    fn other(self, n: i128, way: AlterationMethod, place: u64) -> i128 {
        // A service may loop up to the number, and a loop of this length is short.
        let is_small = self.most <= i128::from(u16::MAX);
        let other = match way {
            AlterationMethod::Larger if is_small => self.most,
            way => other_int(n, way, place).clamp(self.least, self.most),
        };
        if other == n && way != AlterationMethod::Least { n / 2 } else { other }
    }
}

impl<'de> AlteredNode<'_, 'de> {
    /// Reads a number of the text as another number within these bounds.
    pub(super) fn number<V: Visitor<'de>>(self, bounds: Bounds, visitor: V) -> Result<V::Value, Error> {
        let (level, way) = (self.level(), self.reader.alteration.values.numbers);
        if self.is_made() {
            return visitor.visit_u64(1);
        }
        let number: Number = serde_json::from_slice(self.reader.scalar()?)?;
        let whole = number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from));
        let place = self.reader.number();
        match (whole, number.as_f64()) {
            (Some(n), _) => {
                let other = match level {
                    0 => bounds.other(n, way, place),
                    1 => n.saturating_add(1).min(bounds.most),
                    _ => n,
                };
                match (u64::try_from(other), i64::try_from(other)) {
                    (Ok(n), _) => visitor.visit_u64(n),
                    (_, Ok(n)) => visitor.visit_i64(n),
                    _ => visitor.visit_i128(other),
                }
            }
            (None, n) => {
                let n = n.unwrap_or_default();
                visitor.visit_f64(if level == 0 { other_float(n, way, place) } else { n })
            }
        }
    }
}
