//! Reads `WWW-Authenticate`: several challenges in one header or in many, quoted strings with escapes.
//! Grammar: RFC 9110, section 11.6.1. Text that does not match the grammar is skipped, without an error.

/// A method of authentication that a server offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Challenge {
    /// In lower case: `bearer`, `basic`.
    pub(super) scheme: String,
    /// Names in lower case, values as written, in the server's order.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The first value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_bearer(&self) -> bool {
        self.scheme == "bearer"
    }

    pub(super) fn is_basic(&self) -> bool {
        self.scheme == "basic"
    }
}

/// The challenges of all `WWW-Authenticate` headers of an answer.
pub(super) fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
    let mut found = Vec::new();
    for header in headers {
        Cursor { rest: header }.challenges(&mut found);
    }
    found
}

/// The challenges of one header as plain values, for the fuzz targets.
pub(crate) fn plain(header: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut all = Vec::new();
    for Challenge { scheme, parameters } in parse([header]) {
        all.push((scheme, parameters));
    }
    all
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn challenges(&mut self, found: &mut Vec<Challenge>) {
        // Parameters belong to the last scheme of the same header.
        let mut current: Option<Challenge> = None;
        loop {
            self.skip(is_separator);
            if self.rest.is_empty() {
                break;
            }
            let word = self.take(is_word);
            self.skip(is_space);
            if self.rest.starts_with('=') {
                self.skip(is_equals_or_space);
                let value = self.value();
                if let Some(challenge) = &mut current
                    && !word.is_empty()
                {
                    challenge.parameters.push((word.to_ascii_lowercase(), value));
                }
            } else if word.is_empty() {
                self.value();
            } else {
                found.extend(current.take());
                current = Some(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
            }
        }
        found.extend(current);
    }

    fn value(&mut self) -> String {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            return self.take(is_bare_value).to_owned();
        };
        let mut value = String::new();
        let mut chars = quoted.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => value.extend(chars.next()),
                c => value.push(c),
            }
        }
        self.rest = chars.as_str();
        value
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip(&mut self, belongs: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(belongs);
    }
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

fn is_separator(c: char) -> bool {
    is_space(c) || c == ','
}

fn is_equals_or_space(c: char) -> bool {
    is_space(c) || c == '='
}

fn is_bare_value(c: char) -> bool {
    !is_separator(c) && c != '"'
}

fn is_word(c: char) -> bool {
    is_bare_value(c) && c != '='
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &str) -> String {
        let one = |challenge: Challenge| {
            let parameters: Vec<_> =
                challenge.parameters.into_iter().map(|(name, value)| format!("{name}=<{value}>")).collect();
            format!("{} {}", challenge.scheme, parameters.join(" ")).trim_end().to_owned()
        };
        parse([header]).into_iter().map(one).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn headers() {
        for (header, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io""#,
                "bearer realm=<https://auth.docker.io/token> service=<registry.docker.io>",
            ),
            (
                r#"BEARER Realm = "https://a/t" , Scope="repository:a/b:pull,push""#,
                "bearer realm=<https://a/t> scope=<repository:a/b:pull,push>",
            ),
            (r#"Basic realm="a, b=\"c\\d\"", charset=UTF-8"#, r#"basic realm=<a, b="c\d"> charset=<UTF-8>"#),
            (
                r#"Negotiate, Basic realm="x", Bearer realm="y""#,
                "negotiate | basic realm=<x> | bearer realm=<y>",
            ),
            ("Negotiate YII==", "negotiate yii=<>"),
            ("Basic", "basic"),
            (r#"Bearer realm="open"#, "bearer realm=<open>"),
            (r#"Bearer realm="x\"#, "bearer realm=<x>"),
            (r#"realm="x""#, ""),
            ("", ""),
            (",,= \"", ""),
            ("é=1 Bearer a=é", "bearer a=<é>"),
        ] {
            assert_eq!(shown(header), expected, "{header}");
        }
    }

    #[test]
    fn several_headers() {
        let found = parse(["Negotiate", r#"Basic realm="x""#]);
        assert_eq!(found.len(), 2);
        assert!(found[1].is_basic() && found[1].parameter("realm") == Some("x"));
    }

    proptest::proptest! {
        #[test]
        fn any_text(header in "[ -~é]{0,60}") {
            parse([header.as_str()]);
        }
    }
}
