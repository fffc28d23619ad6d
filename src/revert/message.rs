//! The message of the commit: the reverted values, and trailers for programs. Text from git is untrusted:
//! every line is bounded and without control characters.

use model::incident::{Incident, Mode, Reverted};

/// The trailers that later runs read.
const REVERTS: &str = "Pullable-Reverts: ";
const UNIT: &str = "Pullable-Unit: ";
const FROM: &str = "Pullable-From: ";
/// Maximum length of a subject, in characters.
const LONGEST_SUBJECT: usize = 72;
/// Maximum length of a value of a trailer, in characters.
const LONGEST_TRAILER: usize = 400;

/// The whole message.
pub(super) fn message(incident: &Incident) -> String {
    let mut lines = vec![subject(incident), String::new()];
    let commit = &incident.introducing.commit;
    if incident.mode == Some(Mode::Commit) {
        lines.push(format!("This reverts commit {commit}."));
    } else {
        lines.push(format!("This reverts the image reference that {commit} introduced."));
    }
    lines.push(String::new());
    for reference in &incident.references {
        let to = reference.to.as_deref().unwrap_or("nothing: the reference was new");
        lines.push(clean(&format!("{}: {} -> {to} ({})", reference.unit, reference.from, reference.rule)));
    }
    lines.push(String::new());
    lines.push("The revert restores references only: data and migrations stay as they are.".to_owned());
    lines.push(String::new());
    lines.extend(trailers(incident));
    lines.join("\n") + "\n"
}

/// True if a message is that of a commit that reverted an incident, or one of its references in the same
/// unit.
pub(crate) fn reverts_incident(message: &str, incident: &Incident) -> bool {
    let mut is_revert = false;
    let mut unit = "";
    for line in message.lines() {
        if let Some(commit) = line.strip_prefix(REVERTS) {
            is_revert = true;
            if commit == incident.introducing.commit {
                return true;
            }
        } else if let Some(value) = line.strip_prefix(UNIT) {
            unit = value;
        } else if let Some(from) = line.strip_prefix(FROM) {
            let is_it = |one: &Reverted| clean(&one.unit) == unit && clean(&one.from) == from;
            if is_revert && incident.references.iter().any(is_it) {
                return true;
            }
        }
    }
    false
}

/// True if a message is that of a revert by pullable, by git or by a forge.
pub(crate) fn is_revert(message: &str) -> bool {
    message.lines().any(|line| line.starts_with(REVERTS) || line.starts_with("This reverts commit "))
}

/// The first line, which requests have as their title.
pub(super) fn subject(incident: &Incident) -> String {
    let text = match incident.references.as_slice() {
        [one] => {
            let to = one.to.as_deref().map_or("nothing", short);
            format!("revert: {} from {} to {to}", one.unit, short(&one.from))
        }
        several => format!("revert: {} image references", several.len()),
    };
    let text = clean(&text);
    if text.chars().count() <= LONGEST_SUBJECT {
        return text;
    }
    let cut: String = text.chars().take(LONGEST_SUBJECT - 3).collect();
    format!("{cut}...")
}

/// An image without its registry and folders, and a digest by its first digits.
fn short(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    name.rsplit('/').next().unwrap_or(name)
}

fn trailers(incident: &Incident) -> Vec<String> {
    let mut lines = vec![format!("{REVERTS}{}", incident.introducing.commit)];
    for reference in &incident.references {
        lines.push(format!("{UNIT}{}", clean(&reference.unit)));
        lines.push(format!("{FROM}{}", clean(&reference.from)));
        let to = reference.to.as_deref().unwrap_or("none");
        lines.push(format!("Pullable-To: {}", clean(to)));
    }
    lines.push(format!("Pullable-Incident: {}", incident.incident));
    lines.push(format!("Pullable-Trigger: {}", incident.trigger.as_str()));
    lines
}

/// One line of printable ASCII.
fn clean(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    text.chars().take(LONGEST_TRAILER).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_git_stays_on_its_line() {
        assert_eq!(clean("a\nPullable-Trigger: x\u{1b}[31m\u{202e}é"), "a?Pullable-Trigger: x?[31m??");
        assert_eq!(short("registry.example:5000/team/web:1.2@sha256:abc"), "web:1.2");
    }
}
