//! The parsers of headers, each by itself, for the fuzz targets. No part of the interface.

use reqwest::Url;

use crate::check::next_page_of;
use crate::client::challenges_of;

/// A way to log in: the scheme in lower case, and the parameters with their names in lower case.
pub type Challenge = (String, Vec<(String, String)>);

/// The challenges of a `WWW-Authenticate` header.
pub fn challenges(header: &str) -> Vec<Challenge> {
    challenges_of(header)
}

/// The next page by a `Link` header, if it is on the server of the page.
pub fn next_page(from: &Url, header: &str) -> Option<Url> {
    next_page_of(from, header)
}
