//! The replies after which another attempt is made, and the pause before it.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;

/// Attempts of one request.
pub(super) const ATTEMPTS: u32 = 3;

/// True if another attempt may bring another status.
pub(super) fn is_retryable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 499) || status.is_server_error()
}

/// The pause after an attempt, counted from 0: about 0.5 s, then three times as long after each attempt.
pub(super) fn pause(attempt: u32) -> Duration {
    let base = Duration::from_millis(500).saturating_mul(3_u32.saturating_pow(attempt));
    // A fresh hasher has random keys, so its hash is a random number.
    let percent = u32::try_from(RandomState::new().hash_one(attempt) % 61).unwrap_or(30);
    base.saturating_mul(70 + percent) / 100
}

/// The value of `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3). A number that is too large is
/// [`Duration::MAX`].
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 10:00:00 GMT").unwrap();
        let seconds = |value: &str| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Fri, 20 Nov 2026 10:00:30 GMT"), Some(30));
        assert_eq!(seconds("Fri, 20 Nov 2026 09:00:00 GMT"), Some(0));
        assert_eq!(retry_after(&"9".repeat(40), now), Some(Duration::MAX));
        for bad in ["", "-1", "1.5", "soon", "١"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn pauses_are_jittered() {
        for _ in 0..200 {
            assert!((350..=650).contains(&pause(0).as_millis()));
            assert!((1050..=1950).contains(&pause(1).as_millis()));
        }
    }
}
