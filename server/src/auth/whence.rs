//! From where a request comes, for limits on people who are nobody yet. Only as much of what proxies say is believed as
//! there are proxies of one's own.

use actix_web::HttpRequest;
use std::net::{IpAddr, Ipv6Addr};

/// What one connection to the net usually has: an address, or of IPv6 the first 64 bits, of which every household has its own
/// (RFC 6177).
pub(crate) fn of(request: &HttpRequest, proxies: u8) -> IpAddr {
    let headers = request.headers().get_all("X-Forwarded-For").filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = headers.flat_map(|value| value.split(',')).map(str::trim).collect();
    // Each proxy adds at the end whom it was asked by; what stands before our own proxies' words anybody may have written.
    let by_proxy = said.len().checked_sub(usize::from(proxies)).filter(|_| proxies > 0).map(|at| said[at]);
    let peer = || request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    household(by_proxy.and_then(|said| said.parse().ok()).unwrap_or_else(peer))
}

fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn of_said(said: &[&str], proxies: u8) -> String {
        let request = TestRequest::get().peer_addr("192.0.2.1:9".parse().unwrap());
        let request = said.iter().fold(request, |request, said| request.append_header(("X-Forwarded-For", *said)));
        of(&request.to_http_request(), proxies).to_string()
    }

    #[test]
    fn only_ones_own_proxies_are_believed() {
        let said = ["203.0.113.7, 198.51.100.2", "198.51.100.3"];
        assert_eq!(of_said(&said, 0), "192.0.2.1", "anybody can write a header");
        assert_eq!(of_said(&said, 1), "198.51.100.3");
        assert_eq!(of_said(&said, 2), "198.51.100.2");
        assert_eq!(of_said(&said, 3), "203.0.113.7");
        assert_eq!(of_said(&said, 4), "192.0.2.1", "fewer than there should be");
        assert_eq!(of_said(&["nonsense"], 1), "192.0.2.1");
        assert_eq!(of_said(&[], 1), "192.0.2.1");
    }

    #[test]
    fn a_household_of_ipv6_is_one_address() {
        assert_eq!(of_said(&["2001:db8:1:2:3:4:5:6"], 1), "2001:db8:1:2::");
        assert_eq!(of_said(&["::ffff:203.0.113.7"], 1), "203.0.113.7");
    }
}
