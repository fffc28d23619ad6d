//! The files that an audit keeps from one run to the next.

use std::path::{Path, PathBuf};

use model::report::Document;

use crate::cli::RecordArgs;
use crate::error::Error;
use crate::record::{History, KeepList, RecordFile, entries};

/// The files of the options.
pub(super) struct Records {
    history: Option<RecordFile>,
    keep_list: Option<RecordFile>,
}

impl Records {
    /// The files of the options, each tested for reading and writing. Relative paths are below `root`.
    pub(super) fn open(args: &RecordArgs, root: &Path) -> Result<Self, Error> {
        let open = |path: &PathBuf| RecordFile::open(root, path);
        let history = args.history.as_ref().map(open).transpose()?;
        let keep_list = args.keep_list.as_ref().map(open).transpose()?;
        if let Some(file) = &keep_list {
            if history.as_ref().is_some_and(|history| history.path() == file.path()) {
                return Err(Error::Usage("--history and --keep-list name the same file".to_owned()));
            }
            entries(&file.read()?).map_err(|why| file.unusable(why))?;
        }
        Ok(Self { history, keep_list })
    }

    /// Their paths.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        [&self.history, &self.keep_list].into_iter().flatten().map(|file| file.path().to_owned()).collect()
    }

    /// Records the report of an audit with its start time, in seconds since 1970, and adds facts from earlier
    /// audits to it. Returns a warning for each fault that does not prevent the record.
    pub(super) fn keep(&self, report: &mut Document, at: i64) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        if let Some(file) = &self.history {
            let damaged = file.update(|bytes| {
                let mut history = History::read(bytes);
                history.add(report, at);
                Ok((history.bytes(), history.damaged().to_vec()))
            })?;
            warnings.extend(damaged.into_iter().map(|line| damaged_line(file.path(), line)));
        }
        if let Some(file) = &self.keep_list {
            let mut list = KeepList::of(report);
            let kept = file.update(|bytes| {
                let kept = list.keep_earlier(bytes, report)?;
                Ok((list.text(report, at).into_bytes(), kept))
            })?;
            warnings.extend(partial(file.path(), &list, kept));
        }
        Ok(warnings)
    }
}

fn damaged_line(file: &Path, line: usize) -> String {
    format!(
        "{}:{line}: this line is damaged; it is kept and has no effect: correct it, or delete it",
        file.display()
    )
}

/// The warning about a keep-list that is not complete.
fn partial(file: &Path, list: &KeepList, kept: usize) -> Option<String> {
    if list.lacks().is_empty() {
        return None;
    }
    let lacks = list.lacks().join("; ");
    Some(format!(
        "{}: the keep-list is PARTIAL ({lacks}); {kept} entries of the earlier list are kept: delete nothing by this list",
        file.display()
    ))
}
