//! Selectors of labels in the syntax of Kubernetes: `a=b,c!=d,e in (f,g),h,!i,j>5`.
//! Source: <https://github.com/kubernetes/apimachinery/blob/v0.34.0/pkg/labels/selector.go>.

use std::iter::Peekable;
use std::vec::IntoIter;

/// A selector: each of its requirements has to hold.
#[derive(Debug)]
pub(super) struct Labels(Vec<Requirement>);

/// A requirement of one label.
#[derive(Debug)]
struct Requirement {
    name: String,
    wanted: Wanted,
}

#[derive(Debug)]
enum Wanted {
    Present,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
}

/// The signs, the longest first.
const SIGNS: &[&str] = &["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

impl Labels {
    /// Reads a selector; `None` if it has a syntax error.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut tokens = tokens(text).into_iter().peekable();
        let mut all = Vec::new();
        while tokens.peek().is_some() {
            all.push(Requirement::new(&mut tokens)?);
            if tokens.peek().is_some() {
                sign(&mut tokens, ",").filter(|()| tokens.peek().is_some())?;
            }
        }
        Some(Self(all))
    }

    /// True if labels satisfy it.
    pub(super) fn hold<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|requirement| requirement.wanted.is(label(&requirement.name)))
    }
}

type Tokens = Peekable<IntoIter<Token>>;

fn sign(tokens: &mut Tokens, sign: &'static str) -> Option<()> {
    tokens.next_if_eq(&Token::Sign(sign)).map(drop)
}

fn word(tokens: &mut Tokens) -> Option<String> {
    match tokens.next()? {
        Token::Word(word) => Some(word),
        Token::Sign(_) => None,
    }
}

impl Requirement {
    fn new(tokens: &mut Tokens) -> Option<Self> {
        if sign(tokens, "!").is_some() {
            return Some(Self { name: word(tokens)?, wanted: Wanted::Absent });
        }
        let name = word(tokens)?;
        let is_end = matches!(tokens.peek(), None | Some(Token::Sign(",")));
        let wanted = if is_end { Wanted::Present } else { Wanted::new(tokens)? };
        Some(Self { name, wanted })
    }
}

impl Wanted {
    /// Reads an operator and its values.
    fn new(tokens: &mut Tokens) -> Option<Self> {
        Some(match tokens.next()? {
            Token::Sign("=" | "==") => Self::In(vec![value(tokens)?]),
            Token::Sign("!=") => Self::NotIn(vec![value(tokens)?]),
            Token::Sign(">") => Self::Above(value(tokens)?.parse().ok()?),
            Token::Sign("<") => Self::Below(value(tokens)?.parse().ok()?),
            Token::Word(word) if word == "in" => Self::In(values(tokens)?),
            Token::Word(word) if word == "notin" => Self::NotIn(values(tokens)?),
            _ => return None,
        })
    }

    fn is(&self, label: Option<&str>) -> bool {
        let is_in = |values: &[String]| label.is_some_and(|label| values.iter().any(|value| value == label));
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match self {
            Self::Present => label.is_some(),
            Self::Absent => label.is_none(),
            Self::In(values) => is_in(values),
            Self::NotIn(values) => !is_in(values),
            Self::Above(least) => number().is_some_and(|number| number > *least),
            Self::Below(most) => number().is_some_and(|number| number < *most),
        }
    }
}

/// One value, which may be empty.
fn value(tokens: &mut Tokens) -> Option<String> {
    match tokens.peek() {
        None | Some(Token::Sign(",")) => Some(String::new()),
        _ => word(tokens),
    }
}

/// Values between parentheses; an omitted one is empty.
fn values(tokens: &mut Tokens) -> Option<Vec<String>> {
    sign(tokens, "(")?;
    let mut all = Vec::new();
    loop {
        match tokens.peek()? {
            Token::Word(_) => all.push(word(tokens)?),
            Token::Sign(_) => all.push(String::new()),
        }
        match tokens.next()? {
            Token::Sign(",") => {}
            Token::Sign(")") => return Some(all),
            _ => return None,
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut found, mut rest) = (Vec::new(), text);
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    loop {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() {
            return found;
        }
        if let Some(sign) = SIGNS.iter().copied().find(|sign| rest.starts_with(sign)) {
            found.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
            continue;
        }
        let is_end = |c: char| is_blank(c) || matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<');
        let (word, more) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        found.push(Token::Word(word.to_owned()));
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::Labels;

    #[test]
    fn label_selectors() {
        let labels = |name: &str| match name {
            "app" => Some("web"),
            "tier" => Some("front"),
            "n" => Some("7"),
            "empty" => Some(""),
            _ => None,
        };
        for (selector, expected) in [
            ("app=web", Some(true)),
            ("app==web,tier=front", Some(true)),
            ("app = web , tier", Some(true)),
            ("app=api", Some(false)),
            ("app!=api", Some(true)),
            ("none!=api", Some(true)),
            ("app in (api, web),tier", Some(true)),
            ("app in(api,web)", Some(true)),
            ("app\tin\n(web)", Some(true)),
            ("app notin (api,web)", Some(false)),
            ("none notin (a)", Some(true)),
            ("empty in (a,)", Some(true)),
            ("empty=", Some(true)),
            ("n>5", Some(true)),
            ("n < 7", Some(false)),
            ("app>5", Some(false)),
            ("none", Some(false)),
            ("!none", Some(true)),
            ("", Some(true)),
            ("app in", None),
            ("app in web", None),
            ("app=web,", None),
            ("app=web tier", None),
            ("n>a", None),
            ("!app=web", None),
            ("=", None),
            ("n>7", Some(false)),
            ("app is (web)", None),
            ("app (web)", None),
            ("app in (a b)", None),
            ("app in (a=b)", None),
            ("empty in ()", Some(true)),
        ] {
            assert_eq!(Labels::new(selector).map(|it| it.hold(&labels)), expected, "{selector}");
        }
    }
}
