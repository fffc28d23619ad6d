//! `pullable explain`: the page of a rule, or the list of rules.

use judge::nearest_rule;
use model::Rule;

use crate::error::Error;
use crate::explain::page;

use super::outcome::Outcome;

pub(super) fn explain(rule: Option<&str>) -> Result<Outcome, Error> {
    let Some(written) = rule else { return Ok(Outcome::text(list())) };
    let Some(rule) = Rule::from_id(written) else {
        let nearest = nearest_rule(written).map(Rule::id);
        return Err(Error::UnknownRule { asked: written.to_owned(), nearest });
    };
    Ok(Outcome::text(format!("{rule}\n\n{}\n\n{}\n", rule.summary(), page(rule))))
}

fn list() -> String {
    let width = Rule::ALL.iter().map(|rule| rule.id().len()).max().unwrap_or(0);
    let mut list = String::new();
    for rule in Rule::ALL {
        list += &format!("{:<width$}  {}\n", rule.id(), rule.summary());
    }
    list
}
