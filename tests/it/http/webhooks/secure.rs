//! What is sent over TLS is sent to whom the name belongs, and to nobody else.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

use super::receiver::Receiver;
use super::{PORTAL, hall, log, opened, trusting, webhook};
use crate::databases::{TestDatabase, on_both};

on_both!(an_authority_that_the_hall_trusts_vouches_for_the_name,);

/// A certificate of its own authority, for a name.
fn certificate(name: &str) -> (X509, PKey<Private>) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", "Receiver").unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    builder.append_extension(BasicConstraints::new().ca().build().unwrap()).unwrap();
    let names = SubjectAlternativeName::new().dns(name).build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

fn acceptor((certificate, key): &(X509, PKey<Private>)) -> SslAcceptor {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    builder.set_certificate(certificate).unwrap();
    builder.set_private_key(key).unwrap();
    builder.build()
}

async fn an_authority_that_the_hall_trusts_vouches_for_the_name(database: TestDatabase) {
    let hall = hall(database).await;
    let portal = hall.client("portal", &PORTAL).await;
    let (own, other) = (certificate("localhost"), certificate("elsewhere.example.org"));
    let (receiver, stranger) = (Receiver::secure(acceptor(&own)).await, Receiver::secure(acceptor(&other)).await);
    let (id, _) = webhook(&portal, &format!("https://localhost:{}/hook", receiver.port())).await;
    let (wrong, _) = webhook(&portal, &format!("https://localhost:{}/hook", stranger.port())).await;
    opened(&portal, 1).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let authorities = [own.0.to_pem().unwrap(), other.0.to_pem().unwrap()].concat();
    std::fs::write(file.path(), authorities).unwrap();
    // The authorities of the system vouch for neither.
    trusting(&hall, None).unwrap().deliver().await.unwrap();
    assert_eq!(log(&portal, &id).await[0].3.as_deref(), Some("tls_failed"));
    assert_eq!(receiver.all().len(), 0);
    hall.advance(chrono::Duration::minutes(10));
    trusting(&hall, Some(file.path().to_owned())).unwrap().deliver().await.unwrap();
    assert_eq!(log(&portal, &id).await.last().unwrap().1, "delivered");
    assert!(!receiver.taken().is_empty());
    // Who is trusted for one name isn't for another.
    assert!(log(&portal, &wrong).await.iter().all(|(.., error)| error.as_deref() == Some("tls_failed")));
    assert_eq!(stranger.all().len(), 0);
    assert!(trusting(&hall, Some("/nowhere/authorities.pem".into())).is_err());
}
