//! Placeholders for text that another program fills in. A text with a placeholder is never guessed or cut:
//! `golang:$(params.version)` is not `golang`.

use std::sync::LazyLock;

use regex::RegexSet;

/// Patterns, and the text that completes "the reference is …".
const FORMS: &[(&str, &str)] = &[
    (r"^ENC\[AES256_GCM", "encrypted with SOPS"),
    (r"^<contents of ", "read from another file"),
    (r"\{\{|\{%", "made by a template"),
    (r"\$\(", "a parameter that is filled in when it runs"),
    (r"\$\{|\$[A-Za-z_]|\$\[\[|%[A-Z_]+%|^%\{|#\{|\(\(", "a variable that is substituted later"),
    (r"\{[A-Za-z_.]+\}|<[^<>]*>|@[A-Z][A-Z0-9_]*@|__[A-Z][A-Z0-9_]*__", "a placeholder"),
    (r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$", "a placeholder"),
    (r"^ko://", "an import path that ko builds"),
];

/// `None` only if a pattern above is invalid, which a test would show.
static PATTERNS: LazyLock<Option<RegexSet>> = LazyLock::new(patterns);

fn patterns() -> Option<RegexSet> {
    RegexSet::new(FORMS.iter().map(|(pattern, _)| pattern)).ok()
}

/// The reason why a text is not a reference yet.
pub(crate) fn placeholder(text: &str) -> Option<&'static str> {
    let first = PATTERNS.as_ref()?.matches(text).iter().next()?;
    let (_, why) = FORMS.get(first)?;
    Some(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_references() {
        for (text, is) in [
            ("nginx:1.27", false),
            ("ghcr.io/a/b_c:1_2@sha256:00", false),
            ("Foo/bar", false),
            ("nginx:${TAG}", true),
            ("$IMAGE", true),
            ("acme/$NAME/web:1", true),
            ("web:#{Build.BuildId}#", true),
            ("web:((tag))", true),
            ("web:{tag}", true),
            ("web:%V%", true),
            ("golang:$(params.version)", true),
            ("{{ .Values.image }}:1", true),
            ("{% if x %}", true),
            ("@IMAGE@", true),
            ("<YOUR-CONTAINER>", true),
            ("IMAGE_URL", true),
            ("ko://github.com/a/b", true),
            ("ENC[AES256_GCM,data:abc=,type:str]", true),
        ] {
            assert_eq!(placeholder(text).is_some(), is, "{text}");
        }
    }
}
