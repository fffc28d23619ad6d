//! Times in the form that indexes, clusters and forges write (RFC 3339).

use crate::policy::Date;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Seconds since 1970 and nanoseconds; `None` if the text is not a time. Days are counted by the calendar,
/// and a day beyond the end of a month belongs to the next one.
pub fn instant(text: &str) -> Option<(i64, u32)> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (nanoseconds, zone) = fraction(rest)?;
    let seconds = days(date)? * DAY + seconds_of(clock)? - offset(zone)?;
    Some((seconds, nanoseconds))
}

/// Seconds since 1970 as `2024-05-01T10:11:12Z`; a time before 1970 counts as the beginning of 1970.
pub fn text(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let date = Date::of(seconds);
    let of_day = seconds % 86_400;
    format!("{date}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// A time in a document: seconds since 1970, written as `2024-05-01T10:11:12Z`.
pub mod moment {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// The error of the serializer.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    pub fn serialize<S: Serializer>(seconds: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::text(*seconds))
    }

    /// Reads it.
    ///
    /// # Errors
    /// The error of the deserializer, or a message that the text is not a time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (seconds, _) =
            super::instant(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a time")))?;
        Ok(seconds)
    }
}

/// A time in a document, which may be absent.
pub mod optional_moment {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Written(#[serde(with = "super::moment")] i64);

    /// Writes it.
    ///
    /// # Errors
    /// The error of the serializer.
    #[allow(clippy::ref_option, reason = "the form that serde asks for")]
    pub fn serialize<S: Serializer>(seconds: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        seconds.map(Written).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// The error of the deserializer, or a message that the text is not a time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let written = Option::<Written>::deserialize(deserializer)?;
        Ok(written.map(|Written(seconds)| seconds))
    }
}

/// `2024-05-01` as days since 1970.
fn days(date: &str) -> Option<i64> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that the leap day is the last day.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year / 4 - year / 100 + year / 400;
    Some(year * 365 + leap_days + (month * 153 + 2) / 5 + day - 719_469)
}

/// `10:11:12` as seconds.
fn seconds_of(clock: &str) -> Option<i64> {
    let (hours, rest) = clock.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    Some(number(hours, 2)? * 3600 + number(minutes, 2)? * 60 + number(seconds, 2)?)
}

/// The fraction of a second in nanoseconds, and the rest of the text.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (digits, zone) = rest.split_at_checked(end)?;
    let digits: String = digits.chars().chain("000000000".chars()).take(9).collect();
    Some((digits.parse().ok()?, zone))
}

/// The distance of a zone from UTC in seconds.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (number(hours, 2)? * 3600 + number(minutes, 2)? * 60))
}

/// A number with a fixed number of digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let well_formed = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_they_are_written() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", (0, 0)),
            ("2000-02-29T12:00:00Z", (951_825_600, 0)),
            ("2024-05-01T10:11:12.123456789Z", (1_714_558_272, 123_456_789)),
            ("2024-05-01T12:11:12.5+02:00", (1_714_558_272, 500_000_000)),
            ("2024-05-01T07:41:12-02:30", (1_714_558_272, 0)),
        ] {
            assert_eq!(instant(text), Some(expected), "{text}");
        }
        for bad in
            ["", "soon", "2024-05-01", "2024-13-01T00:00:00Z", "2024-05-01T00:00:00", "2024-05-01T0:0:0Z"]
        {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_moment_reads_as_it_was_written() {
        for seconds in [0, 951_825_600, 1_714_558_272, 4_102_444_799] {
            assert_eq!(instant(&text(seconds)), Some((seconds, 0)));
        }
        assert_eq!(text(1_714_558_272), "2024-05-01T10:11:12Z");
    }

    proptest::proptest! {
        #[test]
        fn any_text(text in "[-0-9T:.Z+é ]{0,40}") {
            instant(&text);
        }
    }
}
