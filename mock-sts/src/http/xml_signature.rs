//! XML signatures as SAML has them: in the element that they are of, by an RSA key.
//!
//! What a signature holds for is handed out in its canonical form, which is what was signed: whoever reads
//! that cannot be told anything else by what was put around it.

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ua_cryptography_xml_c14n::roxmltree::Node;
use ua_cryptography_xml_c14n::{Algorithm, DocumentText, canonicalize};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The part of a SAML response that one of `keys` (X.509, DER) signed, in canonical form and without its
/// signature: the response, or the first of its assertions that is signed.
pub(super) fn signed_part(xml: &[u8], keys: &[Vec<u8>]) -> Option<String> {
    let text = DocumentText::decode(xml).ok()?;
    let document = text.parse().ok()?;
    let root = document.root_element();
    let assertions = root.children().filter(|child| child.tag_name().name() == "Assertion");
    std::iter::once(root).chain(assertions).find_map(|element| signed(element, keys))
}

fn signed(element: Node<'_, '_>, keys: &[Vec<u8>]) -> Option<String> {
    let signature = child(element, "Signature")?;
    let info = child(signature, "SignedInfo")?;
    let parameters = verification(algorithm(child(info, "SignatureMethod")?)?)?;
    let message = canonical(info, Some(child(info, "CanonicalizationMethod")?), None)?;
    let value = base64(child(signature, "SignatureValue")?)?;
    let by =
        |key: &Vec<u8>| UnparsedPublicKey::new(parameters, key).verify(&message, &value).is_ok();
    keys.iter().any(by).then_some(())?;
    // Another reference would be to something else.
    let reference = child(info, "Reference")?;
    names(reference.attribute("URI")?, element).then_some(())?;
    let content = canonical(element, method(reference)?, Some(signature))?;
    let stated = base64(child(reference, "DigestValue")?)?;
    let hash = hash(algorithm(child(reference, "DigestMethod")?)?)?;
    (digest(hash, &content).as_ref() == stated).then(|| String::from_utf8(content).ok())?
}

/// The one child of this name.
fn child<'a, 'i>(of: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    let mut found = of.children().filter(|child| child.has_tag_name((DSIG, name)));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn algorithm<'a>(of: Node<'a, '_>) -> Option<&'a str> {
    of.attribute("Algorithm")
}

/// Whether a reference is to `element`: by its id, which no other has, or as the whole document.
fn names(uri: &str, element: Node<'_, '_>) -> bool {
    let Some(id) = uri.strip_prefix('#') else {
        return uri.is_empty() && element == element.document().root_element();
    };
    let all = element.document().descendants();
    let with_it = all.filter(|node| node.attribute("ID") == Some(id)).count();
    with_it == 1 && element.attribute("ID") == Some(id)
}

/// How what is referred to was made canonical: the transforms may leave the signature out and say how, in
/// this order, and nothing else. Nothing within means the standard's default.
fn method<'a, 'i>(reference: Node<'a, 'i>) -> Option<Option<Node<'a, 'i>>> {
    let transforms = child(reference, "Transforms")?;
    let mut all = transforms.children().filter(Node::is_element);
    if algorithm(all.next()?)? != ENVELOPED {
        return None;
    }
    let method = all.next();
    all.next().is_none().then_some(method)
}

fn canonical(
    node: Node<'_, '_>,
    method: Option<Node<'_, '_>>,
    without: Option<Node<'_, '_>>,
) -> Option<Vec<u8>> {
    let algorithm = match method {
        Some(method) => Algorithm::from_uri(algorithm(method)?)?,
        None => Algorithm::Inclusive,
    };
    let list = method.and_then(|method| {
        let mut children = method.children();
        children.find(|child| child.has_tag_name((EXCLUSIVE, "InclusiveNamespaces")))
    });
    let list = list.and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
    let prefixes: Vec<&str> = list.split_ascii_whitespace().collect();
    Some(canonicalize(node, algorithm, &prefixes, without))
}

/// No SHA-1: it can be forged.
fn verification(uri: &str) -> Option<&'static RsaParameters> {
    match uri.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#rsa-")? {
        "sha256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "sha384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "sha512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

fn hash(uri: &str) -> Option<&'static digest::Algorithm> {
    match uri {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(&SHA256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(&SHA384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(&SHA512),
        _ => None,
    }
}

fn base64(of: Node<'_, '_>) -> Option<Vec<u8>> {
    let text: String = of.text()?.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SamlProviderConfig;

    macro_rules! kept {
        ($name:literal) => {
            include_str!(concat!("../../tests/saml/", $name))
        };
    }

    fn keys() -> Vec<Vec<u8>> {
        vec![SamlProviderConfig::key_of(kept!("cert.pem")).expect("a certificate")]
    }

    fn part(xml: &str) -> Option<String> {
        signed_part(xml.as_bytes(), &keys())
    }

    /// Signed by signxml 4, which uses libxml2 and OpenSSL.
    #[test]
    fn what_another_implementation_signed_verifies() {
        for (name, xml, start) in [
            ("assertion", kept!("assertion.xml"), "<saml:Assertion xmlns:saml="),
            ("response", kept!("response.xml"), "<samlp:Response xmlns:samlp="),
            ("response-512", kept!("response-512.xml"), "<samlp:Response xmlns:samlp="),
            ("both", kept!("both.xml"), "<samlp:Response xmlns:samlp="),
            ("inclusive", kept!("inclusive.xml"), "<samlp:Response xmlns:saml="),
        ] {
            let part = part(xml).unwrap_or_default();
            assert!(part.starts_with(start), "{name}: {part}");
            assert!(part.contains(">ada</saml:NameID>"), "comments are no part of it: {part}");
        }
    }

    #[test]
    fn what_was_changed_or_signed_by_another_key_does_not() {
        assert_eq!(part(kept!("another-key.xml")), None);
        assert_eq!(signed_part(kept!("response.xml").as_bytes(), &[]), None);
        for xml in [kept!("assertion.xml"), kept!("response.xml"), kept!("inclusive.xml")] {
            for (from, to) in [
                ("role/ci", "role/admin"),
                ("ada@example.com", "eve@example.com"),
                ("#rsa-sha256", "#rsa-sha512"),
                ("xmlenc#sha256", "xmlenc#sha512"),
                ("#enveloped-signature", "#base64"),
                ("<ds:DigestValue>", "<ds:DigestValue>AAAA"),
                ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
                ("_assertion\"", "_another\""),
                ("<saml:Conditions", "<saml:Advice/><saml:Conditions"),
            ] {
                assert!(xml.contains(from), "{from}");
                assert_eq!(part(&xml.replacen(from, to, 1)), None, "{from}");
            }
        }
        for garbage in ["", "<a>", "<!DOCTYPE a><a/>", "<a/>"] {
            assert_eq!(part(garbage), None, "{garbage}");
        }
    }

    /// The signed assertion is moved and another put where it was.
    #[test]
    fn what_is_put_around_a_signed_assertion_is_not_handed_out() {
        let xml = kept!("assertion.xml");
        let start = xml.find("<saml:Assertion").expect("it starts");
        let end = xml.find("</saml:Assertion>").expect("it ends") + "</saml:Assertion>".len();
        let (before, signed, after) = (&xml[..start], &xml[start..end], &xml[end..]);
        let forged = "<saml:Assertion ID=\"_forged\"><saml:Issuer>i</saml:Issuer><saml:Subject>\
                      <saml:NameID>eve</saml:NameID></saml:Subject></saml:Assertion>";
        for around in
            [format!("{before}{forged}{signed}{after}"), format!("{before}{signed}{forged}{after}")]
        {
            let part = part(&around).expect("it is signed still");
            assert!(!part.contains("eve"), "{part}");
        }
        let twin = forged.replace("_forged", "_assertion");
        assert_eq!(part(&format!("{before}{twin}{signed}{after}")), None, "an id of two");
        let deeper = format!("{before}<saml:Advice>{signed}</saml:Advice>{forged}{after}");
        assert_eq!(part(&deeper), None, "not where an assertion is");
    }
}
