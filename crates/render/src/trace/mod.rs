//! The trace from a rendered scalar to its characters in the chart or the values. The chart is rendered again
//! with a recognizable number in each scalar that may be part of an image, and the numbers in the output show
//! the origin. The text without the numbers has to equal that of the plain rendering; otherwise the scalar is
//! not traced.

mod attempt;
mod candidate;
mod collect;
mod images;
mod keys;
mod layout;
mod leftover;
mod marked;
mod run;
mod shape;
mod unmark;
mod weave;

pub use images::ImageLine;
pub use run::{Traced, trace, untraced};
