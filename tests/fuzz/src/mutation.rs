//! Mutates an input into a similar one.

use serde_json::Value;

use crate::random::Random;

/// Longest input, in bytes: longer ones cost time and find nothing more.
const LONGEST: usize = 16 << 10;
/// Most steps from an input of the corpus to a new one.
const MOST_STEPS: usize = 6;

/// The way in which inputs are mutated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Byte by byte, and with words of the dictionary.
    Bytes,
    /// Mostly line by line, as YAML is written.
    Lines,
    /// Mostly value by value of a JSON document.
    Json,
}

/// Words and marks that parsers treat specially.
const WORDS: [&str; 96] = [
    "---\n",
    "...\n",
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!!binary ",
    "!x ",
    "|\n",
    ">-\n",
    "|+2\n",
    "'",
    "\"",
    "\\",
    "\\x41",
    "\\u263A",
    "\t",
    "\r\n",
    "\r",
    "\u{feff}",
    "\u{2028}",
    "\u{85}",
    "\u{0}",
    "é",
    "😀",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    " # ",
    "%YAML 1.1\n",
    "@",
    "`",
    "null",
    "~",
    "true",
    "no",
    "1.20",
    "1e3",
    "0x10",
    "0o7",
    ".inf",
    "2026-11-26",
    "-1",
    "18446744073709551616",
    "image: ",
    "nginx:1.27",
    "ghcr.io/acme/web:1",
    "tag: ",
    "@sha256:",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "newTag: ",
    "name: ",
    "kind: ",
    "resources:\n",
    "../",
    "./",
    "/",
    "..",
    ".",
    ":",
    "=",
    "==",
    "%",
    "${VAR}",
    "{{ .Values.x }}",
    "$patch: delete",
    "patches:\n",
    "op: replace",
    "path: /spec/template/spec/containers/0/image",
    "value: ",
    "apiVersion: v1\n",
    "base ",
    "head ",
    "-- x.yaml --\n",
    "*",
    "**",
    "|",
    "rel=\"next\"",
    "<",
    ">",
    ";",
    "Bearer realm=\"",
    "Basic ",
    "localhost:5000/",
    "[::1]:5000/",
    "docker.io/",
    "index.docker.io/",
    "library/",
    "refs/heads/x ",
    "0000000000000000000000000000000000000000",
];

impl Mutation {
    /// Makes a new input from one of the corpus.
    pub fn apply(self, corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
        let mut input = random.one(corpus).clone();
        for _ in 0..=random.below(MOST_STEPS) {
            let other = random.one(corpus);
            match self {
                Self::Lines if !random.once_in(4) => input = line_step(&input, other, random),
                Self::Json if !random.once_in(4) => input = json_step(&input, other, random),
                _ => byte_step(&mut input, other, random),
            }
            input.truncate(LONGEST);
        }
        input
    }
}

fn range(length: usize, random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    // Short pieces are the more likely ones.
    let most = if random.once_in(4) { length - start } else { (length - start).min(8) };
    start..start + random.below(most + 1)
}

fn byte_step(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = range(input.len(), random);
    match random.below(8) {
        0 => drop(input.drain(at)),
        1 => {
            let piece = input[at].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, piece);
        }
        2 => {
            let piece = other[range(other.len(), random)].to_vec();
            input.splice(at, piece);
        }
        3 => {
            if let Some(byte) = input.get_mut(at.start) {
                *byte ^= 1 << random.below(8);
            }
        }
        4 => {
            let byte = u8::try_from(random.below(256)).unwrap();
            input.splice(at, [byte]);
        }
        5 => {
            let to = at.start;
            input.splice(to..to, random.one(&WORDS).bytes());
        }
        6 => drop(input.splice(at, random.one(&WORDS).bytes())),
        _ => {
            let piece = input[at.clone()].repeat(1 + random.below(40));
            input.splice(at, piece);
        }
    }
}

fn line_step(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = lines(input);
    let at = random.below(lines.len());
    if lines.is_empty() {
        lines.push(Vec::new());
    }
    match random.below(10) {
        0 => drop(lines.remove(at)),
        1 => {
            let line = lines[at].clone();
            lines.insert(random.below(lines.len() + 1), line);
        }
        2 => {
            let to = random.below(lines.len());
            lines.swap(at, to);
        }
        3 => {
            let deeper = b" ".repeat(1 + random.below(4));
            lines[at].splice(0..0, deeper);
        }
        4 => {
            let blanks = lines[at].iter().take_while(|byte| **byte == b' ').count();
            lines[at].drain(..random.below(blanks + 1));
        }
        5 | 6 => {
            let others = self::lines(other);
            let from = random.below(others.len());
            let count = 1 + random.below(6);
            lines.splice(at..at, others.into_iter().skip(from).take(count));
        }
        7 => replace_value(&mut lines[at], random),
        8 => {
            let to = (at + 1 + random.below(5)).min(lines.len());
            lines.drain(at..to);
        }
        _ => byte_step(&mut lines[at], other, random),
    }
    lines.concat()
}

/// The lines of a text with their ends.
fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Replaces the text after the first colon of a line.
fn replace_value(line: &mut Vec<u8>, random: &mut Random) {
    let Some(colon) = line.windows(2).position(|pair| pair == b": ") else { return };
    let end = line.len() - usize::from(line.ends_with(b"\n"));
    line.splice(colon + 2..end.max(colon + 2), random.one(&WORDS).bytes());
}

fn json_step(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let (Ok(mut value), Ok(other)) =
        (serde_json::from_slice::<Value>(input), serde_json::from_slice::<Value>(other))
    else {
        let mut bytes = input.to_vec();
        byte_step(&mut bytes, other, random);
        return bytes;
    };
    let count = count(&value);
    let mut at = random.below(count);
    let replacement = replacement(&other, random);
    change(&mut value, &mut at, random, &replacement);
    serde_json::to_vec(&value).unwrap()
}

/// The number of values of a document.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// A value to write in place of another.
fn replacement(other: &Value, random: &mut Random) -> Value {
    match random.below(9) {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => Value::from(random.number()),
        3 => Value::from(-1.5e300),
        4 => Value::Array(Vec::new()),
        5 => Value::from("x".repeat(1 + random.below(2000))),
        6 => Value::from(*random.one(&WORDS)),
        _ => {
            let mut at = random.below(count(other));
            nth(other, &mut at).cloned().unwrap_or_default()
        }
    }
}

fn nth<'a>(value: &'a Value, at: &mut usize) -> Option<&'a Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter().find_map(|item| nth(item, at)),
        Value::Object(fields) => fields.values().find_map(|field| nth(field, at)),
        _ => None,
    }
}

/// Changes the value at a place: replaces it, leaves it out, repeats it, or renames it. True once it is done.
fn change(value: &mut Value, at: &mut usize, random: &mut Random, replacement: &Value) -> bool {
    if *at == 0 {
        match value {
            Value::Array(items) if !items.is_empty() && random.once_in(2) => {
                let item = random.one(items).clone();
                items.insert(random.below(items.len() + 1), item);
            }
            Value::Object(fields) if !fields.is_empty() && random.once_in(2) => {
                let names: Vec<String> = fields.keys().cloned().collect();
                let field = fields.remove(random.one(&names)).unwrap_or_default();
                if random.once_in(2) {
                    fields.insert(random.one(&names).clone(), field);
                }
            }
            Value::String(text) if random.once_in(2) => {
                let mut bytes = std::mem::take(text).into_bytes();
                byte_step(&mut bytes, b"", random);
                *text = String::from_utf8_lossy(&bytes).into_owned();
            }
            value => *value = replacement.clone(),
        }
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change(item, at, random, replacement)),
        Value::Object(fields) => fields.values_mut().any(|field| change(field, at, random, replacement)),
        _ => false,
    }
}
