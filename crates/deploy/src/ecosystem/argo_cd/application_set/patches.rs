//! The `templatePatch` of a set, which is not applied.

use model::FileProblem;
use yaml::Node;

use super::parameters::Parameters;
use super::problems::{not_checked, unverified};

/// The fields of an Application that hold its sources. Argo CD reads keys without regard to case.
const SOURCES: [&str; 3] = ["source", "sources", "sourcehydrator"];

/// True for a patch that is a template, so that parameters may become fields.
pub(super) fn is_template(patch: &Node) -> bool {
    patch.scalar().is_some_and(|text| text.contains("{{"))
}

/// True if parameters may name a field with sources, or be one.
pub(super) fn may_name_sources(parameters: &Parameters) -> bool {
    parameters.known.iter().any(|(name, value)| {
        let text = value.scalar().unwrap_or_default();
        may_change_sources(text) || name.split('.').skip(1).any(|word| is_one_of(word, &SOURCES))
    })
}

/// The problem of a patch; `None` for one that has no part in what is deployed. `is_fed`: its parameters may name sources.
pub(super) fn problem(patch: &Node, is_fed: bool) -> Option<FileProblem> {
    let text = patch.scalar()?;
    if is_fed || may_change_sources(text) || makes_keys(text) {
        let message = "the templatePatch of an ApplicationSet is not applied, and it may change the sources of its Applications";
        return Some(unverified(patch, "set-template-patch", message.to_owned()));
    }
    let message = "the templatePatch of an ApplicationSet is not applied, so images in it are not checked";
    is_about_images(text).then(|| not_checked(patch, "set-template-patch".to_owned(), message.to_owned()))
}

fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// True if a word is the name of a field with sources, or becomes one by an escape.
fn may_change_sources(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.');
    let has_escape = ["\\u", "\\x", "\\U"].iter().any(|escape| text.contains(escape));
    has_escape || words.any(|word| is_one_of(word, &SOURCES))
}

/// True if a template puts a key together from its own texts.
fn makes_keys(text: &str) -> bool {
    let (mut is_made, mut is_key, mut has_text) = (false, false, false);
    for part in text.split("{{").skip(1) {
        let (expression, rest) = part.split_once("}}").unwrap_or((part, ""));
        let word = expression.trim_start_matches('-').split_whitespace().next().unwrap_or_default();
        is_made |= !["if", "else", "end", "range", "with"].contains(&word);
        has_text |= expression.contains(['"', '`']);
        let rest =
            rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '\'' | '"' | ' '));
        is_key |= is_made && rest.starts_with(':');
        is_made &= rest.is_empty();
    }
    is_key && has_text
}

fn is_about_images(patch: &str) -> bool {
    ["image", "kustomize", "helm", "chart", "source", "targetRevision"]
        .iter()
        .any(|word| patch.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{makes_keys, may_change_sources};

    #[test]
    fn fields_of_sources() {
        for (patch, expected) in [
            ("spec:\n  source:\n    helm: {}\n", true),
            ("spec: {Sources: [x]}", true),
            (r#"{"spec":{"source":{}}}"#, true),
            (r#"spec: {"\x73ource": {}}"#, true),
            ("spec: {{ .x }}\nsource : {}", true),
            ("metadata: {finalizers: [resources-finalizer.argocd.argoproj.io]}", false),
            ("spec: {syncPolicy: {automated: {prune: {{ .prune }}}}}", false),
        ] {
            assert_eq!(may_change_sources(patch), expected, "{patch}");
        }
        for (patch, expected) in [
            (r#"spec: {{{ "sou" }}{{ "rce" }}: {}}"#, true),
            (r#"spec: {so{{ "ur" }}ce: {}}"#, true),
            ("{{ range $k, $v := .labels }}{{ $k }}: {{ $v | quote }}{{ end }}", false),
            (r#"{{ if eq .a "b" }}prune: {{ .c }}{{ end }}"#, false),
        ] {
            assert_eq!(makes_keys(patch), expected, "{patch}");
        }
    }
}
