//! Globs of git generators. Directories are matched as Go's `path.Match` does; files as `git ls-files` does,
//! where `*` also matches `/`.

/// Maximum length of a pattern: matching costs its length times that of the path.
const LONGEST: usize = 1024;
/// Maximum length of a path in git.
const LONGEST_PATH: usize = 4096;

/// True if a pattern is evaluated as Argo CD does. `across`: for files.
pub(crate) fn is_evaluated(pattern: &str, across: bool) -> bool {
    let has_class = pattern.contains('[');
    let is_odd = if across {
        pattern.starts_with(':') || pattern.contains("[:") || pattern.split('/').any(|part| part == "..")
    } else {
        pattern.contains("[!")
    };
    pattern.len() <= LONGEST && !is_odd && !(has_class && pattern.contains('\\'))
}

/// A pattern for files without the parts that mean no folder, as git reads it.
pub(crate) fn literal(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}

/// True if a path matches. `across`: `*` and `?` match `/` too.
pub(crate) fn matches(pattern: &str, path: &str, across: bool) -> bool {
    if pattern.len() > LONGEST || path.len() > LONGEST_PATH {
        return false;
    }
    if across && is_within(pattern, path) {
        return true;
    }
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    // The last star, and the place in the path at which matching continued after it.
    let (mut p, mut t, mut star) = (0, 0, None);
    loop {
        let next = pattern.get(p);
        if next == Some(&'*') {
            star = Some((p, t));
            p += 1;
            continue;
        }
        let c = path.get(t);
        if next.is_none() && c.is_none() {
            return true;
        }
        if let Some(length) = c.and_then(|c| one(pattern.get(p..).unwrap_or_default(), *c, across)) {
            p += length;
            t += 1;
            continue;
        }
        let Some((at, from)) = star else { return false };
        match path.get(from) {
            Some(c) if across || *c != '/' => {
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
            _ => return false,
        }
    }
}

/// True if a path is the pattern itself, or below a folder with this name.
fn is_within(pattern: &str, path: &str) -> bool {
    let rest = path.strip_prefix(pattern);
    pattern.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The length of the part of the pattern that matches a character; `None` if it does not.
fn one(pattern: &[char], c: char, across: bool) -> Option<usize> {
    match pattern {
        ['?', ..] => (across || c != '/').then_some(1),
        ['\\', literal, ..] => (*literal == c).then_some(2),
        ['[', rest @ ..] => {
            let negated = matches!(rest, ['^' | '!', ..]);
            let set = rest.get(usize::from(negated)..)?;
            let end = set.iter().skip(1).position(|c| *c == ']')? + 1;
            let set = set.get(..end)?;
            let range =
                set.windows(3).any(|three| matches!(three, [from, '-', to] if (*from..=*to).contains(&c)));
            let within = range || set.contains(&c);
            (within != negated && (across || c != '/')).then_some(end + 2 + usize::from(negated))
        }
        [literal, ..] => (*literal == c).then_some(1),
        [] => None,
    }
}

/// The folder below which all paths that match are.
pub(crate) fn fixed(pattern: &str) -> &str {
    let end = pattern.find(['*', '?', '[', '\\']).unwrap_or(pattern.len());
    let folder = pattern.get(..end).and_then(|text| text.rsplit_once('/'));
    folder.map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::{fixed, is_evaluated, literal, matches};

    #[test]
    fn globs() {
        for (pattern, path, folders, across) in [
            ("apps/*", "apps/web", true, true),
            ("apps/*", "apps/web/sub", false, true),
            ("apps/*/prod", "apps/web/prod", true, true),
            ("apps/w?b", "apps/web", true, true),
            ("apps/[a-w]eb", "apps/web", true, true),
            ("apps/[!w]eb", "apps/web", false, false),
            ("apps", "apps/web", false, true),
            ("app", "apps/web", false, false),
            ("apps/\\*", "apps/web", false, false),
            ("*", "apps", true, true),
            ("**/config.json", "a/b/config.json", false, true),
            ("a*b*c", "a-b-b-c", true, true),
            ("a*b*c", "a-c-b", false, false),
            ("", "", true, true),
            ("[", "a", false, false),
            ("a?c", "a/c", false, true),
        ] {
            assert_eq!(matches(pattern, path, false), folders, "{pattern} {path}");
            assert_eq!(matches(pattern, path, true), across, "{pattern} {path} across");
        }
        assert!(!matches(&"*a".repeat(500), &"a".repeat(900).replace('a', "b"), true));
        assert_eq!(literal("./cfg//sub/"), "cfg/sub");
        for (pattern, files, folders) in [
            ("a/[a-z]*.json", true, true),
            (":(glob)a/*", false, true),
            ("[[:lower:]]", false, true),
            ("a/../b", false, true),
            ("[!a]", true, false),
            ("[a\\]b]", false, false),
            (&"*".repeat(1025), false, false),
        ] {
            assert_eq!(is_evaluated(pattern, true), files, "{pattern}");
            assert_eq!(is_evaluated(pattern, false), folders, "{pattern}");
        }
        assert_eq!(fixed("apps/*/prod"), "apps");
        assert_eq!(fixed("*"), "");
        assert_eq!(fixed("a/b/c.yaml"), "a/b");
    }
}
