//! JUnit XML: a test case for each reference and for each finding about a file. A finding that fails the check is a
//! failure, or an error if it could not be verified; all others, and references that were not queried, are skipped.
//! <https://docs.gitlab.com/ci/testing/unit_test_reports/>

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::{Class, Severity};
use model::{Finding, Reference, Report, Verdict};

use super::lines::{help, of_override};
use super::safe::{cut, defused, printable};
use crate::explain::address;

/// Maximum length of text, in characters.
const LONGEST: usize = 4_000;

pub(super) fn render(report: &Report) -> String {
    let mut of: BTreeMap<usize, Vec<&Finding>> = BTreeMap::new();
    let mut cases = Vec::new();
    for finding in &report.findings {
        match finding.reference {
            Some(index) => of.entry(index).or_default().push(finding),
            None => cases.push(Case::of_file(finding)),
        }
    }
    for (index, (reference, verdict)) in report.references.iter().enumerate() {
        cases.push(Case::of_reference(reference, verdict, of.get(&index).map_or(&[], Vec::as_slice)));
    }
    let tests = cases.len();
    let [failures, errors, skipped] =
        ["failure", "error", "skipped"].map(|what| cases.iter().filter(|case| case.is(what)).count());
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pullable\" {counts}>\n  \
         <testsuite name=\"pullable\" {counts} skipped=\"{skipped}\">\n"
    );
    if let Some(overridden) = &report.overridden {
        let value = escaped(&of_override(overridden));
        let _ = writeln!(
            out,
            "    <properties>\n      <property name=\"override\" value=\"{value}\"/>\n    </properties>"
        );
    }
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for case in cases {
        // If two cases had the same name, only the first would count.
        let times = seen.entry((case.path.clone(), case.name.clone())).or_default();
        *times += 1;
        case.write(&mut out, *times);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

struct Case {
    path: String,
    name: String,
    /// The element of the result; none for a success.
    result: Option<(&'static str, &'static str)>,
    text: String,
}

impl Case {
    fn of_file(finding: &Finding) -> Self {
        Self {
            path: finding.shown_path().to_owned(),
            name: format!("{}: {}", finding.rule, cut(&finding.message, LONGEST)),
            result: Some((element(finding), finding.rule.id())),
            text: text(finding),
        }
    }

    fn of_reference(reference: &Reference, verdict: &Verdict, findings: &[&Finding]) -> Self {
        let gravest = findings
            .iter()
            .min_by_key(|finding| (finding.severity, finding.rule.class() == Class::Unverified));
        let (result, otherwise) = match (verdict, gravest) {
            (Verdict::Present(_), Some(finding)) if finding.severity != Severity::Error => (None, ""),
            (_, Some(finding)) => (Some((element(finding), finding.rule.id())), ""),
            (Verdict::Present(_), None) => (None, ""),
            (Verdict::Skipped(reason), None) => (Some(("skipped", "skipped")), reason.as_str()),
            (Verdict::Unasked, None) => (Some(("skipped", "not-asked")), "no registry was queried"),
            (Verdict::Missing | Verdict::Unverified | Verdict::Malformed, None) => {
                (Some(("skipped", "see-above")), "the same cause is reported at another reference")
            }
        };
        let findings: Vec<String> = findings.iter().map(|finding| text(finding)).collect();
        let text = if findings.is_empty() { otherwise.to_owned() } else { findings.join("\n") };
        Self { path: reference.site.file.path().to_string(), name: name(reference), result, text }
    }

    fn is(&self, what: &str) -> bool {
        self.result.is_some_and(|(element, _)| element == what)
    }

    fn write(&self, out: &mut String, times: usize) {
        let path = escaped(&self.path);
        let again = if times > 1 { format!(" #{times}") } else { String::new() };
        let name = escaped(&format!("{}{again}", self.name));
        let _ = write!(out, "    <testcase classname=\"{path}\" name=\"{name}\" file=\"{path}\"");
        let text = escaped(&cut(&self.text, LONGEST));
        let first = escaped(&cut(self.text.lines().next().unwrap_or_default(), LONGEST));
        let _ = match self.result {
            Some((element, kind)) => {
                writeln!(out, "><{element} type=\"{kind}\" message=\"{first}\">{text}</{element}></testcase>")
            }
            None if text.is_empty() => writeln!(out, "/>"),
            None => writeln!(out, "><system-out>{text}</system-out></testcase>"),
        };
    }
}

/// The name of a test case. It has no line number, so that the case is the same when lines move.
fn name(reference: &Reference) -> String {
    let image = reference.image().unwrap_or_else(|| cut(reference.site.text(), LONGEST));
    let field = &reference.field;
    let Some(resource) = &reference.resource else { return format!("{image} at {field}") };
    match &resource.name {
        Some(name) => format!("{image} in {}/{name} at {field}", resource.kind),
        None => format!("{image} in {} at {field}", resource.kind),
    }
}

/// The element of a finding: one that may pass, or a notice, is not a failure.
fn element(finding: &Finding) -> &'static str {
    match (finding.severity, finding.rule.class()) {
        (Severity::Error, Class::Unverified) => "error",
        (Severity::Error, Class::Known(_) | Class::Optional) => "failure",
        (Severity::Warning | Severity::Notice, _) => "skipped",
    }
}

/// The message of a finding, with its help, its place, and the address of its rule.
fn text(finding: &Finding) -> String {
    let help = help(finding);
    let mut text = format!("{}: {}{help}", finding.rule, finding.message);
    if let Some(site) = &finding.site {
        let at = site.location();
        let _ = write!(text, "\n{}:{}:{}", finding.path, at.line, at.column);
    }
    let _ = write!(text, "\n{}", address(finding.rule));
    text
}

/// Text for an attribute or an element. Line ends are written as character references, so that no part of
/// this text starts a line of a log.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            out.push_str("&#10;");
        }
        for c in printable(line).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                c => out.push(c),
            }
        }
    }
    defused(&out, "&#91;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            escaped("<a b=\"c\">&'\n::x\u{0}\u{ffff}"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#10;::x\u{fffd}\u{fffd}"
        );
        assert_eq!(escaped("##[error]"), "##&#91;error]");
    }
}
