//! Notifications of Flux and Argo CD, as they are and in the event file of GitHub and the payload of GitLab.

use notification::{Notification, Revision, Source};

/// Reads any bytes as a notification of each sender.
pub fn run(data: &[u8]) {
    for source in [Source::Flux, Source::ArgoCd, Source::Detect] {
        let Ok(found) = Notification::parse(data, source) else { continue };
        let object = &found.object;
        assert!(is_word(&object.kind, |byte| byte.is_ascii_alphanumeric()), "{object}");
        assert!(is_name(&object.name), "{object}");
        assert!(object.namespace.is_empty() || is_name(&object.namespace), "{object}");
        for workload in &found.workloads {
            assert!(is_name(&workload.name) && is_name(&workload.namespace), "{workload:?}");
        }
        for revision in &found.revisions {
            let id = match revision {
                Revision::Commit { id, .. } => id,
                Revision::Artifact { digest, .. } => digest.strip_prefix("sha256:").expect("a digest"),
                Revision::Version(_) => continue,
            };
            assert!(is_word(id, |byte| byte.is_ascii_hexdigit()), "{revision:?}");
        }
        assert!(found.message.chars().count() <= 39_000 && found.workloads.len() <= 100);
        assert!(found.metadata.len() <= 100 && found.revisions.len() <= 100);
        // A sender that is detected is the one that was named.
        if source == Source::Detect && !data.windows(10).any(|bytes| bytes == b"notificati") {
            let named = [Source::Flux, Source::ArgoCd].map(|source| Notification::parse(data, source).ok());
            let is_wrapped = data.windows(14).any(|bytes| bytes == b"client_payload");
            assert!(is_wrapped || named.contains(&Some(found.clone())), "{found:?}");
        }
    }
}

fn is_name(text: &str) -> bool {
    is_word(text, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'))
}

fn is_word(text: &str, is_part: fn(u8) -> bool) -> bool {
    (1..=253).contains(&text.len()) && text.bytes().all(is_part)
}
