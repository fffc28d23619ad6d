//! Runs in which nothing is compared: base and head are the same, or the wrong commit is checked out.

use git::{Compared, Repository, WORKTREE};
use model::{FileProblem, Rule};
use source::{ReadError, RepoPath};

use crate::ci;
use crate::ci::Proposal;
use crate::context::Context;
use crate::error::Error;

/// Like `expect`, for given files and for standard input, which come from the checkout. Outside of a
/// repository the checkout is not known.
pub(super) fn expect_here(context: &Context) -> Result<(), Error> {
    let Some(proposal) = ci::proposal(&context.env) else { return Ok(()) };
    match Repository::open(&context.root, &context.deadline) {
        Ok(repository) => expect(Some(&proposal), &repository),
        Err(_) => Ok(()),
    }
}

/// Fails if CI names the head of a pull request and the checked-out commit does not contain it: it is neither
/// the head, nor its merge commit, nor a later one.
pub(super) fn expect(proposal: Option<&Proposal>, repository: &Repository) -> Result<(), Error> {
    let Some(proposal) = proposal.filter(|proposal| proposal.is_checked_out) else { return Ok(()) };
    let Some(head) = &proposal.head else { return Ok(()) };
    let checked_out = repository.head_oid()?;
    let is_merge = proposal.merge.as_ref().is_some_and(|(merge, _)| is_same(merge, &checked_out));
    if is_merge || repository.contains(&checked_out, head) {
        return Ok(());
    }
    let merge =
        proposal.merge.as_ref().map(|(merge, name)| format!(" nor its merge commit {merge} ({name})"));
    Err(Error::OtherCommit {
        checked_out,
        head: head.clone(),
        named_by: proposal.named_by.clone(),
        merge: merge.unwrap_or_default(),
    })
}

/// The notice that nothing was compared: base and head are the same, or the base contains the head of the
/// change.
pub(super) fn nothing_compared(
    compared: &Compared,
    proposal: Option<&Proposal>,
    repository: &Repository,
) -> Result<Option<FileProblem>, ReadError> {
    let base = &compared.comparison.base;
    let (head, chosen_by) = (&compared.comparison.head, &compared.comparison.chosen_by);
    if base == head {
        let message = format!(
            "nothing was compared: base {} and head {} are the same commit",
            short(base),
            short(head)
        );
        return Ok(Some(notice(message, format!("the base was chosen by: {chosen_by}"))));
    }
    if head == WORKTREE {
        if !is_untouched(compared, repository)? {
            return Ok(None);
        }
        let message = format!(
            "nothing was compared: the base is the commit that is checked out, {}, and the work tree has no change",
            short(base)
        );
        return Ok(Some(notice(message, format!("the base was chosen by: {chosen_by}"))));
    }
    let Some(proposal) = proposal else { return Ok(None) };
    let contained = proposal.head.as_ref().filter(|head| repository.contains(base, head));
    Ok(contained.map(|newest| {
        let message = format!(
            "nothing of the change was compared: the base {} already contains its head {}",
            short(base),
            short(newest)
        );
        notice(message, format!("the base was chosen by: {chosen_by}; the head by: {}", proposal.named_by))
    }))
}

/// True if the base is the commit that is checked out, and the work tree has no change.
fn is_untouched(compared: &Compared, repository: &Repository) -> Result<bool, ReadError> {
    let Compared { comparison, changes, submodules, not_utf8, .. } = compared;
    let is_head = repository.head_oid().is_ok_and(|head| head == comparison.base);
    let differs = !changes.is_empty() || !submodules.is_empty() || !not_utf8.is_empty();
    Ok(is_head && !differs && compared.base.links()? == compared.head.links()?)
}

fn notice(message: String, help: String) -> FileProblem {
    // The finding is not about a file.
    let path = RepoPath::default();
    let cause = "same-commit".to_owned();
    FileProblem { rule: Rule::SameCommit, path, cause, message, help: Some(help), site: None, about: 0 }
}

fn is_same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The first digits of an object id.
fn short(oid: &str) -> &str {
    oid.get(..10).unwrap_or(oid)
}
