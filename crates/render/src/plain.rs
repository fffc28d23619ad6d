//! The plain rendering: the chart and the values without changes.

use std::collections::BTreeMap;

use run::Deadline;
use source::RepoPath;

use crate::documents::{self, Rendered};
use crate::sandbox::{self, CHART, Sandbox};
use crate::{Chart, Failure, Helm, Limits, Release, emit, schema};

/// The path of a chart's values.
pub(crate) const VALUES: &str = "values.yaml";

/// Renders a chart.
///
/// # Errors
/// [`Failure`] if helm refuses the chart, or exceeds a limit.
pub fn render(
    helm: &Helm,
    chart: &Chart,
    release: &Release,
    limits: &Limits,
    deadline: &Deadline,
) -> Result<Rendered, Failure> {
    let unchecked_schemas = schema::with_references(chart);
    let arguments = release.arguments(CHART, schema::has_archives(chart))?;
    let values = emit::values(release.values.as_ref(), &BTreeMap::new())?;
    let defaults = release.defaults.as_ref();
    let defaults = defaults.map(|root| emit::values(Some(root), &BTreeMap::new())).transpose()?;
    sandbox::check_size(chart, limits)?;
    let sandbox = Sandbox::new()?;
    for (path, file) in chart.files() {
        deadline.check().map_err(Failure::Overdue)?;
        let is_replaced = defaults.is_some() && path.as_str() == VALUES;
        if !is_replaced && !unchecked_schemas.contains(path) {
            sandbox.add(path, file.bytes())?;
        }
    }
    if let Some(defaults) = defaults {
        sandbox.add(&RepoPath::new(VALUES), defaults.as_bytes())?;
    }
    let output = helm.run(&sandbox, &arguments, values.into_bytes(), limits, deadline)?;
    let rendered = String::from_utf8(output).map(documents::read).map_err(|_| Failure::NotText)?;
    Ok(Rendered { unchecked_schemas, ..rendered })
}
