//! Lines of CI files that reach a cluster directly: their changes there are not in Git.

use std::sync::Arc;

use model::{FileProblem, Rule};
use source::{Files, ReadError, RepoPath, Site, SourceFile, Span};

use crate::ci;

mod table;
mod words;

use table::Reaches;
use words::{Word, commands};

const HELP: &str = "its changes there are not in Git, so neither a rebuild nor a revert includes them";

/// The lines of all CI files that reach a cluster. A cluster that the same file creates for its tests does not count.
pub(super) fn problems(files: &dyn Files, max_file_size: u64) -> Result<Vec<FileProblem>, ReadError> {
    let mut problems = Vec::new();
    for path in files.list()?.into_iter().filter(ci::is_set_up) {
        match files.read(&path, max_file_size) {
            Ok(Some(bytes)) => {
                if let Ok(file) = SourceFile::decode(path, bytes) {
                    problems.extend(of_file(&Arc::new(file)));
                }
            }
            Ok(None) => {}
            // The gate reads YAML too, and reports it.
            Err(_) if path.is_yaml() => {}
            Err(error) => problems.push(unreadable(path, &error)),
        }
    }
    Ok(problems)
}

fn of_file(file: &Arc<SourceFile>) -> Vec<FileProblem> {
    let has_test_cluster = table::has_test_cluster(file.text());
    let mut problems = Vec::new();
    let mut start = 0;
    for line in file.text().split_inclusive('\n') {
        let found = reaches(line).filter(|reaches| reaches.is_real || !has_test_cluster);
        if let Some(reaches) = found {
            let span = Span::new(start + reaches.at.start..start + reaches.at.end);
            problems.push(problem(Site { file: Arc::clone(file), span }, &reaches.what));
        }
        start += line.len();
    }
    problems
}

/// The first command of a line that reaches a cluster.
fn reaches(line: &str) -> Option<Reaches> {
    let commands: Vec<Vec<Word<'_>>> = commands(line);
    commands.iter().find_map(|command| table::reaches(command))
}

fn problem(site: Site, what: &str) -> FileProblem {
    let message = format!("CI reaches a cluster directly: {what}");
    let path = site.file.path().clone();
    let help = Some(HELP.to_owned());
    let cause = what.to_owned();
    FileProblem { rule: Rule::DeploysAroundGit, path, cause, message, help, site: Some(site), about: 0 }
}

fn unreadable(path: RepoPath, error: &ReadError) -> FileProblem {
    let message = format!("the file cannot be read: {error}");
    let cause = "unreadable".to_owned();
    FileProblem { rule: Rule::UnreadableFile, path, cause, message, help: None, site: None, about: 0 }
}

#[cfg(test)]
mod tests;
