//! AWS Signature Version 4 (AWS Identity and Access Management, "Signature Version 4 signing process").

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, Tag, sign};
use zeroize::Zeroizing;

use super::request_auth::hex;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::url::{UNRESERVED, split_target};

/// The characters to encode in a path: all except the unreserved ones and `/`.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
/// The service whose paths are encoded once, and which requires the hash of the body as a header.
const S3: &str = "s3";

/// An access key, and the scope of its signatures.
#[derive(Clone, PartialEq)]
pub struct AwsCredentials {
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The service, such as `execute-api`.
    pub service: String,
    /// The ID of the access key.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: Zeroizing<String>,
}

impl AwsCredentials {
    /// Adds the headers of the signature to a request, and returns the signature.
    ///
    /// The signature covers the method, the path, the query, the body, and the headers `host`, `content-type` and `x-amz-*`.
    pub(in crate::fetch) fn sign(&self, request: &mut RawRequest, now: DateTime<Utc>) -> String {
        let time = now.format("%Y%m%dT%H%M%SZ").to_string();
        let body = hex(digest(&SHA256, request.body.as_deref().unwrap_or_default()).as_ref());
        request.headers.push(("x-amz-date".to_owned(), time.clone()));
        if self.service == S3 {
            request.headers.push(("x-amz-content-sha256".to_owned(), body.to_string()));
        }
        let headers = signed_headers(request);
        let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let canonical = self.canonical(request, &headers, &names, &body);
        let date = time.get(..8).unwrap_or_default();
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let canonical = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", *canonical);
        let signature = hex(hmac(self.signing_key(date).as_ref(), &text).as_ref()).to_string();
        let key = &self.access_key;
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
        );
        request.headers.push(("authorization".to_owned(), value));
        signature
    }

    fn signing_key(&self, date: &str) -> Tag {
        let secret = Zeroizing::new(format!("AWS4{}", *self.secret_key));
        let parts = [&self.region, &self.service, "aws4_request"];
        parts.iter().fold(hmac(secret.as_bytes(), date), |key, part| hmac(key.as_ref(), part))
    }

    /// Returns the canonical request. Its text may contain secret headers.
    fn canonical(
        &self,
        request: &RawRequest,
        headers: &[(String, String)],
        names: &str,
        body: &str,
    ) -> Zeroizing<String> {
        let target = request.url.target();
        let (path, query) = split_target(&target);
        let path = if path.is_empty() { "/" } else { path };
        let path = match self.service == S3 {
            true => utf8_percent_encode(&percent_decode_str(path).decode_utf8_lossy(), PATH).to_string(),
            // The path as sent is encoded again.
            false => utf8_percent_encode(path, PATH).to_string(),
        };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let (method, query) = (request.method.as_str(), canonical_query(query));
        Zeroizing::new([method, &path, &query, &headers, names, body].join("\n"))
    }
}

/// Returns the headers that are signed, in the order of their names, with single blanks in their values.
fn signed_headers(request: &RawRequest) -> Vec<(String, String)> {
    let is_signed = |name: &str| name == "content-type" || name.starts_with("x-amz-");
    let own = request.headers.iter().filter(|(name, _)| is_signed(name));
    let blanks = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut headers: Vec<_> = own.map(|(name, value)| (name.clone(), blanks(value))).collect();
    headers.push(("host".to_owned(), request.host().to_owned()));
    headers.sort();
    headers
}

/// Returns the parameters in the order of their encoded names and values.
fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        utf8_percent_encode(&percent_decode_str(text).decode_utf8_lossy(), UNRESERVED).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn hmac(key: &[u8], text: &str) -> Tag {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::http_method::HttpMethod;
    use crate::fetch::url::Url;

    fn signed(
        service: &str,
        method: HttpMethod,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> RawRequest {
        let url = Url::parse(&format!("https://example.amazonaws.com{target}")).unwrap();
        let mut request = RawRequest::new(method, url);
        request.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        request.body = Some(body.as_bytes().to_vec()).filter(|body| !body.is_empty());
        let credentials = AwsCredentials {
            region: "us-east-1".to_owned(),
            service: service.to_owned(),
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: Zeroizing::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
        };
        credentials.sign(&mut request, "2015-08-30T12:36:00Z".parse().unwrap());
        request
    }

    fn header<'a>(request: &'a RawRequest, name: &str) -> &'a str {
        request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap()
    }

    /// The test suite of AWS, apart from its cases with `my-header1`, which is not signed here.
    #[test]
    fn the_signatures_are_those_of_the_test_suite_of_aws() {
        let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let form = "application/x-www-form-urlencoded";
        let (get, post) = (HttpMethod::GET, HttpMethod::POST);
        for (name, method, target, kind, body, signature) in [
            (
                "get-vanilla",
                &get,
                "/",
                "",
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-empty-query-key",
                &get,
                "/?Param1=value1",
                "",
                "",
                "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
            ),
            (
                "get-vanilla-query-order-key",
                &get,
                "/?Param1=value2&Param1=Value1",
                "",
                "",
                "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
            ),
            (
                "get-vanilla-query-order-key-case",
                &get,
                "/?Param2=value2&Param1=value1",
                "",
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "get-vanilla-query-order-value",
                &get,
                "/?Param1=value2&Param1=value1",
                "",
                "",
                "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
            ),
            (
                "get-vanilla-query-unreserved",
                &get,
                &format!("/?{unreserved}={unreserved}"),
                "",
                "",
                "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
            ),
            (
                "get-vanilla-utf8-query",
                &get,
                "/?ሴ=bar",
                "",
                "",
                "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
            ),
            (
                "get-unreserved",
                &get,
                &format!("/{unreserved}"),
                "",
                "",
                "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
            ),
            (
                "post-vanilla",
                &post,
                "/",
                "",
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-vanilla-query",
                &post,
                "/?Param1=value1",
                "",
                "",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            ),
            (
                "post-x-www-form-urlencoded",
                &post,
                "/",
                form,
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                "post-x-www-form-urlencoded-parameters",
                &post,
                "/",
                "application/x-www-form-urlencoded; charset=utf8",
                "Param1=value1",
                "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
            ),
        ] {
            let headers = [("content-type", kind)];
            let headers = if kind.is_empty() { &headers[..0] } else { &headers };
            let request = signed("service", method.clone(), target, headers, body);
            let names = if kind.is_empty() { "host;x-amz-date" } else { "content-type;host;x-amz-date" };
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={names}, Signature={signature}"
            );
            assert_eq!(header(&request, "authorization"), expected, "{name}");
            assert_eq!(header(&request, "x-amz-date"), "20150830T123600Z");
        }
    }

    /// `get-utf8` of the test suite encodes the path once, which real services except S3 do not accept.
    #[test]
    fn a_path_is_encoded_again_except_for_s3() {
        let request = signed("service", HttpMethod::GET, "/a%20b/ሴ", &[], "");
        let credentials = |service: &str| AwsCredentials {
            region: String::new(),
            service: service.to_owned(),
            access_key: String::new(),
            secret_key: Zeroizing::default(),
        };
        let path = |service| {
            credentials(service).canonical(&request, &[], "", "").lines().nth(1).map(str::to_owned).unwrap()
        };
        assert_eq!(path("service"), "/a%2520b/%25E1%2588%25B4");
        assert_eq!(path("s3"), "/a%20b/%E1%88%B4");
    }

    #[test]
    fn s3_gets_the_hash_of_the_body_and_a_session_token_is_signed() {
        let request = signed("s3", HttpMethod::GET, "/", &[("x-amz-security-token", "t  t")], "");
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(header(&request, "x-amz-content-sha256"), empty);
        let names = "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, ";
        assert!(header(&request, "authorization").contains(names));
        let headers = signed_headers(&request);
        assert!(headers.contains(&("x-amz-security-token".to_owned(), "t t".to_owned())));
    }
}
