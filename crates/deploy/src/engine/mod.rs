//! The engine: from files to units. Each evaluation of a unit records its reads, and a change affects a unit if a
//! recorded read differs.

pub(crate) mod account;
pub(crate) mod affected;
pub(crate) mod broken;
pub(crate) mod compare;
pub(crate) mod content;
pub(crate) mod each;
pub(crate) mod file;
pub(crate) mod file_unit;
pub(crate) mod generated;
pub(crate) mod graph;
pub(crate) mod index;
pub(crate) mod linked;
pub(crate) mod links;
pub(crate) mod lookup;
pub(crate) mod made;
pub(crate) mod making;
pub(crate) mod nested;
pub(crate) mod part;
pub(crate) mod path;
pub(crate) mod plugins;
pub(crate) mod previous;
pub(crate) mod reads;
pub(crate) mod root;
pub(crate) mod root_parts;
pub(crate) mod root_unit;
pub(crate) mod says;
pub(crate) mod screen;
pub(crate) mod side;
pub(crate) mod survey;
pub(crate) mod suspended;
pub(crate) mod tree;
pub(crate) mod unit;
pub(crate) mod units;
pub(crate) mod unread_keys;
