//! The release of a chart: its name, its values, and the cluster that it is rendered for.

use yaml::Node;

use crate::Failure;

/// The release that a chart is rendered for.
#[derive(Clone, Debug)]
pub struct Release {
    /// The release's name. A name of more than 53 characters, the limit of Helm, is shortened as in Flux.
    pub name: String,
    /// The namespace of the installation.
    pub namespace: String,
    /// The values over the chart's own, merged in the deployer's order; `None` for none. A null removes a
    /// default of the chart, and therefore has to be kept.
    pub values: Option<Node>,
    /// Values that replace the chart's values.yaml, like `valuesFiles` of Flux.
    pub defaults: Option<Node>,
    /// True if the resources of `crds/` are part of it.
    pub include_crds: bool,
    /// The hooks that are part of it.
    pub hooks: Hooks,
    /// True if it is rendered as an upgrade of a release that exists.
    pub is_upgrade: bool,
    /// The version of Kubernetes, such as `1.33.0`. Helm's own default is too old for many charts.
    pub kube_version: String,
    /// Further API versions of the cluster, such as `monitoring.coreos.com/v1`.
    pub api_versions: Vec<String>,
}

/// The hooks that are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hooks {
    /// All hooks.
    All,
    /// All hooks except test hooks.
    WithoutTests,
    /// None.
    None,
}

impl Release {
    /// A release without values and without test hooks.
    pub fn new(name: &str, namespace: &str, kube_version: &str) -> Self {
        Self {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            values: None,
            defaults: None,
            include_crds: false,
            hooks: Hooks::WithoutTests,
            is_upgrade: false,
            kube_version: kube_version.to_owned(),
            api_versions: Vec::new(),
        }
    }

    /// The arguments of `helm template`. Every text of the user is checked first, so that none is read as a
    /// flag or as two arguments.
    pub(crate) fn arguments(&self, folder: &str, skip_schemas: bool) -> Result<Vec<String>, Failure> {
        valid("release name", &self.name, is_name)?;
        valid("namespace", &self.namespace, is_name)?;
        valid("version of Kubernetes", &self.kube_version, is_version)?;
        for version in &self.api_versions {
            valid("API version", version, is_api_version)?;
        }
        let mut arguments = vec!["template".to_owned(), short(&self.name), folder.to_owned()];
        arguments.push(format!("--namespace={}", self.namespace));
        arguments.push(format!("--kube-version={}", self.kube_version));
        arguments.push("--values=-".to_owned());
        let switches = [
            (self.include_crds, "--include-crds"),
            (self.hooks == Hooks::WithoutTests, "--skip-tests"),
            (self.hooks == Hooks::None, "--no-hooks"),
            (self.is_upgrade, "--is-upgrade"),
            // Helm 3.16 and later support this flag; an older one refuses the chart.
            (skip_schemas, "--skip-schema-validation"),
        ];
        arguments.extend(switches.iter().filter(|(is_on, _)| *is_on).map(|(_, flag)| (*flag).to_owned()));
        arguments.extend(self.api_versions.iter().map(|version| format!("--api-versions={version}")));
        Ok(arguments)
    }
}

/// Maximum number of characters of a release's name.
const MOST_NAME: usize = 53;

/// A name, shortened to the limit of Helm.
fn short(name: &str) -> String {
    let start = name.get(..MOST_NAME).unwrap_or(name);
    start.trim_end_matches(['-', '.']).to_owned()
}

fn valid(part: &'static str, value: &str, fits: fn(&str) -> bool) -> Result<(), Failure> {
    if fits(value) { Ok(()) } else { Err(Failure::Invalid { part, value: crate::failure::printable(value) }) }
}

/// True for letters, digits, `-` and `.`, with a letter or a digit first. Helm itself checks further rules.
fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    text.len() <= 253
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(fits)
}

fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or(text);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    digits.len() <= 64 && digits.starts_with(|first: char| first.is_ascii_digit()) && digits.bytes().all(fits)
}

fn is_api_version(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/');
    text.len() <= 512
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_fixed_and_texts_are_checked() {
        let mut release = Release::new("web", "shop", "1.33.0");
        release.api_versions = vec!["monitoring.coreos.com/v1/PodMonitor".into()];
        release.include_crds = true;
        let arguments = release.arguments("chart", false).unwrap().join(" ");
        assert_eq!(
            arguments,
            "template web chart --namespace=shop --kube-version=1.33.0 --values=- --include-crds --skip-tests --api-versions=monitoring.coreos.com/v1/PodMonitor"
        );
        release.name = "--post-renderer=x".into();
        let error = release.arguments("chart", false).unwrap_err().to_string();
        assert_eq!(error, r#"the release name "--post-renderer=x" is not valid"#);
        release.name = format!("{}-web", "a".repeat(52));
        assert_eq!(release.arguments("chart", false).unwrap()[1], "a".repeat(52));
        release.name = "web".into();
        for version in ["", "latest", "1.33 --validate", "-1"] {
            release.kube_version = version.into();
            assert!(release.arguments("chart", false).is_err(), "{version}");
        }
        release.kube_version = "v1.33.0-eks-1".into();
        for version in ["a,b", "--x", "v1 b", ""] {
            release.api_versions = vec![version.into()];
            assert!(release.arguments("chart", false).is_err(), "{version}");
        }
    }
}
