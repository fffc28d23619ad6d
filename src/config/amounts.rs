//! Durations, times and sizes, as they are written on the command line.

use std::time::Duration;

/// Maximum size, in bytes.
const LARGEST: u64 = 1 << 30;

/// Parses a time: `2026-11-27T10:00:00Z`, in seconds since 1970.
///
/// # Errors
/// A sentence on the format of a time.
pub fn moment(text: &str) -> Result<i64, String> {
    let written = "a time is written 2026-11-27T10:00:00Z".to_owned();
    model::time::instant(text).map(|(seconds, _)| seconds).ok_or(written)
}

/// Reads a duration: `500ms`, `4s`, `10m`, `1h`.
///
/// # Errors
/// A sentence on the format of a duration.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    match product(number, millis) {
        Some(total) if total > 0 => Ok(Duration::from_millis(total)),
        _ => Err("a duration is written 500ms, 4s or 10m, and is longer than zero".to_owned()),
    }
}

/// A duration as it is written: `500ms`, `90s`, `30m`, `24h`.
pub fn written(duration: Duration) -> String {
    match duration.as_secs() {
        _ if duration.subsec_millis() > 0 => format!("{}ms", duration.as_millis()),
        seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Reads a size in bytes: `65536`, `512KiB`, `16MiB`, `1GiB`.
///
/// # Errors
/// A sentence on the format of a size.
pub fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => 0,
    };
    match product(number, factor) {
        Some(total) if (1..=LARGEST).contains(&total) => Ok(total),
        _ => Err("a size is written 65536, 512KiB or 16MiB, and is at most 1GiB".to_owned()),
    }
}

/// The digits at the start, and the unit after them.
fn split(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(digits).unwrap_or((text, ""))
}

/// The number times the factor of its unit; `None` if the product is too large.
fn product(number: &str, factor: u64) -> Option<u64> {
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        for text in ["", "5", "s", "0s", "-1s", "1d", "1.5s", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_written_duration_is_read_as_the_same() {
        for text in ["500ms", "1500ms", "90s", "30m", "24h", "25h"] {
            assert_eq!(written(duration(text).unwrap_or_default()), text);
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size("16MiB"), Ok(16 << 20));
        assert_eq!(size("100"), Ok(100));
        for text in ["", "0", "MiB", "2GiB", "1MB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
