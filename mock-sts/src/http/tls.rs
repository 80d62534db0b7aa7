//! The client's side of TLS: who is trusted, and a connection.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of trusted certificates cannot be read.
    #[error("cannot read the certificates of `ca-file` {}: {problem}", path.display())]
    CaFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Not on this system.
    #[error("cannot set up TLS")]
    System(#[from] rustls::Error),
}

/// Makes connections to servers whose certificates are trusted.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// Trusts the system's certificates, or those of a PEM file and no others.
    ///
    /// # Errors
    /// The file has no certificate in it, or the system trusts nobody.
    pub fn trusting(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = match ca_file {
            Some(path) => builder.with_root_certificates(roots(path)?).with_no_client_auth(),
            None => builder.with_platform_verifier()?.with_no_client_auth(),
        };
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// TLS on `stream`, whose other end must prove to be `host`, a name or an
    /// address. Has no time limit of its own.
    ///
    /// # Errors
    /// The other end does not, or the connection breaks.
    pub async fn connect(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        self.0.connect(name, stream).await
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let added = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string()).and_then(
        |certificates| {
            for certificate in certificates {
                let certificate = certificate.map_err(|error| error.to_string())?;
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
            if roots.is_empty() { Err("there is no certificate in it".into()) } else { Ok(()) }
        },
    );
    match added {
        Ok(()) => Ok(roots),
        Err(problem) => Err(TlsError::CaFile { path: path.to_owned(), problem }),
    }
}
