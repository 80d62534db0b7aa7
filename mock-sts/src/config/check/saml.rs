//! `saml-providers`: whose assertions are believed.

use std::collections::BTreeSet;

use crate::arn;
use crate::config::SamlProviderConfig;
use crate::config::certificate::public_key;
use crate::config::file::identity::SamlProviderFile;
use crate::config::problem::Problems;
use crate::config::spanned::Spanned;

pub(super) fn providers(
    files: &[SamlProviderFile],
    problems: &mut Problems,
) -> Option<Vec<SamlProviderConfig>> {
    let mut seen = BTreeSet::new();
    let mut fine = true;
    for file in files {
        if !seen.insert(file.arn.get_ref()) {
            let message = format!("the SAML provider {} is there twice", file.arn);
            problems.push(file.arn.span(), message, "already defined");
            fine = false;
        }
    }
    let providers: Vec<_> = files.iter().map(|file| provider(file, problems)).collect();
    let providers: Option<Vec<_>> = providers.into_iter().collect();
    providers.filter(|_| fine)
}

fn provider(file: &SamlProviderFile, problems: &mut Problems) -> Option<SamlProviderConfig> {
    let arn = file.arn.get_ref();
    let arn_is_fine = arn::is_saml_provider(arn);
    if !arn_is_fine {
        problems
            .push(file.arn.span(), "this is not a SAML provider's ARN", "not of that form")
            .help("write it like \"arn:aws:iam::123456789012:saml-provider/corp\"");
    }
    let issuer = file.issuer.get_ref();
    if issuer.is_empty() {
        problems
            .push(file.issuer.span(), "the issuer must be named", "empty")
            .help("it is the `entityID` of the provider's metadata");
    }
    let certificates = file.certificates.get_ref();
    if certificates.is_empty() {
        problems
            .push(file.certificates.span(), "nothing could be verified", "no certificates")
            .help("put in those of the provider's metadata, or take the provider out");
    }
    let keys: Vec<_> = certificates.iter().map(|text| key(text, problems)).collect();
    let keys = keys.into_iter().collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())?;
    (arn_is_fine && !issuer.is_empty()).then(|| SamlProviderConfig {
        arn: arn.clone(),
        issuer: issuer.clone(),
        keys,
    })
}

fn key(text: &Spanned<String>, problems: &mut Problems) -> Option<Vec<u8>> {
    let key = public_key(text.get_ref());
    if key.is_none() {
        problems
            .push(text.span(), "this is not a certificate of an RSA key", "cannot be read")
            .help("it is PEM, or base64 as `X509Certificate` of metadata; of 2048 to 8192 bits");
    }
    key
}
