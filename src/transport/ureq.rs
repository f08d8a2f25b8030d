//! How does a request reach a vendor over HTTPS, and was it sent?

use super::{Request, Response, Transport, TransportError};

/// stub
#[derive(Debug)]
pub struct UreqTransport;

impl UreqTransport {
    /// stub
    pub fn new() -> Self {
        Self
    }
}

impl Transport for UreqTransport {
    fn send(&self, _: Request) -> Result<Response, TransportError> {
        Err(TransportError::unsent("stub"))
    }
}
