//! The configuration file: read as a whole or refused, at a place of the file.

use pullable::config::File;
use source::RepoPath;

/// Reads any bytes as a configuration.
pub fn run(data: &[u8]) {
    let read = |bytes: &[u8]| File::parse(RepoPath::new(".pullable.yaml"), bytes.to_vec());
    match read(data) {
        Ok(file) => {
            for ignore in &file.ignores {
                assert!(!ignore.reason.trim().is_empty(), "an ignore has a reason: {ignore:?}");
            }
        }
        Err(error) => {
            assert!(
                !error.message.is_empty() && !error.message.contains(['\n', '\u{1b}']),
                "{:?}",
                error.message
            );
            if let Some(site) = error.site {
                assert!(site.file.text().get(site.span.range()).is_some(), "{:?}", error.message);
            }
        }
    }
}
