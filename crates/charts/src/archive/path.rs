//! Paths in archives, as Helm reads them.

/// A path in an archive, split into the chart's folder, which is its first part, and the path below that.
pub(super) struct ArchivePath {
    pub(super) folder: String,
    /// Below the folder, with `/` between its parts, without `.`.
    pub(super) below: String,
}

impl ArchivePath {
    /// Splits a path; `None` if Helm refuses it, because it has no folder, is absolute, or leads out of the
    /// folder.
    pub(super) fn new(written: &str) -> Option<Self> {
        // A path that contains a backslash was written on Windows.
        let separator = if written.contains('\\') { '\\' } else { '/' };
        let (folder, below) = written.split_once(separator)?;
        let below = below.replace(separator, "/");
        if written.starts_with(['/', '\\'])
            || below.starts_with('/')
            || has_drive(written)
            || has_drive(&below)
        {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in below.split('/') {
            match part {
                "" | "." => {}
                ".." => _ = parts.pop()?,
                part => parts.push(part),
            }
        }
        let leads_out = parts.first().is_none_or(|first| first.starts_with(".."));
        if leads_out { None } else { Some(Self { folder: folder.to_owned(), below: parts.join("/") }) }
    }
}

/// True if a path begins with a drive letter of Windows.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// True if a name is that of an archive of a chart. Like in Helm, the case of letters matters.
pub(super) fn is_archive(name: &str) -> bool {
    name.strip_suffix(".tgz").is_some()
}

/// The depth of an archive of a subchart in its chart: 1 for `charts/redis.tgz`, 2 for `charts/app/charts/redis.tgz`.
/// `None` for every other file.
pub(super) fn subchart_depth(path: &str) -> Option<usize> {
    let mut parts = path.split('/');
    let mut depth = 0;
    loop {
        if parts.next()? != "charts" {
            return None;
        }
        let name = parts.next()?;
        // Helm skips these.
        if name.starts_with(['_', '.']) {
            return None;
        }
        depth += 1;
        if parts.clone().next().is_none() {
            return is_archive(name).then_some(depth);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let read = |path: &str| ArchivePath::new(path).map(|path| format!("{}|{}", path.folder, path.below));
        for (path, expected) in [
            ("app/Chart.yaml", "app|Chart.yaml"),
            ("app/templates/./a//b.yaml", "app|templates/a/b.yaml"),
            ("app/templates/../values.yaml", "app|values.yaml"),
            ("app\\templates\\a.yaml", "app|templates/a.yaml"),
            ("./app/Chart.yaml", ".|app/Chart.yaml"),
            ("../Chart.yaml", "..|Chart.yaml"),
        ] {
            assert_eq!(read(path).as_deref(), Some(expected), "{path}");
        }
        for refused in [
            "Chart.yaml",
            "app/../../x",
            "app/..",
            "app/",
            "/etc/passwd",
            "app//etc/passwd",
            "\\app\\x",
            "C:\\app\\x",
            "app/c:/x",
            "app/..x",
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }

    #[test]
    fn subcharts() {
        for (path, depth) in [
            ("charts/redis-1.0.0.tgz", Some(1)),
            ("charts/app/charts/redis.tgz", Some(2)),
            ("charts/_old.tgz", None),
            ("charts/app/redis.tgz", None),
            ("files/redis.tgz", None),
            ("redis.tgz", None),
            ("charts/app/charts/.x/charts/y.tgz", None),
        ] {
            assert_eq!(subchart_depth(path), depth, "{path}");
        }
    }
}
