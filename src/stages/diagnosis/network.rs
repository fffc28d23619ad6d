//! The rules of the network: proxies, authorities, the guard against private addresses, mirrors.

use model::doctor::{Line, State};
use model::policy::Policy;
use registry::Route;

use crate::ci;
use crate::config::Network;
use crate::context::Context;

use super::super::resolve;
use super::fault::fault;

/// The variables that name proxies.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The rules of the network.
pub(super) fn lines(policy: &Policy, network: &Network, is_of_base: bool, context: &Context) -> Vec<Line> {
    let options = match resolve::options(policy, network, is_of_base, context) {
        Ok(options) => options,
        Err(error) => return vec![fault("network", &error)],
    };
    let mut lines = vec![proxy(context), guard(options.deny_private, context), authorities(network, context)];
    if !options.insecure.is_empty() {
        let text = format!("certificates are not verified for {}", options.insecure.join(", "));
        lines.push(Line::new("insecure registries", State::Note, text));
    }
    for route in &options.routes {
        lines.push(Line::new("mirrors", State::Ok, described(route)));
    }
    lines
}

/// The variables are named without their values, which may contain passwords.
fn proxy(context: &Context) -> Line {
    let set: Vec<&str> = PROXIES.into_iter().filter(|name| context.variable(name).is_some()).collect();
    if set.is_empty() {
        return Line::new("proxy", State::Ok, "none");
    }
    let exempt = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| context.variable(name));
    let exempt = exempt.map(|hosts| format!(", except for {hosts}")).unwrap_or_default();
    Line::new("proxy", State::Ok, format!("{}{exempt}", set.join(", ")))
}

/// `docker.io: mirror.example/hub, else the registry itself`.
fn described(route: &Route) -> String {
    if let Some(setting) = &route.blocked {
        return format!("{}: blocked by {setting}", route.of);
    }
    let mut places: Vec<String> = route.mirrors.iter().map(|mirror| mirror.at.clone()).collect();
    places.push(route.location.clone().unwrap_or_else(|| "the registry itself".to_owned()));
    format!("{}: {}", route.of, places.join(", then "))
}

fn guard(denies: bool, context: &Context) -> Line {
    let text = match (denies, ci::from_fork(&context.env)) {
        (false, _) => "registries may have private addresses",
        (true, true) => {
            "only public addresses are queried: the change comes from a fork, or its origin is not known"
        }
        (true, false) => {
            "only public addresses are queried: the configuration or --deny-private-networks demands it"
        }
    };
    Line::new("private networks", State::Ok, text)
}

fn authorities(network: &Network, context: &Context) -> Line {
    let mut from: Vec<String> = network.authorities.iter().map(|file| file.display().to_string()).collect();
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        from.extend(context.variable(name).map(|value| format!("{name}={value}")));
    }
    let text = if from.is_empty() { "those of the system".to_owned() } else { from.join(", ") };
    Line::new("authorities", State::Ok, text)
}
