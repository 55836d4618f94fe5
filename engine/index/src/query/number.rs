//! Numbers with a comparison before them: `>10k`, `<=$1.50`.

use super::Comparison;

const MICROS: u32 = 6;

/// The longer signs stand before those that they begin with.
pub(super) const SIGNS: [(&str, Comparison); 5] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Less),
    (">", Comparison::More),
    ("=", Comparison::Equal),
];

/// Returns how `text` compares, and with what; without a sign it is equality.
pub(super) fn comparison(text: &str) -> (Comparison, &str) {
    let text = text.trim();
    let found =
        SIGNS.iter().find_map(|(sign, meant)| Some((*meant, text.strip_prefix(sign)?.trim())));
    found.unwrap_or((Comparison::Equal, text))
}

/// Returns a count: `12`, `1,500`, `10k`, `1.5m`, `2b`.
pub(super) fn count(text: &str) -> Option<u64> {
    let scales = [("k", 3), ("m", 6), ("b", 9)];
    let text = text.to_ascii_lowercase();
    let scaled = scales.iter().find_map(|(end, scale)| Some((text.strip_suffix(end)?, *scale)));
    let (number, scale) = scaled.unwrap_or((&text, 0));
    decimal(number, scale)
}

/// Returns millionths of a dollar: `$1.50`, `0.5`.
pub(super) fn micros(text: &str) -> Option<u64> {
    decimal(text.strip_prefix('$').unwrap_or(text), MICROS)
}

/// Returns millionths of a dollar as dollars.
pub(super) fn dollars(micros: u64) -> String {
    let one = 10_u64.pow(MICROS);
    let (whole, fraction) = (micros / one, micros % one);
    match fraction {
        0 => whole.to_string(),
        _ => format!("{whole}.{fraction:06}").trim_end_matches('0').to_owned(),
    }
}

/// Returns a decimal number times ten to the power of `scale`, where that is whole. Commas may stand between thousands.
fn decimal(text: &str, scale: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped = |group: &str| group.len() == 3;
    let has_groups = whole.contains(',');
    if has_groups && (first.is_empty() || first.len() > 3 || !groups.all(is_grouped)) {
        return None;
    }
    let digits: String =
        whole.chars().filter(|sign| *sign != ',').chain(fraction.chars()).collect();
    let zeros = scale.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(zeros)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_people_write_them() {
        let read: Vec<Option<u64>> =
            ["0", "12", "1,500", "10k", "10K", "1.5m", "2b", "1,234,567", "0.001k"]
                .map(count)
                .into();
        assert_eq!(
            read,
            [0, 12, 1500, 10_000, 10_000, 1_500_000, 2_000_000_000, 1_234_567, 1].map(Some)
        );
        for wrong in [
            "",
            "k",
            "ten",
            "-1",
            "1.5",
            "1,50",
            ",500",
            "1,5000",
            "1..2",
            "1.0005k",
            "٣",
            "99999999999999999999",
            "20000000000b",
        ] {
            assert_eq!(count(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn dollars_are_exact_to_a_millionth() {
        for (text, expected) in
            [("0.5", 500_000), ("$1.50", 1_500_000), ("20", 20_000_000), ("0.000001", 1)]
        {
            assert_eq!(micros(text), Some(expected), "{text}");
            assert_eq!(micros(&dollars(expected)), Some(expected), "{text}");
        }
        assert_eq!(dollars(1_500_000), "1.5");
        for wrong in ["", "$", "0,5", "0.0000001", "€3", "1e3"] {
            assert_eq!(micros(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_number_without_a_sign_is_meant_exactly() {
        assert_eq!(comparison(">= 10k"), (Comparison::AtLeast, "10k"));
        assert_eq!(comparison("<5"), (Comparison::Less, "5"));
        assert_eq!(comparison("5"), (Comparison::Equal, "5"));
    }
}
