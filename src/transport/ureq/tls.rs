//! The TLS configuration of a transport: the certificates that it trusts, and the tickets of earlier handshakes.

use std::sync::{Arc, OnceLock};

use rustls::{
    ALL_VERSIONS, ClientConfig, ClientConnection, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName},
};
use ureq::{
    Error,
    tls::{Certificate, RootCerts},
};

/// One configuration of TLS for all requests of a transport, with the tickets by which the next handshake is shorter. It is made
/// with the first request that needs it.
#[derive(Default)]
pub(super) struct Tls(OnceLock<Arc<ClientConfig>>);

impl Tls {
    /// A connection to this host that has not begun its handshake.
    pub(super) fn client(&self, host: &str, roots: &RootCerts) -> Result<Box<ClientConnection>, Error> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| Error::Tls("the host has no valid name"))?;
        let config = match self.0.get() {
            Some(config) => config,
            None => {
                let made = configured(roots)?;
                // Of two threads that made one, both use the first.
                self.0.get_or_init(|| made)
            }
        };
        let client = ClientConnection::new(Arc::clone(config), name);
        client.map(Box::new).map_err(|_| Error::Tls("the TLS connection cannot be set up"))
    }
}

/// Whether each certificate can be read, so that none is left out silently.
pub(super) fn are_readable(certificates: &[Certificate<'_>]) -> bool {
    let mut trusted = RootCertStore::empty();
    certificates.iter().all(|one| trusted.add(CertificateDer::from(one.der())).is_ok())
}

/// As ureq sets it up: the process's own provider of cryptography where there is one, ring otherwise.
fn configured(roots: &RootCerts) -> Result<Arc<ClientConfig>, Error> {
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()));
    let mut trusted = RootCertStore::empty();
    match roots {
        RootCerts::Specific(certificates) => {
            trusted.add_parsable_certificates(certificates.iter().map(|one| CertificateDer::from(one.der())));
        }
        _ => trusted.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(ALL_VERSIONS)
        .map_err(|_| Error::Tls("the process's provider of cryptography has no version of TLS in common"))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    // Data of a resumed handshake's first message can be replayed by an attacker that copies it, and a paid call
    // would run twice.
    config.enable_early_data = false;
    Ok(Arc::new(config))
}
