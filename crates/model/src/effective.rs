//! The configuration in effect: each setting with its value and its source. It contains no secret.

use serde::Serialize;

use crate::report::Tool;

/// Version of the format.
pub const SCHEMA_VERSION: u32 = 1;

/// The configuration in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program.
    pub tool: Tool,
    /// The configuration file; `None` if there is none.
    pub configuration: Option<Origin>,
    /// The settings, in the order of the documentation.
    pub settings: Vec<Setting>,
}

/// The place from which the configuration file was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The file.
    pub path: String,
    /// The base commit; absent for a file of the disk, of a head, or one that is named on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its key in the configuration, with dots between the parts: `rules.missing-tag`.
    pub key: String,
    /// The value.
    pub value: Value,
    /// The source.
    pub source: Source,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<String>),
}

/// The source of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The configuration of the base commit.
    Base,
    /// A configuration file that is not of the base commit.
    File,
    /// The command line.
    CommandLine,
    /// The environment, with the CI system.
    Environment,
    /// The remotes of the Git repository.
    GitRemote,
    /// The program.
    Default,
}

impl Source {
    /// The name in text output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base commit",
            Self::File => "file",
            Self::CommandLine => "command line",
            Self::Environment => "environment",
            Self::GitRemote => "git remote",
            Self::Default => "default",
        }
    }
}
