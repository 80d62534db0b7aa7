//! An issuer that is not the mock's own: its keys are really fetched, over TLS,
//! from a server in the test.

use std::fs;
use std::sync::{Arc, Mutex};

use mock_sts::config::check::load;
use mock_sts::http::Mock;
use mock_sts::idp::{Algorithm, Issuer};
use mock_sts::latency::Latency;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::certificates::certificates;
use crate::support::{Answer, assume, post};

const ISSUER: &str = "https://idp.example.test/tenant";
const KEYS: &str = "/tenant/keys";

/// The server of an external issuer, and what it is asked for.
struct Corporation {
    issuer: Issuer,
    mock: Arc<Mock>,
    /// The answer for each path; a path without one is never answered.
    pages: Arc<Mutex<Vec<(String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Corporation {
    async fn new() -> Self {
        let (ca_file, tls) = certificates("idp.example.test");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let file = format!(
            "[[idps]]\nname = \"corp\"\nissuer = {ISSUER:?}\naudiences = [\"sts.amazonaws.com\"]\n\
             external = {{ ca-file = {:?}, connect = \"{address}\" }}\n\
             [service.verification-key]\ndeadline = \"2s\"\n",
            ca_file.display().to_string()
        );
        let mut config = load("mock.toml", &file).unwrap();
        config.service.latency = Latency::ZERO;
        let mock = Mock::new(config, 1).unwrap();
        fs::remove_dir_all(ca_file.parent().unwrap()).unwrap();
        let this = Self {
            issuer: Issuer::new(Algorithm::Es384, None).unwrap(),
            mock,
            pages: Arc::default(),
            asked: Arc::default(),
        };
        tokio::spawn(serve(listener, tls, Arc::clone(&this.pages), Arc::clone(&this.asked)));
        this
    }

    /// Serves these documents from now on.
    fn publish(&self, issuer: &str, jwks_uri: &str, cached: &str, keys: &str) {
        let discovery = json!({"issuer": issuer, "jwks_uri": jwks_uri}).to_string();
        *self.pages.lock().unwrap() = vec![
            ("/tenant/.well-known/openid-configuration".into(), page("200 OK", "", &discovery)),
            (KEYS.into(), page("200 OK", &format!("cache-control: {cached}\r\n"), keys)),
        ];
    }

    fn publish_well(&self, cached: &str) {
        let keys = format!("https://idp.example.test{KEYS}");
        self.publish(ISSUER, &keys, cached, self.issuer.jwks());
    }

    fn token(&self, issuer: &Issuer) -> String {
        let now = self.mock.now_unix();
        issuer
            .sign(&json!({"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": "team:a",
                          "iat": now, "exp": now + 300}))
            .unwrap()
    }

    async fn assume(&self) -> Answer {
        post(&self.mock, &assume(&self.token(&self.issuer))).await
    }

    /// How often the key set was asked for.
    fn fetches(&self) -> usize {
        self.asked.lock().unwrap().iter().filter(|path| *path == KEYS).count()
    }
}

fn page(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

async fn serve(
    listener: TcpListener,
    tls: TlsAcceptor,
    pages: Arc<Mutex<Vec<(String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, pages, asked) = (tls.clone(), Arc::clone(&pages), Arc::clone(&asked));
        tokio::spawn(async move {
            let Ok(mut stream) = tls.accept(stream).await else { return };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap_or(b'\n'));
            }
            let head = String::from_utf8(head).unwrap();
            assert!(head.contains("host: idp.example.test\r\n"), "{head}");
            let path = head.split(' ').nth(1).unwrap().to_owned();
            asked.lock().unwrap().push(path.clone());
            let found = pages.lock().unwrap().iter().find(|(at, _)| *at == path).cloned();
            match found {
                Some((_, page)) => stream.write_all(page.as_bytes()).await.unwrap(),
                None => std::future::pending().await,
            }
        });
    }
}

const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please \
                      reference AssumeRoleWithWebIdentity documentation for requirements";

#[tokio::test]
async fn keys_are_fetched_and_kept_as_long_as_they_may_be() {
    let corporation = Corporation::new().await;
    corporation.publish_well("max-age=3600");
    let granted = corporation.assume().await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    assert_eq!(granted.element("SubjectFromWebIdentityToken"), "team:a");
    let arn = "arn:aws:iam::123456789012:oidc-provider/idp.example.test/tenant";
    assert_eq!(granted.element("Provider"), arn);
    for _ in 0..3 {
        assert_eq!(corporation.assume().await.status, 200);
    }
    assert_eq!(corporation.fetches(), 1);
    // Nor does a stranger's key cause a fetch of its own.
    let stranger = corporation.token(&Issuer::new(Algorithm::Es384, None).unwrap());
    let refused = post(&corporation.mock, &assume(&stranger)).await;
    assert_eq!(refused.error(), (400, "InvalidIdentityToken", NO_KEY));
    let good = corporation.token(&corporation.issuer);
    let (head, _) = good.rsplit_once('.').unwrap();
    let refused = post(&corporation.mock, &assume(&format!("{head}.AAAA"))).await;
    let message = "The web identity token's signature could not be verified";
    assert_eq!(refused.error(), (400, "InvalidIdentityToken", message));
    assert_eq!(corporation.fetches(), 1);
}

#[tokio::test]
async fn keys_that_must_not_be_cached_are_fetched_for_every_call() {
    let corporation = Corporation::new().await;
    corporation.publish_well("no-cache");
    for _ in 0..3 {
        assert_eq!(corporation.assume().await.status, 200);
    }
    assert_eq!(corporation.fetches(), 3);
}

#[tokio::test]
async fn whatever_is_wrong_with_the_issuer_is_the_verification_key_error() {
    let corporation = Corporation::new().await;
    let keys = format!("https://idp.example.test{KEYS}");
    let jwks = corporation.issuer.jwks().to_owned();
    let large = format!("{{\"keys\":[],\"pad\":\"{}\"}}", "x".repeat(300 * 1024));
    let table = [
        ("https://other.example.test", &*keys, &*jwks),
        (ISSUER, "https://keys.example.test/keys", &*jwks),
        (ISSUER, "http://idp.example.test/tenant/keys", &*jwks),
        (ISSUER, &*keys, "<html>"),
        (ISSUER, &*keys, "{\"keys\":[]}"),
        (ISSUER, &*keys, &*large),
    ];
    for (issuer, uri, keys) in table {
        corporation.publish(issuer, uri, "max-age=0", keys);
        let refused = corporation.assume().await;
        assert_eq!(refused.error(), (400, "InvalidIdentityToken", NO_KEY), "{issuer} {uri}");
    }
    let moved = page("302 Found", "location: https://idp.example.test/elsewhere\r\n", "");
    corporation.pages.lock().unwrap()[0].1 = moved;
    assert_eq!(corporation.assume().await.error().2, NO_KEY);
    assert!(!corporation.asked.lock().unwrap().contains(&"/elsewhere".to_owned()));
    // A path that is never answered: the deadline ends the wait.
    corporation.pages.lock().unwrap().clear();
    assert_eq!(corporation.assume().await.error().2, NO_KEY);
    corporation.publish_well("no-cache");
    assert_eq!(corporation.assume().await.status, 200, "it recovers");
}

#[tokio::test]
async fn a_certificate_of_nobodys_is_not_trusted() {
    let corporation = Corporation::new().await;
    corporation.publish_well("no-cache");
    let (other_ca, _) = certificates("idp.example.test");
    let mut config = corporation.mock.config().clone();
    config.idps[0].external.as_mut().unwrap().ca_file = Some(other_ca.clone());
    let mock = Mock::new(config.clone(), 1).unwrap();
    let refused = post(&mock, &assume(&corporation.token(&corporation.issuer))).await;
    assert_eq!(refused.error(), (400, "InvalidIdentityToken", NO_KEY));
    assert!(corporation.asked.lock().unwrap().is_empty());
    // A file that is no certificate is told before anything is served.
    fs::write(&other_ca, "nothing").unwrap();
    let Err(error) = Mock::new(config, 1) else { panic!("there is no certificate") };
    let expected = format!("the keys of the external issuer {ISSUER} could never be fetched");
    assert_eq!(error.to_string(), expected);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("ca.pem: there is no certificate in it"), "{source}");
    fs::remove_dir_all(other_ca.parent().unwrap()).unwrap();
}
