//! A minimal loopback server for the benches: it reads a request and always writes the same bytes.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// More than there are connections at once, so that none waits for a thread.
const THREADS: usize = 160;
const READ_BYTES: usize = 64 * 1024;

/// A server that runs until the bench ends.
pub(crate) struct Server {
    address: SocketAddr,
    is_tls: bool,
}

impl Server {
    /// Answers every request with this body; over TLS with a configuration, else plainly.
    pub(crate) fn start(body: &'static str, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        let is_tls = tls.is_some();
        for _ in 0..THREADS {
            let (listener, tls) = (listener.try_clone().expect("a handle"), tls.clone());
            thread::spawn(move || {
                loop {
                    let (stream, _) = listener.accept().expect("a connection");
                    stream.set_nodelay(true).expect("a setting of the socket");
                    // The other side may go whenever it wants.
                    let _ = serve(stream, tls.clone(), body);
                }
            });
        }
        Self { address, is_tls }
    }

    /// Where requests go. It holds an address, so that no name is looked up.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}/check", if self.is_tls { "https" } else { "http" }, self.address)
    }
}

fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, body: &str) -> io::Result<()> {
    match tls {
        Some(config) => {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            answer_all(StreamOwned::new(connection, stream), body)
        }
        None => answer_all(stream, body),
    }
}

/// Answers until the other side is done, or has said that it is.
fn answer_all(mut stream: impl Read + Write, body: &str) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let mut filled = 0;
        let end = loop {
            let count = stream.read(&mut buffer[filled..])?;
            if count == 0 {
                return Ok(());
            }
            filled += count;
            if let Some(at) = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length: usize =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap_or(0));
        let mut left = length.saturating_sub(filled - end);
        while left > 0 {
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            left = left.saturating_sub(count);
        }
        let is_last = head.contains("connection: close");
        let connection = if is_last { "Connection: close\r\n" } else { "" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{connection}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes())?;
        stream.flush()?;
        if is_last {
            return Ok(());
        }
    }
}

/// A certificate for this machine's address that nobody but itself vouches for, and a server's side of TLS with it.
pub(crate) fn identity() -> (String, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed([Ipv4Addr::LOCALHOST.to_string()]).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a good certificate");
    (made.cert.pem(), Arc::new(config))
}
