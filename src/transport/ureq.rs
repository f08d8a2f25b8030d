//! How does a request reach a vendor over HTTPS, and was it sent?

/// stub
#[derive(Debug)]
pub struct UreqTransport;
