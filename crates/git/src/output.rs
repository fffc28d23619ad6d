//! The messages of programs of git, made fit for a report.

use run::Output;

/// The message of a program, on one line and without the credentials in addresses.
pub(super) fn told(output: &Output) -> String {
    let message = redacted(&output.message());
    let lines: Vec<&str> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

/// A message without the credentials in addresses: git repeats an address as it is configured.
pub(super) fn redacted(message: &str) -> String {
    let mut shown = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = after.find(['/', ' ', '\'', '"', '\n']).unwrap_or(after.len());
        let (authority, behind) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.push_str(&format!("***@{host}")),
            None => shown.push_str(authority),
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_addresses_are_not_shown() {
        let message = "fatal: unable to access 'https://user:to@ken@git.example:443/a/b.git/': x\nssh://git@h y https://h/";
        let shown =
            "fatal: unable to access 'https://***@git.example:443/a/b.git/': x\nssh://***@h y https://h/";
        assert_eq!(redacted(message), shown);
    }
}
