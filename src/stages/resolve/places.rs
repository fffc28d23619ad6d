//! Mirrors and other places of registries: from the command line, the configuration, and `registries.conf`.

use std::path::Path;

use model::policy::Policy;
use registry::{Mirror, Pulls, Route};

use crate::config::{self, MirrorAt, Network, Place};
use crate::context::Context;
use crate::error::Error;

/// Maximum size of a `registries.conf`, in bytes.
const MAX_CONF: u64 = 1 << 20;

/// The places of the given `registries.conf`.
pub(in crate::stages) fn read(network: &Network, context: &Context) -> Result<Vec<Place>, Error> {
    match &network.registries_conf {
        Some(file) => read_file(file, context),
        None => Ok(Vec::new()),
    }
}

fn read_file(file: &Path, context: &Context) -> Result<Vec<Place>, Error> {
    let refused = |why: String| Error::RegistriesConf { file: file.to_owned(), why };
    let (_, bytes) = context.read(file, MAX_CONF).map_err(|error| refused(error.why()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".to_owned()))?;
    config::registries_conf(&text).map_err(refused)
}

/// Mirrors by the registry that they mirror: those of the command line first, then the configuration's, then the
/// file's.
pub(in crate::stages) fn routes(policy: &Policy, network: &Network, places: &[Place]) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for mirror in network.mirrors.iter().chain(&policy.reach.mirrors) {
        let of = mirror.of.clone();
        let mirrors = vec![Mirror { at: mirror.at.clone(), pulls: Pulls::All }];
        add(&mut routes, Route { of, mirrors, ..Route::default() });
    }
    for place in places {
        add(&mut routes, route(place));
    }
    routes
}

/// Adds a route, after those of the same registry.
fn add(routes: &mut Vec<Route>, new: Route) {
    match routes.iter_mut().find(|route| route.of == new.of) {
        Some(route) => {
            route.mirrors.extend(new.mirrors);
            route.location = route.location.take().or(new.location);
            route.blocked = route.blocked.take().or(new.blocked);
        }
        None => routes.push(new),
    }
}

fn route(place: &Place) -> Route {
    Route {
        of: place.of.clone(),
        location: place.location.clone(),
        blocked: place.blocked.then(|| "--registries-conf".to_owned()),
        mirrors: place.mirrors.iter().map(mirror).collect(),
    }
}

fn mirror(mirror: &MirrorAt) -> Mirror {
    let pulls = match (mirror.by_digest, mirror.by_tag) {
        (_, false) => Pulls::ByDigest,
        (false, true) => Pulls::ByTag,
        (true, true) => Pulls::All,
    };
    Mirror { at: mirror.at.clone(), pulls }
}
