//! `pullable pin`: adds the digests of images.

use std::sync::Arc;

use model::correction::Task;

use crate::ci::Env;
use crate::cli::PinArgs;
use crate::error::Error;
use crate::stages::Wanted;

use super::corrections::run;
use super::outcome::Outcome;

pub(super) fn pin(args: &PinArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let options = args.common.options(&|name| env.get(name)).map_err(Error::Usage)?;
    let wanted = Wanted {
        task: Task::Pin,
        mode: args.common.mode(),
        rules: Vec::new(),
        confirmed: args.common.yes,
        refresh: args.refresh,
    };
    run(&wanted, &options, &args.common, env)
}
