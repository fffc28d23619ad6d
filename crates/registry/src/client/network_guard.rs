//! The guard against requests to private networks. In a pull request from a stranger, an image reference, a redirect or
//! the realm of a token server could make this machine send requests to addresses that only its own network reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use thiserror::Error;

/// The hint about the option that allows the query.
const ALLOW: &str = "--deny-private-networks=false allows it";

/// An address that is not queried.
#[derive(Clone, Copy, Debug, Error)]
#[error("its address {0} is not public, and --deny-private-networks is on ({ALLOW})")]
pub(super) struct Denied(pub(super) IpAddr);

/// True if an address is not one of the public internet.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        // This network, private, loopback, multicast and reserved addresses.
        (0 | 10 | 127 | 224.., _, _)
        | (172, 16..=31, _)
        | (192, 168, _)
        // Link-local, with the metadata of most clouds.
        | (169, 254, _)
        // Carrier-grade NAT, with the metadata of Alibaba's.
        | (100, 64..=127, _)
        // Protocol assignments, with the metadata of Oracle's; documentation; benchmarks.
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18 | 19, _)
        | (198, 51, 100)
        | (203, 0, 113) => true,
        // Azure's host, which looks public.
        _ => address == Ipv4Addr::new(168, 63, 129, 16),
    }
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Mapped and compatible addresses, among them :: and ::1; NAT64; 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => is_private_v4(embedded_v4(high, low)),
        // Local NAT64, Teredo, documentation.
        [0x64, 0xff9b, ..] | [0x2001, 0 | 0xdb8, ..] | [0x3fff, ..] => true,
        // Only 2000::/3 is allocated to the public.
        [first, ..] => first & 0xe000 != 0x2000,
    }
}

/// The IPv4 address in two segments of an IPv6 address.
fn embedded_v4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

/// Admits public addresses only.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// The hosts of proxies. They are reached as proxies, but not queried as registries.
    proxies: Arc<[String]>,
}

impl Guard {
    pub(super) fn new(proxies: &[String]) -> Self {
        Self { proxies: proxies.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Refuses a private address that is written as a number, which no resolver sees, and the proxy's own name.
    pub(super) fn admit(&self, url: &Url) -> Result<(), String> {
        let host = url.host_str().unwrap_or_default();
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = literal.parse::<IpAddr>() {
            return if is_private(address) { Err(Denied(address).to_string()) } else { Ok(()) };
        }
        // The resolver admits these.
        if self.is_proxy(host) {
            return Err(format!("it is the proxy's own name, and --deny-private-networks is on ({ALLOW})"));
        }
        Ok(())
    }

    /// The public addresses of a host among those that were found, or all if it is a proxy.
    ///
    /// # Errors
    /// [`Denied`] if there are addresses, and all are private.
    pub(super) fn public_of(
        &self,
        host: &str,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Denied> {
        let is_proxy = self.is_proxy(host);
        let mut public = Vec::new();
        let mut denied = None;
        for address in found {
            if is_proxy || !is_private(address.ip()) {
                public.push(address);
            } else {
                denied.get_or_insert(address.ip());
            }
        }
        match denied {
            Some(address) if public.is_empty() => Err(Denied(address)),
            _ => Ok(public),
        }
    }

    fn is_proxy(&self, host: &str) -> bool {
        self.proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "168.63.129.16",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "169.253.1.1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn literal_addresses_and_the_proxy() {
        let guard = Guard::new(&["proxy.corp".into()]);
        let admits = |url: &str| guard.admit(&Url::parse(url).unwrap()).is_ok();
        // `Url` parses these forms of IPv4 like other programs.
        for private in ["http://2130706433/", "https://0x7f.1/", "https://[::1]/", "https://PROXY.corp/"] {
            assert!(!admits(private), "{private}");
        }
        assert!(admits("https://ghcr.io/") && admits("https://1.1.1.1:5000/"));
    }
}
