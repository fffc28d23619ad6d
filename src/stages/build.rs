//! From evaluated units to their references: the charts that they wait for are fetched and rendered in between.

use deploy::{Charts, Evaluation, Extraction};

use crate::error::Error;

use super::fetch::Fetch;
use super::render::Renderer;

/// The references of evaluated units.
#[derive(Default)]
pub(super) struct Built {
    pub(super) extraction: Extraction,
    /// The version of Helm, if charts were rendered.
    pub(super) renderer: Option<String>,
}

/// Fetches the charts of the releases that wait, renders them, and reads the result. Without `fetch`, only the charts of
/// the repository are rendered.
///
/// # Errors
/// [`Error`] if a chart cannot be listed, or if charts have to be rendered, and Helm cannot be used.
pub(super) async fn built(
    evaluation: Option<Evaluation<'_>>,
    fetch: Option<&mut Fetch<'_>>,
    renderer: &Renderer<'_>,
) -> Result<Built, Error> {
    let Some(evaluation) = evaluation else { return Ok(Built::default()) };
    let none = Charts::default();
    let charts = match fetch {
        Some(fetch) => {
            fetch.of_releases(&evaluation.charts()).await;
            fetch.charts()
        }
        None => &none,
    };
    let surveyed = charts.survey()?;
    let (renderings, version) = renderer.render(&evaluation.renderings(&surveyed))?;
    let extraction = evaluation.build(&surveyed, &renderings);
    Ok(Built { extraction, renderer: version })
}
