//! The methods that sign a request when it is sent.

use zeroize::Zeroizing;

use super::Request;
use crate::author::header_value::HeaderValue;
use crate::fetch::auth::aws_signature::AwsCredentials;
use crate::fetch::auth::digest_session::DigestUser;
use crate::fetch::auth::request_auth::RequestAuth;
use crate::fetch::url::fits;

impl Request<'_> {
    /// Uses digest authentication (RFC 7616) with MD5, SHA-256 or SHA-512-256.
    ///
    /// The API sends a challenge with 401, and the request is sent again with a proof of the password. Later requests use the
    /// same challenge, also in later polls, until the API replaces it. Both requests count towards rate limits.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let request = api.get().digest("collectington", api.secret("PASSWORD")?);
    /// let status: serde_json::Value = request.json()?;
    /// assert_eq!(status["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn digest(mut self, user: impl HeaderValue, password: impl HeaderValue) -> Self {
        let parts = [fits("the user name", user.sent()), fits("the password", password.sent())];
        parts.into_iter().filter_map(Result::err).for_each(|error| self.fail(error));
        self.api.remember_secret(password.sent());
        let (name, password) = (user.sent().to_owned(), Zeroizing::new(password.sent().to_owned()));
        self.sign_with(RequestAuth::Digest(DigestUser { name, password }))
    }

    /// Signs the request with AWS Signature Version 4, for an API of AWS such as API Gateway, `CloudWatch` or S3.
    ///
    /// The signature covers the method, the URL, the body, and the headers `Host`, `Content-Type` and `X-Amz-*`. Set the header
    /// `X-Amz-Security-Token` for temporary credentials. The clock of this machine must be right to five minutes.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let (id, secret) = (api.secret("AWS_ACCESS_KEY_ID")?, api.secret("AWS_SECRET_ACCESS_KEY")?);
    /// let status: serde_json::Value = api.get().aws_sigv4("eu-central-1", "execute-api", id, secret).json()?;
    /// assert_eq!(status["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn aws_sigv4(
        self,
        region: &str,
        service: &str,
        access_key: impl HeaderValue,
        secret_key: impl HeaderValue,
    ) -> Self {
        self.api.remember_secret(secret_key.sent());
        let credentials = AwsCredentials {
            region: region.to_owned(),
            service: service.to_owned(),
            access_key: access_key.sent().to_owned(),
            secret_key: Zeroizing::new(secret_key.sent().to_owned()),
        };
        self.sign_with(RequestAuth::Aws(credentials))
    }

    /// Signs the request when it is sent. The credentials count like those of the header `Authorization`.
    fn sign_with(mut self, auth: RequestAuth) -> Self {
        self.raw_request.unset_credential("authorization");
        self.raw_request.credentials.push(("authorization".to_owned(), auth.key()));
        self.raw_request.auth = Some(auth);
        self
    }
}
