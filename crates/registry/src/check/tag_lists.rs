//! The tag lists of one run: each is read once, when a manifest of its repository was not found. Specification:
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags>.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::LINK;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::session::Session;
use crate::client::{GrantSlot, Reply, Request, same_server};
use crate::message;
use model::{TagList, Unverified};

/// Maximum number of pages of a list.
const MAX_PAGES: usize = 20;
/// Maximum number of tags of a list.
const MAX_TAGS: usize = 20_000;
/// Maximum length of a page, in bytes.
const MAX_PAGE: usize = 4 << 20;
/// Tags of one page. Registries may return fewer, or all.
const PER_PAGE: usize = 1000;
/// Memory for all tag lists of a run, in bytes.
const MAX_MEMORY: usize = 32 << 20;

/// A registry's answer about the tags of a repository.
#[derive(Clone)]
pub(super) enum Tags {
    List(Arc<TagList>),
    /// 404.
    NotFound {
        /// True if the body is an error in the form that registries use.
        envelope: bool,
    },
    Failed(Unverified),
}

/// Registry and repository.
type Key = (String, String);

/// The tag lists of one run.
pub(super) struct TagLists {
    known: Mutex<HashMap<Key, Arc<OnceCell<Tags>>>>,
    memory_left: AtomicUsize,
}

#[derive(Deserialize)]
struct Page {
    name: Option<String>,
    tags: Option<Vec<String>>,
}

impl TagLists {
    pub(super) fn new() -> Self {
        Self { known: Mutex::default(), memory_left: AtomicUsize::new(MAX_MEMORY) }
    }

    /// The tags of a repository.
    pub(super) async fn get(&self, session: Session<'_>) -> Tags {
        let key = (session.endpoint().to_owned(), session.repository().to_owned());
        let cell = self.cell(key);
        // On the heap: once for each repository, and part of the future of every check.
        cell.get_or_init(|| Box::pin(self.read(session))).await.clone()
    }

    fn cell(&self, key: Key) -> Arc<OnceCell<Tags>> {
        Arc::clone(self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }

    async fn read(&self, session: Session<'_>) -> Tags {
        // A list may need a separate scope, which must not replace the grant for manifests.
        let slot = match session.grant().await {
            Ok(grant) => GrantSlot::new(Some(Ok(grant))),
            Err(why) => return Tags::Failed(why),
        };
        let mut request = match session.request(Method::GET, &format!("tags/list?n={PER_PAGE}")).await {
            Ok(request) => Request { limit: MAX_PAGE, ..request },
            Err(why) => return Tags::Failed(why),
        };
        let mut list = TagList { tags: Vec::new(), complete: false };
        let (mut listed, mut visited) = (HashSet::new(), HashSet::from([request.url.clone()]));
        for page in 0..MAX_PAGES {
            let (tags, link) = match fetch_page(session, &slot, &request).await {
                Ok(page) => page,
                Err(failed) if page == 0 => return failed,
                Err(_) => break,
            };
            // A full page without a link may be the end of a truncated list.
            let full = tags.len() == PER_PAGE;
            if !self.add(&mut list, &mut listed, tags) {
                break;
            }
            match link {
                Link::Next(url) if visited.insert(url.clone()) => request.url = url,
                Link::Last => {
                    list.complete = !full;
                    break;
                }
                // The link leads to another server, or back to a page that was read.
                Link::Elsewhere | Link::Next(_) => break,
            }
        }
        Tags::List(Arc::new(list))
    }

    /// Adds the tags of a page that are not `listed` yet. Returns true if there is room for more, in the list
    /// and in memory.
    fn add(&self, list: &mut TagList, listed: &mut HashSet<String>, tags: Vec<String>) -> bool {
        for tag in tags {
            if !is_tag(&tag) || listed.contains(&tag) {
                continue;
            }
            if list.tags.len() >= MAX_TAGS || !self.reserve(tag.len() + size_of::<String>()) {
                return false;
            }
            listed.insert(tag.clone());
            list.tags.push(tag);
        }
        true
    }

    fn reserve(&self, bytes: usize) -> bool {
        let rest = |left: usize| left.checked_sub(bytes);
        self.memory_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).is_ok()
    }
}

/// Fetches one page and the link to the next.
async fn fetch_page(
    session: Session<'_>,
    slot: &GrantSlot,
    request: &Request,
) -> Result<(Vec<String>, Link), Tags> {
    let (reply, grant) = session.send_with(slot, request).await.map_err(Tags::Failed)?;
    match reply.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND if reply.url.path().ends_with("/tags/list") => {
            return Err(Tags::NotFound { envelope: message::says_missing(&reply.body) });
        }
        _ => return Err(Tags::Failed(session.refused(&reply, &grant))),
    }
    let why = match serde_json::from_slice::<Page>(&reply.body) {
        _ if !reply.complete => "the list of tags is too long",
        Ok(Page { name: None, tags: None }) | Err(_) => "the list of tags cannot be read",
        Ok(Page { tags, .. }) => return Ok((tags.unwrap_or_default(), link(&reply))),
    };
    Err(Tags::Failed(message::registry_error(&format!("{}: {why}", session.endpoint()))))
}

/// True if a text is a tag. Other text of a hostile registry must not reach a terminal.
fn is_tag(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 128 && bytes.next().is_some_and(is_word) && bytes.all(is_tag_byte)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_tag_byte(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'-')
}

/// The `Link` header of a page.
#[derive(Debug, PartialEq, Eq)]
enum Link {
    Next(Url),
    /// There is another page, which is not read.
    Elsewhere,
    Last,
}

fn link(reply: &Reply) -> Link {
    next_page(&reply.url, &reply.headers(LINK).join(", "))
}

/// The address with the relation `next` in a `Link` header, on the same server only.
fn next_page(from: &Url, header: &str) -> Link {
    for entry in header.split('<').skip(1) {
        let Some((target, parameters)) = entry.split_once('>') else { continue };
        if parameters.split([';', ',']).any(is_next) {
            return match from.join(target) {
                Ok(url) if same_server(from, &url) => Link::Next(url),
                _ => Link::Elsewhere,
            };
        }
    }
    Link::Last
}

/// The address of the next page on the same server, for the fuzz targets.
pub(crate) fn next_page_of(from: &Url, header: &str) -> Option<Url> {
    match next_page(from, header) {
        Link::Next(url) => Some(url),
        Link::Elsewhere | Link::Last => None,
    }
}

/// True if a parameter of a link is the relation `next`.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let mut relations = value.trim().trim_matches('"').split(' ');
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links() {
        let from = Url::parse("https://reg.example/v2/a/tags/list?n=1000").unwrap();
        let next = |header: &str| match next_page(&from, header) {
            Link::Next(url) => url.to_string(),
            other => format!("{other:?}"),
        };
        for (header, expected) in [
            (r#"</v2/a/tags/list?last=b&n=2>; rel="next""#, "https://reg.example/v2/a/tags/list?last=b&n=2"),
            ("<?next_page=x%3D>; REL=next", "https://reg.example/v2/a/tags/list?next_page=x%3D"),
            (r#"<https://reg.example/x>; title="t"; rel="prev next""#, "https://reg.example/x"),
            (r#"</p>; rel="prev", </n>; rel="next""#, "https://reg.example/n"),
            (r#"<https://evil.example/x>; rel="next""#, "Elsewhere"),
            (r#"<http://reg.example/x>; rel="next""#, "Elsewhere"),
            (r#"</p>; rel="prev""#, "Last"),
            ("</p", "Last"),
            ("", "Last"),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }

    #[test]
    fn tags() {
        for yes in ["1", "v1.2-rc", "sha256-0123", "_x", &"a".repeat(128)] {
            assert!(is_tag(yes), "{yes}");
        }
        for no in ["", "-a", ".a", "a b", "a\u{1b}", "é", "a:b", &"a".repeat(129)] {
            assert!(!is_tag(no), "{no}");
        }
    }

    #[test]
    fn lists_are_bounded_each_and_together() {
        let lists = TagLists::new();
        let tags: Vec<String> = (0..=MAX_TAGS).map(|number| format!("{number:0128}")).collect();
        let mut kept = Vec::new();
        for _ in 0..20 {
            let mut list = TagList { tags: Vec::new(), complete: false };
            assert!(!lists.add(&mut list, &mut HashSet::new(), tags.clone()));
            kept.push(list.tags.len());
        }
        assert_eq!((kept[0], kept[19]), (MAX_TAGS, 0), "{kept:?}");
        let bytes = kept.iter().sum::<usize>() * (128 + size_of::<String>());
        assert!(bytes <= MAX_MEMORY && bytes > MAX_MEMORY / 2, "{kept:?}");
    }
}
