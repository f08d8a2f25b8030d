//! Checks the network path to the vendor: proxy, host name, connection.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use liveness::http::Uri;

use super::report::{Check, Line, network, operator, vendor};
use crate::{language::Words, problem::other};

/// The variables by which other programs are told of a proxy.
const PROXIES: [&str; 3] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];
/// How long the system may look for a name, and how long each address may take to answer.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where requests go.
#[derive(Clone, Debug)]
pub(super) struct Place {
    host: String,
    port: u16,
}

impl Place {
    pub(super) fn of(uri: &Uri) -> Self {
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let host = uri.host().unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Self { host: host.to_owned(), port }
    }

    pub(super) fn is_this_machine(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost") || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// Whether a proxy is set that is not used. Its address may hold a password and is not shown.
pub(super) fn proxy(place: &Place, is_set: impl Fn(&str) -> bool) -> Line {
    let set: Vec<_> = PROXIES
        .into_iter()
        .flat_map(|name| [name.to_owned(), name.to_ascii_lowercase()])
        .filter(|name| is_set(name))
        .collect();
    let names = set.join(", ");
    let line = if set.is_empty() {
        Line::ok(Check::Proxy, Words::new("no proxy is set; requests are sent directly", "未设置代理，请求直接发出"))
    } else if place.is_this_machine() {
        Line::ok(
            Check::Proxy,
            Words::new(
                format!("{names} is set; requests to this machine are sent directly"),
                format!("已设置 {names}；发往本机的请求直接发出"),
            ),
        )
    } else {
        Line::warning(
            Check::Proxy,
            Words::new(
                format!("{names} is set but not used: this crate does not read a proxy from the environment"),
                format!("已设置 {names}，但不会使用：本库不从环境变量读取代理"),
            ),
            operator(),
            Words::new(
                "if the vendor can be reached only through it, set it in the service with UreqTransport::with_proxy",
                "若必须经代理访问供应商，请在服务中用 UreqTransport::with_proxy 指定",
            ),
        )
    };
    line.did(Words::new("read the environment", "读取环境变量"))
}

/// Looks the host up.
pub(super) fn dns(place: &Place) -> (Line, Vec<SocketAddr>) {
    let start = Instant::now();
    let found = look_up(place);
    let took = start.elapsed();
    let host = &place.host;
    let line = match &found {
        Err(why) => Line::failed(
            Check::Dns,
            Words::new(format!("{host}: {why}"), format!("{host}：{}", chinese_of_lookup(why))),
            network(),
            Words::new(
                "check the host in the endpoint, and this machine's DNS servers",
                "请核对接口地址中的主机名与本机的 DNS 服务器",
            ),
        ),
        Ok(addresses) => {
            let mut ips: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            ips.dedup();
            let ips = ips.join(", ");
            let is_name = host.parse::<IpAddr>().is_err();
            let is_inside =
                is_name && !place.is_this_machine() && addresses.iter().any(|address| is_inside(address.ip()));
            match is_inside {
                true => Line::warning(
                    Check::Dns,
                    Words::new(
                        format!("{host} resolves to {ips}, which is not a public address"),
                        format!("{host} 解析为 {ips}，不是公网地址"),
                    ),
                    network(),
                    Words::new(
                        "unless this is your own relay, a local proxy, the hosts file or the DNS server has replaced the vendor's address",
                        "若并非自建中转，则可能是本地代理软件、hosts 文件或 DNS 服务器替代了供应商的地址",
                    ),
                ),
                false if is_name => Line::ok(
                    Check::Dns,
                    Words::new(format!("{host} resolves to {ips}"), format!("{host} 解析为 {ips}")),
                ),
                false => Line::ok(
                    Check::Dns,
                    Words::new(format!("{host} is an address, not a name"), format!("{host} 是 IP 地址，无需解析")),
                ),
            }
        }
    };
    (line.did(Words::new("looked the host up", "解析主机名")).took(took), found.unwrap_or_default())
}

/// Connects, and sends nothing.
pub(super) fn tcp(addresses: &[SocketAddr]) -> Line {
    let start = Instant::now();
    let mut failed = Vec::new();
    for address in addresses {
        match TcpStream::connect_timeout(address, CONNECT_TIMEOUT) {
            Ok(_) => {
                let found = Words::new(format!("{address} accepts connections"), format!("{address} 可以连接"));
                return connected(Line::ok(Check::Tcp, found), start);
            }
            Err(error) => failed.push((address, error)),
        }
    }
    let is_refused = failed.iter().any(|(_, error)| error.kind() == io::ErrorKind::ConnectionRefused);
    let (mut english, mut chinese) = (Vec::new(), Vec::new());
    for (address, error) in &failed {
        let why = reason(error);
        english.push(format!("{address}: {}", why.get(liveness::Language::English)));
        chinese.push(format!("{address}：{}", why.get(liveness::Language::Chinese)));
    }
    let found = Words::new(english.join("; "), chinese.join("；"));
    let line = match is_refused {
        true => Line::failed(
            Check::Tcp,
            found,
            vendor(),
            Words::new(
                "no service listens there: check the endpoint's host and port, then contact the vendor",
                "该地址没有服务在监听：请核对接口地址的主机与端口，再联系供应商",
            ),
        ),
        false => Line::failed(
            Check::Tcp,
            found,
            network(),
            Words::new(
                "allow outgoing connections to this host and port: a firewall or a security group may block them",
                "请放行到该主机与端口的出站连接：可能被防火墙或安全组丢弃",
            ),
        ),
    };
    connected(line, start)
}

fn connected(line: Line, start: Instant) -> Line {
    line.did(Words::new("connected, and sent nothing", "建立连接，未发送数据")).took(start.elapsed())
}

/// On a thread of its own: the system's own patience has no bound that we can set.
fn look_up(place: &Place) -> Result<Vec<SocketAddr>, &'static str> {
    let (sender, receiver) = mpsc::channel();
    let asked = (place.host.clone(), place.port);
    thread::spawn(move || {
        let _ = sender.send(asked.to_socket_addrs().map(Vec::from_iter));
    });
    match receiver.recv_timeout(LOOKUP_TIMEOUT) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(NOT_FOUND),
        Err(_) => Err(LATE),
    }
}

const NOT_FOUND: &str = "the host has no address";
const LATE: &str = "no answer within 10 s";

fn chinese_of_lookup(why: &str) -> &'static str {
    if why == LATE { "10 秒内未得到答复" } else { "找不到该主机的地址" }
}

fn reason(error: &io::Error) -> Words {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Words::new("the connection is refused", "连接被拒绝"),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Words::new("no answer within 5 s", "5 秒内无应答"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Words::new("there is no route to it from this machine", "本机没有到该地址的路由")
        }
        _ => other(error),
    }
}

/// Addresses that no public host has; 198.18.0.0/15 is what local proxies make up.
fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let made_up = u32::from(ip) & 0xFFFE_0000 == u32::from(Ipv4Addr::new(198, 18, 0, 0));
            ip.is_private() || ip.is_loopback() || ip.is_unspecified() || ip.is_link_local() || made_up
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use liveness::Language;

    use super::{super::report::State, *};

    fn place(url: &str) -> Place {
        Place::of(&url.parse().unwrap())
    }

    #[test]
    fn a_proxy_that_is_set_and_not_used_is_told_by_its_name_alone() {
        let line = |url, set: &[&str]| proxy(&place(url), |name| set.contains(&name));
        assert_eq!(line("https://api.jumdata.com", &[]).state, State::Ok);
        let warned = line("https://api.jumdata.com", &["https_proxy", "ALL_PROXY"]);
        assert_eq!(warned.state, State::Warning);
        assert!(warned.found.get(Language::English).starts_with("https_proxy, ALL_PROXY is set but not used"));
        assert_eq!(line("http://127.0.0.1:1", &["HTTPS_PROXY"]).state, State::Ok);
    }

    #[test]
    fn a_port_comes_from_the_address_or_from_its_scheme() {
        for (url, port) in [("https://a.example/x", 443), ("http://a.example", 80), ("https://[::1]:8443", 8443)] {
            assert_eq!(place(url).port, port, "{url}");
        }
        assert!(place("http://[::1]:1").is_this_machine());
    }

    #[test]
    fn an_address_that_no_public_host_has_is_known() {
        for (ip, expected) in [
            ("198.18.0.7", true),
            ("198.19.255.1", true),
            ("10.1.1.1", true),
            ("fd00::1", true),
            ("198.20.0.1", false),
            ("119.29.29.29", false),
        ] {
            assert_eq!(is_inside(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn a_host_that_is_nowhere_is_the_networks() {
        let (line, addresses) = dns(&place("https://gateway.invalid/x"));
        assert!(line.state == State::Failed && addresses.is_empty());
    }
}
