//! The names of anchors and aliases. YAML 1.2 allows a colon in a name; libyaml and the YAML readers of Go end the name there.
//! `{*c: []}` has the value of the anchor `c` as a key for them, and is not YAML for other readers.

/// The message about a name with a colon.
pub(super) fn two_meanings(name: &str) -> String {
    format!("the YAML reader of Kubernetes ends the name of the anchor {name} at its colon")
}

/// True if a text may have an anchor or an alias whose name is followed by a colon.
pub(super) fn may_end_at_colon(text: &str) -> bool {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let is_start = before.is_whitespace() || matches!(before, '[' | '{' | ',' | ':');
        if is_start && matches!(c, '&' | '*') {
            let rest = text.get(at + 1..).unwrap_or_default();
            let behind =
                rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            if behind.len() < rest.len() && behind.starts_with(':') {
                return true;
            }
        }
        before = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_colon_are_found_where_an_anchor_may_begin() {
        for text in ["*c: [1]", "{*c: x}", "[n,&g:{}]", "a: &b:c d", "{\"a\":*b:c}"] {
            assert!(may_end_at_colon(text), "{text}");
        }
        for text in ["*c : [1]", "a: *b", "a?b&c:d", "**bold:**", "a: *.yaml", "*: 1", "a: 5 * b"] {
            assert!(!may_end_at_colon(text), "{text}");
        }
    }
}
