//! Notices: what holds for many files is said once, with the files that it holds for.

use std::collections::BTreeMap;

use model::FileProblem;
use model::Rule;
use source::RepoPath;

/// How many files are named besides the one that the notice stands at.
const MOST_NAMED: usize = 3;

/// A notice is said once for each cause, at the first place, with the files that share it.
pub(super) fn once_each(problems: Vec<FileProblem>) -> Vec<FileProblem> {
    let mut kept: Vec<FileProblem> = Vec::new();
    let mut files: BTreeMap<String, Vec<RepoPath>> = BTreeMap::new();
    for problem in problems {
        if problem.rule == Rule::NotChecked {
            if let Some(files) = files.get_mut(&problem.message) {
                files.push(problem.path);
                continue;
            }
            files.insert(problem.message.clone(), vec![problem.path.clone()]);
        }
        kept.push(problem);
    }
    for problem in &mut kept {
        let Some(files) = files.get_mut(&problem.message) else { continue };
        files.sort();
        files.dedup();
        if files.len() > 1 {
            let others: Vec<&RepoPath> = files.iter().filter(|path| **path != problem.path).collect();
            problem.message = format!("{} ({} files)", problem.message, files.len());
            let also = format!("the others: {}", named(&others));
            problem.help = Some(problem.help.take().map_or(also.clone(), |help| format!("{help}; {also}")));
        }
    }
    kept
}

/// `a, b, c and 4 more`.
fn named(paths: &[&RepoPath]) -> String {
    let first: Vec<&str> = paths.iter().take(MOST_NAMED).map(|path| path.as_str()).collect();
    let more = match paths.len() - first.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", first.join(", "))
}
