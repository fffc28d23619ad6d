//! The fields of custom resources that name images. Every row is a group, a kind and the paths that are read, in the
//! notation of `select`. Only images that are pulled are listed: no status, no machine images, no targets of a push, no
//! patterns.

mod databases;
mod delivery;
mod infrastructure;
mod machine_learning;
mod messaging;
mod networking;
mod observability;

use super::row::Row;

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [
        databases::ROWS,
        delivery::ROWS,
        infrastructure::ROWS,
        machine_learning::ROWS,
        messaging::ROWS,
        networking::ROWS,
        observability::ROWS,
    ];
    tables.into_iter().flatten()
}
