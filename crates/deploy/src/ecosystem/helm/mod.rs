//! Helm: charts, the values of releases, and the references in them.

pub(crate) mod chart;
pub(crate) mod charts;
pub(crate) mod embedded;
pub(crate) mod fetched;
pub(crate) mod model;
mod parts;
pub(crate) mod release;
mod releases;
pub(crate) mod set;
pub(crate) mod sources;
pub(crate) mod text;
pub(crate) mod unread;
pub(crate) mod values;
