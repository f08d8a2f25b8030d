//! A connection that reads and writes until a moment, and can tell whether the other side is silent.

use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use rustls::{ClientConnection, Stream};
use ureq::{Error, unversioned::transport::NextTimeout};

/// How often one check reads from the socket. Tickets of TLS take one or two reads.
const MAX_LOOKS: usize = 8;

/// A connection to one endpoint, plain or TLS.
pub(super) struct Wire {
    socket: Socket,
    tls: Option<Box<ClientConnection>>,
}

impl Wire {
    pub(super) fn plain(stream: TcpStream) -> Self {
        Self { socket: Socket { stream, until: None, records: Records::default() }, tls: None }
    }

    /// Does the handshake.
    pub(super) fn with_tls(mut self, mut tls: Box<ClientConnection>, timeout: NextTimeout) -> Result<Self, Error> {
        self.socket.limit(timeout);
        tls.complete_io(&mut self.socket).map_err(|error| named(error, timeout))?;
        self.tls = Some(tls);
        Ok(self)
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) fn write_all(&mut self, bytes: &[u8], timeout: NextTimeout) -> Result<(), Error> {
        self.socket.limit(timeout);
        let written = match &mut self.tls {
            Some(tls) => {
                let mut stream = Stream::new(&mut **tls, &mut self.socket);
                // Writing hides the socket's error, which flushing returns.
                stream.write_all(bytes).and_then(|()| stream.flush())
            }
            None => self.socket.write_all(bytes),
        };
        written.map_err(|error| named(error, timeout))
    }

    /// Reads bytes; zero is the end.
    pub(super) fn read(&mut self, bytes: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        self.socket.limit(timeout);
        let read = match &mut self.tls {
            Some(tls) => Stream::new(&mut **tls, &mut self.socket).read(bytes),
            None => self.socket.read(bytes),
        };
        read.map_err(|error| named(error, timeout))
    }

    /// Reads what came before the connection broke while it was written to; zero is the end.
    pub(super) fn read_left(&mut self, bytes: &mut [u8], timeout: NextTimeout) -> Result<usize, Error> {
        self.socket.limit(timeout);
        let read = match &mut self.tls {
            // rustls's own stream would first write the bytes that could not be written.
            Some(tls) => received(tls, &mut self.socket, bytes),
            None => self.socket.read(bytes),
        };
        read.map_err(|error| named(error, timeout))
    }

    /// Whether the other side has neither ended the connection nor sent anything since the answer. It does not wait.
    /// With TLS it reads input that is no data, such as a ticket for the next handshake, and stops at an alert, at
    /// data and at half a record.
    pub(super) fn is_silent(&mut self) -> bool {
        // A socket that does not wait would cut the next request, so a connection that cannot be set back is not
        // used.
        let is_set = self.socket.stream.set_nonblocking(true).is_ok();
        let is_silent = is_set && self.look();
        self.socket.stream.set_nonblocking(false).is_ok() && is_silent
    }

    fn look(&mut self) -> bool {
        let Some(tls) = &mut self.tls else {
            return self.socket.stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        };
        let mut unwaiting = Unwaiting(&mut self.socket);
        for _ in 0..MAX_LOOKS {
            // First the bytes that came in one piece with the answer.
            match tls.process_new_packets() {
                Ok(state) if !state.peer_has_closed() && state.plaintext_bytes_to_read() == 0 => {}
                _ => return false,
            }
            match tls.read_tls(&mut unwaiting) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return unwaiting.0.records.is_between(),
                Ok(0) | Err(_) => return false,
            }
        }
        false
    }
}

/// Reads data of TLS without writing anything.
fn received(tls: &mut ClientConnection, socket: &mut Socket, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match tls.reader().read(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        tls.read_tls(socket)?;
        tls.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    }
}

/// An error of the system, or the time-out that ureq set.
fn named(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}

/// A socket that gives up at a moment.
struct Socket {
    stream: TcpStream,
    /// Without one it waits forever.
    until: Option<Instant>,
    /// The position of the input in a record of TLS.
    records: Records,
}

impl Socket {
    fn limit(&mut self, timeout: NextTimeout) {
        self.until = Instant::now().checked_add(*timeout.after);
    }

    /// The time that is left, which is never zero, because the system takes zero for endless.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        match left {
            Some(Duration::ZERO) => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            settled(self.stream.set_read_timeout(self.left()?))?;
            match self.stream.read(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read.inspect(|count| self.records.pass(&bytes[..*count])),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    /// Several records of TLS in one call of the system.
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            settled(self.stream.set_write_timeout(self.left()?))?;
            match self.stream.write_vectored(parts) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// macOS refuses a time-out once the other side has closed, though its answer can still be read. Reading then returns
/// the error.
fn settled(set: io::Result<()>) -> io::Result<()> {
    set.or_else(|error| match error.kind() {
        ErrorKind::InvalidInput if cfg!(target_os = "macos") => Ok(()),
        _ => Err(error),
    })
}

/// The same socket while it does not wait.
struct Unwaiting<'a>(&'a mut Socket);

impl Read for Unwaiting<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.stream.read(bytes).inspect(|count| self.0.records.pass(&bytes[..*count]))
    }
}

/// Counts the records of TLS as they arrive: five bytes, of which the last two give the number that follow. The TLS
/// library does not report whether it has the beginning of one.
#[derive(Default)]
struct Records {
    /// Bytes of the head that are there, and its last two.
    head: usize,
    length: usize,
    /// Bytes that are still to come behind a whole head.
    rest: usize,
}

impl Records {
    const HEAD_BYTES: usize = 5;

    fn pass(&mut self, mut bytes: &[u8]) {
        while let [first, others @ ..] = bytes {
            if self.rest > 0 {
                let count = self.rest.min(bytes.len());
                (self.rest, bytes) = (self.rest - count, &bytes[count..]);
                continue;
            }
            (self.head, self.length) = (self.head + 1, (self.length & 0xFF) << 8 | usize::from(*first));
            bytes = others;
            if self.head == Self::HEAD_BYTES {
                (self.head, self.rest) = (0, self.length);
            }
        }
    }

    fn is_between(&self) -> bool {
        self.head == 0 && self.rest == 0
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, sync::Arc, thread};

    use rustls::{
        ServerConfig, ServerConnection,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    };
    use ureq::tls::{Certificate, RootCerts};

    use super::{super::tls::Tls, *};

    /// If the head cannot be written, the body must not be read.
    #[test]
    fn what_cannot_be_written_over_tls_is_told_at_once() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
            while tls.is_handshaking() {
                tls.complete_io(&mut stream).unwrap();
            }
            socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        });
        let timeout = NextTimeout { after: Duration::from_secs(9).into(), ..Default::default() };
        let roots = RootCerts::Specific(Arc::new(vec![Certificate::from_der(made.cert.der()).to_owned()]));
        let client = Tls::default().client("localhost", &roots).unwrap();
        let mut wire = Wire::plain(TcpStream::connect(address).unwrap()).with_tls(client, timeout).unwrap();
        server.join().unwrap();
        // Waits until the reset has arrived.
        while wire.socket.stream.take_error().unwrap().is_none() {
            thread::yield_now();
        }
        assert!(wire.write_all(b"POST / HTTP/1.1\r\n\r\n", timeout).is_err());
    }

    #[test]
    fn half_a_record_is_told_from_whole_ones_however_it_arrives() {
        let mut bytes = vec![23, 3, 3, 1, 2];
        bytes.extend([7; 0x102]);
        bytes.extend([22, 3, 3, 0, 0, 21, 3, 3, 0, 2, 1, 0]);
        let ends = [5 + 0x102, 5 + 0x102 + 5, bytes.len()];
        for step in [1, 3, 5, 100, bytes.len()] {
            let (mut records, mut at) = (Records::default(), 0);
            for part in bytes.chunks(step) {
                records.pass(part);
                at += part.len();
                assert_eq!(records.is_between(), ends.contains(&at), "{step}: {at}");
            }
        }
    }
}
