//! `pullable doctor`: examines everything on which a run depends, and the login at registries. The result
//! contains no secret.

use model::doctor::{DOCTOR_SCHEMA_VERSION, Diagnosis};
use model::report::Tool;
use source::disk;

use crate::config::{Options, RegistryOrImage};
use crate::context::Context;
use crate::error::Error;

use super::policy::{Loaded, effective, of_whole};
use super::resolve;

mod fault;
mod machine;
mod network;
mod registries;

use fault::fault;

/// Examines the machine, the repository and the network, and logs in at the registries of these places.
///
/// # Errors
/// [`Error`] if the folder cannot be read.
pub async fn diagnose(
    options: &Options,
    places: &[RegistryOrImage],
    context: &Context,
) -> Result<Diagnosis, Error> {
    let mut lines = vec![machine::git(context), machine::ci(context)];
    lines.extend(machine::repository(options, context));
    let files = disk::Paths::new(&context.root, &[])?;
    let loaded = match of_whole(options, context, &files) {
        Ok(loaded) => {
            lines.push(machine::configuration(&loaded, options, context));
            loaded
        }
        Err(error) => {
            lines.push(fault("configuration", &error));
            Loaded::default()
        }
    };
    let policy = effective(&loaded, options, context);
    lines.push(machine::helm(&policy, context));
    lines.push(machine::cache(context));
    if let Some(network) = &options.network {
        lines.extend(network::lines(&policy, network, options.reads_policy_of_base(), context));
        match resolve::client(&policy, network, options.reads_policy_of_base(), context) {
            Ok(client) => {
                let check = resolve::check(&client, &policy, network, context);
                for place in places {
                    for line in registries::lines(place, &client, &check).await {
                        // Two images of one registry share its lines.
                        if !lines.contains(&line) {
                            lines.push(line);
                        }
                    }
                }
            }
            Err(error) => lines.push(fault("network", &error)),
        }
    }
    let tool = Tool { name: "pullable".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    Ok(Diagnosis { schema_version: DOCTOR_SCHEMA_VERSION, tool, lines })
}
