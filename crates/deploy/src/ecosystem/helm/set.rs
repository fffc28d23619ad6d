//! Single values that override others, as with `helm --set`: `a.b[0].c` with its value. Sources:
//! <https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set>.

use yaml::Node;

use crate::reference::walk::TooMuch;

/// Maximum depth of a name that Helm accepts.
const MAX_DEPTH: usize = 30;
/// Maximum number of items by which one name extends a list.
const MAX_FILLED: usize = 1024;

/// A name, and the value that it is set to.
pub(crate) struct Set<'a> {
    /// The name, as written.
    pub name: &'a str,
    /// The value.
    pub value: Node,
    /// The field that sets it.
    pub field: String,
}

impl<'a> Set<'a> {
    /// `--set name=value`: `true`, `false` and `null` become booleans and null. Digits become an integer,
    /// which is printed as it is written, and everything else is text. A value that is a number in YAML stays
    /// a number: the consumer of the document refuses it.
    pub fn new(name: &'a str, value: &Node, field: String) -> Self {
        let word = ["true", "false", "null"]
            .iter()
            .any(|word| value.text().is_some_and(|text| text.eq_ignore_ascii_case(word)));
        Self { name, value: if word { value.meant(false) } else { value.clone() }, field }
    }

    /// Sets the value in `root`. `fuel` bounds the nodes that are copied and searched. A name that Helm
    /// refuses changes nothing.
    ///
    /// # Errors
    /// [`TooMuch`] if the fuel runs out.
    pub fn put(&self, root: &mut Node, fuel: &mut usize) -> Result<(), TooMuch> {
        let Some(steps) = steps(self.name) else { return Ok(()) };
        let mut node = root;
        for step in steps {
            let copied = if node.is_shared() { node.target().span.range().len() } else { 0 };
            let (searched, filled) = (node.entries().len(), step.filled(node));
            *fuel = fuel.checked_sub(1 + copied + searched + 32 * filled).ok_or(TooMuch)?;
            let next = match step {
                Step::Key(key) => node.entry_mut(&key),
                Step::Item(_) if filled > MAX_FILLED => return Err(TooMuch),
                Step::Item(index) => node.item_mut(index),
            };
            let Some(next) = next else { return Ok(()) };
            node = next;
        }
        *node = self.value.clone();
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
}

impl Step {
    /// The number of items by which a list grows.
    fn filled(&self, list: &Node) -> usize {
        match self {
            Self::Key(_) => 0,
            Self::Item(index) => index.saturating_add(1).saturating_sub(list.items().len()),
        }
    }
}

/// The keys and indices of a name; `None` if it is not a valid name.
fn steps(name: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut chars = name.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => key.push(chars.next()?),
            '.' => steps.extend(step(&mut key)),
            '[' => {
                steps.extend(step(&mut key));
                let index: String = chars.by_ref().take_while(|char| *char != ']').collect();
                steps.push(Step::Item(index.parse().ok()?));
            }
            '=' | ',' => return None,
            char => key.push(char),
        }
    }
    steps.extend(step(&mut key));
    let named = matches!(steps.first(), Some(Step::Key(_)));
    (named && steps.len() <= MAX_DEPTH).then_some(steps)
}

fn step(key: &mut String) -> Option<Step> {
    (!key.is_empty()).then(|| Step::Key(std::mem::take(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_helm_reads_them() {
        let told = |name: &str| {
            let steps = steps(name)?.into_iter().map(|step| match step {
                Step::Key(key) => key,
                Step::Item(index) => format!("#{index}"),
            });
            Some(steps.collect::<Vec<_>>().join(" "))
        };
        for (name, read) in [
            ("image.tag", Some("image tag")),
            ("a.b[0].c", Some("a b #0 c")),
            ("a[0][1]", Some("a #0 #1")),
            (r"node\.kubernetes\.io/role.x", Some("node.kubernetes.io/role x")),
            ("a", Some("a")),
            ("", None),
            ("[0]", None),
            ("a[x]", None),
            ("a[-1]", None),
            ("a[99999999999999999999]", None),
            ("a=b", None),
            ("a,b", None),
            ("a\\", None),
        ] {
            assert_eq!(told(name).as_deref(), read, "{name}");
        }
        assert_eq!(steps(&"a.".repeat(31)), None);
    }
}
