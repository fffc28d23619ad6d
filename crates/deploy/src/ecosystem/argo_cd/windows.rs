//! Sync windows of an `AppProject` that keep its Applications from being synced at all times.
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/>.

use yaml::Node;

/// Minutes of a day.
const DAY: u64 = 24 * 60;
/// The maximum number of days of each month.
const DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The `kind` of the window that denies every sync: a deny window that is always open, or, if no allow window
/// ever opens, the first of these.
pub(crate) fn denying(project: &Node) -> Option<&Node> {
    let mut allowing = Vec::new();
    for window in project.get("spec")?.list("syncWindows") {
        match text(window, "kind") {
            "deny" if is_always_open(window) => return window.get("kind"),
            "allow" => allowing.push(window),
            _ => {}
        }
    }
    let is_closed = allowing.iter().all(|window| is_never_open(window));
    allowing.first().filter(|_| is_closed)?.get("kind")
}

fn text<'n>(window: &'n Node, key: &str) -> &'n str {
    window.get(key).and_then(Node::scalar).unwrap_or_default()
}

/// The fields of a schedule: minute, hour, day, month, day of the week.
fn fields(window: &Node) -> Option<[&str; 5]> {
    let fields: Vec<&str> = text(window, "schedule").split_whitespace().collect();
    fields.try_into().ok()
}

/// True for a window that opens daily and lasts a day, or that opens every minute.
fn is_always_open(window: &Node) -> bool {
    let (Some([minute, hour, day, month, weekday]), Some(lasts)) = (fields(window), minutes(window)) else {
        return false;
    };
    let opens_daily = [day, month, weekday].iter().all(|field| *field == "*");
    let opens_always = minute == "*" && hour == "*" && lasts > 0;
    opens_daily && (opens_always || lasts >= DAY)
}

/// True for a window with a duration of zero, or one that opens on a day that no month has.
fn is_never_open(window: &Node) -> bool {
    if minutes(window) == Some(0) {
        return true;
    }
    let Some([_, _, day, month, "*"]) = fields(window) else { return false };
    let (Ok(day), Ok(month)) = (day.parse::<u8>(), month.parse::<usize>()) else { return false };
    month.checked_sub(1).and_then(|at| DAYS.get(at)).is_some_and(|most| day > *most)
}

/// The duration of a window in minutes, as Go writes it: `24h`, `1h30m`; `None` for anything else.
fn minutes(window: &Node) -> Option<u64> {
    let mut rest = text(window, "duration");
    if rest == "0" {
        return Some(0);
    }
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at_checked(digits)?;
        let unit = behind.chars().next()?;
        let factor = match unit {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = behind.get(unit.len_utf8()..)?;
    }
    (!text(window, "duration").is_empty()).then_some(seconds / 60)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::*;

    fn denies(windows: &str) -> bool {
        let text = format!("spec: {{syncWindows: [{windows}]}}\n");
        let file = SourceFile::decode(RepoPath::new("project.yaml"), text.into_bytes()).unwrap();
        let mut found = false;
        yaml::each_document(&Arc::new(file), |root| found = denying(&root.unwrap()).is_some());
        found
    }

    #[test]
    fn windows_that_never_let_a_sync_through() {
        for windows in [
            "{kind: deny, schedule: '* * * * *', duration: 1m}",
            "{kind: deny, schedule: '0 0 * * *', duration: 24h}",
            "{kind: deny, schedule: '30 22 * * *', duration: 23h60m}",
            "{kind: allow, schedule: '0 0 30 2 *', duration: 1h}",
            "{kind: allow, schedule: '0 0 31 4 *', duration: 1h}, {kind: allow, schedule: '0 0 * * *', duration: 0s}",
            "{kind: allow, schedule: '0 0 * * *', duration: '0'}",
            "{kind: allow, schedule: '* * * * *', duration: 1h}, {kind: deny, schedule: '* * * * *', duration: 1h}",
        ] {
            assert!(denies(windows), "{windows}");
        }
        for windows in [
            "",
            "{kind: deny, schedule: '0 22 * * *', duration: 1h}",
            "{kind: deny, schedule: '0 0 * * 1', duration: 24h}",
            "{kind: deny, schedule: '* * * * *', duration: 0m}",
            "{kind: deny, schedule: '* * * * *', duration: soon}",
            "{kind: deny, schedule: '0 0 * * *', duration: 2d}",
            "{kind: deny, schedule: '* * * * *'}",
            "{kind: allow, schedule: '0 0 29 2 *', duration: 1h}",
            "{kind: allow, schedule: '0 0 30 2 1', duration: 1h}",
            "{kind: allow, schedule: '0 0 30 2 *', duration: 1h}, {kind: allow, schedule: '0 6 * * *', duration: 1h}",
        ] {
            assert!(!denies(windows), "{windows}");
        }
    }
}
