//! Calendar days, for expiry dates.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
}

const SECONDS: i64 = 86_400;

impl Date {
    /// Parses `2026-12-31`; `None` if the day does not exist.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i64>().ok()).flatten()
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let fits = parts.next().is_none() && (1..=days(year, month)).contains(&day);
        fits.then_some(Self { year, month, day })
    }

    /// The day of a time; a time before 1970 counts as the first day of 1970.
    pub fn at(moment: SystemTime) -> Self {
        let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self::of(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// The day of a time in seconds since 1970; a time before 1970 counts as the first day of 1970.
    pub fn of(seconds: i64) -> Self {
        Self::since_1970(seconds.max(0) / SECONDS)
    }

    /// The civil day of a count of days, by Howard Hinnant's `civil_from_days`: years begin in March, so
    /// that the leap day is the last, and 400 of them are an era.
    fn since_1970(days: i64) -> Self {
        let days = days + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self { year: 400 * era + year_of_era + i64::from(month <= 2), month, day }
    }
}

/// Number of days of a month; `None` if there is no such month.
fn days(year: i64, month: i64) -> i64 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for text in ["1970-01-01", "2024-02-29", "2000-02-29", "2026-12-31", "9999-12-31"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        let wrong =
            ["", "2026", "2026-12", "2026-1-01", "26-12-31", "2026-13-01", "2026-00-01", "2026-04-31"];
        for text in
            wrong.iter().chain(&["2026-02-29", "1900-02-29", "2026-12-31-", "2026-12-31T00", "+026-12-01"])
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_follow_each_other() {
        let mut before = Date::since_1970(-1);
        assert_eq!(before.to_string(), "1969-12-31");
        for day in 0..100_000 {
            let date = Date::since_1970(day);
            assert_eq!(Date::parse(&date.to_string()), Some(date));
            assert!(before < date, "{before} {date}");
            before = date;
        }
        assert_eq!(before.to_string(), "2243-10-16");
    }

    #[test]
    fn a_day_ends_at_midnight() {
        let at = |seconds| Date::at(UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
        assert_eq!(at(0), "1970-01-01");
        assert_eq!(at(1_798_761_599), "2026-12-31");
        assert_eq!(at(1_798_761_600), "2027-01-01");
        assert_eq!(Date::at(UNIX_EPOCH - Duration::from_secs(1)).to_string(), "1970-01-01");
        assert_eq!(Date::of(i64::MIN).to_string(), "1970-01-01");
        assert_eq!(Date::of(i64::MAX).to_string(), "292277026596-12-04");
    }
}
