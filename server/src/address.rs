//! Where this server is reached, as a proof names it: scheme, host and port, and what a proxy in front puts before the
//! path. Compared as RFC 3986 §6.2.2 has it: scheme and host without case, the scheme's own port as none.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    https: bool,
    host: String,
    port: u16,
    /// Without a slash at its end; empty nearly everywhere.
    path: String,
}

impl Address {
    /// An absolute URL. Query and fragment are not part of what is compared (RFC 9449 §4.3); a user's name has no business
    /// in one.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        Self::of(https, authority).map(|address| Self { path: path.into(), ..address })
    }

    /// Scheme and authority alone, as a request's `Host` gives them.
    pub(crate) fn of(https: bool, authority: &str) -> Option<Self> {
        let own = if https { 443 } else { 80 };
        // A colon inside brackets is part of an IPv6 address.
        let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match authority[after_host..].split_once(':') {
            Some((name, port)) => (&authority[..after_host + name.len()], port),
            None => (authority, ""),
        };
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        let port = if port.is_empty() { Some(own) } else { port.parse().ok().filter(|_| digits) }?;
        let bad = |c: char| c.is_ascii_control() || c.is_whitespace() || "@/?#\\".contains(c);
        let host = (!host.is_empty() && !host.contains(bad)).then(|| host.to_ascii_lowercase())?;
        Some(Self { https, host, port, path: String::new() })
    }

    /// Whether a URL names this path at this address, all of it.
    pub(crate) fn is_named(&self, url: &str, path: &str) -> bool {
        let Some(named) = Self::parse(url) else { return false };
        let rest = named.path.strip_prefix(self.path.trim_end_matches('/'));
        rest == Some(path) && (named.https, &named.host, named.port) == (self.https, &self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_whole_and_without_what_makes_no_difference() {
        let server = Address::parse("https://DVC.example/").unwrap();
        for same in [
            "https://dvc.example/v1/sync",
            "HTTPS://Dvc.Example:443/v1/sync",
            "https://dvc.example:/v1/sync",
            "https://dvc.example/v1/sync?a=b",
            "https://dvc.example/v1/sync#c",
        ] {
            assert!(server.is_named(same, "/v1/sync"), "{same}");
        }
        for other in [
            "http://dvc.example/v1/sync",
            "https://dvc.example:8443/v1/sync",
            "https://dvc.example.evil.example/v1/sync",
            "https://evil.example/v1/sync",
            "https://user@dvc.example/v1/sync",
            "https://dvc.example/v1/token",
            "https://dvc.example/v1/sync/",
            "https://dvc.example/V1/sync",
            "https://dvc.example//v1/sync",
            "https://dvc.example",
            "https://dvc.example:x/v1/sync",
            "https://dvc.example:99999/v1/sync",
            "https://dvc.example:+443/v1/sync",
            "ftp://dvc.example/v1/sync",
            "https:///v1/sync",
            "/v1/sync",
            "",
        ] {
            assert!(!server.is_named(other, "/v1/sync"), "{other}");
        }
    }

    #[test]
    fn an_address_may_have_a_port_a_path_or_be_of_numbers() {
        let behind = Address::parse("https://h/hoso/").unwrap();
        assert!(
            behind.is_named("https://h/hoso/v1/sync", "/v1/sync") && !behind.is_named("https://h/v1/sync", "/v1/sync")
        );
        let six = Address::of(false, "[::1]:8080").unwrap();
        assert!(six.is_named("http://[::1]:8080/v1/sync", "/v1/sync"));
        assert!(!six.is_named("http://[::1]/v1/sync", "/v1/sync"));
        assert_eq!(Address::of(false, "[::1]"), Address::of(false, "[::1]:80"));
        for bad in ["", ":80", "a b", "a:b:c", "a\n"] {
            assert_eq!(Address::of(false, bad), None, "{bad:?}");
        }
    }
}
