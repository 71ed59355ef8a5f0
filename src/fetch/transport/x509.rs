//! The fields of an X.509 certificate that webpki does not return (RFC 5280 section 4.1).

use chrono::NaiveDateTime;

/// The tags of DER that a certificate uses (ITU-T X.690).
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The tag of the version, which version 1 omits.
const VERSION: u8 = 0xa0;
/// The tag of the extensions, which only version 3 has.
const EXTENSIONS: u8 = 0xa3;
/// The object identifier of a common name, 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// The object identifier of the alternative names, 2.5.29.17.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// The fields of a certificate of any version.
#[derive(Debug, PartialEq)]
pub(super) struct CertificateFields<'a> {
    /// The public key with its algorithm, in DER.
    pub public_key: &'a [u8],
    /// The start of the validity period, as a Unix timestamp.
    pub not_before: i64,
    /// The end of the validity period, as a Unix timestamp.
    pub not_after: i64,
    /// The last common name of the subject, which is the most specific one.
    pub common_name: Option<&'a str>,
    /// True if the certificate has the extension `subjectAltName`.
    pub has_alternative_names: bool,
}

impl<'a> CertificateFields<'a> {
    /// Reads the fields of a certificate in DER. Returns `None` if the certificate is invalid.
    pub(super) fn of(der: &'a [u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).expect(SEQUENCE)?.content);
        let mut fields = Der(certificate.expect(SEQUENCE)?.content);
        if fields.0.first() == Some(&VERSION) {
            fields.next()?;
        }
        // Skip the serial number, the algorithm of the signature and the issuer.
        fields.nth(2)?;
        let mut validity = Der(fields.expect(SEQUENCE)?.content);
        let (not_before, not_after) = (time(&validity.next()?)?, time(&validity.next()?)?);
        let subject = Der(fields.expect(SEQUENCE)?.content);
        let public_key = fields.expect(SEQUENCE)?.whole;
        let extensions = fields.find(|field| field.tag == EXTENSIONS);
        Some(Self {
            public_key,
            not_before,
            not_after,
            common_name: common_name(subject),
            has_alternative_names: extensions.is_some_and(|field| has_alternative_names(field.content)),
        })
    }
}

/// Returns the last common name of a subject.
fn common_name(subject: Der<'_>) -> Option<&str> {
    let attributes = subject.filter(|set| set.tag == SET).flat_map(|set| Der(set.content));
    let values = attributes.filter_map(|attribute| {
        let mut parts = Der(attribute.content);
        let is_common_name = parts.expect(OID)?.content == COMMON_NAME;
        parts.next().filter(|_| is_common_name)
    });
    std::str::from_utf8(values.last()?.content).ok()
}

fn has_alternative_names(extensions: &[u8]) -> bool {
    let Some(list) = Der(extensions).expect(SEQUENCE) else { return false };
    let mut oids = Der(list.content).filter_map(|extension| Der(extension.content).expect(OID));
    oids.any(|oid| oid.content == ALTERNATIVE_NAMES)
}

/// Returns a time as a Unix timestamp. A two-digit year below 50 is in this century (RFC 5280 section 4.1.2.5.1).
fn time(value: &DerValue<'_>) -> Option<i64> {
    let text = std::str::from_utf8(value.content).ok()?;
    let century = if text.get(..2)? < "50" { "20" } else { "19" };
    let text = match value.tag {
        UTC_TIME => format!("{century}{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc().timestamp())
}

/// The rest of a list of DER values, which ends at the first invalid one.
#[derive(Debug, Clone, Copy)]
struct Der<'a>(&'a [u8]);

/// A DER value.
#[derive(Debug)]
struct DerValue<'a> {
    tag: u8,
    content: &'a [u8],
    /// The value with its tag and its length.
    whole: &'a [u8],
}

impl<'a> Der<'a> {
    /// Returns the next value if it has this tag.
    fn expect(&mut self, tag: u8) -> Option<DerValue<'a>> {
        self.next().filter(|value| value.tag == tag)
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = DerValue<'a>;

    fn next(&mut self) -> Option<DerValue<'a>> {
        let (&tag, &short) = (self.0.first()?, self.0.get(1)?);
        let (head, length) = match short {
            0..=0x7f => (2, usize::from(short)),
            // A longer length would be a certificate of more than 16 MiB.
            0x81..=0x83 => {
                let digits = usize::from(short - 0x80);
                let bytes = self.0.get(2..2 + digits)?;
                (2 + digits, bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
            }
            _ => return None,
        };
        let whole = self.0.get(..head + length)?;
        self.0 = &self.0[whole.len()..];
        Some(DerValue { tag, content: &whole[head..], whole })
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    fn certificate(name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(format!("tests/api/tls/{name}.pem")).unwrap()
    }

    #[test]
    fn the_fields_of_each_version_are_found() {
        let of = |name: &str| {
            let der = certificate(name);
            let fields = CertificateFields::of(&der).unwrap();
            assert!(fields.not_before < 1_800_000_000 && fields.not_after > 4_000_000_000, "{fields:?}");
            assert!(der.windows(fields.public_key.len()).any(|part| part == fields.public_key));
            (fields.common_name.map(str::to_owned), fields.has_alternative_names)
        };
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(of("server"), (name("localhost"), true));
        assert_eq!(of("device"), (name("device"), true));
        assert_eq!(of("device-name"), (name("localhost"), false));
        assert_eq!(of("device-v1"), (name("localhost"), false));
    }

    #[test]
    fn a_certificate_that_is_cut_or_changed_is_no_panic() {
        let der = certificate("device");
        for end in 0..der.len() - 1 {
            assert_eq!(CertificateFields::of(&der[..end]), None, "{end}");
        }
        for at in 0..der.len() {
            let mut changed = der.to_vec();
            changed[at] ^= 0xff;
            let _ = CertificateFields::of(&changed);
        }
    }

    #[test]
    fn the_two_forms_of_a_time_are_read() {
        let value = |tag, text: &'static str| time(&DerValue { tag, content: text.as_bytes(), whole: &[] });
        assert_eq!(value(UTC_TIME, "490101000000Z"), value(GENERALIZED_TIME, "20490101000000Z"));
        assert_eq!(value(UTC_TIME, "700101000010Z"), Some(10));
        for (tag, text) in
            [(UTC_TIME, ""), (UTC_TIME, "7001010000"), (GENERALIZED_TIME, "é"), (SET, "700101000010Z")]
        {
            assert_eq!(value(tag, text), None, "{text}");
        }
    }
}
