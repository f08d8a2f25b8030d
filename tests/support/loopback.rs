//! Servers on this machine that behave as a test tells them to: plain or TLS, one thread each, no time of their own.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Keeps a broken test from waiting for ever; no test waits for it to pass.
const GIVE_UP: Duration = Duration::from_secs(20);

/// A server that runs one script and then ends; dropping it waits for the end and passes a panic on.
pub(crate) struct Loopback {
    pub(crate) address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Runs the script with the listening socket.
    pub(crate) fn run(script: impl FnOnce(TcpListener) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, thread: Some(thread::spawn(move || script(listener))) }
    }

    /// Runs the script with the first connection.
    pub(crate) fn once(script: impl FnOnce(TcpStream) + Send + 'static) -> Self {
        Self::run(move |listener| script(accept(&listener)))
    }

    /// Reads one request and answers with these bytes.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::once(move |mut stream| {
            read_request(&mut stream);
            stream.write_all(&answer).unwrap();
        })
    }

    /// The server's address as the origin of a URL.
    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same for TLS; the name is the one that the certificate holds.
    pub(crate) fn https(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        let ended = self.thread.take().unwrap();
        if !thread::panicking() {
            ended.join().unwrap();
        }
    }
}

/// The next connection.
pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(GIVE_UP)).unwrap();
    stream.set_write_timeout(Some(GIVE_UP)).unwrap();
    stream
}

/// Head and body of one request whose length is stated.
pub(crate) fn read_request(stream: &mut impl Read) -> Vec<u8> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(read_byte(stream));
    }
    let head = String::from_utf8(request.clone()).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    request.extend(body);
    request
}

fn read_byte(stream: &mut impl Read) -> u8 {
    let mut byte = [0];
    stream.read_exact(&mut byte).unwrap();
    byte[0]
}

/// Blocks until the other side has closed or reset the connection.
pub(crate) fn wait_for_close(stream: &mut impl Read) {
    let mut rest = [0; 4096];
    while matches!(stream.read(&mut rest), Ok(1..)) {}
}

/// Writes the same bytes until the other side hangs up, and says how many went out.
pub(crate) fn flood(stream: &mut impl Write, bytes: &[u8]) -> usize {
    let mut sent = 0;
    while let Ok(count) = stream.write(bytes) {
        sent += count;
    }
    sent
}

/// Writes one byte after another, a few milliseconds apart, until the other side hangs up.
pub(crate) fn trickle(stream: &mut TcpStream, byte: u8) {
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    loop {
        if stream.write_all(&[byte]).is_err() {
            return;
        }
        match stream.read(&mut [0]) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            _ => return,
        }
    }
}

/// Closes with RST instead of FIN.
pub(crate) fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A certificate for `localhost` that nobody but itself vouches for.
pub(crate) struct Identity {
    pub(crate) pem: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        Self { pem: made.cert.pem(), config: Arc::new(config) }
    }

    /// The server's side of TLS; the handshake happens with the first read or write.
    pub(crate) fn wrap(&self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(Arc::clone(&self.config)).unwrap(), stream)
    }
}
