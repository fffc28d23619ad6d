//! Reports contain the address of a rule for reviewers without the program, and the closing line names the
//! faults and the mirrors of images.

use testkit::registry::{MANIFEST, Registry};

use crate::docs_links;
use crate::reports::{check, trouble};
use crate::support::{change, pod, pullable, pullable_with};

const ADDRESS: &str = "https://github.com/pullable/pullable/blob/main/docs/rules/missing-tag.md";

#[test]
fn a_rule_has_an_address() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let sarif = check(&repo, "sarif").json();
    let driver = &sarif["runs"][0]["tool"]["driver"];
    assert_eq!(driver["informationUri"], "https://github.com/pullable/pullable");
    assert_eq!(driver["rules"][0]["helpUri"], ADDRESS);
    let rules = driver["rules"].as_array().unwrap();
    assert!(rules.len() > 20);
    for rule in rules {
        docs_links::assert_documented(&rule["helpUri"]);
    }
    let github = check(&repo, "github").stdout;
    let annotation =
        github.lines().find(|line| line.starts_with("::error file=") && line.contains("missing-tag"));
    assert!(annotation.unwrap().contains(&format!("%0A{ADDRESS}")), "{github}");
    let junit = check(&repo, "junit").stdout;
    assert!(junit.contains(ADDRESS), "{junit}");
    let markdown = check(&repo, "markdown").stdout;
    assert!(markdown.contains(&format!("[<code>missing-tag</code>]({ADDRESS})")), "{markdown}");
    assert!(!check(&repo, "human").stdout.contains(ADDRESS));
    let verbose = pullable(&repo, &["check", "--base", "main", "-v"]).stdout;
    assert!(verbose.contains(ADDRESS), "{verbose}");
}

#[test]
fn a_rule_is_a_link_where_the_terminal_opens_links() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let link = format!("\u{1b}]8;;{ADDRESS}\u{1b}\\");
    let shown = |forced: &str, args: &[&str]| {
        let args = [&["check", "--base", "main"], args].concat();
        pullable_with(&repo, &[("FORCE_HYPERLINK", forced)], &args).stdout.contains(&link)
    };
    assert!(shown("1", &["--color", "always"]));
    assert!(!shown("0", &["--color", "always"]));
    assert!(!shown("1", &["--color", "never"]));
    assert!(!shown("1", &["--color", "always", "--format", "github"]));
}

#[test]
fn links_are_off_in_a_pipe_and_with_no_color() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let wezterm = ("TERM_PROGRAM", "WezTerm");
    let shown = |variables: &[(&str, &str)]| {
        pullable_with(&repo, &[&[wezterm], variables].concat(), &["check", "--base", "main"]).stdout
    };
    assert!(!shown(&[]).contains('\u{1b}'), "a pipe gets neither links nor colours");
    assert!(shown(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}["), "colours can be forced");
    assert!(!shown(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}]8"), "a pipe opens no links");
    let forced = [("CLICOLOR_FORCE", "1"), ("FORCE_HYPERLINK", "1")];
    assert!(shown(&forced).contains("\u{1b}]8"), "links can be forced too");
    let no_color = [forced.as_slice(), &[("NO_COLOR", "1")]].concat();
    assert!(!shown(&no_color).contains('\u{1b}'), "NO_COLOR switches both off");
}

#[test]
fn an_image_of_the_wrong_kind_is_not_counted_as_present() {
    let registry = Registry::start();
    let config = r#"{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:00","size":2}"#;
    let chart = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#);
    registry.push_raw("charts/web", "1.0.0", MANIFEST, chart);
    let repo = change("a.yaml", "", &pod(&[&format!("{}/charts/web:1.0.0", registry.host())]));
    let run = pullable(&repo, &["check", "--base", "main", "--deep"]);
    assert!(run.stdout.contains("✗ 1 reference: 1 of the wrong kind in 1 file"), "{}", run.stdout);
}

#[test]
fn the_closing_line_names_the_mirror() {
    let mirror = Registry::start();
    mirror.push("hub/shop/web", "1");
    let repo = change("a.yaml", "", &pod(&["mirrored.test/shop/web:1"]));
    let at = format!("mirrored.test={}/hub", mirror.host());
    let run = pullable(&repo, &["check", "--base", "main", "--mirror", &at]);
    let told = format!("✓ 1 reference: 1 present (1 through {}/hub) in 1 file", mirror.host());
    assert!(run.stdout.contains(&told), "{}", run.stdout);
}
