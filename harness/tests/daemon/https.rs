//! The daemon and an STS that is behind TLS, as the real one is.

use std::path::PathBuf;
use std::sync::mpsc;
use std::{fs, thread};

use mock_sts::Embedded;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::certificates::certificates;
use crate::instant;
use crate::running::{Daemon, Folder};

/// `sts` behind a certificate for `host`: its port on this machine, and the file
/// with which it is trusted. It ends with the tests.
fn behind_tls(sts: &Embedded, host: &str) -> (u16, PathBuf) {
    let (ca_file, tls) = certificates(host);
    let address = sts.url().trim_start_matches("http://").to_owned();
    let (told, port) = mpsc::channel();
    let serve = async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        told.send(listener.local_addr().unwrap().port()).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (tls, address) = (tls.clone(), address.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = tls.accept(stream).await else { return };
                let mut sts = TcpStream::connect(address).await.unwrap();
                // Either may close it.
                let _ = copy_bidirectional(&mut stream, &mut sts).await;
            });
        }
    };
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(serve);
    });
    (port.recv().unwrap(), ca_file)
}

/// What a daemon that calls `url` and trusts `ca_file` first says for good.
fn said(sts: &Embedded, url: &str, ca_file: &str, more: &[&str]) -> (u16, String) {
    let folder = Folder::new();
    let token_file = folder.join("token");
    fs::write(&token_file, sts.token("stampede-job-1").unwrap()).unwrap();
    let daemon = Daemon::at(url, &token_file, &[&["--ca-file", ca_file], more].concat());
    daemon.get_until(|(status, body)| *status == 200 || body.contains("Unreachable"))
}

#[test]
fn it_calls_an_sts_over_https_by_address_and_by_a_name_that_was_allowed() {
    for (host, more) in [("127.0.0.1", &[][..]), ("localhost", &["--allow-remote", "localhost"])] {
        let sts = Embedded::with(instant(), 1).unwrap();
        let (port, ca_file) = behind_tls(&sts, host);
        let url = format!("https://{host}:{port}");
        let (status, body) = said(&sts, &url, ca_file.to_str().unwrap(), more);
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("role/ci"), "{body}");
        assert_eq!(sts.ledger().granted(), 1);
        fs::remove_dir_all(ca_file.parent().unwrap()).unwrap();
    }
}

/// Its web identity is sent to nobody else.
#[test]
fn who_does_not_prove_to_be_the_host_is_told_nothing() {
    let sts = Embedded::with(instant(), 1).unwrap();
    let (other, other_ca) = behind_tls(&sts, "sts.example.test");
    let (port, own_ca) = behind_tls(&sts, "127.0.0.1");
    let (ca_file, preset) = (other_ca.to_str().unwrap(), ["--preset", "botocore-1.44"]);
    for port in [other, port] {
        let (status, body) = said(&sts, &format!("https://127.0.0.1:{port}"), ca_file, &preset);
        assert_eq!(status, 503, "{body}");
        assert!(body.contains("certificate") && !body.contains("AccessKeyId"), "{body}");
    }
    assert_eq!(sts.ledger().requests(), 0);
    for file in [&other_ca, &own_ca] {
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
