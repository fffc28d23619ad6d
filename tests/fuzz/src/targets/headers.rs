//! Headers of registries: `WWW-Authenticate` and `Link`.

use registry::Url;
use registry::headers::{Challenge, challenges, next_page};

/// Reads any text as both headers.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found = challenges(text);
    let printed: Vec<String> = found.iter().map(print).collect();
    assert_eq!(challenges(&printed.join(", ")), found, "the same challenges, printed and read again");
    for from in ["https://reg.example/v2/a/tags/list?n=100", "http://[::1]:5000/v2/a/b/tags/list"] {
        let from = Url::parse(from).unwrap();
        let Some(next) = next_page(&from, text) else { continue };
        let server = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port());
        assert_eq!(server(&next), server(&from), "{text:?} leads to another server");
    }
}

/// A challenge as servers write it, with all values in quotes.
fn print((scheme, parameters): &Challenge) -> String {
    let parameters: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{scheme} {}", parameters.join(","))
}
