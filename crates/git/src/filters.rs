//! Filter programs (`filter.NAME.clean`, `filter.NAME.process`), which git runs to compare a file of the work
//! tree with the index. Programs of the user's configuration run here too. Those of the repository's
//! configuration do not, because a repository must not choose programs that run.

use gix::ThreadSafeRepository;
use gix::config::source::Kind;

/// The repository without the filters of its own configuration. A file with such a filter is compared in the
/// form on disk.
pub(super) fn without_filters(repo: ThreadSafeRepository) -> gix::Result<ThreadSafeRepository> {
    let mut local = repo.to_thread_local();
    let mut own = Vec::new();
    if let Some(sections) = local.config_snapshot().plumbing().sections_and_ids_by_name("filter") {
        for (section, id) in sections {
            if section.meta().source.kind() == Kind::Repository {
                own.push(id);
            }
        }
    }
    if own.is_empty() {
        return Ok(repo);
    }
    let mut config = local.config_snapshot_mut();
    for id in own {
        config.remove_section_by_id(id);
    }
    config.commit()?;
    Ok(local.into_sync())
}
