//! What a GitOps repository deploys: units put documents together, and extractors read image references out of them.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

pub mod assemble;
pub mod extract;
