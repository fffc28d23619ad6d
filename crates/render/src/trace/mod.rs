//! The way back from a rendered scalar to the characters that it is made of. The chart is rendered again with a
//! recognizable number in each scalar that may be part of an image, and the numbers that arrive show the way. The text
//! without the numbers has to be that of the plain rendering; where it is not, there is no way back.

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
