//! What a user sees, through the real program. One file for each topic.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod action_install;
mod action_suggestions;
mod addresses;
mod architecture;
mod audit_base;
mod audit_becomes_deployed;
mod audit_case;
mod audit_file_names;
mod audit_forms;
mod audit_ignores;
mod audit_inputs;
mod audit_kustomize;
mod audit_large;
mod audit_links;
mod audit_policy;
mod audit_reports;
mod audit_tools;
mod audit_unread_keys;
mod audit_unseen;
mod audit_values;
mod bad_input;
mod bad_paths;
mod base;
mod baseline;
mod charts;
mod check;
mod command_line;
mod compared;
mod configuration;
mod corrections;
mod credentials;
mod deadline;
mod debian_registry;
mod examples;
mod few_files;
mod fix;
mod full_output;
mod gate;
mod github_event;
mod guessed;
mod hook;
mod hostile;
mod hostile_registry;
mod hostile_reports;
mod ignores;
mod imports;
mod kustomize;
mod kustomize_refused;
mod load;
mod overlays;
mod pin;
mod pin_rendered;
mod pin_updates;
mod platforms;
mod previous;
mod properties;
mod providers;
mod proxies;
mod reach;
mod reach_property;
mod readme;
mod real_registries;
mod rendered;
mod report_files;
mod report_json;
mod report_schemas;
mod reports;
mod repository_programs;
mod revert;
mod revert_forge;
mod revert_git;
mod same_commit;
mod suggestions;
mod support;
mod tarpits;
mod two_runs;
mod unread;
mod verdicts;
mod versions;
mod waiting;
