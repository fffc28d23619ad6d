//! Helm: charts, the values of releases, and the references in them.

pub(crate) mod chart;
pub(crate) mod charts;
pub(crate) mod charts_of;
pub(crate) mod embedded;
pub(crate) mod fetched;
mod lock;
pub(crate) mod model;
mod parts;
pub(crate) mod release;
pub(crate) mod releases;
pub(crate) mod rendering;
pub(crate) mod set;
mod set_text;
pub(crate) mod sources;
pub(crate) mod text;
pub(crate) mod unread;
pub(crate) mod values;
mod within;
