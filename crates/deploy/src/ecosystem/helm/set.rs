//! Single values that override others, as with `helm --set`: `a.b[0].c` with its value. Sources:
//! <https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set>.

use yaml::Node;

use super::set_text::{Given, Step, assignments};
use crate::reference::walk::TooMuch;

/// Maximum number of items by which one name extends a list.
const MAX_FILLED: usize = 1024;

/// The way in which a deployer passes a name and a value to Helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `parameters` of Argo CD, which escapes some commas.
    ArgoCd,
    /// The same with `forceString`.
    ArgoCdText,
    /// `fileParameters` of Argo CD: the value is the content of a file.
    ArgoCdFile,
    /// `targetPath` of Flux, which escapes nothing. A value in quotes is text.
    Flux,
    /// `set` of k3s, which escapes every comma.
    K3s,
}

/// A name with a value, and the values that Helm sets for them.
pub(crate) struct Set<'a> {
    /// The name, as written.
    pub name: &'a str,
    /// The value.
    pub value: Node,
    /// The field that sets it.
    pub field: String,
    /// The values that are set, with their places.
    assigned: Vec<(Vec<Step>, Node)>,
    /// The reason why the result is not known.
    pub problem: Option<&'static str>,
}

impl<'a> Set<'a> {
    /// `--set name=value`: `true`, `false` and `null` become booleans and null. Digits become an integer,
    /// which is printed as it is written, and everything else is text. A value that is a number in YAML stays
    /// a number: the consumer of the document refuses it.
    pub fn new(name: &'a str, value: &Node, field: String, form: Form) -> Self {
        let mut set = Self { name, value: value.clone(), field, assigned: Vec::new(), problem: None };
        let written = value.scalar().unwrap_or_default();
        let (text, is_text) = passed(written, form);
        let read = assignments(&format!("{name}={text}"));
        // A template makes another text of it.
        let is_open = read.is_err() && (name.contains("{{") || text.contains("{{"));
        let is_whole = form == Form::ArgoCdFile || value.scalar().is_none() || is_open;
        let read = if is_whole { assignments(&format!("{name}=")) } else { read };
        match read {
            Ok(read) => {
                let is_one = read.len() == 1 && !name.contains(['=', ',']);
                for (steps, given) in read {
                    set.assigned.push((steps, node(value, given, is_whole, is_text)));
                }
                if is_whole && !is_one && !is_open {
                    set.problem = Some("its name sets several values");
                }
            }
            Err(why) if !is_open => set.problem = Some(why),
            Err(_) => {}
        }
        set
    }

    /// True if Helm sets several values.
    pub fn is_several(&self) -> bool {
        self.assigned.len() > 1
    }

    /// True if the values of a release of Flux may win over this setting, because they set the same. Flux merges them
    /// last, and only a first setting below another key has changed them by then.
    pub fn may_lose(&self, values: &Node, is_first: bool) -> bool {
        self.assigned.iter().any(|(steps, value)| {
            let keys: Vec<&str> = steps.iter().map_while(Step::key).collect();
            match (values.at(&keys), steps.get(keys.len())) {
                (None, _) => false,
                (Some(list), Some(Step::Item(index))) => list.items().len() <= *index,
                (Some(other), _) => {
                    other.scalar().is_none_or(|text| Some(text) != value.scalar())
                        && !(is_first && keys.len() > 1)
                }
            }
        })
    }

    /// Sets the values in `root`. `fuel` bounds the nodes that are copied and searched.
    ///
    /// # Errors
    /// [`TooMuch`] if the fuel runs out.
    pub fn put(&self, root: &mut Node, fuel: &mut usize) -> Result<(), TooMuch> {
        self.assigned.iter().try_for_each(|(steps, value)| put(root, steps, value, fuel))
    }
}

/// The text that a deployer passes to Helm, and true if Helm keeps it as text.
fn passed(value: &str, form: Form) -> (String, bool) {
    match form {
        Form::ArgoCd | Form::ArgoCdText => {
            let is_list = value.starts_with('{') && value.ends_with('}');
            let text = if is_list { value.to_owned() } else { with_escaped_commas(value) };
            (text, form == Form::ArgoCdText)
        }
        Form::ArgoCdFile => (String::new(), true),
        Form::Flux => {
            let is_quoted =
                ['\'', '"'].iter().any(|quote| value.starts_with(*quote) && value.ends_with(*quote));
            let text = if is_quoted { value.trim_matches(['\'', '"']) } else { value };
            (text.to_owned(), is_quoted)
        }
        Form::K3s => {
            let (mut text, mut backslashes) = (String::new(), 0);
            for c in value.chars() {
                if c == ',' && backslashes % 2 == 0 {
                    text.push('\\');
                }
                backslashes = if c == '\\' { backslashes + 1 } else { 0 };
                text.push(c);
            }
            (text, false)
        }
    }
}

/// The commas that Argo CD escapes, by the replacement of `([^\\]),`: a comma at the start stays, and so does the second
/// one of two.
fn with_escaped_commas(value: &str) -> String {
    let (mut text, mut before) = (String::new(), None);
    for c in value.chars() {
        if c == ',' && before.is_some_and(|before| before != '\\') {
            text.push_str("\\,");
            before = None;
        } else {
            text.push(c);
            before = Some(c);
        }
    }
    text
}

/// The node of a value that Helm reads. `is_whole`: it is the value as it is written.
fn node(value: &Node, given: Given, is_whole: bool, is_text: bool) -> Node {
    if is_whole {
        return value.clone();
    }
    match given {
        Given::One(text) => one(value, &text, is_text),
        Given::List(texts) => {
            Node::sequence_at(texts.iter().map(|text| one(value, text, is_text)).collect(), value)
        }
    }
}

fn one(value: &Node, text: &str, is_text: bool) -> Node {
    let node = if value.scalar() == Some(text) { value.clone() } else { value.with_text(text) };
    let is_word = ["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_word && !is_text && node.text().is_some() { node.meant(false) } else { node }
}

fn put(root: &mut Node, steps: &[Step], value: &Node, fuel: &mut usize) -> Result<(), TooMuch> {
    let mut node = root;
    for step in steps {
        let copied = if node.is_shared() { node.target().span.range().len() } else { 0 };
        let (searched, filled) = (node.entries().len(), filled(step, node));
        *fuel = fuel.checked_sub(1 + copied + searched + 32 * filled).ok_or(TooMuch)?;
        let next = match step {
            Step::Key(key) => node.entry_mut(key),
            Step::Item(_) if filled > MAX_FILLED => return Err(TooMuch),
            Step::Item(index) => node.item_mut(*index),
        };
        let Some(next) = next else { return Ok(()) };
        node = next;
    }
    *node = value.clone();
    Ok(())
}

/// The number of items by which a list grows.
fn filled(step: &Step, list: &Node) -> usize {
    match step {
        Step::Key(_) => 0,
        Step::Item(index) => index.saturating_add(1).saturating_sub(list.items().len()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::*;

    #[test]
    fn lists_and_several_values_are_set() {
        let file = Arc::new(SourceFile::of_text(RepoPath::new("a"), "{a,b},c=Null,d[1]=1,e={x}"));
        let whole = Node::whole_of(&file);
        let mut root = whole.emptied();
        let set = Set::new("list", &whole, String::new(), Form::Flux);
        assert!(set.is_several() && set.put(&mut root, &mut 1000).is_ok());
        let texts = |node: &Node| -> Vec<String> {
            node.items().iter().filter_map(|item| item.scalar().map(str::to_owned)).collect()
        };
        assert_eq!(texts(root.get("list").unwrap()), ["a", "b"]);
        assert!(root.get("c").unwrap().is_null());
        assert_eq!(root.get("d").unwrap().items()[1].scalar(), Some("1"));
        assert_eq!(texts(root.get("e").unwrap()), ["x"]);
    }

    #[test]
    fn a_setting_costs_what_it_searches_and_fills() {
        let file = Arc::new(SourceFile::of_text(RepoPath::new("a"), "x"));
        let whole = Node::whole_of(&file);
        let put = |name: &str, mut fuel: usize| {
            let mut root = whole.emptied();
            for key in ["k", "l", "m"] {
                root.insert(whole.with_text(key), whole.clone());
            }
            let outcome = Set::new(name, &whole, String::new(), Form::Flux).put(&mut root, &mut fuel);
            outcome.is_ok().then_some(fuel)
        };
        assert_eq!(put("a[0]", 100), Some(100 - (1 + 3) - (1 + 32)));
        assert_eq!((put("a[0]", 37), put("a[0]", 36)), (Some(0), None));
        assert!(put("a[1023]", 1 << 20).is_some());
        assert_eq!(put("a[1024]", 1 << 20), None);
    }

    #[test]
    fn texts_as_deployers_pass_them() {
        for (form, value, text) in [
            (Form::ArgoCd, "a,b", r"a\,b"),
            (Form::ArgoCd, r"a\,b", r"a\,b"),
            (Form::ArgoCd, ",img=x", ",img=x"),
            (Form::ArgoCd, "a,,img=x", r"a\,,img=x"),
            (Form::ArgoCd, "{a,b}", "{a,b}"),
            (Form::ArgoCdText, "a,b", r"a\,b"),
            (Form::Flux, "1,img=x", "1,img=x"),
            (Form::Flux, "'true'", "true"),
            (Form::K3s, r",a,b\,c\\,d", r"\,a\,b\,c\\\,d"),
        ] {
            assert_eq!(passed(value, form).0, text, "{value}");
        }
        assert_eq!(passed("{a,b", Form::ArgoCd).0, r"{a\,b", "no list");
        assert!(passed("\"1\"", Form::Flux).1 && !passed("\"1", Form::Flux).1);
    }
}
