//! From evaluated units to their references. The charts for which they wait are fetched and rendered in
//! between.

use deploy::{Charts, Evaluation, Extraction};

use crate::error::Error;

use super::fetch::{Fetch, Shelf};
use super::render::Renderer;

/// The source of the charts of releases.
pub(super) enum Supply<'s, 'a> {
    /// Their repositories.
    Repositories(&'s mut Fetch<'a>),
    /// The cache: nothing is queried.
    Cache(Shelf<'a>),
}

/// The references of evaluated units.
#[derive(Default)]
pub(super) struct Built {
    pub(super) extraction: Extraction,
    /// The charts of releases that were read from the cache.
    pub(super) cached: Charts,
    /// The version of Helm, if charts were rendered.
    pub(super) renderer: Option<String>,
}

/// Fetches the charts of the waiting releases, renders them with those of the repository, and reads the
/// result.
///
/// # Errors
/// [`Error`] if a chart cannot be listed, or if charts have to be rendered but Helm cannot be used.
pub(super) async fn built(
    evaluation: Option<Evaluation<'_>>,
    supply: Supply<'_, '_>,
    renderer: &Renderer<'_>,
) -> Result<Built, Error> {
    let Some(evaluation) = evaluation else { return Ok(Built::default()) };
    let named = evaluation.charts();
    let mut cached = Charts::default();
    let charts = match supply {
        Supply::Repositories(fetch) => {
            fetch.of_releases(&named).await;
            fetch.charts()
        }
        Supply::Cache(shelf) => {
            cached = shelf.of_releases(&named);
            &cached
        }
    };
    let surveyed = charts.survey()?;
    let (renderings, version) = renderer.render(&evaluation.renderings(&surveyed))?;
    let extraction = evaluation.build(&surveyed, &renderings);
    drop(surveyed);
    Ok(Built { extraction, cached, renderer: version })
}
