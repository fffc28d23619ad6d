//! The result of `pullable doctor`, as `--format json` writes it; `schemas/doctor.schema.json` is the same for other programs.

use serde::Serialize;

use crate::report::Tool;

/// The version of the format.
pub const DOCTOR_SCHEMA_VERSION: u32 = 1;

/// The complete diagnosis.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Always [`DOCTOR_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program.
    pub tool: Tool,
    /// The lines, in the order of the subjects.
    pub lines: Vec<Line>,
}

/// The state of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The subject: `git`, `configuration`, or a registry.
    pub subject: String,
    /// Its state.
    pub state: State,
    /// The fact, in a sentence without a full stop.
    pub text: String,
    /// The remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// The state of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works, or it is only information.
    Ok,
    /// It is a limitation.
    Note,
    /// Unknown: it did not answer.
    Unverified,
    /// It is wrong.
    Fault,
}

impl Diagnosis {
    /// 1 if a subject has a fault, otherwise 3 if one did not answer, otherwise 0.
    pub fn exit_code(&self) -> u8 {
        let has = |state| self.lines.iter().any(|line| line.state == state);
        match (has(State::Fault), has(State::Unverified)) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        }
    }
}

impl Line {
    /// A line without a remedy.
    pub fn new(subject: &str, state: State, text: impl Into<String>) -> Self {
        Self { subject: subject.to_owned(), state, text: text.into(), help: None }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
