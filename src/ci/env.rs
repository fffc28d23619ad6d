//! The environment variables of a run.

use std::env::VarError;

use super::error::CiError;
use super::object_id::is_object_id;

/// Environment variables.
pub struct Env(Box<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Env {
    /// Variables from a look-up function.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Box::new(lookup))
    }

    /// The variables of this process; a variable that is not UTF-8 counts as unset. The exceptions are the names of proxies, which
    /// keep the rest of their text: they have to be refused, because a request without them would bypass the proxy.
    pub fn process() -> Self {
        Self::new(|name| match std::env::var(name) {
            Ok(value) => Some(value),
            Err(VarError::NotUnicode(value)) if name.to_ascii_uppercase().ends_with("_PROXY") => {
                Some(value.to_string_lossy().into_owned())
            }
            Err(_) => None,
        })
    }

    /// A variable that is not empty: CI systems set empty ones for values that do not apply.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// A required variable.
    pub(super) fn required(&self, name: &'static str) -> Result<String, CiError> {
        self.get(name).ok_or(CiError::Unset { name })
    }

    /// True if the value of a variable is `true`, in any case: Azure writes `True`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A variable that is an object id, if it is set.
    pub(super) fn object_id(&self, name: &'static str) -> Result<Option<String>, CiError> {
        match self.get(name) {
            Some(oid) if !is_object_id(&oid) => Err(CiError::NotAnObjectId { name }),
            oid => Ok(oid),
        }
    }
}
