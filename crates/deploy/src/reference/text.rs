//! The texts of the scalars that make a reference, and the problems of those that are not text.

use model::{Problem, Rule, Target};
use yaml::{Meaning, Node};

use crate::reference::placeholder::placeholder;

/// The reader of the scalars, which decides the text of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Kubernetes' API or kustomize: a string field refuses a number.
    Strict,
    /// A Helm template: prints a number in its own way.
    Helm,
}

/// Maximum length of a text that is examined, in bytes: a reference has about 400 at most.
pub const LONGEST: usize = 4096;

/// True for a template: `{{ image }}` without quotes is a mapping in YAML.
pub(crate) fn is_template(node: &Node) -> bool {
    node.is_mapping() && node.site().text().starts_with("{{")
}

/// The text of a scalar that means text and is not a placeholder.
pub(crate) fn plain_text(node: &Node) -> Result<&str, Target> {
    let written: String = node.site().text().chars().take(80).collect();
    let other = |what: &str| {
        let message = format!("{what} where an image reference is expected");
        let help = node.scalar().map(|_| format!("write \"{written}\" if the text is meant"));
        Err(Target::malformed(Problem {
            rule: Rule::MalformedReference,
            message,
            help,
            site: node.site(),
            printed: None,
        }))
    };
    match node.meaning() {
        Some(Meaning::Text(text)) if text.len() > LONGEST => {
            let message = format!("a text of {} bytes where an image reference is expected", text.len());
            let site = node.site().part(0..0);
            Err(Target::malformed(Problem {
                rule: Rule::MalformedReference,
                message,
                help: None,
                site,
                printed: None,
            }))
        }
        Some(Meaning::Text(text)) => match placeholder(text) {
            Some(why) => Err(Target::unknown(unresolved(node, format!("the reference is {why}")))),
            None => Ok(text),
        },
        Some(Meaning::Number(_)) => other(&format!("the number {written}")),
        Some(Meaning::Bool) => other(&format!("the boolean {written}")),
        Some(Meaning::Null) => other("nothing"),
        None if is_template(node) => {
            Err(Target::unknown(unresolved(node, "the reference is made by a template".to_owned())))
        }
        None if node.is_mapping() => other("a mapping"),
        None => other("a list"),
    }
}

/// The text of a tag, which may be a number that is printed as it is written.
pub(crate) fn tag_text(node: &Node, reader: Reader) -> Result<&str, Target> {
    let Some(Meaning::Number(number)) = node.meaning() else { return plain_text(node) };
    let written = node.scalar().unwrap_or_default();
    let printed = number.to_string();
    let message = match reader {
        Reader::Helm if printed == written => return Ok(written),
        Reader::Helm => {
            return Err(Target::malformed(Problem::of_number(written, &printed, node.site())));
        }
        Reader::Strict => format!("YAML reads {written} as a number, and only text is accepted here"),
    };
    let help = Some(format!("quote it: \"{written}\""));
    Err(Target::malformed(Problem {
        rule: Rule::NumericTag,
        message,
        help,
        site: node.site(),
        printed: None,
    }))
}

pub(crate) fn unresolved(node: &Node, message: String) -> Problem {
    Problem { rule: Rule::UnresolvedReference, message, help: None, site: node.site(), printed: None }
}
