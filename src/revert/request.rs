//! The text of a request, in Markdown. Text from git and registries is written only as code, in which it is
//! neither markup nor a command of the forge.

use model::incident::{Incident, Mode, Outcome, Reverted};

/// Maximum length of a record in the text, in bytes; forges refuse texts beyond 64 KiB.
const LONGEST_RECORD: usize = 40 << 10;
/// Maximum number of references that the text lists.
const MOST_LISTED: usize = 50;

/// The text of the request of an incident.
pub(super) fn body(incident: &Incident) -> String {
    let introducing = &incident.introducing;
    let mut lines = vec![format!(
        "This reverts the change that {} introduced ({}).",
        introducing.commit,
        code(&introducing.subject)
    )];
    lines.push(String::new());
    for reference in incident.references.iter().take(MOST_LISTED) {
        add_reference(&mut lines, reference);
    }
    if let Some(more) = incident.references.len().checked_sub(MOST_LISTED).filter(|more| *more > 0) {
        lines.push(format!("- and {more} more"));
    }
    lines.push(String::new());
    lines.push(how(incident));
    for other in incident.collateral.iter().take(MOST_LISTED) {
        let side = |image: &Option<String>| image.as_deref().map_or_else(|| "nothing".to_owned(), code);
        lines.push(format!(
            "- also changes: {}: {} to {}",
            code(&other.unit),
            side(&other.from),
            side(&other.to)
        ));
    }
    lines.push(String::new());
    lines.push("What remains:".to_owned());
    lines.push(String::new());
    for remaining in &incident.follow_ups {
        lines.push(format!("- [ ] {}", code(remaining)));
    }
    lines.push(
        "- [ ] if the fix comes from the branch that was merged before: merging it again does nothing, the revert itself \
         has to be reverted"
            .to_owned(),
    );
    add_record(&mut lines, incident);
    lines.join("\n") + "\n"
}

fn add_reference(lines: &mut Vec<String>, reference: &Reverted) {
    let Reverted { unit, from, to, rule, path, line, .. } = reference;
    let to = to.as_deref().map_or_else(|| "nothing: it was new".to_owned(), code);
    lines.push(format!(
        "- {}: {} ({rule}) to {to}, in {}",
        code(unit),
        code(from),
        code(&format!("{path}:{line}"))
    ));
    for tried in &reference.tried {
        lines.push(format!("  - {}: {}", code(&tried.image), tried.verdict));
    }
}

fn how(incident: &Incident) -> String {
    let how = match incident.mode {
        Some(Mode::Scalar) => "Only the earlier scalars are restored.",
        Some(Mode::Files) => "The files that decide the references are merged.",
        Some(Mode::Commit) => "The whole commit is reverted.",
        None => "",
    };
    if incident.verified {
        format!("{how} The gate passes for the result.")
    } else if incident.outcome == Outcome::Exists {
        format!("{how} Another run made this branch: the gate of this request checks it.")
    } else {
        format!("{how} The gate fails for the result: the list of what remains names the rules.")
    }
}

fn add_record(lines: &mut Vec<String>, incident: &Incident) {
    let Ok(json) = serde_json::to_string_pretty(incident) else { return };
    // A backtick would end the block; the escape means the same.
    let json = json.replace('`', "\\u0060");
    if json.len() > LONGEST_RECORD {
        return;
    }
    lines.push(String::new());
    lines.push("<details><summary>Record</summary>".to_owned());
    lines.push(String::new());
    lines.push(format!("```json\n{json}\n```"));
    lines.push(String::new());
    lines.push("</details>".to_owned());
}

/// The units in the record of a request's text; `None` if the text has no record.
pub(crate) fn units_of(body: &str) -> Option<Vec<String>> {
    let (_, rest) = body.split_once("```json")?;
    let (json, _) = rest.split_once("```")?;
    let incident: Incident = serde_json::from_str(json).ok()?;
    Some(incident.references.into_iter().map(|reference| reference.unit).collect())
}

/// A text as code, on one line.
fn code(text: &str) -> String {
    let shown = |c: char| if c.is_control() || c == '`' { '?' } else { c };
    let text: String = text.chars().take(300).map(shown).collect();
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use model::incident::Collateral;

    use super::*;
    use crate::revert::example;

    #[test]
    fn hostile_text_stays_code() {
        assert_eq!(code("a`b\n/close\u{1b}@all"), "`a?b?/close?@all`");
    }

    fn listed(incident: &Incident) -> usize {
        body(incident).lines().filter(|line| line.starts_with("- `prod`: ")).count()
    }

    #[test]
    fn references_beyond_the_bound_are_counted() {
        for (references, more) in
            [(1, None), (50, None), (51, Some("- and 1 more")), (60, Some("- and 10 more"))]
        {
            let references = vec![example::reference("r.io/web:2"); references];
            let shown = references.len().min(MOST_LISTED);
            let incident = Incident { references, ..example::incident() };
            assert_eq!(listed(&incident), shown);
            assert_eq!(body(&incident).lines().find(|line| line.starts_with("- and ")), more);
        }
    }

    #[test]
    fn the_text_names_the_proof() {
        let with = |verified, outcome| body(&Incident { verified, outcome, ..example::incident() });
        assert!(with(true, Outcome::Committed).contains("The gate passes for the result."));
        assert!(with(true, Outcome::Exists).contains("The gate passes for the result."));
        assert!(with(false, Outcome::Exists).contains("Another run made this branch"));
        assert!(with(false, Outcome::Committed).contains("The gate fails for the result"));
    }

    #[test]
    fn what_else_changes_is_named() {
        let other = |from: Option<&str>, to: Option<&str>| Collateral {
            unit: "stage`".to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let collateral = vec![
            other(Some("r.io/web:2"), Some("r.io/web:1")),
            other(Some("r.io/db:2"), None),
            other(None, Some("r.io/x:1")),
        ];
        let text = body(&Incident { collateral, mode: Some(Mode::Commit), ..example::incident() });
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("- also changes: ")).collect();
        assert_eq!(
            lines,
            [
                "- also changes: `stage?`: `r.io/web:2` to `r.io/web:1`",
                "- also changes: `stage?`: `r.io/db:2` to nothing",
                "- also changes: `stage?`: nothing to `r.io/x:1`",
            ]
        );
        assert!(text.contains("\nThe whole commit is reverted. The gate passes for the result.\n"), "{text}");
    }

    #[test]
    fn a_record_is_read_again_and_a_long_one_is_left_out() {
        let with = |subject: String| {
            let mut incident = example::incident();
            incident.introducing.subject = subject;
            incident
        };
        let incident = with("a ` and ``` of Markdown".to_owned());
        assert_eq!(units_of(&body(&incident)), Some(vec!["prod".to_owned()]));
        let empty = serde_json::to_string_pretty(&with(String::new())).unwrap().len();
        let longest = with("a".repeat(LONGEST_RECORD - empty));
        assert!(units_of(&body(&longest)).is_some());
        let longer = body(&with("a".repeat(LONGEST_RECORD - empty + 1)));
        assert_eq!(units_of(&longer), None);
        assert!(longer.ends_with("has to be reverted\n"), "{longer}");
        // A forge takes 64 KiB.
        assert!((32 << 10..60 << 10).contains(&body(&longest).len()));
    }
}
