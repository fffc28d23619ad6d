//! Patterns of kustomize: the syntax of Go (RE2), translated into that of the crate `regex`.
//! Source: <https://pkg.go.dev/regexp/syntax>.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Maximum size of a compiled pattern, in bytes: `a{1000}{1000}` is short to write.
const MAX_PATTERN: usize = 1 << 18;
/// Maximum number of parentheses of a pattern whose faults are known: both languages have a limit of nesting.
const MAX_GROUPS: usize = 32;
/// Largest number of repetitions in Go.
const MAX_REPEAT: u32 = 1000;

/// The reason why a pattern is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// kustomize refuses it too.
    Refused,
    /// kustomize may read it.
    Unknown,
}

/// A pattern as kustomize reads it.
///
/// # Errors
/// [`Unread`] if it cannot be read, or is too large.
pub(super) fn pattern(text: &str) -> Result<Regex, Unread> {
    let translated = translate(text)?;
    RegexBuilder::new(&translated).size_limit(MAX_PATTERN).build().map_err(|error| match error {
        regex::Error::Syntax(_) if is_simple(text) => Unread::Refused,
        _ => Unread::Unknown,
    })
}

/// True if a pattern has only parts of which both languages refuse the same.
fn is_simple(text: &str) -> bool {
    let has_flags = text.split("(?").skip(1).any(|rest| !rest.starts_with([':', '=', '!', '<', 'P']));
    text.matches('(').count() <= MAX_GROUPS && !has_flags && !text.contains("\\p") && !text.contains("\\P")
}

/// The same pattern in the other syntax.
fn translate(text: &str) -> Result<String, Unread> {
    let mut made = Translation { rest: text.chars().peekable(), made: String::with_capacity(text.len()) };
    while let Some(c) = made.rest.next() {
        match c {
            '\\' => made.escape()?,
            '[' => made.class()?,
            '{' => made.brace(),
            '(' => made.group(),
            '.' | '*' | '+' | '?' | '|' | ')' | '^' | '$' => made.made.push(c),
            c => made.literal(c),
        }
    }
    Ok(made.made)
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    made: String,
}

impl Translation<'_> {
    fn literal(&mut self, c: char) {
        self.made.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    /// A character within brackets, where more of them have a meaning.
    fn member(&mut self, c: char) {
        self.made.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
    }

    fn is_next(&self, text: &str) -> bool {
        self.rest.clone().take(text.len()).eq(text.chars())
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.rest.next();
        }
    }

    /// An opening brace: a number of repetitions, or the character itself.
    fn brace(&mut self) {
        let inner: String = self.rest.clone().take_while(|c| *c != '}').collect();
        let is_closed = self.rest.clone().nth(inner.chars().count()) == Some('}');
        let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_closed || !is_number(least) || !most.is_empty() && !is_number(most) {
            return self.literal('{');
        }
        // Go refuses more repetitions. An unclosed brace is refused here too.
        let fits =
            [least, most].iter().all(|it| it.is_empty() || it.parse().is_ok_and(|n: u32| n <= MAX_REPEAT));
        self.made.push('{');
        if fits {
            self.made.push_str(&inner);
            self.made.push('}');
            self.skip(inner.len() + 1);
        }
    }

    /// An opening parenthesis. Names of groups have no meaning, and other rules.
    fn group(&mut self) {
        self.made.push('(');
        let length = if self.is_next("?P<") { 3 } else { 2 };
        let is_named = length == 3 || self.is_next("?<");
        let name =
            self.rest.clone().skip(length).take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count();
        if is_named && name > 0 && self.rest.clone().nth(length + name) == Some('>') {
            self.skip(length + name + 1);
            self.made.push_str("?:");
        }
    }

    /// An escape outside of brackets, behind its backslash.
    fn escape(&mut self) -> Result<(), Unread> {
        match self.rest.peek().copied() {
            Some('Q') => {
                self.rest.next();
                while self.rest.peek().is_some() && !self.is_next("\\E") {
                    if let Some(c) = self.rest.next() {
                        self.literal(c);
                    }
                }
                self.skip(2);
            }
            Some(c @ ('A' | 'z')) => {
                self.rest.next();
                self.made.extend(['\\', c]);
            }
            Some('b') => {
                self.rest.next();
                self.made.push_str("(?-u:\\b)");
            }
            // The other library has no such boundary for text.
            Some('B') => return Err(Unread::Unknown),
            _ if self.set()? => {}
            _ => {
                let c = self.character()?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// A set of characters that has an escape, behind its backslash; false if there is none.
    fn set(&mut self) -> Result<bool, Unread> {
        let set = match self.rest.peek().copied() {
            Some('d') => "[0-9]",
            Some('D') => "[^0-9]",
            Some('s') => r"[\t\n\x0c\r ]",
            Some('S') => r"[^\t\n\x0c\r ]",
            Some('w') => "[0-9A-Za-z_]",
            Some('W') => "[^0-9A-Za-z_]",
            Some('p' | 'P') => return self.property(),
            _ => return Ok(false),
        };
        self.rest.next();
        self.made.push_str(set);
        Ok(true)
    }

    /// A set of Unicode: `pL`, `p{Greek}`, `P{^Greek}`.
    fn property(&mut self) -> Result<bool, Unread> {
        let is_positive = self.rest.next() == Some('p');
        let mut name: String = self.rest.next().into_iter().collect();
        if name == "{" {
            name = self.braced()?;
        }
        let (name, is_positive) = match name.strip_prefix('^') {
            Some(name) => (name, !is_positive),
            None => (name.as_str(), is_positive),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') {
            return Err(Unread::Refused);
        }
        self.made.push_str(&format!("\\{}{{{name}}}", if is_positive { 'p' } else { 'P' }));
        Ok(true)
    }

    /// The character of an escape, behind its backslash.
    fn character(&mut self) -> Result<char, Unread> {
        let c = self.rest.next().ok_or(Unread::Refused)?;
        Ok(match c {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => self.hexadecimal()?,
            '0'..='7' => self.octal(c)?,
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return Err(Unread::Refused),
        })
    }

    /// The text behind an opening brace, which has to be closed.
    fn braced(&mut self) -> Result<String, Unread> {
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or(Unread::Refused)? {
                '}' => return Ok(text),
                c => text.push(c),
            }
        }
    }

    fn hexadecimal(&mut self) -> Result<char, Unread> {
        let digits: String = if self.rest.next_if_eq(&'{').is_some() {
            self.braced()?
        } else {
            self.rest.by_ref().take(2).collect()
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| is_number).ok_or(Unread::Refused)?;
        // Go accepts half of a surrogate pair.
        char::from_u32(code).ok_or(Unread::Unknown)
    }

    /// Up to three digits; a single one other than 0 would be a reference to a group.
    fn octal(&mut self, first: char) -> Result<char, Unread> {
        let mut digits = String::from(first);
        while digits.len() < 3
            && let Some(digit) = self.rest.next_if(|c| matches!(c, '0'..='7'))
        {
            digits.push(digit);
        }
        if digits.len() == 1 && first != '0' {
            return Err(Unread::Refused);
        }
        u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32).ok_or(Unread::Refused)
    }

    /// A class, behind its bracket. A bracket, `&&`, `--` and `~~` have no meaning in it.
    fn class(&mut self) -> Result<(), Unread> {
        self.made.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.made.push('^');
        }
        let mut is_first = true;
        while is_first || self.rest.peek() != Some(&']') {
            is_first = false;
            if !self.named_class()? && !self.escaped_class()? {
                self.range()?;
            }
        }
        self.rest.next();
        self.made.push(']');
        Ok(())
    }

    /// A class such as `[:alpha:]`; false if there is none.
    fn named_class(&mut self) -> Result<bool, Unread> {
        let text: String = self.rest.clone().collect();
        let Some((name, _)) = text.strip_prefix("[:").and_then(|text| text.split_once(":]")) else {
            return Ok(false);
        };
        if !CLASSES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(Unread::Refused);
        }
        self.made.push_str(&format!("[:{name}:]"));
        self.skip(name.len() + 4);
        Ok(true)
    }

    fn escaped_class(&mut self) -> Result<bool, Unread> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('\\')
            || !matches!(ahead.peek(), Some('d' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P'))
        {
            return Ok(false);
        }
        self.rest.next();
        self.set()
    }

    /// A character, or a range of two.
    fn range(&mut self) -> Result<(), Unread> {
        let low = self.in_class()?;
        let mut ahead = self.rest.clone();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        self.member(low);
        if is_range {
            self.rest.next();
            let high = self.in_class()?;
            if high < low {
                return Err(Unread::Refused);
            }
            self.made.push('-');
            self.member(high);
        }
        Ok(())
    }

    fn in_class(&mut self) -> Result<char, Unread> {
        match self.rest.next() {
            Some('\\') => self.character(),
            Some(c) => Ok(c),
            None => Err(Unread::Refused),
        }
    }
}

/// The names of classes.
const CLASSES: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The results are those of Go's `regexp`.
    #[test]
    fn patterns_match_as_in_go() {
        for (wanted, text, expected) in [
            (r"^\Qw.x\E$", "w.x", true),
            (r"^\Qw.x\E$", "wyx", false),
            (r"^\Qa(", "a(", true),
            ("^[w&&x]$", "w", true),
            ("^[w&&x]$", "&", true),
            ("^[[w]$", "[", true),
            ("^[a~~b]$", "a", true),
            ("^[+--]$", ",", true),
            ("^[^a&&b]$", "&", false),
            ("^[]a]$", "]", true),
            ("^[[:digit:]x]+$", "1x", true),
            ("^[[:^digit:]]$", "1", false),
            (r"^\d$", "\u{664}", false),
            (r"^[\d-]+$", "1-2", true),
            (r"^\s$", "\u{b}", false),
            (r"^\w+$", "\u{e4}", false),
            (r"^\<\_\x41\x{42}\103\n$", "<_ABC\n", true),
            ("^a{,2}$", "a{,2}", true),
            ("^a{2}{b}$", "aa{b}", true),
            ("^(?P<1a>x)(?<b>y)$", "xy", true),
            (r"^\pL\P{Lu}\p{^Lu}$", "abc", true),
            (r"\bb\b", "a b c", true),
            ("(?i)^WEB$", "web", true),
            (r"\Ab\z", "b", true),
            (r"\Ab\z", "ab", false),
            (r"^\D\S\W$", "a\u{b}\u{e4}", true),
            (r"^\D$", "1", false),
            (r"^\S$", " ", false),
            (r"^\W$", "1", false),
            (r"^\a\f\r\t\v$", "\u{7}\u{c}\r\t\u{b}", true),
            ("^a{2,b}$", "a{2,b}", true),
            ("^a{1,2}b{1,}$", "aabbb", true),
            ("^(abc>d)$", "abc>d", true),
            (r"^\p{Old_Italic}$", "\u{10300}", true),
            (r"^\1011$", "A1", true),
            ("^[a-a]$", "a", true),
        ] {
            assert_eq!(pattern(wanted).unwrap().is_match(text), expected, "{wanted} {text}");
        }
    }

    #[test]
    fn patterns_that_are_not_read() {
        for text in [
            "(",
            "*a",
            "[z-a]",
            "[a",
            "a)",
            r"\8",
            r"\1",
            r"[\Q]",
            "[[:none:]]",
            "a{1001}",
            "(?=a)",
            r"a\",
            "(?<>a)",
            "(?P<>a)",
            "(?<ab)c>d)",
            r"\p{}",
            r"\p",
            r"\p{Greek",
            r"\x{41",
            r"\x{+41}",
            r"\pL[z-a]",
        ] {
            assert_eq!(pattern(text).unwrap_err(), Unread::Refused, "{text}");
        }
        let (nested, large) = (format!("{}{}", "(".repeat(300), ")".repeat(300)), ".{1000}");
        for text in [&nested, large, r"\Ba", r"\x{d800}", r"\p{Nowhere}", "a(?i)*"] {
            assert_eq!(pattern(text).unwrap_err(), Unread::Unknown, "{text}");
        }
    }
}
