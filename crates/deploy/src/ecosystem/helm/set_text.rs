//! The texts that `helm --set` reads: `a.b[0].c=1,d={x,y}`. Source:
//! <https://github.com/helm/helm/blob/v3.18.0/pkg/strvals/parser.go>.

use std::iter::Peekable;
use std::str::Chars;

/// Maximum number of dots in a name.
const MAX_DEPTH: usize = 30;
/// Maximum index of an item.
const MAX_INDEX: usize = 65_536;
/// Maximum number of steps of a name: an index may follow another one without a dot.
const MAX_STEPS: usize = 256;

/// A step of a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

impl Step {
    /// The key; `None` for an index.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Item(_) => None,
        }
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    One(String),
    List(Vec<String>),
}

type Assignment = (Vec<Step>, Given);

/// The values that a text sets, in their order.
///
/// # Errors
/// The reason why Helm refuses the text.
pub(super) fn assignments(text: &str) -> Result<Vec<Assignment>, &'static str> {
    let mut reader = Reader { chars: text.chars().peekable(), found: Vec::new() };
    while reader.assignment()? {}
    // Helm sets nothing at an empty key.
    reader.found.retain(|(steps, _)| steps.iter().all(|step| step.key() != Some("")));
    Ok(reader.found)
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    found: Vec<Assignment>,
}

impl Reader<'_> {
    /// Reads a name with its value; false at the end of the text.
    fn assignment(&mut self) -> Result<bool, &'static str> {
        let (mut steps, mut depth) = (Vec::new(), 0);
        loop {
            let (key, end) = self.until(&['=', '[', ',', '.']);
            if end.is_none() && key.is_empty() {
                return Ok(false);
            }
            steps.push(Step::Key(key));
            match end {
                Some('=') => return self.value(steps),
                Some('.') => depth += 1,
                Some('[') => match self.items(&mut steps)? {
                    Some('.') => {}
                    Some(_) => return self.value(steps),
                    None => return Ok(false),
                },
                _ => return Err("a name in it has no value"),
            }
            if depth > MAX_DEPTH || steps.len() > MAX_STEPS {
                return Err("a name in it is too deep");
            }
        }
    }

    /// Reads the indexes behind an open bracket, and returns the character behind them.
    fn items(&mut self, steps: &mut Vec<Step>) -> Result<Option<char>, &'static str> {
        loop {
            let (index, end) = self.until(&[']']);
            let index: usize = index.parse().map_err(|_| "an index in it is not a number")?;
            if end.is_none() || index > MAX_INDEX || steps.len() > MAX_STEPS {
                return Err("an index in it is not valid");
            }
            steps.push(Step::Item(index));
            let (rest, end) = self.until(&['[', '.', '=']);
            if !rest.is_empty() {
                return Err("a text follows an index in it");
            }
            if end != Some('[') {
                return Ok(end);
            }
        }
    }

    /// Reads a value; false at the end of the text.
    fn value(&mut self, steps: Vec<Step>) -> Result<bool, &'static str> {
        if self.chars.next_if_eq(&'{').is_none() {
            let (text, end) = self.until(&[',']);
            self.found.push((steps, Given::One(text)));
            return Ok(end.is_some());
        }
        let mut list = Vec::new();
        loop {
            let (text, end) = self.until(&[',', '}']);
            list.push(text);
            match end {
                Some(',') => {}
                Some(_) => break,
                None => return Err("a list in it does not end"),
            }
        }
        self.chars.next_if_eq(&',');
        self.found.push((steps, Given::List(list)));
        Ok(true)
    }

    /// Reads up to one of these characters, which is returned, or up to the end. A backslash escapes a character.
    fn until(&mut self, ends: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(c) = self.chars.next() {
            if ends.contains(&c) {
                return (text, Some(c));
            }
            match c {
                '\\' => text.extend(self.chars.next()),
                c => text.push(c),
            }
        }
        (text, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<String> {
        let all = assignments(text).ok()?.into_iter().map(|(steps, given)| {
            let steps = steps.into_iter().map(|step| match step {
                Step::Key(key) => key,
                Step::Item(index) => format!("#{index}"),
            });
            let given = match given {
                Given::One(text) => text,
                Given::List(texts) => format!("{texts:?}"),
            };
            format!("{}: {given}", steps.collect::<Vec<_>>().join(" "))
        });
        Some(all.collect::<Vec<_>>().join("; "))
    }

    /// The results are those of `helm template --set`.
    #[test]
    fn texts_are_read_as_helm_reads_them() {
        for (text, read) in [
            ("image.tag=1", "image tag: 1"),
            ("a.b[0].c=x", "a b #0 c: x"),
            ("a[0][1]=x", "a #0 #1: x"),
            (r"node\.kubernetes\.io/role.x=y", "node.kubernetes.io/role x: y"),
            ("a=b=c", "a: b=c"),
            ("foo=1,img=evil", "foo: 1; img: evil"),
            (r"a=x\,y,b=", "a: x,y; b: "),
            ("a={x,y},b=z", "a: [\"x\", \"y\"]; b: z"),
            ("a[0]={x}", "a #0: [\"x\"]"),
            ("a={}", "a: [\"\"]"),
            (r"a={x\,y}", "a: [\"x,y\"]"),
            ("=x", ""),
            ("[0]=x", ""),
            ("a[0]", ""),
            (r"a=b\", "a: b"),
            ("a=1,", "a: 1"),
        ] {
            assert_eq!(told(text).as_deref(), Some(read), "{text}");
        }
        for text in
            ["a", "a,b=1", "a[x]=1", "a[-1]=1", "a[0]b=1", "a[0", "a={x", "a={x}y", "a[65537]=1", "a=1,b"]
        {
            assert_eq!(told(text), None, "{text}");
        }
        for (limit, text) in [(30, ("a.", "a")), (128, ("a[0].", "a")), (256, ("[0]", ""))] {
            let named = |count: usize| {
                format!("{}{}{}=1", if text.1.is_empty() { "a" } else { "" }, text.0.repeat(count), text.1)
            };
            assert!(told(&named(limit)).is_some(), "{text:?}");
            assert_eq!(told(&named(limit + 1)), None, "{text:?}");
        }
        assert!(told("a[65536]=1").is_some());
    }
}
