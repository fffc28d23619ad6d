//! `pullable images`: the references of the gate, without registries.

use std::sync::Arc;

use crate::ci::Env;
use crate::cli::CommonArgs;
use crate::error::Error;

use super::gate::gate;
use super::outcome::Outcome;

pub(super) fn images(args: &CommonArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let options = args.options(&|name| env.get(name)).map_err(Error::Usage)?;
    gate(&options, args, env)
}
