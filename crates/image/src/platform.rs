//! Platforms: operating system, architecture and variant, with the names of the image specification, and the
//! images that a machine can run.

use std::fmt;

const SYSTEMS: &[&str] = &["linux", "windows", "freebsd", "darwin", "wasip1"];
const ARCHITECTURES: &[&str] =
    &["386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x", "wasm"];

/// The platform of an image or a machine: `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    architecture: String,
    variant: String,
}

impl Platform {
    /// A platform in normal form: `aarch64` is arm64, and an omitted variant is added.
    pub fn new(os: &str, architecture: &str, variant: &str) -> Self {
        let [os, architecture, variant] = [os, architecture, variant].map(str::to_ascii_lowercase);
        let (architecture, meant) = match architecture.as_str() {
            "x86_64" | "x86-64" => ("amd64", ""),
            "aarch64" => ("arm64", ""),
            "armhf" => ("arm", "v7"),
            "armel" => ("arm", "v6"),
            "i386" | "i686" => ("386", ""),
            other => (other, ""),
        };
        let usual = match architecture {
            _ if !meant.is_empty() => meant,
            "amd64" => "v1",
            "arm64" => "v8",
            "arm" => "v7",
            _ => "",
        };
        let variant = if variant.is_empty() { usual.to_owned() } else { variant };
        // Some configurations write `5` for `v5`.
        let number = variant.starts_with(|c: char| c.is_ascii_digit());
        let variant = if number && architecture == "arm" { format!("v{variant}") } else { variant };
        Self { os, architecture: architecture.to_owned(), variant }
    }

    /// Reads a required platform: `linux/amd64`, `linux/arm/v7`.
    ///
    /// # Errors
    /// A sentence that describes the fault.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.trim().split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (*os, *architecture, ""),
            [os, architecture, variant] => (*os, *architecture, *variant),
            _ => return Err("a platform is written linux/amd64 or linux/arm/v7".to_owned()),
        };
        let platform = Self::new(os, architecture, variant);
        let known = |what: &str, word: &str, words: &[&str]| {
            let all = words.join(", ");
            if words.contains(&word) { Ok(()) } else { Err(format!("unknown {what} {word:?}: {all}")) }
        };
        known("operating system", &platform.os, SYSTEMS)?;
        known("architecture", &platform.architecture, ARCHITECTURES)?;
        let plain = platform.variant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        if plain { Ok(platform) } else { Err(format!("{variant:?} is not a variant")) }
    }

    /// True if it is known: attestations are for `unknown/unknown`.
    pub fn is_known(&self) -> bool {
        let known = |word: &str| !word.is_empty() && word != "unknown";
        known(&self.os) && known(&self.architecture)
    }

    /// True if a machine of this platform runs an image for that one: the same system and architecture, and no later
    /// variant.
    pub fn runs(&self, image: &Self) -> bool {
        let fits = match (version(&self.variant), version(&image.variant)) {
            (Some(here), Some(there)) => there <= here,
            _ => self.variant == image.variant,
        };
        self.os == image.os && self.architecture == image.architecture && fits
    }
}

/// `v8.2` as numbers.
fn version(variant: &str) -> Option<(u32, u32)> {
    let (major, minor) = variant.strip_prefix('v').map(|rest| rest.split_once('.').unwrap_or((rest, "0")))?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = Self::new(&self.os, &self.architecture, "");
        write!(f, "{}/{}", self.os, self.architecture)?;
        // 32-bit ARM is always printed with its variant, because no variant is the default.
        if self.variant == usual.variant && self.architecture != "arm" {
            return Ok(());
        }
        write!(f, "/{}", self.variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        Platform::parse(text).unwrap()
    }

    #[test]
    fn what_runs_where() {
        for (machine, image) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/amd64", "linux/x86_64"),
            ("linux/amd64/v3", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v2"),
            ("linux/arm64", "linux/arm64/v8"),
            ("linux/arm64", "Linux/aarch64"),
            ("linux/arm/v7", "linux/arm"),
            ("linux/arm", "linux/arm/v6"),
            ("linux/arm/v7", "linux/arm/v5"),
            ("linux/arm/v7", "linux/armhf"),
            ("linux/arm/v7", "linux/arm/7"),
            ("linux/386", "linux/386"),
            ("linux/riscv64/rva22", "linux/riscv64/rva22"),
        ] {
            assert!(platform(machine).runs(&platform(image)), "{machine} {image}");
        }
        for (machine, image) in [
            ("linux/amd64", "linux/arm64"),
            ("linux/amd64", "windows/amd64"),
            ("linux/amd64", "linux/amd64/v2"),
            ("linux/arm/v6", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm"),
            ("linux/arm64", "linux/arm/v8"),
            ("linux/amd64", "linux/386"),
            ("linux/riscv64/rva22", "linux/riscv64"),
        ] {
            assert!(!platform(machine).runs(&platform(image)), "{machine} {image}");
        }
    }

    #[test]
    fn words() {
        for (text, shown) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/s390x", "linux/s390x"),
        ] {
            assert_eq!(platform(text).to_string(), shown);
        }
        for bad in ["", "amd64", "linux", "linux/amd46", "linus/amd64", "linux/arm/v7/x", "linux/arm/\u{1b}"]
        {
            assert!(Platform::parse(bad).is_err(), "{bad}");
        }
        assert!(!Platform::new("unknown", "unknown", "").is_known());
        assert!(!Platform::new("", "", "").is_known());
        assert!(!Platform::new("linux", "unknown", "").is_known());
        assert!(!Platform::new("unknown", "amd64", "").is_known());
        assert!(Platform::new("linux", "amd64", "").is_known());
    }
}
