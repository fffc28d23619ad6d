//! The credentials of chart repositories, from Helm's own `repositories.yaml`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use registry::Url;
use source::{RepoPath, SourceFile};
use yaml::{Node, each_document};

use super::address::{Address, Login, shown};

/// Maximum length of a file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// The content of Helm's file of repositories.
#[derive(Clone, Default)]
pub struct HelmConfig {
    logins: Vec<(Url, Login)>,
    /// The parts that cannot be used, as warnings for the user.
    pub(super) warnings: Vec<String>,
}

impl std::fmt::Debug for HelmConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let addresses: Vec<String> = self.logins.iter().map(|(url, _)| shown(url)).collect();
        f.debug_struct("HelmConfig").field("logins", &addresses).field("warnings", &self.warnings).finish()
    }
}

impl HelmConfig {
    /// The file that the environment variables name; `get` reads a variable. `None` if there is no home
    /// folder.
    pub fn file(get: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let var = |name: &str| get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(file) = var("HELM_REPOSITORY_CONFIG") {
            return Some(file);
        }
        let home = if let Some(home) = var("HELM_CONFIG_HOME") {
            home
        } else if let Some(home) = var("XDG_CONFIG_HOME") {
            home.join("helm")
        } else if cfg!(target_os = "macos") {
            var("HOME")?.join("Library/Preferences/helm")
        } else if cfg!(windows) {
            var("APPDATA")?.join("helm")
        } else {
            var("HOME")?.join(".config/helm")
        };
        Some(home.join("repositories.yaml"))
    }

    /// Reads a file. A file that does not exist gives no credentials; a file that cannot be used gives a
    /// warning.
    pub fn read(file: &Path) -> Self {
        let name = file.display();
        match read_bounded(file) {
            Ok(Some(bytes)) => Self::parse(bytes, &name.to_string()),
            Ok(None) => Self::default(),
            Err(error) => {
                Self { warnings: vec![format!("{name} cannot be read: {error}")], ..Self::default() }
            }
        }
    }

    fn parse(bytes: Vec<u8>, name: &str) -> Self {
        let mut config = Self::default();
        let Ok(file) = SourceFile::decode(RepoPath::new("repositories.yaml"), bytes) else {
            config.warnings.push(format!("{name} is not UTF-8"));
            return config;
        };
        each_document(&Arc::new(file), |document| match document {
            Ok(root) => config.add(&root, name),
            Err(broken) => config.warnings.push(format!("{name} is not YAML: {}", broken.message)),
        });
        config
    }

    fn add(&mut self, root: &Node, name: &str) {
        for entry in root.get("repositories").map(Node::items).unwrap_or_default() {
            let text = |key: &str| {
                entry.get(key).filter(|value| !value.is_null()).and_then(Node::scalar).unwrap_or_default()
            };
            let Ok(Address::Http(url, _)) = Address::parse(text("url")) else { continue };
            let (user, password) = (text("username"), text("password"));
            if !user.is_empty() || !password.is_empty() {
                self.logins.push((url.clone(), (user.to_owned(), password.to_owned())));
            }
            if ["certFile", "keyFile", "caFile"].into_iter().any(|key| !text(key).is_empty()) {
                let why = "has certificates of its own, which are not used (--ca-file adds authorities)";
                self.warnings.push(format!("{name}: the repository {} {why}", shown(&url)));
            }
        }
    }

    /// The login of a repository, which Helm stores for exactly this address.
    pub(super) fn login(&self, repository: &Url) -> Option<Login> {
        let known = self.logins.iter().find(|(url, _)| is_same(url, repository));
        known.map(|(_, login)| login.clone())
    }
}

/// True if two addresses name the same repository. A `/` at the end does not count.
fn is_same(one: &Url, other: &Url) -> bool {
    let key = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    key(one) == key(other)
}

/// The bytes of a file; `None` if there is none.
fn read_bounded(file: &Path) -> io::Result<Option<Vec<u8>>> {
    // Opening a pipe would wait for its other end.
    let is_file = match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        meta => meta?.is_file(),
    };
    if !is_file {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "apiVersion: \"\"\nrepositories:\n- name: acme\n  url: https://charts.example/acme/\n  username: me\n  \
        password: secret\n- name: open\n  url: https://open.example\n  caFile: /etc/ca.pem\n- name: bad\n  url: oci://x\n";

    #[test]
    fn logins_are_for_one_address() {
        let config = HelmConfig::parse(FILE.into(), "repositories.yaml");
        let login = |url: &str| config.login(&Url::parse(url).unwrap());
        assert_eq!(login("https://charts.example/acme"), Some(("me".to_owned(), "secret".to_owned())));
        for other in [
            "http://charts.example/acme",
            "https://charts.example:444/acme",
            "https://charts.example/other",
            "https://open.example",
        ] {
            assert_eq!(login(other), None, "{other}");
        }
        assert!(!format!("{config:?}").contains("secret"));
        assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
        assert!(HelmConfig::parse(b"a: [".to_vec(), "f").warnings[0].starts_with("f is not YAML"));
        let folder = tempfile::tempdir().unwrap();
        assert!(HelmConfig::read(folder.path()).warnings[0].ends_with("it is not a regular file"));
        assert!(HelmConfig::read(&folder.path().join("absent")).warnings.is_empty());
    }

    #[test]
    fn the_file_that_the_environment_names() {
        let file = |set: &[(&str, &str)]| {
            let get = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            HelmConfig::file(&get).map(|file| file.display().to_string())
        };
        let all = [("HELM_REPOSITORY_CONFIG", "/r"), ("HELM_CONFIG_HOME", "/h"), ("XDG_CONFIG_HOME", "/x")];
        assert_eq!(file(&all).as_deref(), Some("/r"));
        assert_eq!(file(&all[1..]).as_deref(), Some("/h/repositories.yaml"));
        assert_eq!(file(&all[2..]).as_deref(), Some("/x/helm/repositories.yaml"));
        assert_eq!(file(&[]), None);
    }
}
