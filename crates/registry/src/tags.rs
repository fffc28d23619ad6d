//! Tag lists: asked for once per repository, where a manifest is not there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reqwest::header::LINK;
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use super::Registries;
use super::address::same_server;
use super::describe::{self, unverified};
use super::host::{Host, Repository};
use super::token::Slot;
use super::transport::{Reply, Request};
use model::{Cause, TagList, Unverified};

const MAX_PAGES: usize = 20;
const MAX_TAGS: usize = 20_000;
const MAX_PAGE: usize = 4 << 20;
/// Tags of one page; registries give fewer where they want to, or all.
const PER_PAGE: usize = 1000;

/// What a registry says of a repository's tags.
pub(super) enum Tags {
    /// There it is.
    List(Arc<TagList>),
    /// 404; whether in the form that registries use.
    Absent { envelope: bool },
    /// Nobody can tell.
    Failed(Unverified),
}

#[derive(Deserialize)]
struct Page {
    name: Option<String>,
    tags: Option<Vec<String>>,
}

impl Registries {
    /// The tags of a repository.
    pub(super) async fn tags<'a>(&self, host: &Host, repository: &'a Repository) -> &'a Tags {
        repository.tags.get_or_init(|| self.read_tags(host, repository)).await
    }

    async fn read_tags(&self, host: &Host, repository: &Repository) -> Tags {
        // A list may need a scope of its own, which must not take the place of the manifests'.
        let slot = match self.grant(host, repository, &repository.grant).await {
            Ok(grant) => Slot::new(Some(Ok(grant))),
            Err(why) => return Tags::Failed(why),
        };
        let first = match self.site(host).await {
            Ok(site) => Url::parse(&format!("{}{}/tags/list?n={PER_PAGE}", site.base, repository.name)).ok(),
            Err(why) => return Tags::Failed(why),
        };
        let mut list = TagList { tags: Vec::new(), complete: false };
        let mut next = first;
        for page in 0..MAX_PAGES {
            let Some(url) = next.take() else { break };
            match self.page(host, repository, &slot, url).await {
                Ok((tags, link)) => {
                    // A full page may be cut off there, by a registry that names no further one.
                    let full = tags.len() == PER_PAGE;
                    let room = self.add(&mut list, tags);
                    list.complete = room && link == Link::Last && !full;
                    next = if let Link::Next(url) = link { Some(url).filter(|_| room) } else { None };
                }
                Err(tags) if page == 0 => return tags,
                Err(_) => break,
            }
        }
        Tags::List(Arc::new(list))
    }

    async fn page(
        &self,
        host: &Host,
        repository: &Repository,
        slot: &Slot,
        url: Url,
    ) -> Result<(Vec<String>, Link), Tags> {
        let request = Request { limit: MAX_PAGE, ..Request::new(Method::GET, url) };
        let (reply, grant) = self.authorized(host, repository, slot, &request).await.map_err(Tags::Failed)?;
        let listed = reply.url.path().ends_with("/tags/list");
        match reply.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND if listed => {
                return Err(Tags::Absent { envelope: describe::says_gone(&reply.body) });
            }
            _ => return Err(Tags::Failed(super::ask::refused(host, repository, &reply, &grant))),
        }
        let failed =
            |why: &str| Tags::Failed(unverified(Cause::RegistryError, &format!("{}: {why}", host.name)));
        if !reply.complete {
            return Err(failed("the list of tags is too long"));
        }
        match serde_json::from_slice::<Page>(&reply.body) {
            Ok(Page { name: None, tags: None }) | Err(_) => Err(failed("the list of tags cannot be read")),
            Ok(Page { tags, .. }) => Ok((tags.unwrap_or_default(), link(&reply))),
        }
    }

    /// Takes a page's tags into the list, as far as both its bound and the run's allow.
    fn add(&self, list: &mut TagList, tags: Vec<String>) -> bool {
        for tag in tags {
            let spent = |left: usize| left.checked_sub(tag.len() + size_of::<String>());
            if !is_tag(&tag) {
                continue;
            }
            if list.tags.len() >= MAX_TAGS
                || self.tags_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent).is_err()
            {
                return false;
            }
            list.tags.push(tag);
        }
        true
    }
}

/// Whether a text is a tag: what a hostile registry lists must not reach a terminal.
fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

#[derive(Debug, PartialEq, Eq)]
enum Link {
    Next(Url),
    /// There is a further page that is not read.
    Elsewhere,
    Last,
}

fn link(reply: &Reply) -> Link {
    let written: Vec<_> = reply.headers(LINK).collect();
    next_page(&reply.url, &written.join(", "))
}

/// The address with the relation `next` in a `Link` header, on the same server only.
fn next_page(from: &Url, header: &str) -> Link {
    for entry in header.split('<').skip(1) {
        let Some((target, parameters)) = entry.split_once('>') else { continue };
        let next = parameters.split([';', ',']).any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split(' ').any(|rel| rel.eq_ignore_ascii_case("next"))
            })
        });
        if next {
            return match from.join(target) {
                Ok(url) if same_server(from, &url) => Link::Next(url),
                _ => Link::Elsewhere,
            };
        }
    }
    Link::Last
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
}
