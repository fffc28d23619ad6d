//! `pullable fix`: applies the corrections of findings.

use std::sync::Arc;

use model::correction::Task;

use crate::ci::Env;
use crate::cli::FixArgs;
use crate::error::Error;
use crate::stages::Wanted;

use super::corrections::run;
use super::outcome::Outcome;

pub(super) fn fix(args: &FixArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let mut options = args.common.options(&|name| env.get(name)).map_err(Error::Usage)?;
    options.baseline.clone_from(&args.baseline);
    let wanted = Wanted {
        task: Task::Fix,
        mode: args.common.mode(),
        rules: args.rule.clone(),
        confirmed: args.common.yes,
        refresh: false,
    };
    run(&wanted, &options, &args.common, env)
}
