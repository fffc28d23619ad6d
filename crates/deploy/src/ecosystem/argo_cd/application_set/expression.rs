//! The expressions of a template that are evaluated: a parameter or a text, and functions that change it.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/>.

use super::pieces::without_markers;

/// An expression that is evaluated.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) first: First,
    pub(super) functions: Vec<Function>,
}

/// The value that the functions change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum First {
    /// The name of a parameter.
    Name(String),
    Text(String),
}

/// A function of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Lower,
    Upper,
    Trim,
    ToString,
    Quote,
    Normalize,
    TrimSuffix(String),
    TrimPrefix(String),
    Replace(String, String),
    /// Another text for an empty one.
    Default(String),
}

impl Expression {
    /// Reads the text between two pairs of braces; `None` if it is more than a value and known functions. `around`: the
    /// texts before and behind, whose blanks a trim marker removes.
    pub(super) fn read(text: &str, around: [&str; 2], go: bool) -> Option<Self> {
        if !go {
            // `path[1]` is `index .path.segments 1` in Go's templates.
            return Some(Self { first: First::Name(text.trim().to_owned()), functions: Vec::new() });
        }
        let [before, behind] = around;
        let (inner, [trims_before, trims_behind]) = without_markers(text);
        if trims_before && before.ends_with(char::is_whitespace)
            || trims_behind && behind.starts_with(char::is_whitespace)
        {
            return None;
        }
        let mut parts = inner.split('|');
        let first = parts.next()?.trim();
        let first = match literal(first) {
            Some(text) => First::Text(text.to_owned()),
            None => First::Name(name(first)?),
        };
        let functions: Option<Vec<Function>> = parts.map(|part| Function::read(part.trim())).collect();
        Some(Self { first, functions: functions? })
    }
}

impl Function {
    fn read(text: &str) -> Option<Self> {
        let mut words = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            // A text may have blanks.
            let end = match rest.strip_prefix('"') {
                Some(inner) => inner.find('"')? + 2,
                None => rest.find(' ').unwrap_or(rest.len()),
            };
            words.push(rest.get(..end)?);
            rest = rest.get(end..)?.trim_start();
        }
        Some(match words.as_slice() {
            ["lower"] => Self::Lower,
            ["upper"] => Self::Upper,
            ["trim"] => Self::Trim,
            ["toString"] => Self::ToString,
            ["quote"] => Self::Quote,
            ["normalize"] => Self::Normalize,
            ["trimSuffix", end] => Self::TrimSuffix(literal(end)?.to_owned()),
            ["trimPrefix", start] => Self::TrimPrefix(literal(start)?.to_owned()),
            ["replace", old, new] => Self::Replace(literal(old)?.to_owned(), literal(new)?.to_owned()),
            ["default", other] => Self::Default(literal(other)?.to_owned()),
            _ => return None,
        })
    }

    /// The result for a text; `None` for a text that the function changes in a way that is not known.
    pub(super) fn of(&self, text: String) -> Option<String> {
        Some(match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Trim => text.trim().to_owned(),
            Self::ToString | Self::Default(_) => text,
            Self::Quote => {
                let is_plain = |c: char| c == ' ' || c.is_ascii_graphic() && !matches!(c, '"' | '\\');
                text.chars().all(is_plain).then(|| format!("\"{text}\""))?
            }
            Self::Normalize => normalized(&text),
            Self::TrimSuffix(end) => text.strip_suffix(end.as_str()).unwrap_or(&text).to_owned(),
            Self::TrimPrefix(start) => text.strip_prefix(start.as_str()).unwrap_or(&text).to_owned(),
            Self::Replace(old, _) if old.is_empty() => return None,
            Self::Replace(old, new) => text.replace(old.as_str(), new),
        })
    }
}

/// A name in the form that Argo CD makes valid for a resource.
pub(super) fn normalized(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '-' };
    let name: String = name.to_lowercase().chars().map(fit).take(253).collect();
    name.trim_matches(['-', '.']).to_owned()
}

/// The text of a constant without escapes.
fn literal(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\'])).then_some(inner)
}

/// The name of the parameter in Go's syntax.
pub(super) fn name(expression: &str) -> Option<String> {
    let mut words = expression.split_whitespace();
    match (words.next()?, words.next(), words.next(), words.next()) {
        (name, None, None, None) => simple(name.strip_prefix('.')?),
        ("index", Some("."), Some(key), None) => simple(literal(key)?).filter(|key| !key.contains('.')),
        ("index", Some(list), Some(index), None) => {
            let index: usize = index.parse().ok()?;
            Some(format!("{}.{index}", simple(list.strip_prefix('.')?)?))
        }
        _ => None,
    }
}

/// A text that is only a name.
fn simple(text: &str) -> Option<String> {
    let is_odd = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.';
    let is_name = !text.is_empty() && !text.contains(is_odd) && !text.contains("..");
    is_name.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Expression, First};

    #[test]
    fn expressions() {
        let name = |text, go| match Expression::read(text, ["", ""], go)?.first {
            First::Name(name) => Some(name),
            First::Text(text) => Some(format!("{text:?}")),
        };
        for (text, go, plain) in [
            (".path.path", Some("path.path"), Some(".path.path")),
            ("path.basename", None, Some("path.basename")),
            ("path[0]", None, Some("path[0]")),
            ("index .path.segments 1", Some("path.segments.1"), Some("index .path.segments 1")),
            (r#"index . "app""#, Some("app"), Some(r#"index . "app""#)),
            (r#"index . "a.b""#, None, Some(r#"index . "a.b""#)),
            (r#"index .a "b""#, None, Some(r#"index .a "b""#)),
            (".name | lower", Some("name"), Some(".name | lower")),
            (".name | sha256sum", None, Some(".name | sha256sum")),
            ("- .name -", Some("name"), Some("- .name -")),
            ("-.name", None, Some("-.name")),
            (r#" "a b" "#, Some("\"a b\""), Some(r#""a b""#)),
            (r#""a\x41""#, None, Some(r#""a\x41""#)),
            (".", None, Some(".")),
            (".a_b.c", Some("a_b.c"), Some(".a_b.c")),
            (".a-b", None, Some(".a-b")),
            (".a..b", None, Some(".a..b")),
            ("if .x", None, Some("if .x")),
        ] {
            assert_eq!(name(text, true).as_deref(), go, "{text}");
            assert_eq!(name(text, false).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn a_trim_marker_beside_a_blank_is_not_evaluated() {
        let is_read = |text, around| Expression::read(text, around, true).is_some();
        assert!(is_read("- .a -", ["x", "y"]));
        assert!(!is_read("- .a", ["x ", "y"]));
        assert!(!is_read(".a -", ["x", "\ny"]));
        assert!(is_read(".a", [" ", " "]));
    }

    #[test]
    fn functions() {
        let made = |functions: &str, text: &str| {
            let read = Expression::read(&format!(".a | {functions}"), ["", ""], true)?;
            read.functions.iter().try_fold(text.to_owned(), |text, function| function.of(text))
        };
        for (functions, text, expected) in [
            ("lower", "Ab", Some("ab")),
            ("upper | trim", " b ", Some("B")),
            ("quote", "b", Some("\"b\"")),
            ("quote", "b\"", None),
            ("normalize", "A_b.", Some("a-b")),
            (r#"trimSuffix ".yaml""#, "a.yaml", Some("a")),
            (r#"trimPrefix "a""#, "aab", Some("ab")),
            (r#"replace "_" "-""#, "a_b_c", Some("a-b-c")),
            (r#"replace "" "-""#, "a", None),
            (r#"default "x y""#, "a", Some("a")),
            (r#"default "x" "y""#, "a", None),
            ("default .b", "a", None),
            ("trunc 3", "a", None),
        ] {
            assert_eq!(made(functions, text).as_deref(), expected, "{functions}");
        }
    }
}
